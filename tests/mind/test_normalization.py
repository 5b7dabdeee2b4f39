"""The normalization model, against loops, closed forms and two published effects."""

import numpy as np
import pytest

from attn_helpers.mind.normalization import (
    ANY_ORIENTATION,
    Patch,
    Population,
    attention_field,
    contrast_response,
    half_maximum_contrast,
    normalized_response,
    stimulus_drive,
    suppressive_drive,
)

CONTRASTS = np.geomspace(1e-4, 1.0, 61)
SMALL = Population(extent=5.0, spacing=1.0, field_sd=1.3, pool_sd=2.3)
SHAPE = (11, 36)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def focus(size, position=0.0):
    return Patch(position, size, tuning=ANY_ORIENTATION)


def half_turn_distance(a, b):
    return min(abs(a - b + turn) for turn in (-180.0, 0.0, 180.0))


# --- the parts -----------------------------------------------------------------------


def test_the_grid_is_symmetric_and_holds_the_middle():
    np.testing.assert_array_equal(SMALL.positions, np.arange(-5.0, 6.0))
    np.testing.assert_array_equal(SMALL.orientations, np.arange(0.0, 180.0, 5.0))


def test_the_suppressive_drive_agrees_with_loops(rng):
    field = rng.uniform(size=SHAPE)
    x, theta = SMALL.positions, SMALL.orientations
    turn = np.array([[half_turn_distance(a, b) for b in theta] for a in theta])
    alike = np.exp(-0.5 * (turn / SMALL.pool_tuning_sd) ** 2)
    want = np.zeros(SHAPE)
    for i, j in np.ndindex(SHAPE):
        for m in range(SHAPE[0]):
            near = np.exp(-((x[i] - x[m]) ** 2) / (2 * 2.3**2))
            near /= 2.3 * np.sqrt(2 * np.pi)
            want[i, j] += near * (alike[j] @ field[m]) / alike[j].sum()
    np.testing.assert_allclose(suppressive_drive(SMALL, field), want)


def test_the_drive_of_a_small_stimulus_is_the_convolution_of_two_bells():
    population = Population()
    drive = stimulus_drive(population, Patch(size=2.0), contrast=1.0)
    x = population.positions
    want = np.exp(-0.5 * x**2 / (2.0**2 + 1.0**2))
    np.testing.assert_allclose(drive[:, 0] / drive[80, 0], want, atol=1e-9)


def test_the_drive_is_proportional_to_contrast():
    full = stimulus_drive(SMALL, Patch(), contrast=1.0)
    np.testing.assert_allclose(stimulus_drive(SMALL, Patch(), 0.3), 0.3 * full)


def test_orientation_has_no_ends():
    at_zero = stimulus_drive(SMALL, Patch(orientation=0.0), 1.0)
    np.testing.assert_allclose(at_zero[:, 1:], at_zero[:, :0:-1])  # 5 as 175, 10 as 170
    np.testing.assert_allclose(
        stimulus_drive(SMALL, Patch(orientation=180.0), 1), at_zero
    )
    turned = stimulus_drive(SMALL, Patch(orientation=35.0), 1.0)
    np.testing.assert_allclose(turned, np.roll(at_zero, 7, axis=1))


def test_attention_is_one_far_away_and_the_gain_in_its_focus():
    population = Population()
    field = attention_field(population, focus(2.0, position=10.0), gain=3.0)
    np.testing.assert_allclose(field[population.positions == 10.0], 3.0)
    np.testing.assert_allclose(field[population.positions < -10.0], 1.0)


def test_attention_may_go_to_an_orientation():
    field = attention_field(SMALL, Patch(size=1e6, orientation=45.0, tuning=10.0), 2.0)
    np.testing.assert_allclose(field[:, 9], 2.0, atol=1e-9)
    np.testing.assert_allclose(field[:, 27], 1.0, atol=1e-9)


# --- the response --------------------------------------------------------------------


def test_the_response_is_the_equation(rng):
    drive, attention = rng.uniform(size=SHAPE), rng.uniform(1.0, 3.0, SHAPE)
    pooled = suppressive_drive(SMALL, attention * drive)
    want = attention * drive / (pooled + SMALL.sigma)
    np.testing.assert_allclose(normalized_response(SMALL, drive, attention), want)


def test_a_pool_of_everything_makes_responses_shares_of_the_total(rng):
    population = Population(extent=5.0, spacing=1.0, pool_sd=1e4, sigma=1e-15)
    drive, attention = rng.uniform(size=SHAPE), rng.uniform(1.0, 3.0, SHAPE)
    response = normalized_response(population, drive, attention)
    weight = attention * drive
    np.testing.assert_allclose(
        response / response.sum(), weight / weight.sum(), rtol=0.02
    )


def test_nothing_shown_is_nothing_answered():
    response = normalized_response(SMALL, np.zeros(SHAPE), np.ones(SHAPE))
    np.testing.assert_array_equal(response, np.zeros(SHAPE))


def test_attending_one_stimulus_weakens_the_answer_to_its_neighbour():
    population = Population()
    left, right = Patch(position=-3.0), Patch(position=3.0)
    drive = stimulus_drive(population, left, 0.5)
    drive = drive + stimulus_drive(population, right, 0.5)
    none = normalized_response(population, drive, np.ones_like(drive))
    attention = attention_field(population, focus(1.5, position=-3.0), 2.0)
    attended = normalized_response(population, drive, attention)
    at_left, at_right = np.flatnonzero(np.abs(population.positions) == 3.0)
    assert attended[at_left, 0] > 1.2 * none[at_left, 0]
    assert attended[at_right, 0] < 0.95 * none[at_right, 0]


