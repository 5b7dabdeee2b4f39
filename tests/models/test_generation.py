from itertools import islice

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from attn_helpers.layers.kv_cache import KVCache
from attn_helpers.models.generation import generate, stream
from attn_helpers.models.language_model import gpt, llama
from attn_helpers.models.sampling import keep_top_p, sample, with_temperature
from attn_helpers.training import seeded

B, T, NEW, VOCAB, LONGEST, LAYERS = 2, 3, 17, 13, 23, 2
MODELS = {
    "gpt": lambda: gpt(VOCAB, LONGEST, d_model=10, num_heads=5, num_layers=LAYERS),
    "llama": lambda: llama(VOCAB, 24, 6, 2, num_layers=LAYERS, d_ff=11),
}


@pytest.fixture(params=MODELS)
def model(request):
    """A model that is not sure of anything, but has its likes."""
    with seeded(0):
        model = MODELS[request.param]()
        for parameter in model.parameters():
            nn.init.normal_(parameter, std=0.3)
    return model.eval()


PROMPTS = torch.tensor([[3, 1, 4], [1, 5, 9]])


def likeliest(logits):
    return logits.argmax(dim=-1)


def by_lot(seed):
    generator = torch.Generator().manual_seed(seed)
    return lambda logits: sample(
        keep_top_p(with_temperature(logits, 0.8), 0.9), generator
    )


@pytest.mark.parametrize("cached", [True, False])
def test_each_token_is_the_likeliest_after_all_before_it(model, cached):
    written = generate(model, PROMPTS, NEW, likeliest, cached)
    assert torch.equal(written[:, :T], PROMPTS)
    for end in range(T, T + NEW):
        logits = model(written[:, :end])[:, -1]
        assert torch.equal(written[:, end], logits.argmax(dim=-1))
    assert len(set(written[0].tolist())) > 2


def test_with_a_cache_the_tokens_are_the_same_and_so_are_the_logits(model):
    seen = {True: [], False: []}
    texts = []
    for cached, logits in seen.items():
        choose = by_lot(seed=5)

        def noted(row, logits=logits, choose=choose):
            logits.append(row)
            return choose(row)

        texts.append(generate(model, PROMPTS, NEW, noted, cached))
    assert torch.equal(*texts)
    got, expected = torch.stack(seen[True]), torch.stack(seen[False])
    assert got.shape == (NEW, B, VOCAB)
    assert (got - expected).abs().max() < 1e-5


def test_with_a_cache_each_token_is_read_once(model):
    lengths = {True: [], False: []}
    for cached, read in lengths.items():
        hook = model.embed.register_forward_hook(
            lambda _, given, got, read=read: read.append(given[0].shape[1])
        )
        generate(model, PROMPTS, 4, likeliest, cached)
        hook.remove()
    assert lengths == {True: [3, 1, 1, 1], False: [3, 4, 5, 6]}


def test_one_after_the_other_as_long_as_one_asks(model):
    expected = generate(model, PROMPTS, 5, likeliest)[:, T:]
    got = list(islice(stream(model, PROMPTS, likeliest), 5))
    assert torch.equal(torch.stack(got, dim=1), expected)


def test_prompts_are_written_on_each_by_itself(model):
    both = generate(model, PROMPTS, NEW, likeliest)
    for i in range(B):
        assert torch.equal(
            generate(model, PROMPTS[i : i + 1], NEW, likeliest), both[i : i + 1]
        )


def test_the_dice_decide(model):
    one, again, other = (
        generate(model, PROMPTS, NEW, by_lot(seed)) for seed in (1, 1, 2)
    )
    assert torch.equal(one, again)
    assert not torch.equal(one, other)


def test_nothing_is_learnt_while_writing(model, monkeypatch):
    grown, append = [], KVCache.append

    def noted(self, k, v):
        grown.append(k.requires_grad)
        return append(self, k, v)

    monkeypatch.setattr(KVCache, "append", noted)
    tokens = stream(model, PROMPTS, likeliest)
    next(tokens)
    assert torch.is_grad_enabled()  # also while the stream waits
    next(tokens)
    assert grown == [False] * 2 * LAYERS
    assert_close(PROMPTS, torch.tensor([[3, 1, 4], [1, 5, 9]]))


def test_a_text_as_long_as_the_learnt_positions_and_no_longer():
    model = MODELS["gpt"]().eval()
    most = LONGEST - T + 1  # the last token is written and not read
    assert generate(model, PROMPTS, most, likeliest).shape == (B, LONGEST + 1)
    with pytest.raises(ValueError, match="must be at most max_length"):
        generate(model, PROMPTS, most + 1, likeliest)


def test_nothing_to_write_is_refused(model):
    with pytest.raises(ValueError) as caught:
        generate(model, PROMPTS, 0, likeliest)
    assert str(caught.value) == "generate: new must be at least 1; got new=0."
