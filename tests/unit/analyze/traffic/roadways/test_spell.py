from __future__ import annotations

from wayside.analyze.traffic.roadways.spell import Spell
from wayside.domain.records import Phase


def run(spell, states, step=1.0, start=0.0):
    """(second, phase) of what is told. states: a letter a second, + holds, - gone, . between."""
    told = []
    for n, state in enumerate(states):
        t_s = start + n * step
        phase = spell.update(t_s, holds=state == "+", gone=state == "-")
        if phase:
            told.append((t_s, phase))
    return told


def test_it_opens_once_it_has_held_and_closes_once_it_was_clear():
    spell = Spell(for_s=5, clear_s=10)
    told = run(spell, "--" + "+" * 8 + "-" * 20)
    assert told == [(7, Phase.OPEN), (19, Phase.CLOSE)]
    assert (spell.start_s, spell.end_s) == (2, 9)


def test_a_short_one_is_none():
    assert run(Spell(for_s=5, clear_s=10), "-" + "+" * 5 + "-" * 20) == []


def test_a_short_break_does_not_end_it():
    assert run(Spell(for_s=8, clear_s=10, bridge_s=3), "++++--++++") == [(8, Phase.OPEN)]
    assert run(Spell(for_s=8, clear_s=10, bridge_s=3), "++++-----++++") == []


def test_between_the_thresholds_it_goes_on():
    assert run(Spell(for_s=5, clear_s=10), "+......") == [(5, Phase.OPEN)]
    assert run(Spell(for_s=5, clear_s=10), ".......") == []


def test_one_after_another_is_one():
    red, green = "+" * 10, "-" * 8
    told = run(Spell(for_s=5, clear_s=20), (red + green) * 4 + "-" * 30)
    assert [phase for _, phase in told] == [Phase.OPEN, Phase.CLOSE]


def test_shorter_ones_do_not_keep_it_open():
    told = run(Spell(for_s=8, clear_s=20), "+" * 10 + ("-" * 6 + "+" * 4) * 5)
    assert told == [(8, Phase.OPEN), (29, Phase.CLOSE)]
