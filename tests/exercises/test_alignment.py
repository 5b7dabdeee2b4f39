"""The answers against the book's own definitions, and the cases that must be there."""

import numpy as np
import pytest

from attn_helpers.exercises import challenges, registry
from attn_helpers.pretrained.transliteration import (
    name_signs,
    padding_share,
    transliterate,
)
from attn_helpers.reference.attention import attention
from attn_helpers.reference.scoring import additive_score, bilinear_score

EXERCISES = registry()


def cases(id):
    return [case.args for case in EXERCISES[id].cases(0)]


def test_a_round_of_model_one_by_hand():
    # das Haus, das Buch, ein Buch at equal chances: das meets the and house once, the
    # and book once, a half each; of Haus and ein each word takes one half
    wanted = [
        [0.5, 0.25, 0.25, 0.0],
        [0.5, 0.5, 0.0, 0.0],
        [0.25, 0.0, 0.5, 0.25],
        [0.0, 0.0, 0.5, 0.5],
    ]
    got = EXERCISES["ibm-em"].answer(*cases("ibm-em")[0])
    np.testing.assert_allclose(got, wanted, atol=1e-12)


def test_a_round_makes_the_targets_no_less_likely_and_haus_becomes_house():
    sources, targets, table = cases("ibm-em")[0]

    def likelihood(table):
        pairs = zip(sources, targets, strict=True)
        return sum(np.log(table[np.ix_(s, t)].sum(0)).sum() for s, t in pairs)

    for _ in range(30):
        better = EXERCISES["ibm-em"].answer(sources, targets, table)
        assert likelihood(better) >= likelihood(table) - 1e-12
        table = better
    assert table.argmax(axis=1).tolist() == [0, 1, 2, 3]
    assert table.max(axis=1).min() > 0.9


def test_additive_attention_agrees_with_the_reference():
    for q, k, v, w_q, w_k, w_out in cases("additive"):
        wanted = attention(
            q, k, v, score=lambda q, k, w=(w_q, w_k, w_out): additive_score(q, k, *w)
        )
        got = EXERCISES["additive"].answer(q, k, v, w_q, w_k, w_out)
        for one, other in zip(got, wanted, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-9)


def test_without_tanh_all_queries_agree():
    program = EXERCISES["additive"].mistakes["b-no-query-no-tanh"].program
    _, weights = program(*cases("additive")[0])
    np.testing.assert_allclose(weights, np.tile(weights[0], (5, 1)), atol=1e-12)


def test_luongs_step_reads_as_bilinear_attention_does():
    for x, state, annotations, w_x, w_h, w_score, w_out in cases("luong-step"):
        args = (x, state, annotations, w_x, w_h, w_score, w_out)
        output, new, weights = EXERCISES["luong-step"].answer(*args)
        np.testing.assert_allclose(new, np.tanh(w_x.T @ x + w_h.T @ state), atol=1e-12)
        context, wanted = attention(
            new[None],
            annotations,
            annotations,
            score=lambda q, k, w=w_score: bilinear_score(q, k, w),
        )
        np.testing.assert_allclose(weights, wanted[0], atol=1e-9)
        width = annotations.shape[1]
        inside = context[0] @ w_out[:width] + new @ w_out[width:]
        np.testing.assert_allclose(output, np.tanh(inside), atol=1e-9)


def test_fast_weights_are_causal_attention_without_softmax():
    for q, k, v in cases("fast-weights"):
        output, memory = EXERCISES["fast-weights"].answer(q, k, v)
        for t in range(len(q)):
            read = sum((q[t] @ k[s]) * v[s] for s in range(t + 1))
            np.testing.assert_allclose(output[t], read, atol=1e-12)
        np.testing.assert_allclose(memory, v.T @ k, atol=1e-12)


def test_keys_at_right_angles_are_read_back_exactly():
    q, k, v = cases("fast-weights")[-1]
    output, _ = EXERCISES["fast-weights"].answer(q, k, v)
    np.testing.assert_allclose(output, v, atol=1e-12)


def test_perplexity_of_equal_chances_is_the_size_of_the_vocabulary():
    got = EXERCISES["perplexity"].answer(*cases("perplexity")[-1])
    np.testing.assert_allclose(got, 7, atol=1e-12)


def test_perplexity_is_what_torch_makes_of_the_loss():
    import torch

    for log_p, targets, _ in cases("perplexity"):
        loss = torch.nn.functional.nll_loss(
            torch.tensor(log_p).flatten(0, 1),
            torch.tensor(targets).flatten(),
            ignore_index=0,
        )
        got = EXERCISES["perplexity"].answer(log_p, targets, (targets != 0).sum(axis=1))
        np.testing.assert_allclose(got, loss.exp(), rtol=1e-12)


def test_each_trap_has_its_case():
    # a word twice on either side, weights of exp that overflow, a product of 0
    assert all(
        any(len(set(words.tolist())) < len(words) for words in side)
        for side in cases("ibm-em")[3][:2]
    )
    q, k, _, *w = cases("additive")[-1]
    assert np.abs(additive_score(q, k, *w)).max() > 800
    log_p, targets, lengths = cases("perplexity")[3]
    chosen = np.take_along_axis(log_p, targets[..., None], -1)[..., 0]
    assert sum(chosen[i, :n].sum() for i, n in enumerate(lengths)) < -800
    assert chosen.min() < np.log(1e-10)  # below every likely floor


@pytest.mark.needs("khmer_transliterator", "h5py")
def test_the_published_weights_of_the_challenge_are_the_models_own():
    state = challenges()["full-stop"].state
    text, weights = transliterate("battambang")
    assert state["target"] == [*name_signs(text), "(end)"]
    padding = padding_share("battambang", weights)
    shown = np.column_stack([weights[:, :10], padding])
    np.testing.assert_allclose(state["weights"], shown, atol=0.00051)
