"""The whole API against whatever its own description allows, and a first start by hand.

``make fuzz TARGETS=requests`` goes on with it for long, and with requests that follow each other.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import requests
import schemathesis
from schemathesis import GenerationMode

from fuzz.api import ENDLESS, Asking, bearers, try_alone
from fuzz.target import TRIES
from wayside.serve import House, create_app
from wayside.testing.fake_house import close, fake_house
from wayside.testing.serving import serving

EXAMPLES = int(os.environ.get("WAYSIDE_API_EXAMPLES", "8"))
"""Of each operation and mode. More find more; CI has a minute for all of them."""


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


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_no_request_breaks_it_and_nobody_unknown_gets_in(
    house: House,
    url: str,
    schema: schemathesis.BaseSchema,
    mode: GenerationMode,
    record_property: Callable[[str, object], None],
) -> None:
    with requests.Session() as session:
        asking = Asking(url, bearers(house), session)
        for result in schema.get_all_operations():
            operation = result.ok()
            if operation.path not in ENDLESS:
                try_alone(operation, mode, asking, number=0, examples=EXAMPLES)
    record_property("tries", asking.seen[TRIES])
    assert asking.seen[TRIES] > 2 * EXAMPLES * 20


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
