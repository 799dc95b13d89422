"""Put an early network into a bundle that is there already."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from classifier.runtime.bundle import EARLY, MANIFEST, ModelBundle, load_bundle, write_sums
from classifier.runtime.early import EarlyNetwork

MOST_BYTES = 300 << 10
"""What a Raspberry Pi should hold beside a printer's own work."""


def add_early(bundle_folder: Path, onnx_bytes: bytes, entry: Mapping[str, Any]) -> ModelBundle:
    """Add early.onnx and the manifest's "early" to the bundle in *bundle_folder*, or replace them.

    The new bundle is written beside the old one, loaded once, and takes its place by two renames: a
    crash leaves the old one, or its copy at `<name>.old`. Raises BundleError when the bundle or the
    network cannot be used, ValueError when the network is larger than MOST_BYTES.
    """
    if len(onnx_bytes) > MOST_BYTES:
        raise ValueError(f"early.onnx has {len(onnx_bytes)} bytes, more than {MOST_BYTES}")
    load_bundle(bundle_folder)
    EarlyNetwork(onnx_bytes, entry)
    new, old = (bundle_folder.with_name(f"{bundle_folder.name}.{end}") for end in ("new", "old"))
    for left_over in (new, old):
        shutil.rmtree(left_over, ignore_errors=True)
    shutil.copytree(bundle_folder, new)
    manifest = json.loads((new / MANIFEST).read_text(encoding="utf-8"))
    text = json.dumps({**manifest, "early": dict(entry)}, indent=1, ensure_ascii=False)
    (new / MANIFEST).write_text(text + "\n", encoding="utf-8")
    (new / EARLY).write_bytes(onnx_bytes)
    write_sums(new)
    load_bundle(new)
    bundle_folder.rename(old)
    new.rename(bundle_folder)
    shutil.rmtree(old)
    return load_bundle(bundle_folder)
