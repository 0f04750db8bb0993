"""The budget: exact, per instant and feed, kept through restarts, and never begun anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wayside.domain.errors import PublicationError, StoreError
from wayside.publish.ledger import Ledger
from wayside.publish.noise import scale_of
from wayside.publish.policy import Policy
from wayside.publish.question import Question

NOW = datetime(2026, 6, 1, tzinfo=UTC)
MIDNIGHT = datetime(2026, 5, 4, tzinfo=UTC)
Ask = Callable[..., Question]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(path: Path, policy: Policy) -> Iterator[Ledger]:
    with Ledger.begin(path, policy, NOW) as opened:
        yield opened


def charge(ledger: Ledger, question: Question, numbers: list[list[int]] | None = None) -> int:
    return ledger.charge(question, numbers or [[1], [2]], 210.0, NOW).number


def test_a_release_is_there_after_a_restart(ledger: Ledger, path: Path, asked: Ask) -> None:
    told = ledger.charge(asked(), [[-3], [360]], 210.0, NOW)
    assert told.numbers == ((-3,), (360,))
    ledger.close()
    with Ledger.open(path) as again:
        assert again.known(asked()) == told
        assert again.releases() == [told]
        assert again.policy == Policy(rho_s=30, stays=2, budget=1_000_000)
        assert [(each.feed, each.spent) for each in again.spendings()] == [("mast", 400_000)]


def test_the_same_question_gets_the_same_answer_and_costs_nothing(
    ledger: Ledger, asked: Ask
) -> None:
    first = ledger.charge(asked(), [[7], [8]], 210.0, NOW)
    assert ledger.charge(asked(), [[70], [80]], 210.0, NOW) == first
    assert ledger.spendings()[0].spent == 400_000


def test_what_is_gone_is_refused_and_what_is_left_is_said(ledger: Ledger, asked: Ask) -> None:
    charge(ledger, asked())
    charge(ledger, asked(10, 30))
    with pytest.raises(PublicationError, match=r"0\.4 was asked, and 0\.2 of 1 is left") as refused:
        charge(ledger, asked(0, 20))
    assert "mast at 2026-05-04T00:10:00.000Z" in str(refused.value)
    with pytest.raises(PublicationError):
        ledger.check(asked(29, 31))
    assert ledger.known(asked(0, 20)) is None
    assert len(ledger.releases()) == 2
    charge(ledger, asked(0, 20, epsilon=200_000))


def test_the_last_bit_of_a_budget_can_be_spent_and_no_more(ledger: Ledger, asked: Ask) -> None:
    for number in range(10):  # ten tenths: as floats these are not 1
        charge(ledger, asked(clamp=number + 1, epsilon=100_000))
    with pytest.raises(PublicationError, match="0 of 1 is left"):
        charge(ledger, asked(epsilon=1))


def test_other_times_and_feeds_have_budgets_of_their_own(ledger: Ledger, asked: Ask) -> None:
    charge(ledger, asked(epsilon=1_000_000))
    charge(ledger, asked(60, 120, epsilon=1_000_000))
    charge(ledger, asked(lines=(("gate", "a"),), epsilon=1_000_000))
    with pytest.raises(PublicationError, match="mast"):
        charge(ledger, asked(60, 120, lines=(("gate", "a"), ("mast", "b")), epsilon=1))
    assert len(ledger.releases()) == 3


def test_lines_of_a_feed_share_its_budget(ledger: Ledger, asked: Ask) -> None:
    charge(ledger, asked(epsilon=1_000_000))
    with pytest.raises(PublicationError):
        charge(ledger, asked(lines=(("mast", "other"),), epsilon=1))


def test_releases_that_do_not_meet_do_not_add_up(ledger: Ledger, asked: Ask) -> None:
    charge(ledger, asked(0, 10, epsilon=600_000))
    charge(ledger, asked(50, 60, epsilon=600_000))
    charge(ledger, asked(epsilon=400_000))
    with pytest.raises(PublicationError):
        ledger.check(asked(0, 60, epsilon=1))
    charge(ledger, asked(10, 50, epsilon=600_000))
    with pytest.raises(PublicationError, match="and 0 of 1 is left"):
        ledger.check(asked(0, 60, epsilon=1))


def test_the_policy_can_be_changed_until_something_is_released(
    ledger: Ledger, path: Path, policy: Policy, asked: Ask
) -> None:
    wider = replace(policy, budget=2_000_000)
    with Ledger.begin(path, wider, NOW) as changed:
        assert changed.policy == wider
        with pytest.raises(PublicationError, match="changed meanwhile"):
            charge(ledger, asked())
        charge(changed, asked(epsilon=2_000_000))


def test_the_policy_stays(ledger: Ledger, path: Path, policy: Policy, asked: Ask) -> None:
    charge(ledger, asked())
    with Ledger.begin(path, policy, NOW + timedelta(days=1)) as again:
        assert again.policy == policy
    for other in ({"budget": 2_000_000}, {"rho_s": 10}, {"stays": 1}, {"chunk_s": 5}):
        with pytest.raises(PublicationError, match="another policy"):
            Ledger.begin(path, replace(policy, **other), NOW)
    assert ledger.policy == policy


@pytest.mark.parametrize("harm", ["empty", "torn", "other"])
def test_a_damaged_ledger_is_not_begun_anew(
    ledger: Ledger, path: Path, policy: Policy, asked: Ask, harm: str
) -> None:
    charge(ledger, asked())
    ledger.close()
    whole = path.read_bytes()
    spoilt = {"empty": b"", "torn": b"\0" * 4096 + whole[4096:], "other": b"no database" * 500}
    path.write_bytes(spoilt[harm])
    for reopened in (lambda: Ledger.open(path), lambda: Ledger.begin(path, policy, NOW)):
        with pytest.raises(StoreError, match="nothing is published without it"):
            reopened()
    assert path.read_bytes() == spoilt[harm]


def test_a_damaged_page_is_told_where_it_is_met(ledger: Ledger, path: Path, asked: Ask) -> None:
    charge(ledger, asked())
    ledger.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    with pytest.raises(StoreError, match="damaged"), Ledger.open(path) as spoilt:
        charge(spoilt, asked(0, 10))


def test_none_is_made_where_it_cannot_be(tmp_path: Path, policy: Policy) -> None:
    with pytest.raises(StoreError):
        Ledger.begin(tmp_path / "gone" / "ledger.db", policy, NOW)
    with pytest.raises(StoreError):
        Ledger.open(tmp_path / "ledger.db")
    assert list(tmp_path.iterdir()) == []


def test_a_charge_is_synced_with_its_folder(ledger: Ledger) -> None:
    """No kill shows it, only a power cut: 3 is EXTRA."""
    assert ledger._connection.execute("PRAGMA synchronous").fetchone() == (3,)
    assert ledger._connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_a_ledger_leaves_no_drafts(ledger: Ledger, path: Path) -> None:
    assert ledger.path == path
    assert [each.name for each in path.parent.iterdir()] == ["ledger.db"]


# Composition: whatever was released, nobody's stays cost more than the budget.

asks = st.tuples(
    st.sets(st.sampled_from(["gate", "mast"]), min_size=1),
    st.integers(0, 20),
    st.integers(1, 20),
    st.integers(1, 9),
    st.sampled_from([100_000, 250_000, 333_333, 700_000, 1_000_000]),
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(asks, min_size=2, max_size=8),
    st.lists(
        st.tuples(st.sampled_from(["gate", "mast"]), st.integers(0, 2_400)), min_size=2, max_size=2
    ),
)
def test_no_stays_cost_more_than_the_budget(
    tmp_path_factory: pytest.TempPathFactory,
    wanted: list[tuple[set[str], int, int, int, int]],
    stays: list[tuple[str, int]],
) -> None:
    policy = Policy(rho_s=30, stays=2, budget=1_000_000)
    released = []
    with Ledger.begin(tmp_path_factory.mktemp("l") / "ledger.db", policy, NOW) as ledger:
        for feeds, first, length, clamp, epsilon in wanted:
            question = Question(
                since=MIDNIGHT + timedelta(minutes=first),
                until=MIDNIGHT + timedelta(minutes=first + length),
                interval_s=60 * length,
                lines=tuple((feed, "line") for feed in sorted(feeds)),
                clamp=clamp,
                epsilon=epsilon,
            )
            try:
                charge(ledger, question)
            except PublicationError:
                continue
            if question not in released:
                released.append(question)
    assert released
    assert sum(cost(question, policy, stays) for question in released) <= 1


def cost(question: Question, policy: Policy, stays: list[tuple[str, int]]) -> Fraction:
    """The privacy loss of somebody with these stays (feed, second): all that can change / scale."""
    scale = Fraction(scale_of(question.sensitivity(policy), question.epsilon))
    a_chunk = question.clamp + 1
    touched = {
        (feed, chunk)
        for feed, begin_s in stays
        for chunk in chunks_touched(begin_s, policy)
        if feed in question.feeds and chunk in question.chunks(policy)
    }
    return len(touched) * a_chunk / scale


def chunks_touched(begin_s: int, policy: Policy) -> range:
    begin = MIDNIGHT.timestamp() + begin_s + 0.999
    end = begin + policy.rho_s + policy.memory_s
    return range(int(begin // policy.chunk_s), int(end // policy.chunk_s) + 1)
