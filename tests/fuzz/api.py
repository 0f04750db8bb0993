"""Requests that wayside's own description allows and forbids, one by one and one after another.

A case is a house of its own behind the real server, and a number for Hypothesis. Each request is
made with an admin's token, without any, and with a viewer's and an operator's. Those that follow
each other go the ways that the description links: what one answers is asked for by the next.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
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
"""Of one case, each asked EXAMPLES times by everybody."""
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


def bearers(house: House) -> dict[Role, str]:
    """A token of each role."""
    login = house.accounts.log_in("ada", PASSWORD, "test")
    assert login is not None
    add, by = house.accounts.tokens.add, login.caller
    return {role: add(role.value, role, timedelta(days=1), by=by)[1] for role in Role}


class Asking:
    """Makes requests of cases, and says what must hold of every answer.

    bearers: a token of each role.
    """

    def __init__(self, url: str, bearers: Mapping[Role, str], session: requests.Session) -> None:
        self.seen: Counter[str] = Counter()
        self._url = url
        self._bearers = bearers
        self._session = session

    def ask(self, case: Any) -> Any:
        """What an admin is answered; a stranger and lesser roles have asked the same after it."""
        answer = self._call(case, headers=self._of(Role.ADMIN))
        case.validate_response(answer, checks=CHECKS)
        needed = case.operation.definition.raw.get("x-role")
        is_open = not case.operation.definition.raw["security"]
        self._refused(case, is_open, self._call(case))
        for role in (Role.VIEWER, Role.OPERATOR):
            may = needed is None or role.covers(Role(needed))
            self._refused(case, may, self._call(case, headers=self._of(role)))
        return answer

    def _refused(self, case: Any, may: bool, answer: Any) -> None:
        assert answer.status_code < 500, case.as_curl_command()
        assert may or answer.status_code >= 400, case.as_curl_command()

    def _of(self, role: Role) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._bearers[role]}"}

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
            asking = Asking(url, bearers(house), session)
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
    """Requests of one operation, each of everybody."""

    @seed(number)
    @settings(max_examples=examples, **_QUIETLY)
    @given(case=operation.as_strategy(generation_mode=mode))
    def meet(case: Any) -> None:
        asking.ask(case)

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
            return asking.ask(case)

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
