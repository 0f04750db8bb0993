"""Every error as RFC 9457 ``application/problem+json``, and none of them with our internals."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from wayside.domain.errors import ConfigConflict, StoreError, UsageError, WaysideError
from wayside.observe.logging import get_logger
from wayside.serve.house import ConfigRefused
from wayside.serve.passwords import TooManyTries

MEDIA_TYPE = "application/problem+json"


class FieldProblem(BaseModel):
    """One fault of a request or of the site file."""

    where: str = Field(description="Field, row or line; empty for the whole")
    what: str
    remedy: str = ""


class Problem(BaseModel):
    """RFC 9457."""

    type: str = Field(
        description="A URI reference of the kind of problem", examples=["about:blank"]
    )
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    detail: str = ""
    where: str = ""
    remedy: str = ""
    errors: list[FieldProblem] = []


class Refusal(HTTPException):
    """A problem raised by a route. headers: such as Retry-After."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        where: str = "",
        remedy: str = "",
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, headers)
        self.problem = problem(status, detail, where=where, remedy=remedy, errors=errors)


def problem(
    status: int,
    detail: str = "",
    *,
    where: str = "",
    remedy: str = "",
    errors: Sequence[FieldProblem] = (),
) -> Problem:
    return Problem(
        type="about:blank",
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        where=where,
        remedy=remedy,
        errors=list(errors),
    )


def answer(found: Problem, headers: Mapping[str, str] | None = None) -> Response:
    body = json.dumps(found.model_dump(), ensure_ascii=False, separators=(",", ":"))
    return Response(
        body.encode("utf-8", "replace"),
        status_code=found.status,
        headers=None if headers is None else dict(headers),
        media_type=MEDIA_TYPE,
    )


def install(app: FastAPI) -> None:
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(WaysideError, _ours)
    app.add_exception_handler(Exception, _unforeseen)


async def _http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error, Refusal):
        return answer(error.problem, error.headers)
    remedy = {404: "See /api/openapi.json for what there is"}.get(error.status_code, "")
    if error.status_code == HTTPStatus.UNPROCESSABLE_ENTITY or error.status_code < 400:
        return answer(problem(422, "the request cannot be read"))
    return answer(problem(error.status_code, "", remedy=remedy), error.headers)


async def _validation(_request: Request, error: Exception) -> Response:
    """Tells the field and the fault; what was sent is never repeated, as it may be a password."""
    assert isinstance(error, RequestValidationError)
    faults = [
        FieldProblem(where=_place(each), what=_sentence(each)) for each in error.errors()[:100]
    ]
    return answer(problem(422, "the request is not sound", errors=faults))


async def _ours(_request: Request, error: Exception) -> Response:
    assert isinstance(error, WaysideError)
    status = _status(error)
    headers: dict[str, str] = {}
    if isinstance(error, TooManyTries):
        headers["Retry-After"] = str(error.retry_after_s)
    if status >= 500:
        get_logger(__name__).error("a request failed", error=str(error))
        # Where a database lies on our disk is for the log, not for a client.
        return answer(problem(status, error.what, remedy="Try again; the log says more"))
    faults = _faults(error) if isinstance(error, ConfigRefused) else ()
    return answer(
        problem(
            status,
            error.what,
            where=error.where or "",
            remedy=error.remedy or "",
            errors=faults,
        ),
        headers,
    )


async def _unforeseen(request: Request, error: Exception) -> Response:
    return unforeseen(request.url.path, error)


def unforeseen(path: str, error: Exception) -> Response:
    """A fault of ours. It is raised on after the answer, so that the log has its traceback."""
    get_logger(__name__).error(
        "a request met a fault of ours", path=path, error=type(error).__name__
    )
    return answer(problem(500, "a fault of ours", remedy="The log has the details"))


def _status(error: WaysideError) -> int:
    if isinstance(error, TooManyTries):
        return 429
    if isinstance(error, ConfigConflict):
        return 412
    if isinstance(error, StoreError):
        return 503
    if isinstance(error, UsageError | ConfigRefused):
        return 422
    return 422 if error.exit_code in (2, 3, 4) else 500


def _faults(error: ConfigRefused) -> list[FieldProblem]:
    return [
        FieldProblem(
            where=f"{each.file}:{each.line}" if each.file and each.line else each.file,
            what=each.what,
            remedy=each.remedy,
        )
        for each in error.problems[:100]
    ]


def _place(fault: Mapping[str, Any]) -> str:
    if fault["type"] == "json_invalid":
        return "body"  # its own place is a number of characters
    first, *rest = fault["loc"]
    inner = rest if first in ("body", "query", "path", "header") else [first, *rest]
    return ".".join(str(part) for part in inner)


def _sentence(fault: Mapping[str, Any]) -> str:
    # Messages of ValueErrors that a validator of ours raised; pydantic's own quote no input.
    text = str(fault.get("msg", "not valid"))
    return text[:1].lower() + text[1:]
