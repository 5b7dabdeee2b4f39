import numpy as np
import pytest
import torch
from torch.testing import assert_close

from attn_helpers.layers.entmax import entmax, sparsemax
from attn_helpers.reference import entmax as reference

B, T_Q, T_K = 3, 5, 7
ALPHAS = (1.0, 1.1, 1.5, 2.0, 3.0)
each_alpha = pytest.mark.parametrize("alpha", ALPHAS)


def random_scores(dtype=torch.float64, size=2.0):
    generator = torch.Generator().manual_seed(0)
    noise = torch.randn(B, T_Q, T_K, generator=generator, dtype=torch.float64)
    return (size * noise).to(dtype)


def random_gradient(dtype=torch.float64):
    generator = torch.Generator().manual_seed(1)
    return torch.randn(B, T_Q, T_K, generator=generator, dtype=dtype)


def gradient(function, scores, *args):
    scores = scores.clone().requires_grad_()
    function(scores, *args).backward(random_gradient(scores.dtype))
    return scores.grad


@each_alpha
def test_weights_agree_with_the_reference(alpha):
    scores = random_scores()
    expected = reference.entmax(scores.numpy(), alpha)
    np.testing.assert_allclose(entmax(scores, alpha), expected, atol=1e-13)


def test_sparsemax_is_entmax_with_alpha_two():
    scores = random_scores()
    assert_close(sparsemax(scores), entmax(scores, 2.0), rtol=0, atol=0)
    assert_close(
        gradient(sparsemax, scores), gradient(entmax, scores, 2.0), rtol=0, atol=0
    )


def test_alpha_one_is_the_softmax_with_its_gradient():
    scores = random_scores()
    assert_close(entmax(scores, 1), scores.softmax(-1))
    expected = gradient(lambda x: x.softmax(-1), scores)
    assert_close(gradient(entmax, scores, 1), expected)


@each_alpha
def test_gradients_agree_with_finite_differences(alpha):
    scores = random_scores().requires_grad_()
    assert torch.autograd.gradcheck(lambda x: entmax(x, alpha), scores)


@pytest.mark.parametrize("alpha", [1.1, 1.5, 2.5])
def test_the_package_agrees_forward_and_backward(alpha):
    package = pytest.importorskip("entmax")
    scores = random_scores()

    def theirs(x):
        return package.entmax_bisect(x, alpha, -1, 60)

    assert_close(entmax(scores, alpha), theirs(scores), rtol=0, atol=1e-13)
    ours = gradient(entmax, scores, alpha)
    assert_close(ours, gradient(theirs, scores), rtol=0, atol=1e-9)


def test_the_exact_algorithms_of_the_package_agree_forward_and_backward():
    package = pytest.importorskip("entmax")
    scores = random_scores()
    for mine, theirs in (
        (sparsemax, package.sparsemax),
        (entmax, package.entmax15),
    ):
        assert_close(mine(scores), theirs(scores), rtol=0, atol=1e-13)
        assert_close(
            gradient(mine, scores), gradient(theirs, scores), rtol=1e-6, atol=0
        )


def test_a_key_with_weight_zero_neither_gives_nor_receives_a_gradient():
    scores = torch.tensor([2.0, 1.7, -3.0], requires_grad=True)
    weights = sparsemax(scores)
    (weights * torch.tensor([1.0, -1.0, 50.0])).sum().backward()
    assert weights[2] == 0
    assert_close(scores.grad, torch.tensor([1.0, -1.0, 0.0]))


@each_alpha
def test_minus_infinity_and_dead_rows_give_zeros_forward_and_backward(alpha):
    scores = random_scores()
    scores[:, 1] = -torch.inf
    scores[:, :, 3] = -torch.inf
    weights, slope = entmax(scores, alpha), gradient(entmax, scores, alpha)
    assert (weights[:, 1] == 0).all() and (weights[:, :, 3] == 0).all()
    assert (slope[:, 1] == 0).all() and (slope[:, :, 3] == 0).all()
    assert_close(weights[:, 2].sum(-1), torch.ones(B, dtype=torch.float64))
    assert slope.isfinite().all() and (slope[:, 2] != 0).any()


@each_alpha
def test_second_derivatives_agree_with_finite_differences(alpha):
    scores = random_scores()[0].requires_grad_()
    assert torch.autograd.gradgradcheck(lambda x: entmax(x, alpha), scores)


def plain(scores, alpha):
    """Softmax or sparsemax in operations that torch differentiates by itself."""
    if alpha == 1:
        return scores.softmax(-1)
    falling = scores.sort(-1, descending=True).values
    rank = torch.arange(1, T_K + 1)
    size = (1 + rank * falling > falling.cumsum(-1)).sum()
    return (scores - (falling[:size].sum() - 1) / size).clamp(min=0.0)


# torch's rules for forward derivatives are scripts, of which it warns by itself
@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated")
@pytest.mark.parametrize("alpha", [1.0, 2.0])
def test_transforms_of_functions_agree_with_plain_arithmetic(alpha):
    scores, wanted = random_scores(size=0.2)[0, 0], torch.arange(1.0, T_K + 1).double()

    def cost_of(weigh):
        return lambda x: (weigh(x, alpha) * wanted).sum() ** 2

    ours, theirs = cost_of(entmax), cost_of(plain)
    for transform in (torch.func.jacrev, torch.func.jacfwd, torch.func.hessian):
        assert_close(transform(ours)(scores), transform(theirs)(scores))
    assert torch.func.hessian(ours)(scores).abs().max() > 0.1


@each_alpha
def test_mapped_over_rows_it_is_itself(alpha):
    scores, by_alpha = random_scores(), lambda x: entmax(x, alpha)
    assert_close(torch.vmap(by_alpha)(scores), by_alpha(scores))
    slopes = torch.vmap(torch.func.jacrev(by_alpha))(scores[0])
    for row, slope in zip(scores[0], slopes, strict=True):
        assert_close(slope, torch.autograd.functional.jacobian(by_alpha, row))


@each_alpha
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
def test_narrow_dtypes_are_kept_and_agree_with_float64(alpha, dtype):
    scores = random_scores(dtype)
    weights, slope = entmax(scores, alpha), gradient(entmax, scores, alpha)
    assert weights.dtype == slope.dtype == dtype
    # above α = 2 a weight leaves 0 as a root does: an error e there becomes √e and more
    slack = (2 * torch.finfo(dtype).eps) ** min(1, 1 / max(alpha - 1, 0.1))
    expected = entmax(scores.double(), alpha)
    assert_close(weights.double(), expected, rtol=0, atol=slack)


@each_alpha
def test_huge_scores_do_not_overflow(alpha):
    scores = torch.tensor([-3e38, 0.0, 3e38, 3e38])
    expected = torch.tensor([0.0, 0.0, 0.5, 0.5])
    assert_close(entmax(scores, alpha), expected, rtol=0, atol=1e-6)


def test_bad_input_is_refused_by_name():
    with pytest.raises(TypeError, match=r"^sparsemax: scores must be a torch tensor"):
        sparsemax([1.0, 2.0])
    message = r"^entmax: scores must have a floating dtype; got scores torch\.int64\.$"
    with pytest.raises(TypeError, match=message):
        entmax(torch.tensor([1, 2]))
    with pytest.raises(
        ValueError, match=r"^entmax: alpha .* at least 1; got alpha=0\.9"
    ):
        entmax(torch.ones(3), alpha=0.9)
    with pytest.raises(ValueError, match=r"may be empty; got scores \(5, 0\)\.$"):
        entmax(torch.ones(5, 0))
