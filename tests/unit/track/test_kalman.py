"""The filter against the textbook form with full matrices, and its promises."""

import numpy as np
import pytest

from wayside.track.kalman import MIN_SIZE, ConstantVelocity
from wayside.track.settings import TrackerSettings

BOX = np.array([[0.5], [0.4], [0.1], [0.2]])
NAMED = np.array([False])


@pytest.fixture
def model() -> ConstantVelocity:
    return ConstantVelocity(TrackerSettings())


def test_a_newcomer_stands_still_where_it_was_seen(model: ConstantVelocity) -> None:
    state = model.start(BOX, NAMED)
    assert np.array_equal(state[0], BOX)
    assert not state[1].any()
    assert (state[2] > 0).all()
    assert (state[4] > 0).all()


def test_prediction_is_the_matrix_form(model: ConstantVelocity) -> None:
    settings, step_s = TrackerSettings(), 0.3
    state = model.start(BOX, NAMED)
    state[1, 0], state[3, 0] = 0.2, 0.001
    later = model.predict(state, step_s)
    transition = np.array([[1, step_s], [0, 1]])
    density = settings.acceleration**2 * 0.1 * 0.2
    noise = density * np.array([[step_s**3 / 3, step_s**2 / 2], [step_s**2 / 2, step_s]])
    before = np.array([[state[2, 0, 0], 0.001], [0.001, state[4, 0, 0]]])
    expected = transition @ before @ transition.T + noise
    assert later[0, 0, 0] == pytest.approx(0.5 + 0.2 * step_s)
    assert later[2, 0, 0] == pytest.approx(expected[0, 0])
    assert later[3, 0, 0] == pytest.approx(expected[0, 1])
    assert later[4, 0, 0] == pytest.approx(expected[1, 1])


def test_two_steps_are_one_long_step_in_place(model: ConstantVelocity) -> None:
    state = model.start(BOX, NAMED)
    state[1, 1] = -0.1
    twice = model.predict(model.predict(state, 0.1), 0.2)
    once = model.predict(state, 0.3)
    assert twice[:, :2] == pytest.approx(once[:, :2])


def test_correction_is_the_matrix_form_for_an_expected_sighting(model: ConstantVelocity) -> None:
    state = model.predict(model.start(BOX, NAMED), 0.2)
    measured = state[0] + 0.1 * np.sqrt(state[2])
    variances = model.variances(measured, None)
    seen = model.correct(state, measured, variances)
    before = np.array([[state[2, 1, 0], state[3, 1, 0]], [state[3, 1, 0], state[4, 1, 0]]])
    gain = before[:, 0] / (before[0, 0] + variances[1, 0])
    expected = before - np.outer(gain, before[0])
    assert seen[0, 1, 0] == pytest.approx(
        state[0, 1, 0] + gain[0] * (measured[1, 0] - state[0, 1, 0])
    )
    assert seen[2, 1, 0] == pytest.approx(expected[0, 0])
    assert seen[3, 1, 0] == pytest.approx(expected[0, 1])
    assert seen[4, 1, 0] == pytest.approx(expected[1, 1])


def test_a_surprise_is_followed_more_closely(model: ConstantVelocity) -> None:
    state = model.start(BOX, NAMED)
    for _ in range(20):
        state = model.predict(state, 0.1)
        state = model.correct(state, BOX, model.variances(BOX, None))
    state = model.predict(state, 0.1)
    variances = model.variances(BOX, None)
    near, far = BOX.copy(), BOX.copy()
    near[0] += 0.001
    far[0] += 0.05
    followed = [
        (model.correct(state, m, variances)[0, 0, 0] - 0.5) / (m[0, 0] - 0.5) for m in (near, far)
    ]
    assert followed[1] > followed[0]


def test_velocity_is_learnt_from_irregular_sightings(model: ConstantVelocity) -> None:
    state, t_s = model.start(BOX, NAMED), 0.0
    for step_s in (0.1, 0.5, 0.04, 0.2, 0.3, 0.1, 0.25):
        t_s += step_s
        measured = BOX + np.array([[0.1 * t_s], [0], [0], [0]])
        state = model.predict(state, step_s)
        state = model.correct(state, measured, model.variances(measured, None))
    assert state[1, 0, 0] == pytest.approx(0.1, abs=0.01)
    assert state[1, 1, 0] == pytest.approx(0.0, abs=0.005)


def test_a_blob_is_trusted_less_and_least_for_its_size(model: ConstantVelocity) -> None:
    both = np.concatenate([BOX, BOX], axis=1)
    variances = model.variances(both, np.array([False, True]))
    assert (variances[:, 1] > variances[:, 0]).all()
    assert variances[2, 1] > variances[0, 1]


def test_sizes_stay_positive_and_growth_dies_out(model: ConstantVelocity) -> None:
    state = model.start(BOX, NAMED)
    state[1, 2:] = -5.0
    for _ in range(50):
        state = model.predict(state, 0.5)
    assert (state[0, 2:] >= MIN_SIZE).all()
    assert np.abs(state[1, 2:]).max() < 1e-6


def test_variances_stay_positive_over_a_long_life(model: ConstantVelocity) -> None:
    state = model.start(BOX, NAMED)
    for _ in range(2000):
        state = model.predict(state, 0.04)
        state = model.correct(state, BOX, model.variances(BOX, None))
    assert (state[2] > 0).all()
    assert (state[4] > 0).all()
    assert (state[2] * state[4] >= state[3] ** 2).all()


def approaching(t_s: float) -> np.ndarray:
    """A box of what comes at an even speed from 60 m, 20 m a second: all goes as 1 / distance."""
    nearness = 60 / (60 - 20 * t_s)
    return np.array([[0.5 + 0.1 * nearness], [0.3 + 0.1 * nearness], [0.05], [0.04]]) * np.array(
        [[1], [1], [nearness], [nearness]]
    )


def seen_coming(model: ConstantVelocity) -> np.ndarray:
    """The state at 0 s, exactly known."""
    step_s = 1e-5
    state = model.start(approaching(0.0), NAMED)
    state[1] = (approaching(step_s) - approaching(-step_s)) / (2 * step_s)
    return state


@pytest.mark.parametrize("steps", [1, 3])
def test_what_comes_nearer_on_an_even_way_is_foretold(model: ConstantVelocity, steps: int) -> None:
    state = seen_coming(model)
    for _ in range(steps):
        state = model.predict(state, 1.0 / steps, np.array([True]))
    assert state[0] == pytest.approx(approaching(1.0), rel=0.01)


def test_the_size_of_slow_people_says_nothing_of_their_distance(model: ConstantVelocity) -> None:
    """It grows evenly for the step, and the way in the picture stays straight and even."""
    state = seen_coming(model)
    later = model.predict(state, 1.0, np.array([False]))
    assert later[0] == pytest.approx(state[0] + state[1])
