"""Where a network should look, and through which size of window.

A network's cost is its input's area, and its eye is best for objects of some
40 to 200 pixels. So a moving thing that fills a third of the picture is shown
small, and one that is a speck is cut out and shown large. Regions that lie
close together share one look; nothing that is still is looked at again but in
the survey, a whole picture every few seconds, as a safety net.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from wayside.attend.patches import PatchSettings, patch
from wayside.domain.detections import Boxes
from wayside.domain.looks import WHOLE, Look, Region

Size: TypeAlias = tuple[int, int]


@dataclass(frozen=True, slots=True)
class LookingSettings:
    """survey_s: a whole picture at least this often, as long as anything moves; where nothing has
    moved since the last one, every survey_rest_s. survey_longest_s: where surveys find nothing
    that movement had not pointed at. wanted_px: the side (root of the area) an
    object should have in the network's input. least_px: side in the camera's own pixels below
    which no network names anything. context: margin around an object, in its own
    sizes. least: smallest side of a region, as a share of the picture. crowd: more places of
    interest than this are not told apart. worth: parts that together cost more than this share
    of a look at the whole picture are not worth leaving the rest unseen. patches: how looks are
    cut that share an input with others; None where each has an input of its own.
    """

    survey_s: float = 4.0
    survey_longest_s: float = 12.0
    survey_rest_s: float = 120.0
    wanted_px: float = 44.0
    context: float = 0.8
    least: float = 0.3
    least_px: float = 14.0
    crowd: int = 8
    worth: float = 0.7
    patches: PatchSettings | None = None


class Attention:
    """One feed's looks. State is when the last survey was, and how often they are worth it."""

    def __init__(
        self, sizes: Sequence[Size], picture: Size, settings: LookingSettings | None = None
    ) -> None:
        self.settings = settings or LookingSettings()
        self._sizes = tuple(sorted(sizes, key=lambda s: s[0] * s[1]))
        self._picture = picture
        self._least = self._sizes[0][0] * self._sizes[0][1]
        self._native_px = float(np.sqrt(picture[0] * picture[1]))
        self._surveyed_s: float | None = None
        self._survey_s = self.settings.survey_s
        self._has_moved = False

    def plan(
        self, t_s: float, interest: Boxes, *, everything: bool = False, moves: bool = True
    ) -> list[Look]:
        """Looks at media second ``t_s``.

        interest: (N, 4) normalised boxes of what moves or has to be found again.
        everything: the whole picture changed; look at all of it. moves: anything does.
        """
        self._has_moved |= moves
        if self._is_survey_due(t_s) or everything:
            self._surveyed_s = t_s
            self._has_moved = moves
            return [Look(WHOLE, self._size_for(WHOLE, interest) if everything else self._sizes[-1])]
        interest = interest[_sides(interest) * self._native_px >= self.settings.least_px]
        if not len(interest):
            return []
        whole = Look(WHOLE, self._size_for(WHOLE, interest))
        looks = [whole]
        if len(interest) <= self.settings.crowd:
            apart = [self._look(interest[i : i + 1]) for i in range(len(interest))]
            looks = self._merge(apart, interest)
        if sum(look.pixels for look in looks) > self.settings.worth * whole.pixels:
            looks = [whole]
        if any(look.is_whole and look.pixels >= self._least for look in looks):
            self._surveyed_s = t_s
        return looks

    def _is_survey_due(self, t_s: float) -> bool:
        if self._surveyed_s is None:
            return True
        rest_s = self._survey_s if self._has_moved else self.settings.survey_rest_s
        return t_s - self._surveyed_s >= rest_s

    def surveyed(self, *, was_worth_it: bool) -> None:
        """Whether a look at everything found what nothing else had pointed at.

        Where it never does, surveys become rarer, down to one in ``survey_longest_s``.
        """
        settings = self.settings
        rarer_s = min(settings.survey_longest_s, 1.5 * self._survey_s)
        self._survey_s = settings.survey_s if was_worth_it else rarer_s

    def _look(self, boxes: Boxes) -> Look:
        if self.settings.patches is not None:
            look = patch(boxes, self._picture, self.settings.patches)
            fits = look.size[0] <= self._sizes[-1][0] and look.size[1] <= self._sizes[-1][1]
            return look if fits else Look(WHOLE, self._sizes[-1])
        region = self._region(boxes)
        return Look(region, self._size_for(region, boxes))

    def _region(self, boxes: Boxes) -> Region:
        """Around all boxes, with context, no smaller than ``least``; nearly all is all."""
        sides = boxes[:, 2:] - boxes[:, :2]
        margin = self.settings.context * sides.max(axis=1, keepdims=True)
        low = (boxes[:, :2] - margin).min(axis=0)
        high = (boxes[:, 2:] + margin).max(axis=0)
        middle, half = (low + high) / 2, (high - low) / 2
        half = np.maximum(half, self.settings.least / 2)
        half = np.full(2, half.max())  # the picture's own aspect, which the inputs have too
        if half[0] >= 0.4:
            return WHOLE
        middle = np.clip(middle, half, 1 - half)
        x1, y1, x2, y2 = (float(v) for v in np.concatenate([middle - half, middle + half]))
        return x1, y1, x2, y2

    def _size_for(self, region: Region, boxes: Boxes) -> Size:
        """The smallest input that shows the smallest object large enough.

        Or nearly twice as large as the camera saw it: enlarging helps a network with
        small objects up to there, and not beyond.
        """
        if not len(boxes):
            return self._sizes[-1]
        width, height = region[2] - region[0], region[3] - region[1]
        smallest = float(_sides(boxes).min()) / np.sqrt(width * height)
        seen_px = np.sqrt(width * height * self._picture[0] * self._picture[1])
        for size in self._sizes:
            shown_px = np.sqrt(size[0] * size[1])
            if smallest * shown_px >= self.settings.wanted_px or shown_px >= 1.75 * seen_px:
                return size
        return self._sizes[-1]

    def _merge(self, looks: list[Look], interest: Boxes) -> list[Look]:
        """Joins looks while one costs no more than the two it replaces."""
        members = [[index] for index in range(len(looks))]
        while len(looks) > 1:
            saving, pair = self._best_pair(looks, members, interest)
            if pair is None or saving < 0:
                break
            first, second = pair
            members[first] += members[second]
            looks[first] = self._look(interest[members[first]])
            del looks[second], members[second]
        return looks

    def _best_pair(
        self, looks: list[Look], members: list[list[int]], interest: Boxes
    ) -> tuple[float, tuple[int, int] | None]:
        best, pair = -np.inf, None
        for first in range(len(looks)):
            for second in range(first + 1, len(looks)):
                union = self._look(interest[members[first] + members[second]])
                apart = looks[first].pixels + looks[second].pixels
                saving = np.inf if _nested(looks[first], looks[second]) else apart - union.pixels
                if saving > best:
                    best, pair = saving, (first, second)
        return best, pair


def _nested(a: Look, b: Look) -> bool:
    """Whether one region holds the other, give or take a hundredth of the picture."""
    difference = np.subtract(a.region, b.region)
    outward = difference * np.array([-1, -1, 1, 1])
    return bool((outward >= -0.01).all() or (outward <= 0.01).all())


def _sides(boxes: Boxes) -> NDArray[np.float32]:
    """(N,) root of each box's area, as a share of the picture's."""
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    return np.asarray(np.sqrt(np.maximum(width * height, 1e-9)))
