"""Requests that wayside's own description allows and forbids, one by one and one after another.

A case is a house of its own behind the real server, and a number for Hypothesis. Each request is
made with an admin's token, or without any; those that follow each other go the ways that the
description links: what one answers is asked for by the next.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import FlakyStrategyDefinition, Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from fuzz.target import TRIES
from wayside.serve import House, create_app
from wayside.serve.roles import Role
from wayside.testing.fake_house import PASSWORD, close, fake_house
from wayside.testing.serving import serving

ENDLESS = ("/api/v1/events/stream",)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
OPERATIONS = 12
"""Of one case, each asked EXAMPLES times with a token and without."""
EXAMPLES = 12
STORIES = 20
STEPS = 8
"""Requests that follow each other in a story."""
WAIT_S = 60.0
"""For an answer: a busy machine is no hang."""
_QUIETLY: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "phases": [Phase.generate],
    "suppress_health_check": list(HealthCheck),
}


def token(house: House) -> str:
    """An admin's."""
    login = house.accounts.log_in("ada", PASSWORD, "test")
    assert login is not None
    return house.accounts.tokens.add("t", Role.ADMIN, timedelta(days=1), by=login.caller)[1]


class Asking:
    """Makes requests of cases, and says what must hold of every answer."""

    def __init__(self, url: str, bearer: str, session: requests.Session) -> None:
        self.seen: Counter[str] = Counter()
        self._url = url
        self._known = {"Authorization": f"Bearer {bearer}"}
        self._session = session

    def known(self, case: Any) -> Any:
        answer = self._call(case, headers=self._known)
        case.validate_response(answer, checks=CHECKS)
        return answer

    def unknown(self, case: Any, *, is_open: bool) -> None:
        answer = self._call(case)
        assert answer.status_code < 500, case.as_curl_command()
        assert is_open or answer.status_code >= 400, case.as_curl_command()

    def _call(self, case: Any, **more: Any) -> Any:
        answer = case.call(base_url=self._url, session=self._session, timeout=WAIT_S, **more)
        self.seen[TRIES] += 1
        self.seen[f"answered {answer.status_code // 100}xx"] += 1
        return answer


class Requests:
    name = "requests"
    unit = "requests"
    whole = 250_000
    suffix = "json"
    seconds = 300.0

    def make(self, random: Random) -> bytes:
        return json.dumps({"seed": random.getrandbits(32), "story": random.random() < 0.4}).encode()

    def attempt(self, content: bytes) -> Counter[str]:
        about = json.loads(content)
        random = Random(about["seed"])
        with _house() as (house, url), requests.Session() as session:
            schema = schemathesis.openapi.from_dict(
                httpx.get(f"{url}/api/openapi.json", timeout=60).json()
            )
            asking = Asking(url, token(house), session)
            if about["story"]:
                _stories(schema, asking, about["seed"])
                asking.seen["stories"] += 1
            else:
                operations = [found.ok() for found in schema.get_all_operations()]
                operations = [each for each in operations if each.path not in ENDLESS]
                for operation in random.sample(operations, OPERATIONS):
                    try_alone(operation, random.choice(list(GenerationMode)), asking, about["seed"])
        return asking.seen


@contextmanager
def _house() -> Iterator[tuple[House, str]]:
    with tempfile.TemporaryDirectory(prefix="fuzzed-house-") as folder:
        house = fake_house(Path(folder))
        try:
            with serving(create_app(house)) as url:
                yield house, url
        finally:
            close(house)


def try_alone(
    operation: Any, mode: GenerationMode, asking: Asking, number: int, examples: int = EXAMPLES
) -> None:
    """Requests of one operation, each with a token and without."""
    is_open = not operation.definition.raw["security"]

    @seed(number)
    @settings(max_examples=examples, **_QUIETLY)
    @given(case=operation.as_strategy(generation_mode=mode))
    def meet(case: Any) -> None:
        asking.known(case)
        asking.unknown(case, is_open=is_open)

    try:
        meet()
    except Unsatisfiable:  # an operation without anything that could be wrong
        asking.seen["operations that nothing is wrong with"] += 1


def _stories(schema: Any, asking: Asking, number: int) -> None:
    """Requests that follow each other, by the links of the description."""

    class Story(schema.as_state_machine()):  # type: ignore[misc]
        def call(self, case: Any, **_given: Any) -> Any:
            if case.operation.path in ENDLESS:
                case = schema["/healthz"]["GET"].Case()
            answer = asking.known(case)
            asking.unknown(case, is_open=not case.operation.definition.raw["security"])
            return answer

        def validate_response(self, response: Any, case: Any, **_given: Any) -> None:
            """Done where it was asked."""

    test = Story.TestCase
    test.settings = settings(max_examples=STORIES, stateful_step_count=STEPS, **_QUIETLY)
    seed(number)(test.runTest)
    try:
        test().runTest()
    except FlakyStrategyDefinition:
        # What a story may ask next hangs on what was answered, which Hypothesis cannot repeat.
        asking.seen["stories broken off"] += 1
