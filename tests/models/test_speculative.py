from itertools import product

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from attn_helpers.layers.paged_cache import PagedCache, PagePool
from attn_helpers.layers.window_cache import WindowCache
from attn_helpers.models import speculative
from attn_helpers.models.generation import generate
from attn_helpers.models.language_model import gpt, llama
from attn_helpers.models.sampling import (
    keep_top_k,
    keep_top_p,
    sample,
    with_temperature,
)
from attn_helpers.models.speculative import (
    accept,
    acceptance,
    expected_tokens,
    outcomes,
    speculate,
)
from attn_helpers.training import seeded

VOCAB = 5


def dice(seed=0):
    return torch.Generator().manual_seed(seed)


def distributions(rows, vocab=VOCAB, seed=0):
    odds = torch.rand(rows, vocab, generator=dice(seed), dtype=torch.float64) ** 3
    return odds / odds.sum(-1, keepdim=True)


def with_zeros(odds, where):
    odds = odds.clone()
    odds[where] = 0.0
    return odds / odds.sum(-1, keepdim=True)


P = distributions(4, seed=1)
DRAFTS = {
    "other": distributions(3, seed=2),
    "the same": P[:3].clone(),
    "some impossible": with_zeros(distributions(3, seed=2), (slice(None), 1)),
    "nothing in common": with_zeros(P[:3], (slice(None), slice(0, 3))),
}
TARGETS = {name: P for name in DRAFTS}
TARGETS["nothing in common"] = with_zeros(P, (slice(None), slice(3, None)))
each_pair = pytest.mark.parametrize("name", DRAFTS)


def draws(q):
    """Every draft there is, with its probability."""
    for drafted in product(range(q.shape[-1]), repeat=len(q)):
        tokens = torch.tensor(drafted)
        odds = q[range(len(q)), tokens].prod().item()
        if odds > 0:
            yield tokens, odds


class EveryPath:
    """Takes the place of ``sample``, and leads the program once down every path."""

    def __init__(self):
        self.path, self.options = [], []

    def sample(self, logits, generator):
        odds = logits.softmax(-1).flatten()
        assert odds.numel() == logits.shape[-1]
        options = [i for i, share in enumerate(odds.tolist()) if share > 0]
        if self.at == len(self.path):
            self.path.append(0), self.options.append(options)
        chosen = self.options[self.at][self.path[self.at]]
        self.at += 1
        self.weight *= odds[chosen].item()
        return torch.tensor(chosen).expand(logits.shape[:-1])

    def outcomes(self, program):
        """What the program returns on each path, and how likely the path is."""
        while True:
            self.at, self.weight = 0, 1.0
            yield program(), self.weight
            while self.path and self.path[-1] + 1 == len(self.options[-1]):
                self.path.pop(), self.options.pop()
            if not self.path:
                return
            self.path[-1] += 1


# --- one call of the target ----------------------------------------------------------


@each_pair
def test_every_token_has_the_distribution_of_the_target(name):
    """All drafts, all numbers of accepted tokens: counted, not drawn.

    The target here is one that does not mind what came before. A call gives at least
    one token. How many more it gives depends on chance. The first is drawn from p[0],
    the second, where there is one, from p[1], whatever the first was.
    """
    p, q = TARGETS[name], DRAFTS[name]
    joint = torch.zeros(VOCAB, VOCAB, dtype=torch.float64)  # of tokens 0 and 1
    for drafted, odds in draws(q):
        shares, follow = outcomes(p, q, drafted)
        for kept, (share, rest) in enumerate(zip(shares, follow, strict=True)):
            written = torch.zeros(2, VOCAB, dtype=torch.float64)
            written[range(min(kept, 2)), drafted[: min(kept, 2)]] = 1.0
            if kept < 2:
                written[kept] = rest
            if kept == 0:  # token 1 is left to the next call, which begins with p[1]
                written[1] = p[1]
            joint += odds * share * written[0, :, None] * written[1]
    assert_close(joint, p[0, :, None] * p[1], atol=1e-12, rtol=0)


