"""The cueing model, against closed forms, its limits and its own simulations."""

import numpy as np
import pytest

from attn_helpers.mind.cueing import (
    CENTRAL_MS,
    CONDITIONS,
    NO_PLACE,
    PERIPHERAL_MS,
    CueingModel,
    cue_strength,
    expected_reaction_times,
    simulate,
    summarise,
)
from attn_helpers.mind.tva import encoding_probability

TRIALS = 20_000


@pytest.fixture
def rng():
    return np.random.default_rng(0)


# --- what is expected ----------------------------------------------------------------


def test_the_default_numbers_worked_by_hand():
    # odds 0.8 / 0.2 = 4, weight 4^0.5 = 2, shares 2/3 and 1/3 of 20 elements/s
    times = expected_reaction_times()
    assert times["valid"] == pytest.approx(200 + 1000 / (20 * 2 / 3))  # 275
    assert times["neutral"] == pytest.approx(200 + 1000 / 10)  # 300
    assert times["invalid"] == pytest.approx(200 + 1000 / (20 / 3))  # 350


def test_benefit_and_cost_are_of_the_usual_order():
    times = expected_reaction_times()
    assert 20 <= times["neutral"] - times["valid"] <= 50
    assert 20 <= times["invalid"] - times["neutral"] <= 50


def test_four_places_with_full_trust_worked_by_hand():
    # odds against one other place 0.7 / 0.1 = 7, shares 0.7 and 0.1 of 20 elements/s
    times = expected_reaction_times(CueingModel(validity=0.7, sides=4, trust=1.0))
    assert times["valid"] == pytest.approx(200 + 1000 / 14)
    assert times["neutral"] == pytest.approx(200 + 1000 / 5)
    assert times["invalid"] == pytest.approx(200 + 1000 / 2)


@pytest.mark.parametrize("sides", [2, 3, 5])
def test_a_cue_that_tells_nothing_does_nothing(sides):
    times = expected_reaction_times(CueingModel(validity=1 / sides, sides=sides))
    assert times["valid"] == pytest.approx(times["neutral"], abs=1e-9)
    assert times["invalid"] == pytest.approx(times["neutral"], abs=1e-9)


def test_an_observer_without_trust_ignores_the_cue():
    times = expected_reaction_times(CueingModel(trust=0.0))
    assert times["valid"] == times["neutral"] == times["invalid"]


def test_a_cue_that_is_usually_wrong_reverses_the_effect():
    times = expected_reaction_times(CueingModel(validity=0.2))
    assert times["valid"] > times["neutral"] > times["invalid"]


def test_the_cost_exceeds_the_benefit_by_the_weight():
    times = expected_reaction_times(CueingModel(validity=0.9, trust=1.0))
    benefit = times["neutral"] - times["valid"]
    assert (times["invalid"] - times["neutral"]) / benefit == pytest.approx(9.0)


def test_the_mean_time_is_that_of_the_race():
    # ∫ P(not yet encoded) dt over 3 s, by midpoints 0.1 ms apart
    step = 0.1
    t = np.arange(step / 2, 3000.0, step)
    late = 1 - encoding_probability(20.0 * 2 / 3, t)
    want = 200 + step * late.sum()
    assert expected_reaction_times()["valid"] == pytest.approx(want, abs=1e-3)


# --- the time a cue needs ------------------------------------------------------------


def test_a_cue_needs_time():
    soa = np.array([0.0, 50.0, 100.0, 300.0, 1000.0])
    for full in (CENTRAL_MS, PERIPHERAL_MS):
        strength = cue_strength(soa, full)
        assert strength[0] == 0.0
        assert (np.diff(strength) > 0).all()
        assert cue_strength(full, full) == pytest.approx(1 - np.exp(-3))


def test_a_peripheral_cue_is_faster_than_a_central_one():
    soa = np.array([20.0, 100.0, 300.0])
    assert (cue_strength(soa, PERIPHERAL_MS) > cue_strength(soa, CENTRAL_MS)).all()


def test_without_time_there_is_no_effect_and_with_time_it_grows():
    times = expected_reaction_times(strength=cue_strength([0.0, 70.0, 300.0, 1e4]))
    benefit = times["neutral"] - times["valid"]
    assert benefit[0] == pytest.approx(0.0, abs=1e-9)
    assert (np.diff(benefit) > 0).all()
    assert benefit[-1] == pytest.approx(25.0)


# --- simulated sessions --------------------------------------------------------------


def test_a_session_has_the_trials_it_was_asked_for(rng):
    session = simulate(500, rng, CueingModel(sides=3), neutral_share=0.3)
    counts = {c: int((session["condition"] == c).sum()) for c in CONDITIONS}
    assert counts == {"valid": 280, "neutral": 150, "invalid": 70}


def test_each_condition_means_what_it_says(rng):
    session = simulate(997, rng, CueingModel(sides=3))
    cue, target = session["cue_side"], session["target_side"]
    condition = session["condition"]
    assert (cue[condition == "valid"] == target[condition == "valid"]).all()
    assert (cue[condition == "neutral"] == NO_PLACE).all()
    wrong = cue[condition == "invalid"]
    assert (wrong != target[condition == "invalid"]).all()
    assert set(wrong) == set(target) == {0, 1, 2}


@pytest.mark.parametrize("strength", [1.0, 0.5, 0.0])
def test_simulated_means_agree_with_the_closed_form(rng, strength):
    model = CueingModel(sides=3)
    session = simulate(TRIALS, rng, model, strength, neutral_share=0.5)
    summary = summarise(session["condition"], session["reaction_time_ms"])
    expected = expected_reaction_times(model, strength)
    for c in CONDITIONS:
        slack = 5 * summary.standard_error_ms[c]
        assert abs(summary.mean_ms[c] - expected[c]) < slack


