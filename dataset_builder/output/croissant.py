"""croissant.json: the same dataset for machines, as Croissant 1.1 with its responsible-AI terms.

Format: docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html. No date is given: the same seed
writes the same bytes, and who publishes a set adds the date of that.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dataset_builder.output import statements
from dataset_builder.output.card import Config, configs_of

CROISSANT = "croissant.json"
PARQUET = "application/x-parquet"  # what readers of Croissant know, registered or not
DATA_TYPES: Mapping[str, str] = {
    "image": "sc:ImageObject",
    "label": "cr:Int64",
    "string": "sc:Text",
    "bool": "sc:Boolean",
    "int8": "cr:Int8",
    "int32": "cr:Int32",
    "float32": "cr:Float32",
    "float64": "cr:Float64",
    "binary": "sc:Text",  # Croissant has no type for bytes
}
TERMS: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "description": {"@container": "@language"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "name": {"@container": "@language"},
}
CROISSANT_WORDS = (
    "arrayShape citeAs column containedIn equivalentProperty extract field fileObject fileProperty "
    "fileSet format includes isArray isLiveDataset jsonPath key md5 parentField path recordSet "
    "references regex repeated replace samplingRate separator source subField transform"
).split()
"""The context that the specification prints, in the order of mlcroissant's own."""


def write_croissant(folder: Path, manifest: Mapping[str, Any]) -> Path:
    """Write croissant.json; the same manifest gives the same bytes. Returns its path."""
    text = json.dumps(describe(manifest), indent=1, ensure_ascii=False) + "\n"
    path = folder / CROISSANT
    path.write_text(text, encoding="utf-8", newline="\n")
    return path


def describe(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON-LD document."""
    configs = configs_of(manifest)
    return {
        "@context": {**TERMS, **{word: f"cr:{word}" for word in CROISSANT_WORDS}},
        "@type": "sc:Dataset",
        "conformsTo": [
            "http://mlcommons.org/croissant/1.1",
            "http://mlcommons.org/croissant/RAI/1.0",
        ],
        "name": manifest["name"],
        "description": f"{statements.WHAT_IT_IS} {statements.WHAT_IT_IS_NOT}",
        "license": list(statements.licences(manifest)),
        "version": f"{manifest['version']}.0.0",
        "citeAs": statements.CITATION,
        "keywords": ["3D printing", "G-code", "shape recognition", "image classification"],
        **_responsible_use(),
        "distribution": [*_shards(manifest), *(_file_set(config) for config in configs)],
        "recordSet": [_labels(manifest), *(_table(config) for config in configs)],
    }


def _responsible_use() -> dict[str, Any]:
    return {
        "rai:dataCollection": "Solids are sliced and drawn by a program; nothing is photographed.",
        "rai:dataCollectionType": "Synthetic data, software collection",
        "rai:dataAnnotationProtocol": statements.LABELLING,
        "rai:dataBiases": list(statements.LIMITS),
        "rai:dataLimitations": [statements.WHAT_IT_IS_NOT, statements.WHY_NOT_RANDOM],
        "rai:dataUseCases": statements.USE,
        "rai:personalSensitiveInformation": "None.",
    }


def _shards(manifest: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for shard in manifest["shards"]:
        yield {
            "@type": "cr:FileObject",
            "@id": shard["path"],
            "name": shard["path"].rpartition("/")[2],
            "contentUrl": shard["path"],
            "contentSize": f"{shard['bytes']} B",
            "encodingFormat": PARQUET,
            "sha256": shard["sha256"],
        }


def _file_set(config: Config) -> dict[str, Any]:
    return {
        "@type": "cr:FileSet",
        "@id": f"{config.name}-files",
        "name": f"{config.name}-files",
        "description": f"All shards of {config.name}, in the order of their names.",
        "encodingFormat": PARQUET,
        "includes": f"data/{config.name}/*.parquet",
    }


def _table(config: Config) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": config.name,
        "name": config.name,
        "description": f"{config.rows:,} rows.",
        "field": [
            _field(config.name, name, kind, meaning)
            for name, (kind, meaning) in config.columns.items()
        ],
    }


def _field(table: str, name: str, kind: str, meaning: str) -> dict[str, Any]:
    source: dict[str, Any] = {
        "fileSet": {"@id": f"{table}-files"},
        "extract": {"column": name},
    }
    if kind == "image":  # a struct of bytes and path, as Hugging Face stores pictures
        source["transform"] = {"jsonPath": "bytes"}
    return {
        "@type": "cr:Field",
        "@id": f"{table}/{name}",
        "name": name,
        "description": meaning,
        "dataType": DATA_TYPES[kind],
        "source": source,
    }


def _labels(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The list that the column `label` counts."""
    columns = {"index": "cr:Int64", "name": "sc:Text", "weapon_shaped": "sc:Boolean"}
    return {
        "@type": "cr:RecordSet",
        "@id": "labels",
        "name": "labels",
        "dataType": "sc:Enumeration",
        "key": {"@id": "labels/index"},
        "field": [
            {"@type": "cr:Field", "@id": f"labels/{name}", "name": name, "dataType": kind}
            for name, kind in columns.items()
        ],
        "data": [
            {
                "labels/index": index,
                "labels/name": label["name"],
                "labels/weapon_shaped": label["weapon_shaped"],
            }
            for index, label in enumerate(manifest["labels"])
        ],
    }