@each_pair
def test_what_may_come_of_a_draft_sums_to_one(name):
    p, q = TARGETS[name], DRAFTS[name]
    for drafted, _ in draws(q):
        shares, follow = outcomes(p, q, drafted)
        assert (shares >= 0).all() and (follow >= 0).all()
        assert_close(shares.sum().item(), 1.0)
        assert_close(follow.sum(-1), torch.ones(4, dtype=torch.float64))


@each_pair
def test_the_first_guess_is_accepted_as_often_as_the_distributions_agree(name):
    p, q = TARGETS[name], DRAFTS[name]
    first = sum(
        odds * (1 - outcomes(p, q, drafted)[0][0]) for drafted, odds in draws(q)
    )
    agreed = acceptance(p[:3], q)
    assert_close(first, agreed[0])
    assert_close(agreed, 1 - (p[:3] - q).abs().sum(-1) / 2)  # 1 - total variation


@pytest.mark.parametrize("ahead", [1, 2, 3])
def test_the_number_of_tokens_is_the_published_formula(ahead):
    """Where each guess is as likely to be accepted as any other."""
    p, q = distributions(1, seed=1), distributions(1, seed=2)
    rows_p, rows_q = p.expand(ahead + 1, -1), q.expand(ahead, -1)
    alpha, total = acceptance(p[0], q[0]).item(), 0.0
    for drafted, odds in draws(rows_q):
        shares, _ = outcomes(rows_p, rows_q, drafted)
        total += odds * (shares @ torch.arange(1.0, ahead + 2).double()).item()
    assert total == pytest.approx(expected_tokens(alpha, ahead), abs=1e-12)
    formula = (1 - alpha ** (ahead + 1)) / (1 - alpha)
    assert expected_tokens(alpha, ahead) == pytest.approx(formula)


def test_the_ends_of_the_formula():
    assert expected_tokens(1, ahead=7) == 8 and expected_tokens(0, ahead=7) == 1
    assert expected_tokens(0.3, ahead=0) == 1


@each_pair
def test_accept_does_what_was_said_and_as_often(monkeypatch, name):
    p, q, paths = TARGETS[name], DRAFTS[name], EveryPath()
    monkeypatch.setattr(speculative, "sample", paths.sample)
    drafted = next(tokens for tokens, _ in draws(q))
    shares, follow = outcomes(p, q, drafted)
    found = torch.zeros_like(follow)
    for tokens, share in paths.outcomes(lambda: accept(p, q, drafted, None)):
        kept = len(tokens) - 1
        assert torch.equal(tokens[:-1], drafted[:kept])
        found[kept, tokens[-1]] += share
    assert_close(found, shares[:, None] * follow, atol=1e-12, rtol=0)


def test_chance_is_that_of_the_generator():
    q, drafted = DRAFTS["other"], torch.tensor([3, 0, 2])
    written = {
        seed: [accept(P, q, drafted, dice(seed)).tolist() for _ in range(2)]
        for seed in range(17)
    }
    assert all(one == again for one, again in written.values())
    assert len({tuple(one) for one, _ in written.values()}) > 1


# --- a whole text: every path of the program there is --------------------------------


def tiny(seed, vocab=3, kind="gpt", spread=0.7):
    with seeded(seed):
        if kind == "gpt":
            model = gpt(vocab, max_length=13, d_model=4, num_heads=2, num_layers=1)
        else:
            model = llama(vocab, 4, num_heads=2, num_kv_heads=1, num_layers=1, d_ff=5)
        for parameter in model.parameters():
            nn.init.normal_(parameter, std=spread)
    return model.double().eval()


@torch.no_grad()
def of_the_target_alone(model, prompt, new, adjust):
    """The probability of every continuation, read at once and without a cache."""
    found = {}
    for tokens in product(range(3), repeat=new):
        text = torch.cat([prompt, torch.tensor([tokens])], dim=1)
        odds = adjust(model(text)[0]).softmax(-1)[prompt.shape[1] - 1 : -1]
        share = odds[range(new), list(tokens)].prod().item()
        if share > 0:
            found[tokens] = share
    return found


