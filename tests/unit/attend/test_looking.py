"""What moves is shown to the network large enough, and nothing else is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wayside.attend.looking import Attention, LookingSettings
from wayside.domain.looks import WHOLE, Look

SMALL, MIDDLE, LARGE = SIZES = ((320, 192), (448, 256), (640, 384))
PICTURE = (1920, 1080)
SETTINGS = LookingSettings(
    survey_s=3.0, wanted_px=44.0, context=0.8, least=0.3, least_px=0.0, crowd=8, worth=1.0
)
Box = Sequence[float]


def boxes_of(*boxes: Box) -> np.ndarray:
    return np.array(boxes, np.float32).reshape(-1, 4)


def square(x: float, y: float, side: float) -> Box:
    """Around a centre; sides as shares of the picture's."""
    return (x - side / 2, y - side / 2, x + side / 2, y + side / 2)


def surveyed(how: LookingSettings = SETTINGS, picture: tuple[int, int] = PICTURE) -> Attention:
    """An attention that surveyed at second 0, so that what follows is its own choice."""
    attention = Attention(SIZES, picture, how)
    attention.plan(0.0, boxes_of())
    return attention


def looks_at(*boxes: Box, **how: object) -> list[Look]:
    return surveyed(**how).plan(0.5, boxes_of(*boxes))  # type: ignore[arg-type]


def holds(region: Box, box: Box, slack: float = 1e-5) -> bool:
    outward = np.subtract(region, box) * [-1, -1, 1, 1]
    return bool((outward >= -slack).all())


def area(region: Box) -> float:
    return (region[2] - region[0]) * (region[3] - region[1])


class TestSurvey:
    def test_the_first_look_is_at_everything_and_large(self) -> None:
        assert Attention(SIZES, PICTURE).plan(12.0, boxes_of()) == [Look(WHOLE, LARGE)]

    def test_without_interest_there_are_surveys_only(self) -> None:
        attention = Attention(SIZES, PICTURE, SETTINGS)
        times = np.arange(0, 30, 0.25)
        planned = {float(t): attention.plan(float(t), boxes_of()) for t in times}
        looked = [t for t, looks in planned.items() if looks]
        assert looked == [0.25 * i for i in range(120) if (0.25 * i) % SETTINGS.survey_s == 0]
        assert all(planned[t] == [Look(WHOLE, LARGE)] for t in looked)

    def test_a_survey_comes_in_time_whatever_moves(self) -> None:
        attention = Attention(SIZES, PICTURE, SETTINGS)
        whole = [
            t
            for t in np.arange(0, 20, 0.2)
            if any(
                look.is_whole for look in attention.plan(float(t), boxes_of(square(0.2, 0.2, 0.02)))
            )
        ]
        assert np.diff(whole).max() <= SETTINGS.survey_s + 0.2 + 1e-9

    def test_a_look_at_the_whole_picture_is_a_survey(self) -> None:
        attention = surveyed()
        (look,) = attention.plan(2.0, boxes_of((0.1, 0.1, 0.9, 0.9)))
        assert look.is_whole
        assert attention.plan(SETTINGS.survey_s + 0.5, boxes_of()) == []
        assert attention.plan(2.0 + SETTINGS.survey_s, boxes_of())[0].is_whole

    def test_sizes_may_come_in_any_order(self) -> None:
        attention = Attention((LARGE, SMALL, MIDDLE), PICTURE)
        assert attention.plan(0.0, boxes_of())[0].size == LARGE


class TestEverything:
    def test_the_whole_picture_at_once(self) -> None:
        looks = surveyed().plan(0.5, boxes_of(square(0.2, 0.2, 0.02)), everything=True)
        assert [look.region for look in looks] == [WHOLE]
        assert looks[0].size == LARGE  # something small is there

    def test_without_interest_the_largest_input(self) -> None:
        assert surveyed().plan(0.5, boxes_of(), everything=True) == [Look(WHOLE, LARGE)]

    def test_a_large_object_needs_no_large_input(self) -> None:
        looks = surveyed().plan(0.5, boxes_of((0.1, 0.1, 0.9, 0.9)), everything=True)
        assert looks == [Look(WHOLE, SMALL)]

    def test_it_counts_as_a_survey(self) -> None:
        attention = surveyed()
        attention.plan(2.0, boxes_of(), everything=True)
        assert attention.plan(SETTINGS.survey_s + 0.5, boxes_of()) == []


