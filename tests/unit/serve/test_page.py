"""The page's files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from wayside.serve import House


@pytest.fixture
def page(house: House, tmp_path: Path, serve_house: Callable[..., str]) -> str:
    root = tmp_path / "static"
    (root / "assets").mkdir(parents=True)
    (root / "index.html").write_text("<title>the page</title>")
    (root / "assets" / "app-1a2b.js").write_text("let a = 1")
    (root / "favicon.svg").write_text("<svg/>")
    (tmp_path / "hidden.txt").write_text("hidden")
    (root / "link.txt").symlink_to(tmp_path / "hidden.txt")
    return serve_house(house, page=root)


@pytest.mark.parametrize("path", ["/", "/events", "/feeds/mast-1/scene", "/index.html"])
def test_the_pages_own_addresses_are_index(page: str, path: str) -> None:
    answer = httpx.get(page + path)
    assert answer.status_code == 200
    assert "the page" in answer.text
    assert answer.headers["cache-control"] == "no-cache"


def test_hashed_assets_may_be_kept_and_others_not(page: str) -> None:
    hashed = httpx.get(f"{page}/assets/app-1a2b.js")
    assert "immutable" in hashed.headers["cache-control"]
    assert "javascript" in hashed.headers["content-type"]
    assert httpx.get(f"{page}/favicon.svg").headers["cache-control"] == "no-cache"
    assert httpx.head(f"{page}/assets/app-1a2b.js").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/missing.js",
        "/../hidden.txt",
        "/..%2fhidden.txt",
        "/assets/%2e%2e/%2e%2e/hidden.txt",
        "/link.txt",
        "/%00.txt",
        "/" + "a" * 5000 + ".txt",
        "//etc/hosts.txt",
    ],
)
def test_nothing_outside_is_served(page: str, path: str) -> None:
    url = httpx.URL(page).copy_with(raw_path=path.encode())
    answer = httpx.get(url)
    assert answer.status_code == 404
    assert "hidden" not in answer.text


def test_a_page_that_is_not_built_says_so(url: str) -> None:
    answer = httpx.get(f"{url}/")
    assert answer.status_code == 200
    assert "not built" in answer.text