ADJUSTMENTS = {
    "as they are": lambda logits: logits,
    "temperature": lambda logits: with_temperature(logits, 0.6),
    "top-k": lambda logits: keep_top_k(logits, 2),
    "top-p": lambda logits: keep_top_p(logits, 0.8),
    "greedy": lambda logits: keep_top_k(logits, 1),
}
PROMPT = torch.tensor([[2, 0]])


@pytest.mark.parametrize(
    ("kind", "ahead", "name"),
    [
        ("gpt", 2, "as they are"),
        ("llama", 1, "temperature"),
        ("llama", 2, "top-k"),
        ("llama", 2, "top-p"),
        ("gpt", 2, "greedy"),
    ],
)
def test_a_text_has_the_distribution_of_the_target(monkeypatch, kind, ahead, name):
    """Counted over every path of the program, with its caches and its goings back."""
    target, draft, paths, new = tiny(0, kind=kind), tiny(1, kind=kind), EveryPath(), 3
    adjust = ADJUSTMENTS[name]
    monkeypatch.setattr(speculative, "sample", paths.sample)
    how = {"new": new, "ahead": ahead, "generator": None, "adjust": adjust}
    found = {}
    for (text, _), share in paths.outcomes(
        lambda: speculate(target, draft, PROMPT, **how)
    ):
        tokens = tuple(text[0, 2:].tolist())
        found[tokens] = found.get(tokens, 0.0) + share
    expected = of_the_target_alone(target, PROMPT, new, adjust)
    assert found == pytest.approx(expected, abs=1e-9)


def test_two_models_that_differ_are_told_apart_by_that_count():
    """The control of the test above: the draft alone is another distribution."""
    one, other = (
        of_the_target_alone(tiny(seed), PROMPT, 3, ADJUSTMENTS["as they are"])
        for seed in (0, 1)
    )
    assert sum(abs(one[tokens] - other[tokens]) for tokens in one) / 2 > 0.2


# --- caches and calls ----------------------------------------------------------------


def models(kind="llama", vocab=VOCAB):
    return tiny(0, vocab, kind), tiny(1, vocab, kind)


@pytest.mark.parametrize("kind", ["gpt", "llama"])
@pytest.mark.parametrize("ahead", [1, 2, 3, 7])
def test_greedily_it_writes_what_the_target_writes_greedily(kind, ahead):
    target, draft = models(kind)
    expected = generate(target, PROMPT, 11, lambda logits: logits.argmax(-1))
    text, accepted = speculate(
        target,
        draft,
        PROMPT,
        new=11,
        ahead=ahead,
        generator=dice(),
        adjust=ADJUSTMENTS["greedy"],
    )
    assert torch.equal(text, expected)
    assert sum(accepted) + len(accepted) == 11 and max(accepted) <= ahead


def rows_read(model):
    """How many rows each call of the model reads, in a list that fills."""
    counts = []
    model.register_forward_hook(lambda _, given, got: counts.append(given[0].shape[1]))
    return counts


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_each_model_reads_each_token_once_and_goes_back_no_further(seed):
    target, draft = models()
    by_target, by_draft = rows_read(target), rows_read(draft)
    _, accepted = speculate(
        target, draft, PROMPT, new=11, ahead=3, generator=dice(seed)
    )
    # the newest token and three guesses, but for the first call and the last ones
    guessed, left = [], 11
    for kept in accepted:
        guessed.append(min(3, left - 1))
        left -= kept + 1
    assert left == 0
    assert by_target == [PROMPT.shape[1] + guessed[0], *(n + 1 for n in guessed[1:])]
    # the draft has not read its last guess where it was accepted, and reads it then
    expected, unread = [], PROMPT.shape[1]
    for kept, n in zip(accepted, guessed, strict=True):
        if n:
            expected += [unread, *[1] * (n - 1)]
            unread = 2 if kept == n else 1
        else:
            unread += 1
    assert by_draft == expected


