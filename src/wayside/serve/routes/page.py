"""The page: files that the build left, and index.html for the page's own addresses."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, HTMLResponse, Response

from wayside.serve.guard import GuardedRoute, house_of
from wayside.serve.problems import Refusal

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_FOREVER = "public, max-age=31536000, immutable"
_ASK_FIRST = "no-cache"

_NOT_BUILT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>wayside</title>
<h1>The page is not built</h1>
<p>The server runs; its page is missing. The API is at <a href="/api/openapi.json">/api</a>.</p>
</html>
"""


@router.api_route("/{path:path}", methods=["GET", "HEAD"])
def page(request: Request, path: str) -> Response:
    """An asset, else index.html for an address without a dot, else 404."""
    root = house_of(request).page
    if path == "api" or path.startswith("api/"):
        raise Refusal(404, "there is nothing here", remedy="See /api/openapi.json")
    found = None if root is None else _file(root, path)
    if found is not None and path:
        # Only what the build named after its contents may be kept for ever.
        kept = _FOREVER if path.startswith("assets/") else _ASK_FIRST
        return FileResponse(found, headers={"Cache-Control": kept})
    if "." in path.rpartition("/")[2]:
        raise Refusal(404, "there is no such file")
    index = None if root is None else _file(root, "index.html")
    if index is None:
        return HTMLResponse(_NOT_BUILT, headers={"Cache-Control": _ASK_FIRST})
    return FileResponse(index, headers={"Cache-Control": _ASK_FIRST})


def _file(root: Path, path: str) -> Path | None:
    """A file below root, links followed; None for anything else."""
    try:
        found = (root / path).resolve()
        return found if found.is_relative_to(root.resolve()) and found.is_file() else None
    except (OSError, ValueError):
        return None  # too long, or a zero byte in it
