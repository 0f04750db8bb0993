from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from wayside.domain.errors import SinkError
from wayside.events.sinks.jsonl import JsonlSink


def ids(path: Path) -> list[str]:
    return [json.loads(line)["id"] for line in path.read_text().splitlines()]


def test_one_cloudevent_a_line_in_order(tmp_path: Path, deliver: Callable) -> None:
    path = tmp_path / "out" / "events.jsonl"
    sink = JsonlSink(path)
    sink.deliver([deliver(1, words="Ångström\n"), deliver(2)])
    sink.deliver([deliver(3)])
    sink.close()
    assert ids(path) == ["id-1", "id-2", "id-3"]
    assert json.loads(path.read_text().splitlines()[0]) == deliver(1, words="Ångström\n").message


def test_what_comes_again_is_written_once_also_after_a_restart(
    tmp_path: Path, deliver: Callable
) -> None:
    path = tmp_path / "events.jsonl"
    for batch in ([1, 2], [1, 2, 3], [3, 4]):
        sink = JsonlSink(path)
        sink.deliver([deliver(number) for number in batch])
        sink.deliver([deliver(number) for number in batch])
        sink.close()
    assert ids(path) == ["id-1", "id-2", "id-3", "id-4"]


@pytest.mark.parametrize("half", [b'{"id": "id-2"', b"x" * 10_000])
def test_a_half_line_of_a_killed_process_is_removed(
    tmp_path: Path, deliver: Callable, half: bytes
) -> None:
    path = tmp_path / "events.jsonl"
    sink = JsonlSink(path)
    sink.deliver([deliver(1)])
    sink.close()
    with path.open("ab") as file:
        file.write(half)
    sink = JsonlSink(path)
    sink.deliver([deliver(2)])
    sink.close()
    assert ids(path) == ["id-1", "id-2"]


def test_full_files_move_up_and_the_oldest_go(tmp_path: Path, deliver: Callable) -> None:
    path = tmp_path / "events.jsonl"
    sink = JsonlSink(path, max_bytes=300, keep=2)
    for number in range(1, 8):
        sink.deliver([deliver(2 * number), deliver(2 * number + 1)])
    sink.close()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["events.jsonl.1", "events.jsonl.2"]
    assert ids(tmp_path / "events.jsonl.1") == ["id-14", "id-15"]
    assert ids(tmp_path / "events.jsonl.2") == ["id-12", "id-13"]
    sink = JsonlSink(path, max_bytes=300, keep=2)
    sink.deliver([deliver(15), deliver(16)])
    sink.close()
    assert ids(path) == ["id-16"]


def test_a_file_that_cannot_be_written_is_said_and_tried_again(
    tmp_path: Path, deliver: Callable
) -> None:
    path = tmp_path / "events.jsonl"
    path.mkdir()
    sink = JsonlSink(path)
    with pytest.raises(SinkError, match="the file cannot be written"):
        sink.deliver([deliver(1)])
    path.rmdir()
    sink.deliver([deliver(1)])
    sink.close()
    assert ids(path) == ["id-1"]
