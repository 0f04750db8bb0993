"""The OpenAPI document, with what the routes share: who may call, and how they refuse."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from wayside.serve.access import Open, needed
from wayside.serve.problems import MEDIA_TYPE, Problem
from wayside.serve.roles import Role

_REFUSED = {"$ref": "#/components/schemas/Problem"}
_FASTAPIS_OWN = ("HTTPValidationError", "ValidationError")
_METHODS = ("get", "put", "post", "patch", "delete")


def openapi(app: FastAPI) -> dict[str, Any]:
    """Made once, then kept on the application."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        schemas = made.setdefault("components", {}).setdefault("schemas", {})
        for name in _FASTAPIS_OWN:
            schemas.pop(name, None)
        schemas.update(_problem_schemas())
        made["components"]["securitySchemes"] = {
            "session": {"type": "apiKey", "in": "cookie", "name": "wayside"},
            "token": {"type": "http", "scheme": "bearer"},
        }
        for path, item in made["paths"].items():
            for method in _METHODS:
                if method in item:
                    _complete(item[method], needed(method.upper(), path))
        app.openapi_schema = made
    return app.openapi_schema


def _problem_schemas() -> dict[str, Any]:
    made = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    inner = made.pop("$defs")
    return {"Problem": made, **inner}


def _complete(operation: dict[str, Any], access: Role | Open) -> None:
    responses = operation.setdefault("responses", {})
    always = [400, 403, 404, 408, 413, 415, 421, 422, 500, 503]
    if isinstance(access, Role) or access is Open.METRICS:
        operation["security"] = [{"session": []}, {"token": []}]
        operation["x-role"] = access.value if isinstance(access, Role) else Role.VIEWER.value
        always.append(401)
    else:
        operation["security"] = []
    for status in always:
        responses.setdefault(str(status), {})
    for status, response in responses.items():
        if int(status) >= 400:
            response["description"] = HTTPStatus(int(status)).phrase
            response["content"] = {MEDIA_TYPE: {"schema": _REFUSED}}
