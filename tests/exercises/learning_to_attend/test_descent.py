"""The answer, and the cases that must be there."""

import numpy as np
import torch

from attn_helpers.exercises.learning_to_attend.descent import EXERCISE, descent

CASES = [case.args for case in EXERCISE.cases(0)]


def test_two_steps_by_hand():
    path = descent(lambda place: 2 * place, np.array([8.0, -4.0]), 0.25, 2)
    assert path.tolist() == [[8, -4], [4, -2], [2, -1]]


def test_it_agrees_with_torchs_optimiser():
    for bowl, start, rate, steps in CASES:
        place = torch.nn.Parameter(torch.tensor(start))
        optimiser = torch.optim.SGD([place], lr=rate)
        bends, bottom = torch.tensor(bowl.bends), torch.tensor(bowl.bottom)
        path = [start]
        for _ in range(steps):
            optimiser.zero_grad()
            (bends.double() * (place - bottom.double()) ** 2 / 2).sum().backward()
            optimiser.step()
            path.append(place.detach().numpy().copy())
        np.testing.assert_allclose(
            descent(bowl, start, rate, steps), path, rtol=1e-6, atol=1e-6
        )


def test_from_a_rate_of_1_on_the_path_of_the_question_comes_no_nearer():
    for rate, nearer in ((0.9, True), (1.0, False), (1.1, False)):
        path = descent(lambda place: 2 * place, np.array([3.0]), rate, 10)
        assert (abs(path[-1, 0]) < 2.9) == nearer


def test_no_step_and_a_rate_that_is_too_large_are_tried():
    assert any(steps == 0 for *_, steps in CASES)
    assert any(rate * max(bowl.bends) > 2 for bowl, _, rate, _ in CASES)
    assert any(
        len(start) == steps + 1 for _, start, _, steps in CASES
    )  # a path on its side
