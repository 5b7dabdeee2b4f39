"""Visual search: three observers, two of whom cannot be told apart."""

from functools import partial

import numpy as np
import pytest

from attn_helpers.mind.search import (
    draw_feature_times,
    draw_parallel_times,
    draw_serial_times,
    feature_reaction_times,
    fit_slope,
    parallel_reaction_times,
    serial_reaction_times,
    simulate,
)

SIZES = [1, 5, 15, 30]
TRIALS = 20_000


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def assert_same_mean(times, want):
    error = times.std(ddof=1) / np.sqrt(times.size)
    assert abs(times.mean() - want) < 5 * error


# --- mean times ----------------------------------------------------------------------


def test_serial_times_worked_by_hand():
    present, absent = serial_reaction_times([1, 2, 7], 50.0, 300.0)
    np.testing.assert_allclose(present, [350, 375, 500])  # 1, 1.5 and 4 items
    np.testing.assert_allclose(absent, [350, 400, 650])


def test_the_serial_slope_without_a_target_is_twice_that_with_one():
    present, absent = serial_reaction_times(SIZES)
    assert fit_slope(SIZES, present) == pytest.approx((30.0, 430.0))
    assert fit_slope(SIZES, absent) == pytest.approx((60.0, 400.0))


def test_the_published_slopes_are_not_in_the_pure_ratio():
    assert 67.1 / 28.7 == pytest.approx(2.34, abs=0.005)


def test_feature_search_is_flat():
    for times in feature_reaction_times(SIZES):
        slope, intercept = fit_slope(SIZES, times)
        assert slope == pytest.approx(0.0, abs=1e-12)
        assert intercept == pytest.approx(450.0)


def test_the_two_curves_of_feature_search_are_two_arrays():
    assert not np.shares_memory(*feature_reaction_times([1, 5]))


def test_one_item_takes_every_observer_the_same_with_and_without_a_target():
    for expected in (
        feature_reaction_times,
        serial_reaction_times,
        parallel_reaction_times,
    ):
        present, absent = expected([1])
        np.testing.assert_array_equal(present, absent)


def test_a_straight_slope_does_not_prove_serial_search():
    capacity = 25.0
    parallel = parallel_reaction_times(SIZES, capacity)
    serial = serial_reaction_times(SIZES, 1000 / capacity)
    np.testing.assert_allclose(parallel, serial)


# --- simulated times -----------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 7, 13])
@pytest.mark.parametrize("present", [True, False])
def test_drawn_times_agree_with_the_means(rng, size, present):
    row = 0 if present else 1
    for draw, expected in (
        (draw_feature_times, feature_reaction_times),
        (draw_serial_times, serial_reaction_times),
        (draw_parallel_times, parallel_reaction_times),
    ):
        want = expected([size], base_ms=400.0)[row][0] - 400.0
        assert_same_mean(draw(size, present, TRIALS, rng), want)


@pytest.mark.parametrize("present", [True, False])
def test_serial_and_parallel_times_have_one_distribution(rng, present):
    serial = np.sort(draw_serial_times(7, present, TRIALS, rng, 40.0))
    parallel = np.sort(draw_parallel_times(7, present, TRIALS, rng, 25.0))
    pooled = np.concatenate([serial, parallel])
    below = [
        np.searchsorted(x, pooled, side="right") / TRIALS for x in (serial, parallel)
    ]
    distance = np.abs(below[0] - below[1]).max()
    # Kolmogorov–Smirnov: beyond 2.7 standard units with probability below 1e-6
    assert distance < 2.7 * np.sqrt(2 / TRIALS)


def test_an_absent_serial_search_adds_up_independent_items(rng):
    times = draw_serial_times(7, False, TRIALS, rng, 40.0)
    want = 7 * 40.0**2
    # the fourth central moment of a gamma(7) time gives the error of its variance
    error = 40.0**2 * np.sqrt((3 * 7**2 + 6 * 7 - 7**2) / TRIALS)
    assert abs(times.var() - want) < 5 * error


def test_a_session_holds_every_cell_in_shuffled_order(rng):
    session = simulate([2, 3, 7], 11, rng, draw_serial_times)
    assert session.shape == (66,)
    for size in (2, 3, 7):
        for present in (True, False):
            cell = (session["display_size"] == size) & (
                session["target_present"] == present
            )
            assert cell.sum() == 11
    assert (np.diff(session["display_size"]) < 0).any()


@pytest.mark.parametrize(
    ("draw", "slopes"),
    [
        (draw_feature_times, (0.0, 0.0)),
        (partial(draw_serial_times, time_per_item_ms=40.0), (20.0, 40.0)),
        (partial(draw_parallel_times, capacity=25.0), (20.0, 40.0)),
    ],
)
def test_a_session_shows_the_slopes_of_its_observer(rng, draw, slopes):
    session = simulate([1, 3, 7, 13], 2_000, rng, draw)
    for present, want in zip((True, False), slopes, strict=True):
        trials = session[session["target_present"] == present]
        size, times = trials["display_size"], trials["reaction_time_ms"]
        slope, intercept = fit_slope(size, times)
        residual = times - intercept - slope * size
        # serial times spread more on larger displays, so allow for the worst of them
        error = np.sqrt((residual**2 * (size - size.mean()) ** 2).sum())
        error /= ((size - size.mean()) ** 2).sum()
        assert abs(slope - want) < 5 * error


def test_the_same_seed_gives_the_same_session():
    sessions = [
        simulate([3, 5], 7, np.random.default_rng(7), draw_parallel_times)
        for _ in range(2)
    ]
    np.testing.assert_array_equal(*sessions)