class TestOneMover:
    def test_a_large_mover_is_shown_small(self) -> None:
        (look,) = looks_at((0.2, 0.2, 0.8, 0.9))
        assert look == Look(WHOLE, SMALL)

    @pytest.mark.parametrize("side", [0.05, 0.15])
    def test_a_small_mover_is_cut_out_with_context(self, side: float) -> None:
        (look,) = looks_at(square(0.5, 0.5, side))
        assert not look.is_whole
        assert holds(look.region, square(0.5, 0.5, side * (1 + 2 * SETTINGS.context)))
        assert area(look.region) < 0.5

    @pytest.mark.parametrize("at", [(0.01, 0.01), (0.99, 0.5), (0.5, 0.99), (0.995, 0.995)])
    def test_at_the_border_the_region_stays_inside_and_keeps_its_size(
        self, at: tuple[float, float]
    ) -> None:
        box = square(*at, 0.03)
        (look,) = looks_at(box)
        (middle,) = looks_at(square(0.5, 0.5, 0.03))
        assert holds(WHOLE, look.region)
        assert holds(look.region, np.clip(box, 0, 1))
        assert area(look.region) == pytest.approx(area(middle.region), rel=1e-4)

    def test_a_region_is_never_smaller_than_least(self) -> None:
        (look,) = looks_at(square(0.5, 0.5, 0.002))
        assert look.region[2] - look.region[0] >= SETTINGS.least - 1e-5
        assert look.region[3] - look.region[1] >= SETTINGS.least - 1e-5

    def test_a_region_has_the_pictures_aspect(self) -> None:
        """Inputs have it too: a region of another shape would be squeezed."""
        (look,) = looks_at((0.45, 0.3, 0.5, 0.5))
        x1, y1, x2, y2 = look.region
        assert x2 - x1 == pytest.approx(y2 - y1, abs=1e-5)

    def test_the_smaller_the_object_the_larger_it_is_shown(self) -> None:
        """Of those that are cut out: a smaller object is never shown at a smaller scale."""
        sides = np.linspace(0.3, 0.005, 40)
        cuts = [looks_at(square(0.5, 0.5, float(side)))[0] for side in sides]
        scales = [c.size[0] * c.size[1] / area(c.region) for c in cuts if not c.is_whole]
        assert len(scales) > 10
        assert (np.diff(scales) >= -1e-3 * scales[0]).all()

    def test_the_smallest_input_that_shows_it_large_enough(self) -> None:
        for side in np.linspace(0.02, 0.3, 30):
            (look,) = looks_at(square(0.5, 0.5, float(side)))
            share = float(side) / np.sqrt(area(look.region))
            shown = [share * np.sqrt(w * h) for w, h in SIZES]
            enough = [size for size, px in zip(SIZES, shown, strict=True) if px >= 44]
            assert look.size == (enough[0] if enough else LARGE)

    def test_a_small_picture_is_not_enlarged_beyond_use(self) -> None:
        speck = square(0.5, 0.5, 0.02)
        (large,) = looks_at(speck, picture=(1920, 1080))
        (small,) = looks_at(speck, picture=(320, 180))
        assert large.size == LARGE
        assert small.size == SMALL


class TestSeveralMovers:
    def test_two_near_each_other_share_a_look(self) -> None:
        near = square(0.50, 0.5, 0.04), square(0.56, 0.5, 0.04)
        (look,) = looks_at(*near)
        assert not look.is_whole
        assert all(holds(look.region, box) for box in near)

    def test_two_far_apart_are_looked_at_apart_where_that_costs_less(self) -> None:
        far = square(0.1, 0.1, 0.08), square(0.9, 0.9, 0.08)
        looks = looks_at(*far)
        cost = sum(look.size[0] * look.size[1] for look in looks)
        assert cost <= LARGE[0] * LARGE[1]
        assert len(looks) == 2
        for box in far:
            assert any(holds(look.region, box) for look in looks)

    @pytest.mark.parametrize("side", [0.02, 0.055])
    def test_a_region_within_another_needs_no_look_of_its_own(self, side: float) -> None:
        large, small = square(0.5, 0.5, 0.28), square(0.5, 0.52, side)
        looks = looks_at(large, small)
        assert len(looks) == 1
        assert holds(looks[0].region, large)
        assert holds(looks[0].region, small)

    def test_the_same_thing_twice_is_looked_at_once(self) -> None:
        box = square(0.3, 0.4, 0.05)
        assert looks_at(box, box, box) == looks_at(box)

    def test_movers_everywhere_are_one_whole_look(self) -> None:
        everywhere = [square(x, y, 0.05) for x in (0.1, 0.4, 0.7, 0.9) for y in (0.1, 0.5, 0.9)]
        (look,) = looks_at(*everywhere)
        assert look.is_whole

    def test_a_crowd_is_looked_at_whole(self) -> None:
        pair = square(0.1, 0.1, 0.08), square(0.9, 0.9, 0.08)
        how = replace(SETTINGS, crowd=2)
        assert not any(look.is_whole for look in looks_at(*pair, how=how))
        (look,) = looks_at(*pair, square(0.1, 0.2, 0.08), how=how)
        assert look.is_whole

    def test_parts_that_cost_nearly_as_much_as_the_whole_are_the_whole(self) -> None:
        far = square(0.1, 0.1, 0.08), square(0.9, 0.9, 0.08)
        (look,) = looks_at(*far, how=replace(SETTINGS, worth=0.2))
        assert look.is_whole


