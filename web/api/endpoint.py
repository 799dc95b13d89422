"""An endpoint of the API as a row: the route, who may use it, what goes in and what comes out.

The Flask rules and the OpenAPI description are both made from the rows, so they cannot differ.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, ValidationError

from web.api import identity
from web.api.identity import Caller
from web.errors import NotMeant, Refused

JSON = "application/json"
MIB = 1024 * 1024
M = TypeVar("M", bound=BaseModel)
turns = threading.BoundedSemaphore(4)


class Model(BaseModel):
    """What programs send: an unknown key is an error, and no text turns into a number."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Query(BaseModel):
    """What stands behind the ? of an address; all of it is text."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Who(StrEnum):
    """Who an endpoint is for, besides the holders of keys with a scope."""

    ANYBODY = "anybody"
    GUARD = "guard"


class WrongKind(Refused):
    """A body of another media type."""

    status = 415


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """who: `Who`, or the scope that a key needs. view: gets the caller, the parts of the address
    and, where there are any, body and query; returns a model, a Response, or None for 204.
    """

    method: str
    path: str
    who: str
    words: str
    view: Callable[..., BaseModel | Response | None]
    query: type[Query] | None = None
    body: type[Model] | None = None
    raw: str = ""
    """The media type of a body that the view reads itself."""
    answer: type[BaseModel] | None = None
    answer_type: str = JSON
    status: int = 200
    most_bytes: int = MIB
    refusals: tuple[int, ...] = ()
    in_turn: bool = False
    """A few at a time: when hundreds come together, threads that wait for a turn cost nothing,
    while threads that fight for Python's lock slow each other down many times over.
    """

    def __call__(self, **parts: Any) -> ResponseReturnValue:
        """Answer the current request."""
        with turns if self.in_turn else nullcontext():
            return self._respond(parts)

    def _respond(self, parts: Mapping[str, Any]) -> ResponseReturnValue:
        request.max_content_length = self.most_bytes
        caller = identity.require(self.who)
        arguments: dict[str, Any] = dict(parts)
        if self.query is not None:
            arguments["query"] = _parsed(self.query, _one_each(), "query")
        if self.body is not None:
            arguments["body"] = _body(self.body)
        return self._answer(caller, arguments)

    def _answer(self, caller: Caller, arguments: Mapping[str, Any]) -> ResponseReturnValue:
        found = self.view(caller, **arguments)
        if isinstance(found, Response):
            return found
        if found is None:
            return "", 204
        return jsonify(found.model_dump(mode="json")), self.status


def _body(kind: type[M]) -> M:
    if request.mimetype != JSON:
        raise WrongKind(f"The body has to be {JSON}.")
    return _parsed(kind, request.get_data(), "body")


def _parsed(kind: type[M], given: bytes | Mapping[str, str], where: str) -> M:
    """The model in *given*. Raises NotMeant naming the first thing wrong."""
    try:
        if isinstance(given, bytes):
            return kind.model_validate_json(given)
        return kind.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join([where, *map(str, first["loc"])])
        raise NotMeant(f"{place}: {first['msg']}") from error


def _one_each() -> dict[str, str]:
    repeated = [name for name, values in request.args.lists() if len(values) > 1]
    if repeated:
        raise NotMeant(f"query.{repeated[0]}: given twice")
    return request.args.to_dict()
