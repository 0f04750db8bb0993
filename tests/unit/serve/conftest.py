"""A fake house, served; and clients of each role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from wayside.serve import House, create_app
from wayside.testing.fake_house import PASSWORD, close, fake_house
from wayside.testing.serving import serving


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = fake_house(tmp_path)
    try:
        yield made
    finally:
        close(made)


@pytest.fixture
def serve_house() -> Iterator[Callable[..., str]]:
    """Serves a house, with changes to it, until the test ends; answers its address."""
    with ExitStack() as stack:

        def start(house: House, app_options: dict[str, Any] | None = None, **changes: Any) -> str:
            app = create_app(replace(house, **changes), **(app_options or {}))
            return stack.enter_context(serving(app))

        yield start


@pytest.fixture
def url(house: House, serve_house: Callable[..., str]) -> str:
    return serve_house(house)


@pytest.fixture
def client_of(url: str) -> Iterator[Callable[[str], httpx.Client]]:
    """A client that has logged in as a user of the fake house; "" has not."""
    with ExitStack() as stack:
        yield lambda user: stack.enter_context(closing(log_in(url, user)))


def log_in(url: str, user: str) -> httpx.Client:
    client = httpx.Client(base_url=url, headers={"Origin": url}, timeout=20)
    if user:
        answer = client.post("/api/v1/session", json={"user": user, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
    return client


@pytest.fixture
def viewer(client_of: Callable[[str], httpx.Client]) -> httpx.Client:
    return client_of("vera")


@pytest.fixture
def operator(client_of: Callable[[str], httpx.Client]) -> httpx.Client:
    return client_of("otto")


@pytest.fixture
def admin(client_of: Callable[[str], httpx.Client]) -> httpx.Client:
    return client_of("ada")


@pytest.fixture
def anyone(client_of: Callable[[str], httpx.Client]) -> httpx.Client:
    return client_of("")
