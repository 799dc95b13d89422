"""Endpoints -> their OpenAPI 3.1 description. No endpoint is described by hand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

import printwarden
from web.api.endpoint import JSON, Endpoint, Who
from web.api.for_guards import WIRE
from web.converters import CONVERTERS

REF = "#/components/schemas/{model}"
PART = re.compile(r"<(\w+):(\w+)>")
REFUSALS: Mapping[int, str] = {
    400: "it cannot be meant",
    401: "the key is missing, wrong or revoked",
    403: "the key is not good for this",
    404: "there is none, or it is another site's",
    409: "somebody was quicker, or it was done already",
    410: "the token was used, is late or was never given",
    413: "more bytes than are taken",
    415: "another media type is needed",
    422: "something in it cannot be meant; the message says what",
    429: "too many; try again later",
}
SCHEMA = "https://spec.openapis.org/oas/3.1/dialect/base"


def describe(endpoints: Iterable[Endpoint], prefix: str) -> dict[str, Any]:
    """The description as an object of JSON."""
    rows = list(endpoints)
    paths: dict[str, dict[str, Any]] = {}
    for row in rows:
        path = prefix + PART.sub(r"{\2}", row.path)
        paths.setdefault(path, {})[row.method.lower()] = _operation(row)
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": SCHEMA,
        "info": {"title": "Printwarden review console", "version": printwarden.__version__},
        "paths": paths,
        "components": {
            "schemas": _schemas(rows),
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "of a guard or program"}
            },
        },
    }


def _operation(row: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": row.view.__name__,
        "summary": row.words,
        "description": f"{row.view.__doc__} For: {row.who}.",
        "parameters": [*_parts(row.path), *_queries(row.query)],
        "responses": {str(row.status): _answer(row), **_refusals(row)},
        "security": [] if row.who == Who.ANYBODY else [{"key": []}],
    }
    if row.body is not None:
        content = {JSON: {"schema": {"$ref": REF.format(model=row.body.__name__)}}}
        operation["requestBody"] = {"required": True, "content": content}
    elif row.raw:
        content = {row.raw: {"schema": {"type": "string", "format": "binary"}}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _parts(path: str) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": f"^{CONVERTERS[kind].regex}$"},
        }
        for kind, name in PART.findall(path)
    ]


def _queries(query: type[BaseModel] | None) -> list[dict[str, Any]]:
    if query is None:
        return []
    schema = query.model_json_schema(ref_template=REF)
    inline = schema.get("$defs", {})
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "schema": _inlined(told, inline),
        }
        for name, told in schema["properties"].items()
    ]


def _inlined(told: Any, known: Mapping[str, Any]) -> Any:
    """A parameter's schema with what it refers to in its place; `null` is to leave it out."""
    if isinstance(told, list):
        return [_inlined(each, known) for each in told if each != {"type": "null"}]
    if not isinstance(told, dict):
        return told
    if "$ref" in told:
        return _inlined(known[told["$ref"].rpartition("/")[2]], known)
    return {
        key: _inlined(value, known)
        for key, value in told.items()
        if not (key == "default" and value is None)
    }


def _answer(row: Endpoint) -> dict[str, Any]:
    if row.status == 204:
        return {"description": "done"}
    if row.answer is None:
        schema: dict[str, Any] = {"type": "string", "format": "binary"}
    else:
        schema = {"$ref": REF.format(model=row.answer.__name__)}
    return {"description": "done", "content": {row.answer_type: {"schema": schema}}}


def _refusals(row: Endpoint) -> dict[str, Any]:
    statuses = {400, *row.refusals}
    if row.who != Who.ANYBODY:
        statuses |= {401, 403, 429}
    else:
        statuses |= {429}
    if row.body is not None or row.raw:
        statuses |= {413, 415, 422}
    if row.query is not None:
        statuses |= {422}
    content = {JSON: {"schema": {"$ref": REF.format(model="Refusal")}}}
    return {
        str(status): {"description": REFUSALS[status], "content": content}
        for status in sorted(statuses)
    }


def _schemas(rows: Iterable[Endpoint]) -> dict[str, Any]:
    """All models by name: what goes in as it is checked, what comes out as it is written."""
    bodies = [(row.body, "validation") for row in rows if row.body is not None]
    answers = [(row.answer, "serialization") for row in rows if row.answer is not None]
    _, schema = models_json_schema([*bodies, *answers], ref_template=REF)  # type: ignore[list-item]  # (class, mode) pairs
    found: dict[str, Any] = dict(schema.get("$defs", {}))
    for name, adapter in WIRE.items():
        told = adapter.json_schema(ref_template=REF)
        found |= told.pop("$defs", {})
        found[name] = _as_on_the_wire(told, name)
    found["Refusal"] = {
        "type": "object",
        "required": ["message"],
        "properties": {"message": {"type": "string"}},
    }
    return found


def _as_on_the_wire(told: dict[str, Any], name: str) -> dict[str, Any]:
    """A message names its schema and its kind."""
    labels = {"schema": {"type": "string"}, "kind": {"const": name.lower()}}
    return told | {"properties": labels | told["properties"]}
