"""One feed: its film, its place in time, its clients and its truth."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from wayside.domain.time import Clock
from wayside.testing.cameras.channel import Channel, Client, Muxer
from wayside.testing.cameras.films import AccessUnit, FilmFolder, access_units
from wayside.testing.cameras.playhead import Breaks, Due, Playhead
from wayside.testing.cameras.truth import Witness
from wayside.testing.places import Place

LEAD = 2
"""Pieces of film that must exist before a feed goes on the air."""


class Feed:
    """Waits for its film, then plays it for ever. ``step`` does all work and never blocks."""

    def __init__(
        self, place: Place, folder: FilmFolder, clock: Clock, breaks: Breaks | None = None
    ) -> None:
        self.place = place
        self.channel = Channel()
        self._folder, self._clock, self._breaks = folder, clock, breaks
        self._units: list[AccessUnit] = []
        self._pieces = 0
        self._on_air: _OnAir | None = None

    @property
    def is_on_air(self) -> bool:
        return self._on_air is not None

    @property
    def is_complete(self) -> bool:
        """Whether the whole film exists."""
        folder = self._folder
        return folder.crossings() is not None and all(map(folder.has, range(folder.segment_count)))

    @property
    def is_cut(self) -> bool:
        air = self._on_air
        if self._breaks is None or air is None:
            return False
        return self._breaks.is_cut(self._clock.monotonic_s() - air.begun_s)

    def admit(self, client: Client) -> None:
        """Take a new client, or turn it away while the connection is cut."""
        if self.is_cut:
            client.abort()
        else:
            self.channel.join(client)

    def step(self) -> list[dict[str, Any]]:
        """Send what is due. Returns lines for truth.jsonl."""
        self._load()
        air = self._on_air
        if air is None:
            return []
        is_cut = self.is_cut
        if is_cut:
            self.channel.cut()
        rows: list[dict[str, Any]] = []
        for due in air.playhead.due(self._clock.monotonic_s(), len(self._units)):
            self._send(air, due)
            sent = not is_cut and self.channel.was_watched
            rows += air.witness.rows(due, air.started, sent=sent)
        return rows

    def close(self) -> None:
        self.channel.cut()
        if self._on_air is not None:
            self._on_air.muxer.close()

    def _send(self, air: _OnAir, due: Due) -> None:
        unit = self._units[due.position]
        chunk = air.muxer.chunk(unit, due.slot)
        self.channel.send(chunk, is_keyframe=unit.is_keyframe)

    def _load(self) -> None:
        """Read pieces that have been made meanwhile, one a step."""
        folder = self._folder
        if self._pieces < folder.segment_count and folder.has(self._pieces):
            self._units += access_units(folder.segment(self._pieces))
            self._pieces += 1
        if self._on_air is None and self._pieces >= min(LEAD, folder.segment_count):
            crossings = folder.crossings()
            if crossings is not None:
                place = self.place
                frozen = place.frozen_s and (
                    place.frozen_s[0] * place.fps,
                    place.frozen_s[1] * place.fps,
                )
                witness = Witness(place.id, place.fps, place.frame_count, crossings, frozen)
                self._on_air = _OnAir(place, folder, witness, self._clock)


class _OnAir:
    """What a feed has once it plays. started: UTC of its first picture."""

    def __init__(self, place: Place, folder: FilmFolder, witness: Witness, clock: Clock) -> None:
        self.witness = witness
        self.begun_s = clock.monotonic_s()
        self.started: datetime = clock.now()
        self.muxer = Muxer(folder.segment(0), place.fps)
        self.playhead = Playhead(place.fps, place.frame_count, self.begun_s)
