"""The answer, and the cases that must be there."""

import numpy as np

from attn_helpers.exercises.alignment.perplexity import EXERCISE, perplexity

CASES = [case.args for case in EXERCISE.cases(0)]


def test_perplexity_of_equal_chances_is_the_size_of_the_vocabulary():
    got = perplexity(*CASES[-1])
    np.testing.assert_allclose(got, 7, atol=1e-12)


def test_perplexity_is_what_torch_makes_of_the_loss():
    import torch

    for log_p, targets, lengths in CASES:
        padding = np.arange(targets.shape[1]) >= lengths[:, None]
        loss = torch.nn.functional.nll_loss(
            torch.tensor(log_p).flatten(0, 1),
            torch.tensor(np.where(padding, -1, targets)).flatten(),
            ignore_index=-1,
        )
        got = perplexity(log_p, targets, lengths)
        np.testing.assert_allclose(got, loss.exp(), rtol=1e-12)


def test_a_real_word_has_the_number_0_and_padding_has_others():
    for _, targets, lengths in CASES:
        real = np.arange(targets.shape[1]) < lengths[:, None]
        assert (targets[real] == 0).any()
    assert any(
        targets[np.arange(targets.shape[1]) >= lengths[:, None]].any()
        for _, targets, lengths in CASES
    )


def test_a_product_of_chances_is_tried_that_is_0():
    log_p, targets, lengths = CASES[-2]
    chosen = np.take_along_axis(log_p, targets[..., None], -1)[..., 0]
    assert sum(chosen[i, :n].sum() for i, n in enumerate(lengths)) < -800
    assert chosen.min() < np.log(1e-10)  # below every likely floor
