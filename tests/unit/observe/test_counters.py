import pytest

from wayside.observe.counters import Counters


def test_counts_start_at_zero_and_add_up() -> None:
    counters = Counters("frames", "drops")
    counters.add("frames")
    counters.add("frames", 4)
    assert counters.totals() == {"frames": 5, "drops": 0}
    assert counters["frames"] == 5


def test_a_name_not_given_at_the_start_is_refused() -> None:
    counters = Counters("frames")
    with pytest.raises(KeyError):
        counters.add("frmaes")
    assert counters.totals() == {"frames": 0}


def test_counts_only_grow() -> None:
    counters = Counters("frames")
    with pytest.raises(ValueError, match="frames"):
        counters.add("frames", -1)
    assert counters["frames"] == 0


def test_totals_are_a_copy() -> None:
    counters = Counters("frames")
    counters.totals()["frames"] = 9
    assert counters["frames"] == 0


def test_merge_adds_and_refuses_unknown_names_before_it_changes_anything() -> None:
    ours, theirs, strange = Counters("a", "b"), Counters("b"), Counters("a", "c")
    ours.add("b", 2)
    theirs.add("b", 3)
    strange.add("a")
    assert ours.merge(theirs).totals() == {"a": 0, "b": 5}
    with pytest.raises(KeyError, match="c"):
        ours.merge(strange)
    assert repr(ours) == "Counters(a=0, b=5)"
