"""The whole API against whatever its own description allows, and a first start by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from wayside.serve import House, create_app
from wayside.serve.roles import Role
from wayside.testing.fake_house import PASSWORD, close, fake_house
from wayside.testing.serving import serving

EXAMPLES = int(os.environ.get("WAYSIDE_API_EXAMPLES", "8"))
"""Of each operation and mode. More find more; CI has a minute for all of them."""

ENDLESS = ("/api/v1/events/stream",)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = fake_house(tmp_path_factory.mktemp("house"))
    try:
        yield made
    finally:
        close(made)


@pytest.fixture(scope="module")
def url(house: House) -> Iterator[str]:
    with serving(create_app(house)) as address:
        yield address


@pytest.fixture(scope="module")
def schema(url: str) -> schemathesis.BaseSchema:
    return schemathesis.openapi.from_dict(httpx.get(f"{url}/api/openapi.json").json())


def token(house: House) -> str:
    """An admin's."""
    login = house.accounts.log_in("ada", PASSWORD, "test")
    assert login is not None
    return house.accounts.tokens.add("t", Role.ADMIN, timedelta(days=1), by=login.caller)[1]


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_request_breaks_it_and_nobody_unknown_gets_in(
    house: House,
    url: str,
    schema: schemathesis.BaseSchema,
    mode: GenerationMode,
    record_property: Callable[[str, object], None],
) -> None:
    bearer = token(house)
    counted = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path in ENDLESS:
            continue
        is_open = not operation.definition.raw["security"]
        with requests.Session() as session:
            counted += _try(operation, mode, url, bearer, session, is_open=is_open)
    record_property("tries", counted)
    assert counted > EXAMPLES * 20


def _try(
    operation: Any,
    mode: GenerationMode,
    url: str,
    bearer: str,
    session: requests.Session,
    *,
    is_open: bool,
) -> int:
    """Number of requests made, each with a token and without."""
    counted = 0

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def meet(case: Any) -> None:
        nonlocal counted
        counted += 1
        headers = {"Authorization": f"Bearer {bearer}"}
        known = case.call(base_url=url, session=session, headers=headers)
        case.validate_response(known, checks=CHECKS)
        unknown = case.call(base_url=url, session=session)
        assert unknown.status_code < 500
        assert is_open or unknown.status_code >= 400

    with suppress(Unsatisfiable):  # an operation without anything that could be wrong
        meet()
    return counted


def test_a_first_start_from_link_to_user(tmp_path: Path) -> None:
    """The link that is printed opens the house once; the user it makes stays."""
    command = [sys.executable, "-m", "wayside.testing.fake_house", "--port", "0", "--first-start"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(tmp_path)}
    ) as process:
        assert process.stdout is not None
        try:
            link = process.stdout.readline().split()[0]
            base, _, secret = link.partition("/#link=")
            with httpx.Client(base_url=base, headers={"Origin": base}) as client:
                first = client.post("/api/v1/session", json={"link": secret})
                assert first.json()["must_create_user"] is True
                body = {"name": "ada", "password": "nine quiet otters", "role": "admin"}
                assert client.post("/api/v1/users", json=body).status_code == 201
                told = client.get("/api/v1/session").json()
                assert told == {
                    "user": "ada",
                    "role": "admin",
                    "groups": None,
                    "must_create_user": False,
                }
                assert client.post("/api/v1/session", json={"link": secret}).status_code == 401
        finally:
            process.terminate()
    assert process.returncode == 0
    assert not list(tmp_path.iterdir())