class TestSpecks:
    """What is smaller in the camera's own pixels than any network can name."""

    HOW = replace(SETTINGS, least_px=14.0)

    def test_a_speck_draws_no_look_and_no_survey(self) -> None:
        attention = surveyed(self.HOW)
        assert attention.plan(0.5, boxes_of(square(0.5, 0.5, 0.005))) == []
        assert attention.plan(self.HOW.survey_s, boxes_of()) == [Look(WHOLE, LARGE)]

    def test_a_speck_changes_nothing_about_the_others(self) -> None:
        mover = square(0.3, 0.3, 0.1)
        assert looks_at(square(0.9, 0.9, 0.005), mover, how=self.HOW) == looks_at(mover)

    def test_it_is_the_cameras_pixels_that_count(self) -> None:
        box = square(0.5, 0.5, 0.02)
        assert looks_at(box, how=self.HOW, picture=(1920, 1080))
        assert not looks_at(box, how=self.HOW, picture=(320, 180))


@st.composite
def interests(draw: st.DrawFn) -> np.ndarray:
    """Boxes that lie inside, across and beyond the picture's border, of every shape."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(0, 8))
    low = rng.uniform(-0.1, 1.0, (count, 2))
    side = rng.uniform(0.001, draw(st.sampled_from([0.02, 0.2, 1.0])), (count, 2))
    return np.hstack([low, low + side]).astype(np.float32)


PICTURES = st.sampled_from([(320, 240), (1920, 1080), (1080, 1920), (704, 576)])
EXAMPLES = settings(max_examples=120, deadline=None)


@EXAMPLES
@given(interests(), PICTURES, st.booleans())
def test_looks_are_inside_the_picture_and_of_a_size_the_network_has(
    interest: np.ndarray, picture: tuple[int, int], everything: bool
) -> None:
    for look in surveyed(picture=picture).plan(0.5, interest, everything=everything):
        x1, y1, x2, y2 = look.region
        assert holds(WHOLE, look.region, slack=1e-6)
        assert x2 - x1 > 0.1
        assert y2 - y1 > 0.1
        assert look.size in SIZES


@EXAMPLES
@given(interests(), PICTURES)
def test_everything_of_interest_lies_in_a_look(
    interest: np.ndarray, picture: tuple[int, int]
) -> None:
    looks = surveyed(picture=picture).plan(0.5, interest)
    for box in interest.clip(0, 1):
        assert any(holds(look.region, box) for look in looks)


@EXAMPLES
@given(interests(), PICTURES)
def test_looking_in_pieces_never_costs_more_than_looking_at_each_alone(
    interest: np.ndarray, picture: tuple[int, int]
) -> None:
    def cost(looks: list[Look]) -> int:
        return sum(look.size[0] * look.size[1] for look in looks)

    together = surveyed(picture=picture).plan(0.5, interest)
    alone = [surveyed(picture=picture).plan(0.5, box[None]) for box in interest]
    assert len(together) <= len(interest)
    assert cost(together) <= max(sum(map(cost, alone)), LARGE[0] * LARGE[1])


@EXAMPLES
@given(interests())
def test_the_plan_is_the_same_twice(interest: np.ndarray) -> None:
    assert surveyed().plan(0.5, interest) == surveyed().plan(0.5, interest)


class TestSurveysThatFindNothing:
    def surveys(self, *, was_worth_it: bool) -> list[float]:
        attention = Attention(SIZES, PICTURE, replace(SETTINGS, survey_longest_s=9.0))
        looked = []
        for t_s in np.arange(0, 60, 0.5).tolist():
            if attention.plan(t_s, boxes_of()):
                looked.append(t_s)
                attention.surveyed(was_worth_it=was_worth_it)
        return looked

    def test_they_become_rarer_up_to_a_limit(self) -> None:
        waits = np.diff(self.surveys(was_worth_it=False))
        assert (np.diff(waits) >= 0).all()
        assert waits[0] > SETTINGS.survey_s
        assert waits[-1] == 9.0

    def test_where_they_find_something_they_do_not(self) -> None:
        assert set(np.diff(self.surveys(was_worth_it=True))) == {SETTINGS.survey_s}
