"""Detections of one feed in, tracks out. Boxes only: nothing looks at what is in them.

One update: predict all tracks to this instant; associate in three stages
(high-score rows, low-score rows, moving blobs), each with what the last left
over; correct what was seen; count what was looked for and missed; confirm, end
and start tracks. Everything is in columns over tracks, nothing is global.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.domain.classes import ClassGroup, ObjectClass
from wayside.domain.detections import Boxes, Detections
from wayside.domain.geometry import covered
from wayside.domain.tracks import Tracks
from wayside.track.association import GroundGate, overlaps
from wayside.track.chains import Chains, Joined
from wayside.track.duplicates import DuplicateWatch
from wayside.track.kalman import Columns, ConstantVelocity, State
from wayside.track.settings import TrackerSettings
from wayside.track.stages import Stages, reachable_pairs
from wayside.track.table import IdSequence, Row, TrackTable, first_entries
from wayside.track.view import NOTHING, Found, Indices, View, corners_of
from wayside.track.votes import first_votes, winners

_LOOKED_AT = 0.5  # least share of a box inside ``examined`` to count as looked at
_SAME_BIRTH = 0.7  # IoU with a box already taken that makes a row its double, not a newcomer
_ALIKE = 0.3  # class penalty under which two boxes may be one object
_LATELY_S = 2.0  # for how long a detector is expected to go on boxing an object twice
_BLOB_OF_TRACK = 0.5  # the same for a blob: share of the smaller box inside the larger

_IS_RIGID = np.array([kind.group is ClassGroup.VEHICLE for kind in ObjectClass])

_SIGHTING = slice(Row.SEEN_S, Row.MISSES + 1)
_COUNTS = slice(Row.HITS, Row.NAMED + 1)
_WAITING = slice(Row.UNSEEN_S, Row.MISSES + 1)
_LAST = slice(Row.LAST_X, Row.LAST_Y + 1)


@dataclass(slots=True)
class TrackerCounters:
    """What a tracker has done since it was made.

    low_scores_dropped: rows below the low score. births_refused: rows that
    doubled a box already taken. joined: chains of first sightings. The rest counts tracks.
    """

    low_scores_dropped: int = 0
    births_refused: int = 0
    started: int = 0
    confirmed: int = 0
    ended: int = 0
    duplicates_ended: int = 0
    joined: int = 0


class Tracker:
    """Tracks of one session of one feed.

    aspect: picture width ÷ height. seed: makes the random start of the ids
    repeatable; None in production.
    """

    def __init__(
        self,
        settings: TrackerSettings | None = None,
        *,
        aspect: float = 16 / 9,
        seed: int | None = None,
    ) -> None:
        if not (math.isfinite(aspect) and aspect > 0):
            raise ValueError(f"aspect must be a positive number, not {aspect}")
        self.settings = settings or TrackerSettings()
        self.counters = TrackerCounters()
        self._view = View(aspect)
        self._filter = ConstantVelocity(self.settings)
        self._stages = Stages(self.settings)
        self._chains = Chains(self.settings, self._stages.penalties)
        self._duplicates = DuplicateWatch(self.settings, self._stages.penalties)
        self._new_ids = IdSequence(seed)
        self._table = TrackTable.empty()
        self._class_ids = np.empty(0, np.int8)
        self._any_tentative = False
        self._t_s = -math.inf

    def update(
        self,
        t_s: float,
        detections: Detections,
        *,
        examined: Boxes | None = None,
        ground: GroundGate | None = None,
    ) -> Tracks:
        """The live tracks at ``t_s``, given what was detected then.

        examined: (K, 4) normalised regions that the detector looked at; None
        is the whole picture. A track that lies mostly outside is not missed: at
        rest it is held in place, moving it coasts. ground: rules out matches
        that the ground plane makes impossible.

        Raises ValueError where ``t_s`` is not later than the last.
        """
        step_s = self._advance(t_s)
        found = self._view.found(detections, self.settings)
        self.counters.low_scores_dropped += (
            len(found) - len(found.high) - len(found.low) - len(found.motion)
        )
        tracks, rows = NOTHING, NOTHING
        table = self._table
        gone: list[NDArray[np.int64]] = []
        if len(table):
            looked_at = None if examined is None else self._looked_at(examined)
            self._predict(step_s, looked_at)
            if len(found):
                tracks, rows = self._associate(t_s, found, ground)
            observed = np.zeros(len(table), np.bool_)
            observed[tracks] = True
            if len(tracks):
                self._correct(t_s, tracks, rows, found)
            joined = self._join(t_s, found, rows, observed)
            rows = np.concatenate((rows, joined.third))
            if len(rows) < len(table):
                self._miss(step_s, observed, looked_at)
                over = self._finished(observed)
                over[joined.second] = True
                observed = self._end(~over, observed, gone)
            self._confirm()
        else:
            observed = np.empty(0, np.bool_)
        if len(rows) < len(found):
            born = self._start(t_s, found, rows)
            observed = np.concatenate((observed, np.ones(born, np.bool_)))
        return self._report(t_s, observed, gone)

    def finish(self, t_s: float) -> Tracks:
        """Ends every track; ``ended`` of the answer has their ids.

        Raises ValueError where ``t_s`` is before the last update.
        """
        if not (math.isfinite(t_s) and t_s >= self._t_s):
            raise ValueError(f"finish at {t_s} s, after an update at {self._t_s} s")
        self._t_s = t_s
        ids = self._table.ids
        self.counters.ended += len(ids)
        self._table = TrackTable.empty()
        self._class_ids = np.empty(0, np.int8)
        return Tracks.none(t_s, ids)

    def _advance(self, t_s: float) -> float:
        """Seconds since the last update (0 at the first)."""
        if not (math.isfinite(t_s) and t_s > self._t_s):
            raise ValueError(f"media time must increase: {t_s} s after {self._t_s} s")
        step_s = t_s - self._t_s if self._t_s > -math.inf else 0.0
        self._t_s = t_s
        return step_s

    def _looked_at(self, examined: Boxes) -> NDArray[np.bool_]:
        """(M,) whether each track's box, as last estimated, lies mostly in one examined region."""
        if len(examined) == 0:
            return np.zeros(len(self._table), np.bool_)
        boxes = self._view.boxes(self._table.state[0])
        regions = np.asarray(examined, np.float32).reshape(-1, 4)
        return np.asarray(covered(boxes, regions).max(1) >= _LOOKED_AT)

    def _predict(self, step_s: float, looked_at: NDArray[np.bool_] | None) -> None:
        """Move all tracks on; hold those that rest where nobody looks."""
        table = self._table
        before = table.state
        table.state = self._filter.predict(before, step_s, _IS_RIGID[self._class_ids])
        if looked_at is None:
            return
        held = (self._resting(before) & ~looked_at).nonzero()[0]
        if len(held):
            still: State = before.take(held, 2)
            still[1] *= math.exp(-step_s / self.settings.rest_decay_s)
            table.state[:, :, held] = still

    def _resting(self, state: State) -> NDArray[np.bool_]:
        """(M,) which objects move less than the resting speed."""
        vx, vy = state[1, 0], state[1, 1]
        areas = state[0, 2] * state[0, 3]
        return np.asarray(vx * vx + vy * vy < self.settings.rest_speed**2 * areas)

    def _associate(
        self, t_s: float, found: Found, ground: GroundGate | None
    ) -> tuple[Indices, Indices]:
        table = self._table
        reachable = (
            None
            if ground is None
            else reachable_pairs(ground, t_s, table, found, self._view.aspect)
        )
        prediction = self._stages.predicted(table, corners_of(table.state[0]), self._class_ids)
        return self._stages.pairs(table, prediction, found, reachable)

    def _correct(self, t_s: float, tracks: Indices, rows: Indices, found: Found) -> None:
        """Enter what was seen of ``tracks`` in ``rows``."""
        table = self._table
        measured = found.centres.take(rows, 1)
        scores = found.scores.take(rows)
        motion = found.from_motion.take(rows) if len(found.motion) else None
        variances = self._filter.variances(measured, motion)
        state = self._filter.correct(table.state.take(tracks, 2), measured, variances)
        table.state[:, :, tracks] = state
        table.votes[found.class_ids.take(rows), tracks] += scores
        entries = table.ledger.take(tracks, 1)
        entries[Row.SEEN_S] = t_s
        entries[_WAITING] = 0.0
        entries[Row.SCORE] = scores
        if motion is None:
            entries[_COUNTS] += 1
            np.maximum(entries[Row.BEST], scores, out=entries[Row.BEST])
        else:
            entries[Row.HITS] += 1
            entries[Row.NAMED] += ~motion
            best = np.maximum(entries[Row.BEST], scores)
            entries[Row.BEST] = np.where(motion, entries[Row.BEST], best)
        if self._any_tentative:  # of an object, the path is no longer asked
            way = state[0, :2] - entries[_LAST]
            entries[Row.PATH] += np.hypot(way[0], way[1])
        entries[_LAST] = state[0, :2]
        table.ledger[:, tracks] = entries

    def _join(self, t_s: float, found: Found, rows: Indices, observed: NDArray[np.bool_]) -> Joined:
        """Carry on the first track of each chain with its third sighting; sets ``observed``.

        The second sighting's track is spent: its vote is taken over.
        """
        table = self._table
        free = self._free(found, rows)
        joined = self._chains.found(t_s, table, self._class_ids, found, observed, free)
        if not len(joined):
            return joined
        first, second, third = joined.first, joined.second, joined.third
        measured, motion = found.centres.take(third, 1), found.from_motion.take(third)
        state = self._filter.start(measured, motion)
        state[1] = joined.velocities
        span_s = t_s - table.ledger[Row.FIRST_S].take(first)
        state[4, :2] = 4 * state[2, :2] / span_s**2
        scores = found.scores.take(third)
        table.state[:, :, first] = state
        table.votes[:, first] += table.votes[:, second]
        table.votes[found.class_ids.take(third), first] += scores
        entries, spent = table.ledger.take(first, 1), table.ledger.take(second, 1)
        way = spent[_LAST] - entries[_LAST], measured[:2] - spent[_LAST]
        entries[Row.SEEN_S] = t_s
        entries[_WAITING] = 0.0
        entries[Row.HITS] = 3
        entries[Row.NAMED] += spent[Row.NAMED] + ~motion
        entries[Row.SCORE] = scores
        best = np.maximum(entries[Row.BEST], spent[Row.BEST])
        entries[Row.BEST] = np.where(motion, best, np.maximum(best, scores))
        entries[Row.PATH] = np.hypot(*way[0]) + np.hypot(*way[1])
        entries[_LAST] = measured[:2]
        table.ledger[:, first] = entries
        observed[first] = True
        self.counters.joined += len(joined)
        return joined

    def _miss(
        self, step_s: float, observed: NDArray[np.bool_], looked_at: NDArray[np.bool_] | None
    ) -> None:
        """Count time and looks in vain of what was not seen."""
        ledger = self._table.ledger
        missed = ~observed
        if looked_at is not None:
            ledger[Row.BLIND_S] += step_s * (missed & ~looked_at)
            missed &= looked_at
        ledger[Row.UNSEEN_S] += step_s * missed
        ledger[Row.MISSES] += missed

    def _finished(self, observed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(M,) which unseen tracks have been missed too long or have left the picture."""
        table, settings = self._table, self.settings
        ledger, state = table.ledger, table.state
        over = ledger[Row.UNSEEN_S] >= settings.max_lost_s
        if self._any_tentative:
            over |= ~table.confirmed & (ledger[Row.MISSES] > settings.tentative_misses)
        blind = ledger[Row.BLIND_S] >= settings.max_blind_s
        if np.count_nonzero(blind):
            over |= blind & ~self._resting(state)
        over |= self._view.left(state[0], settings.min_visible)
        return np.asarray(over & ~observed)

    def _end(
        self,
        lives: NDArray[np.bool_],
        observed: NDArray[np.bool_],
        gone: list[NDArray[np.int64]],
    ) -> NDArray[np.bool_]:
        """Drop the tracks that do not live on; returns ``observed`` of those that do."""
        if np.count_nonzero(lives) == len(lives):
            return observed
        ended = self._table.ids[~lives]
        gone.append(ended)
        self.counters.ended += len(ended)
        self._table.keep(lives)
        self._class_ids = self._class_ids[lives]
        return observed[lives]

    def _confirm(self) -> None:
        """Make objects of the tentative tracks that have shown enough."""
        if not self._any_tentative:
            return
        table, settings = self._table, self.settings
        ledger = table.ledger
        named = ledger[Row.NAMED]
        sure = ledger[Row.BEST] >= settings.high_score
        needed = np.where(sure, settings.confirm_hits, settings.confirm_hits_low)
        enough = named >= needed
        travelled = np.hypot(
            ledger[Row.LAST_X] - ledger[Row.START_X], ledger[Row.LAST_Y] - ledger[Row.START_Y]
        )
        sizes = np.sqrt(table.state[0, 2] * table.state[0, 3])
        moved = travelled >= np.maximum(sizes, settings.motion_min_travel)
        moved &= travelled >= settings.motion_directness * ledger[Row.PATH]
        moved &= ledger[Row.HITS] >= settings.motion_hits
        moved &= ledger[Row.SEEN_S] - ledger[Row.FIRST_S] >= settings.motion_min_s - 1e-9
        confirmed = table.confirmed | enough | moved
        count = int(np.count_nonzero(confirmed))
        self.counters.confirmed += count - int(np.count_nonzero(table.confirmed))
        table.confirmed = confirmed
        self._any_tentative = count < len(table)

    def _start(self, t_s: float, found: Found, taken: Indices) -> int:
        """Start tracks from the rows that no track took; returns how many."""
        rows = self._free(found, taken)
        if len(rows) == 0:
            return 0
        rows = self._newcomers(found, rows)
        count = len(rows)
        if count == 0:
            return 0
        if count > 1:  # best first, and in an order that does not depend on the detector's
            keys = (*found.corners.take(rows, 1), -found.scores.take(rows))
            rows = rows[np.lexsort(keys)]
        measured = found.centres.take(rows, 1)
        motion = found.from_motion.take(rows)
        scores = found.scores.take(rows).astype(np.float64)
        class_ids = found.class_ids.take(rows)
        self._table.append(
            TrackTable(
                self._new_ids.take(count),
                self._filter.start(measured, motion),
                first_votes(class_ids, scores),
                first_entries(t_s, measured[:2], scores, motion),
                np.zeros(count, np.bool_),
            )
        )
        self.counters.started += count
        self._any_tentative = True
        if self.settings.confirm_hits == 1:
            self._confirm()
        return count

    def _free(self, found: Found, taken: Indices) -> Indices:
        """The rows that no track took and that are sure enough for a new one."""
        free = np.ones(len(found), np.bool_)
        free[taken] = False
        free &= found.from_motion | (found.scores >= self.settings.new_score)
        return free.nonzero()[0]

    def _newcomers(self, found: Found, rows: Indices) -> Indices:
        """The rows that do not double a track.

        A blob must not double any; a named row none that is named and seen now.
        A part of a track counts as its double where it has been one lately: the
        detector that boxed it twice will go on doing so.
        """
        table, settings = self._table, self.settings
        if len(table) == 0:
            return rows
        iou, inside = overlaps(found.corners.take(rows, 1), corners_of(table.state[0]))
        ledger = table.ledger
        lately = self._t_s - ledger[Row.DOUBLED_S] <= _LATELY_S
        double = (iou > _SAME_BIRTH) | (lately & (inside > settings.duplicate_inside))
        double &= (ledger[Row.SEEN_S] == self._t_s) & (ledger[Row.NAMED] > 0)
        double &= self._stages.penalties[found.class_ids[rows][:, None], self._class_ids] < _ALIKE
        if len(found.motion):
            double |= found.from_motion.take(rows)[:, None] & (inside > _BLOB_OF_TRACK)
        refused, of_track = double.nonzero()
        if len(refused) == 0:
            return rows
        ledger[Row.DOUBLED_S, of_track] = self._t_s
        refused = np.unique(refused)
        self.counters.births_refused += len(refused)
        return np.delete(rows, refused)

    def _absorb(self, goes: Indices, stays: Indices, observed: NDArray[np.bool_]) -> None:
        """Where the double was seen now and the one that stays was not, take over its state."""
        self._table.ledger[Row.DOUBLED_S, stays] = self._t_s
        fresh = observed[goes] & ~observed[stays]
        source, target = goes[fresh], stays[fresh]
        if len(source) == 0:
            return
        table = self._table
        table.state[:, :, target] = table.state[:, :, source]
        table.ledger[_SIGHTING, target] = table.ledger[_SIGHTING, source]
        table.ledger[_LAST, target] = table.ledger[_LAST, source]
        observed[target] = True

    def _report(
        self, t_s: float, observed: NDArray[np.bool_], gone: list[NDArray[np.int64]]
    ) -> Tracks:
        table = self._table
        self._class_ids, shares = winners(table.votes)
        if len(table) > 1:
            goes, stays = self._duplicates.found(
                t_s, table, corners_of(table.state[0]), self._class_ids
            )
            if len(goes):
                self._absorb(goes, stays, observed)
                lives = np.ones(len(table), np.bool_)
                lives[goes] = False
                self.counters.duplicates_ended += len(goes)
                shares = shares[lives]
                observed = self._end(lives, observed, gone)
        state, ledger = table.state, table.ledger
        ages: Columns = t_s - ledger[Row.FIRST_S]
        return Tracks(
            t_s,
            table.ids,
            self._view.boxes(state[0]),
            self._class_ids,
            shares,
            ledger[Row.SCORE].astype(np.float32),
            self._view.velocities(state[1, :2]),
            table.confirmed,
            observed,
            ages.astype(np.float32),
            np.concatenate(gone) if gone else np.empty(0, np.int64),
        )