def test_no_reaction_time_is_negative(rng):
    session = simulate(
        [1], TRIALS, rng, draw_feature_times, base_ms=50.0, base_sd_ms=10.0
    )
    assert session["reaction_time_ms"].min() > 0


# --- the line ------------------------------------------------------------------------


def test_the_line_agrees_with_polyfit(rng):
    size, times = rng.uniform(1, 30, 17), rng.uniform(400, 900, 17)
    np.testing.assert_allclose(fit_slope(size, times), np.polyfit(size, times, 1))


# --- what is refused -----------------------------------------------------------------


@pytest.mark.parametrize(
    "times", [feature_reaction_times, serial_reaction_times, parallel_reaction_times]
)
def test_a_display_has_at_most_a_thousand_items(times):
    assert times([1, 999, 1000])[0].shape == (3,)
    with pytest.raises(
        ValueError, match=r"must be from 1 to 1000; got 1001 at .*\[1\]"
    ):
        times([1000, 1001])


def test_the_base_varies_by_at_most_a_fifth_of_itself(rng):
    for most in (0.0, 79.0, 80.0):
        session = simulate([1], 7, rng, draw_serial_times, 400.0, most)
        assert (session["reaction_time_ms"] > 0).all()
    with pytest.raises(
        ValueError, match=r"base_sd_ms must be from 0 to 80\.0; got .*81"
    ):
        simulate([1], 7, rng, draw_serial_times, 400.0, 81.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda rng: serial_reaction_times([5, 0]),
            r"serial_reaction_times: display_sizes must be from 1 to 1000; got 0 at "
            r"display_sizes\[1\]\.",
        ),
        (
            lambda rng: serial_reaction_times([]),
            r"serial_reaction_times: no axis of display_sizes \(sizes,\) may be empty",
        ),
        (
            lambda rng: serial_reaction_times([5], time_per_item_ms=-3.0),
            r"serial_reaction_times: time_per_item_ms must be greater than 0; got "
            r"time_per_item_ms=-3\.0",
        ),
        (
            lambda rng: parallel_reaction_times([5], capacity=float("nan")),
            r"parallel_reaction_times: capacity must be finite; got capacity=nan",
        ),
        (
            lambda rng: feature_reaction_times([5], base_ms=0.0),
            r"feature_reaction_times: base_ms must be greater than 0; got base_ms=0\.0",
        ),
        (
            lambda rng: draw_feature_times(5, True, 7, rng, feature_ms=0.0),
            r"draw_feature_times: feature_ms must be greater than 0; got .*=0\.0",
        ),
        (
            lambda rng: draw_serial_times(0, True, 7, rng),
            r"draw_serial_times: display_size must be at least 1; got display_size=0",
        ),
        (
            lambda rng: draw_parallel_times(5, True, 0, rng),
            r"draw_parallel_times: trials must be at least 1; got trials=0",
        ),
        (
            lambda rng: simulate([5], 7, rng, draw_serial_times, base_sd_ms=81.0),
            r"simulate: base_sd_ms must be from 0 to 80\.0; got base_sd_ms=81\.0",
        ),
        (
            lambda rng: fit_slope([1, 2, 3], [400.0, 500.0]),
            r"fit_slope: display_sizes and reaction_times_ms must share trials.*"
            r"\(3,\).*\(2,\)",
        ),
        (
            lambda rng: fit_slope([5, 5], [400.0, 500.0]),
            r"fit_slope: range of display_sizes must be greater than 0; got .*=0\.0",
        ),
        (
            lambda rng: fit_slope([1, 5], [400.0, np.nan]),
            r"fit_slope: reaction_times_ms must be finite; got nan at .*\[1\]",
        ),
    ],
)
def test_a_wrong_value_is_named(rng, call, message):
    with pytest.raises(ValueError, match=message):
        call(rng)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: serial_reaction_times([1.5, 5.0]),
            r"serial_reaction_times: display_sizes must hold whole numbers; got "
            r"display_sizes of dtype float64",
        ),
        (
            lambda: simulate([5], 7, 0, draw_serial_times),
            r"simulate: rng must be a numpy random generator; got rng of type int",
        ),
        (
            lambda: simulate([5], 7, np.random.default_rng(0), "serial"),
            r"simulate: draw_times must be a function; got draw_times of type str",
        ),
    ],
)
def test_a_wrong_kind_is_named(call, message):
    with pytest.raises(TypeError, match=message):
        call()


@pytest.mark.parametrize("narrow", [np.uint8, np.int8, np.uint16, np.uint64])
def test_display_sizes_from_narrow_integers_are_numbers_like_others(narrow):
    most = int(min(np.iinfo(narrow).max, 1000))
    wide = np.array([1, most])
    for mean_times in (serial_reaction_times, parallel_reaction_times):
        for got, want in zip(
            mean_times(wide.astype(narrow)), mean_times(wide), strict=True
        ):
            np.testing.assert_array_equal(got, want)
    for draw in (draw_serial_times, draw_parallel_times):
        got, want = (
            draw(size, True, 3, np.random.default_rng(0)) for size in (narrow(127), 127)
        )
        np.testing.assert_array_equal(got, want)


def test_a_mask_over_a_trial_is_refused():
    times = np.ma.array([400.0, 500.0, 9e9], mask=[0, 0, 1])
    with pytest.raises(TypeError, match="reaction_times_ms of type MaskedArray"):
        fit_slope([1, 2, 3], times)
    with pytest.raises(TypeError, match="display_sizes of type MaskedArray"):
        serial_reaction_times(np.ma.array([1, 2], mask=[0, 1]))