# --- contrast ------------------------------------------------------------------------


def test_the_curve_without_attention_saturates_as_a_hyperbola():
    curve, _ = contrast_response(Population(), CONTRASTS, Patch(size=2.0), focus(2.0))
    line = np.polyfit(1 / CONTRASTS, 1 / curve, 1)
    np.testing.assert_allclose(np.polyval(line, 1 / CONTRASTS), 1 / curve, rtol=1e-6)


def test_attention_everywhere_is_exactly_more_contrast():
    population, contrasts, gain = Population(), np.array([0.05, 0.2, 0.5]), 2.0
    everywhere = focus(1e9)
    _, attended = contrast_response(population, contrasts, Patch(), everywhere, gain)
    brighter, _ = contrast_response(population, gain * contrasts, Patch(), everywhere)
    np.testing.assert_allclose(attended, brighter)


def test_no_gain_is_no_effect():
    unattended, attended = contrast_response(
        Population(), CONTRASTS, Patch(), focus(3.0), gain=1.0
    )
    np.testing.assert_array_equal(unattended, attended)


def gains(stimulus_size, focus_size):
    """Attended over unattended: of the largest response, and of c50."""
    curves = contrast_response(
        Population(), CONTRASTS, Patch(size=stimulus_size), focus(focus_size)
    )
    unattended_c50, attended_c50 = (half_maximum_contrast(CONTRASTS, c) for c in curves)
    return curves[1][-1] / curves[0][-1], attended_c50 / unattended_c50


def test_a_focus_larger_than_the_stimulus_gives_contrast_gain():
    largest, c50 = gains(stimulus_size=1.0, focus_size=20.0)
    assert largest == pytest.approx(1.02, abs=0.005)
    assert c50 == pytest.approx(0.52, abs=0.005)


def test_a_focus_smaller_than_the_stimulus_gives_response_gain():
    largest, c50 = gains(stimulus_size=10.0, focus_size=1.0)
    assert largest == pytest.approx(1.64, abs=0.005)
    assert c50 == pytest.approx(0.82, abs=0.005)


def test_the_two_effects_trade_off_as_the_focus_grows():
    largest, c50 = zip(
        *(gains(5.0, size) for size in (1.0, 2.0, 5.0, 20.0)), strict=True
    )
    assert (np.diff(largest) < 0).all()
    assert (np.diff(c50) < 0).all()


# --- reading off a curve -------------------------------------------------------------


def test_half_maximum_of_a_hyperbola():
    contrasts = np.linspace(0.0, 1.0, 1001)
    responses = contrasts / (contrasts + 0.2)
    # half of 1 / 1.2 is reached where c / (c + 0.2) = 1 / 2.4, at c = 0.2 / 1.4
    assert half_maximum_contrast(contrasts, responses) == pytest.approx(1 / 7, abs=1e-5)


# --- what is refused -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: Population(spacing=0.0),
            r"Population: spacing must be greater than 0; got spacing=0\.0",
        ),
        (
            lambda: Population(spacing=2.0),
            r"Population: field_sd must be at least 2\.0; got field_sd=1\.0",
        ),
        (
            lambda: Patch(size=-3.0),
            r"Patch: size must be greater than 0; got size=-3\.0",
        ),
        (
            lambda: Patch(orientation=float("nan")),
            r"Patch: orientation must be finite; got orientation=nan",
        ),
        (
            lambda: stimulus_drive(SMALL, Patch(), 1.5),
            r"stimulus_drive: contrast must be from 0 to 1; got contrast=1\.5",
        ),
        (
            lambda: attention_field(SMALL, Patch(), 0.5),
            r"attention_field: gain must be at least 1; got gain=0\.5",
        ),
        (
            lambda: suppressive_drive(SMALL, np.ones((7, 36))),
            r"suppressive_drive: attended_drive must have positions=11 for its "
            r"second-to-last axis; got attended_drive \(7, 36\)",
        ),
        (
            lambda: normalized_response(SMALL, np.full(SHAPE, np.nan), np.ones(SHAPE)),
            r"normalized_response: drive must be finite; got nan at drive\[0, 0\]",
        ),
        (
            lambda: normalized_response(SMALL, np.ones(SHAPE), -np.ones(SHAPE)),
            r"normalized_response: attention must not be negative; got -1\.0 at",
        ),
        (
            lambda: contrast_response(SMALL, [0.5, 1.2], Patch(), Patch()),
            r"contrast_response: contrasts must be from 0 to 1; got 1\.2 at .*\[1\]",
        ),
        (
            lambda: half_maximum_contrast([0.0, 0.5, 1.0], [0.0, 6.0, 5.0]),
            r"half_maximum_contrast: responses must rise from entry to entry; got 5\.0 "
            r"at responses\[2\]",
        ),
        (
            lambda: half_maximum_contrast([0.5, 1.0], [4.0, 6.0]),
            r"half_maximum_contrast: first of responses must be from 0 to 3\.0; got "
            r"first of responses=4\.0",
        ),
        (
            lambda: half_maximum_contrast([0.0, 0.5, 1.0], [0.0, 6.0]),
            r"half_maximum_contrast: contrasts and responses must share contrasts.*"
            r"\(3,\).*\(2,\)",
        ),
    ],
)
def test_a_wrong_value_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
