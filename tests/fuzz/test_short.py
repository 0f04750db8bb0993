"""A short part of each target; ``make fuzz`` runs the whole."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest

from fuzz import packets
from fuzz.corpus import Corpus
from fuzz.reel import STREAMS, film
from fuzz.run import Run
from fuzz.target import TRIES, numbers_of, target_of
from wayside.decode.decoder import Decoder

SHARE = float(os.environ.get("WAYSIDE_FUZZ", "1"))
"""Of what is tried here; ``make guarantees LONG=1`` tries twenty times as much."""
SEED = 0
Record: TypeAlias = Callable[[str, object], None]

pytestmark = pytest.mark.slow


def no_harm(name: str, tries: int, folder: Path, record_property: Record) -> None:
    target = target_of(name, folder)
    corpus = Corpus(folder, name, SEED)
    wanted = round(tries * SHARE)
    progress = Run(name, target.suffix, target.seconds, SEED, corpus).until(wanted)
    record_property("tries", progress.tries)
    kept = [path.read_text("utf-8") for path in corpus.folder.glob("case-*.txt")]
    assert progress.harm == 0, "\n".join(kept)
    assert progress.tries >= wanted


def test_no_packet_does_harm(tmp_path: Path, record_property: Record) -> None:
    no_harm("packets", 12_000, tmp_path, record_property)


def test_no_container_does_harm(tmp_path: Path, record_property: Record) -> None:
    no_harm("containers", 250, tmp_path, record_property)


def test_no_input_of_a_parser_does_harm(tmp_path: Path, record_property: Record) -> None:
    no_harm("parsers", 60_000, tmp_path, record_property)


def test_no_configuration_does_harm(tmp_path: Path, record_property: Record) -> None:
    no_harm("configs", 120, tmp_path, record_property)


def test_no_request_does_harm(tmp_path: Path, record_property: Record) -> None:
    no_harm("requests", 200, tmp_path, record_property)


def test_nothing_moves_where_nothing_should(tmp_path: Path) -> None:
    for stream in STREAMS:
        reel = film(tmp_path, stream, (64, 48), 20, still=True)
        decoder = Decoder(reel.form)
        frames = [frame for packet in reel.packets() for frame in decoder.decode(packet)]
        frames += decoder.flush()
        first, *others = [frame.luma(64, 48).astype(np.int16) for frame in frames]
        assert all(np.abs(first - other).max() <= 4 for other in others), stream


def test_no_event_is_made_of_damage(
    record_property: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Raised by the target where one is."""
    monkeypatch.setattr(packets, "FEEDS", 1.0)
    target = packets.Packets()
    feeds = round(25 * SHARE)
    seen: Counter[str] = Counter()
    for case in range(feeds):
        seen += target.attempt(target.make(numbers_of(2, "feeds", case)))
    record_property("tries", seen[TRIES])
    assert seen["feeds"] == feeds
    assert seen["pictures shown"] > feeds
