"""The summary counts what the events say and never hides a number."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from pathlib import Path
from uuid import UUID

from rich.console import Console

from wayside.cli.summary import print_summary
from wayside.cli.tagging import Outcome
from wayside.domain.classes import ObjectClass
from wayside.domain.records import Event, Origin, Phase, Severity
from wayside.domain.scene import Line, SceneGeometry
from wayside.report.contents import FeedContents
from wayside.testing.scripted import DEFAULT_START

LINE = Line("L", (0.5, 1.0), (0.5, 0.0))


def event(
    kind: str, phase: Phase = Phase.INSTANT, feed: str = "north", place: str = "L", **told: str
) -> Event:
    return Event(
        event_id=UUID(int=1),
        incident_id=UUID(int=1),
        origin=Origin("test", feed, "s1"),
        sequence=0,
        kind=kind,
        phase=phase,
        start=DEFAULT_START,
        end=DEFAULT_START + timedelta(seconds=1),
        start_s=0.0,
        end_s=1.0,
        place=place,
        severity=Severity.INFO,
        data=told,
    )


def crossing(direction: str, kind: str, feed: str = "north", place: str = "L") -> Event:
    told = {"direction": direction, "class": kind}
    return event("traffic.line_crossing", feed=feed, place=place, **told)


def outcome(
    *events: Event, duration_s: float = 10.0, coverage: float = 1.0, lines: tuple[Line, ...] = ()
) -> Outcome:
    contents = FeedContents(
        feed="north",
        source="north.mp4",
        start=DEFAULT_START,
        duration_s=duration_s,
        width=64,
        height=48,
        rate=25.0,
        coverage=coverage,
        events=events,
        geometry=SceneGeometry(lines=lines),
    )
    return Outcome(contents)


def printed(*outcomes: Outcome, width: int = 80, interrupted: bool = False) -> str:
    out = StringIO()
    print_summary(
        Console(file=out, width=width),
        outcomes,
        [Path("out/events.jsonl")],
        elapsed_s=2.0,
        interrupted=interrupted,
    )
    return out.getvalue()


def cells(text: str) -> list[list[str]]:
    return [line.replace("│", " ").split() for line in text.splitlines() if line.startswith("│")]


def test_crossings_by_line_direction_and_class() -> None:
    events = [
        crossing("forward", "car"),
        crossing("forward", "car"),
        crossing("forward", "bus"),
        crossing("backward", "car"),
        crossing("forward", "car", feed="south", place="M"),
    ]
    assert cells(printed(outcome(*events))) == [
        ["north", "L", "backward", "1", "1"],
        ["north", "L", "forward", "1", "2", "3"],
        ["south", "M", "forward", "1", "1"],
    ]


def test_no_number_is_cut_off_on_a_narrow_terminal() -> None:
    feed = "a-very-long-name-of-a-feed-in-the-north-of-the-harbour"
    events = [
        crossing("forward", label, feed=feed, place="the-long-line-over-the-bridge")
        for label in (c.label for c in ObjectClass)
        for _ in range(123)
    ]
    text = printed(outcome(*events))
    assert "…" not in text
    assert text.count("123") == len(ObjectClass)
    assert str(123 * len(ObjectClass)) in text


def test_what_lasts_is_counted_once() -> None:
    events = [
        event("venue.zone_presence", phase) for phase in (Phase.OPEN, Phase.UPDATE, Phase.CLOSE)
    ]
    assert "1 event of zone presence" in printed(outcome(*events))


def test_without_a_line_it_says_how_to_draw_one() -> None:
    assert "--line ID=" in printed(outcome())
    text = printed(outcome(lines=(LINE,)))
    assert "Nothing crossed a line." in text
    assert "--line" not in text


def test_coverage_is_that_of_all_the_time() -> None:
    text = printed(outcome(duration_s=30.0), outcome(duration_s=10.0, coverage=0.2))
    assert "40.0 s of video in 2.0 s (20.0x real time), coverage 80.0%" in text


def test_no_time_at_all_is_no_division_by_zero() -> None:
    assert "0.0 s of video" in printed(outcome(duration_s=0.0))


def test_an_early_end_is_said() -> None:
    assert "Stopped early" in printed(outcome(), interrupted=True)
    assert "Stopped early" not in printed(outcome())


def test_the_files_are_named() -> None:
    assert "  out/events.jsonl\n" in printed(outcome())