def test_no_reaction_time_is_negative(rng):
    model = CueingModel(base_ms=50.0, base_sd_ms=10.0)
    assert simulate(TRIALS, rng, model)["reaction_time_ms"].min() > 0


def test_the_same_seed_gives_the_same_session():
    sessions = [simulate(11, np.random.default_rng(7)) for _ in range(2)]
    np.testing.assert_array_equal(*sessions)


# --- a summary -----------------------------------------------------------------------


def test_a_summary_worked_by_hand():
    condition = ["valid"] * 3 + ["neutral"] * 2 + ["invalid"] * 2
    summary = summarise(condition, [260, 270, 310, 300, 320, 350, 350])
    assert summary.trials == {"valid": 3, "neutral": 2, "invalid": 2}
    assert summary.mean_ms == {"valid": 280.0, "neutral": 310.0, "invalid": 350.0}
    assert summary.median_ms == {"valid": 270.0, "neutral": 310.0, "invalid": 350.0}
    # deviations -20, -10, 30: variance 1400 / 2, over 3 trials
    assert summary.standard_error_ms["valid"] == pytest.approx(np.sqrt(700 / 3))
    assert summary.standard_error_ms["invalid"] == 0.0
    assert (summary.benefit_ms, summary.cost_ms) == (30.0, 40.0)


def test_a_condition_without_trials_is_nan_not_a_warning():
    summary = summarise(["valid", "neutral"], [280.0, 300.0])
    assert summary.benefit_ms == 20.0
    assert np.isnan(summary.cost_ms)
    assert np.isnan(summary.standard_error_ms["valid"])


# --- what is refused -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "fits", "beyond"),
    [
        ("validity", (0.01, 0.02, 0.98, 0.99), (0.009, 0.991)),
        ("sides", (2, 3), (1,)),
        ("trust", (0, 0.01, 0.99, 1), (-0.01, 1.01)),
        ("base_sd_ms", (0, 39, 40), (-1, 41)),  # a fifth of base_ms, which is 200
    ],
)
def test_each_limit_belongs_to_what_is_possible(name, fits, beyond):
    for value in fits:
        assert getattr(CueingModel(**{name: value}), name) == value
    for value in beyond:
        with pytest.raises(
            ValueError, match=rf"CueingModel: {name} must be .*={value}"
        ):
            CueingModel(**{name: value})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: CueingModel(validity=1.0),
            r"CueingModel: validity must be from 0\.01 to 0\.99; got validity=1\.0",
        ),
        (
            lambda: CueingModel(sides=1),
            r"CueingModel: sides must be at least 2; got sides=1",
        ),
        (
            lambda: CueingModel(trust=1.5),
            r"CueingModel: trust must be from 0 to 1; got trust=1\.5",
        ),
        (
            lambda: CueingModel(capacity=0.0),
            r"CueingModel: capacity must be greater than 0; got capacity=0\.0",
        ),
        (
            lambda: CueingModel(base_ms=float("nan")),
            r"CueingModel: base_ms must be finite; got base_ms=nan",
        ),
        (
            lambda: CueingModel(base_ms=200.0, base_sd_ms=41.0),
            r"CueingModel: base_sd_ms must be from 0 to 40\.0; got base_sd_ms=41\.0",
        ),
        (
            lambda: cue_strength([0.0, -7.0]),
            r"cue_strength: soa_ms must not be negative; got -7\.0 at soa_ms\[1\]",
        ),
        (
            lambda: expected_reaction_times(strength=[0.5, 1.1]),
            r"expected_reaction_times: strength must be from 0 to 1; got 1\.1 at",
        ),
        (
            lambda: simulate(0, np.random.default_rng(0)),
            r"simulate: trials must be at least 1; got trials=0",
        ),
        (
            lambda: simulate(7, np.random.default_rng(0), neutral_share=-0.1),
            r"simulate: neutral_share must be from 0 to 1; got neutral_share=-0\.1",
        ),
        (
            lambda: summarise(["valid"] * 3, [300.0] * 2),
            r"summarise: condition and reaction_time_ms must share trials, their last "
            r"axis; got condition \(3,\) and reaction_time_ms \(2,\)\.",
        ),
        (
            lambda: summarise(["valid", "left"], [300.0, 310.0]),
            r"summarise: condition must be one of 'valid', 'neutral', 'invalid'; got "
            r"condition='left'",
        ),
        (
            lambda: summarise(["valid"], [float("nan")]),
            r"summarise: reaction_time_ms must be finite; got nan at",
        ),
    ],
)
def test_a_wrong_value_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_seed_is_no_generator():
    message = r"simulate: rng must be a numpy random generator; got rng of type int"
    with pytest.raises(TypeError, match=message):
        simulate(7, 0)


def test_narrow_numbers_make_the_same_observer():
    narrow = CueingModel(np.float16(0.75), np.uint8(2), base_ms=np.int16(200))
    assert narrow == CueingModel(0.75, 2, base_ms=200)
    assert type(narrow.validity) is float and type(narrow.sides) is int
    got, want = (
        simulate(trials, np.random.default_rng(0))["reaction_time_ms"]
        for trials in (np.uint8(200), 200)
    )
    np.testing.assert_array_equal(got, want)


def test_a_mask_over_a_trial_is_refused():
    times = np.ma.array([300.0, 9e9], mask=[0, 1])
    with pytest.raises(TypeError, match="reaction_time_ms of type MaskedArray"):
        summarise(["valid", "valid"], times)