def test_a_model_agrees_with_itself_and_needs_few_calls():
    model, _ = models()
    calls = rows_read(model)
    text, accepted = speculate(model, model, PROMPT, new=11, ahead=3, generator=dice())
    assert accepted == [3, 3, 2] and text.shape == (1, 13)
    assert len(calls) == 3 + 3 + 3 + 2  # three checks, and the guesses


@pytest.mark.parametrize(
    "new_cache",
    [lambda: PagedCache(PagePool(9, page=2)), lambda: WindowCache(17, spare=4)],
    ids=["pages", "window"],
)
def test_caches_that_can_go_back_serve_it_too(new_cache):
    target, draft = models()
    how = {"new": 11, "ahead": 3}
    expected = speculate(target, draft, PROMPT, **how, generator=dice())
    for model in (target, draft):
        model.new_caches = lambda: [new_cache()]
    got = speculate(target, draft, PROMPT, **how, generator=dice())
    assert torch.equal(got[0], expected[0]) and got[1] == expected[1]


def test_one_new_token_is_drawn_by_the_target_alone():
    target, draft = models()
    calls = rows_read(draft)
    text, accepted = speculate(target, draft, PROMPT, new=1, ahead=3, generator=dice())
    expected = generate(target, PROMPT, 1, lambda logits: sample(logits, dice()))
    assert torch.equal(text, expected) and accepted == [0] and calls == []


def test_no_position_beyond_the_text_is_read():
    """Learnt positions end at 13: a text that just fits can be written."""
    target, draft = models("gpt")
    text, _ = speculate(target, draft, PROMPT, new=11, ahead=7, generator=dice())
    assert text.shape == (1, 13)


# --- refusals ------------------------------------------------------------------------


@pytest.mark.parametrize("function", ["outcomes", "accept"])
@pytest.mark.parametrize(
    ("p", "q", "drafted", "message"),
    [
        (P[:3], DRAFTS["other"], [0, 1, 2], "p must have one row more than q, for the "
         "token after the last guess; got p (3, 5) and q (3, 5)."),
        (P, DRAFTS["other"][:, :4], [0, 1, 2], "p and q must share vocab, their last "
         "axis; got p (4, 5) and q (3, 4)."),
        (P, DRAFTS["other"], [0, 1], "q and drafted must share n, the second-to-last "
         "axis of q and the last of drafted; got q (3, 5) and drafted (2,)."),
        (P, DRAFTS["some impossible"], [0, 1, 2], "each drafted token must be possible "
         "under q, from which it was drawn; got one with q = 0."),
    ],
)  # fmt: skip
def test_a_draft_that_does_not_fit_is_refused(function, p, q, drafted, message):
    drafted = torch.tensor(drafted)
    with pytest.raises(ValueError) as caught:
        if function == "accept":
            accept(p, q, drafted, dice())
        else:
            outcomes(p, q, drafted)
    assert str(caught.value) == f"outcomes: {message}"


@pytest.mark.parametrize(
    ("tokens", "sizes", "message"),
    [
        (torch.ones(2, 3, dtype=torch.int64), {}, "tokens must be one text, as each "
         "text keeps its own number of guesses; got tokens (2, 3)."),
        (PROMPT, {"new": 0}, "new must be at least 1; got new=0."),
        (PROMPT, {"ahead": 0}, "ahead must be at least 1; got ahead=0."),
    ],
)  # fmt: skip
def test_texts_that_cannot_be_written_are_refused(tokens, sizes, message):
    target, draft = models()
    how = {"new": 3, "ahead": 2, "generator": dice(), **sizes}
    with pytest.raises(ValueError) as caught:
        speculate(target, draft, tokens, **how)
    assert str(caught.value) == f"speculate: {message}"


@pytest.mark.parametrize(
    ("alpha", "ahead", "message"),
    [
        (1.5, 3, "alpha must be from 0 to 1; got alpha=1.5."),
        (0.5, -1, "ahead must be at least 0; got ahead=-1."),
    ],
)
def test_what_cannot_be_expected_is_refused(alpha, ahead, message):
    with pytest.raises(ValueError) as caught:
        expected_tokens(alpha, ahead)
    assert str(caught.value) == f"expected_tokens: {message}"
