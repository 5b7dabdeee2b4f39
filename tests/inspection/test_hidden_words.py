import pytest
import torch
from torch.testing import assert_close

from attn_helpers.inspection.hidden_words import probability_without
from attn_helpers.layers.attention import ScoreAttention
from attn_helpers.layers.scoring import AdditiveScore, DotScore
from attn_helpers.models.seq2seq import (
    BahdanauDecoder,
    Encoder,
    FixedVectorDecoder,
    LuongDecoder,
    Seq2Seq,
)
from attn_helpers.training import seeded

D, E, SOURCE_WORDS, TARGET_WORDS = 6, 5, 11, 13
SOURCE, TARGET = [4, 7, 9, 5, 8, 10, 6], [1, 12, 3, 7, 2]
STEPS = len(TARGET) - 1


def translator(decoder):
    with seeded(0):
        model = Seq2Seq(Encoder(SOURCE_WORDS, E, D), decoder(TARGET_WORDS, E, D))
    return model.double().eval()


def bahdanau(*size):
    return BahdanauDecoder(*size, ScoreAttention(AdditiveScore(D, D, 3)))


def luong(*size):
    return LuongDecoder(*size, ScoreAttention(DotScore()))


looking = pytest.mark.parametrize("decoder", [bahdanau, luong])


@looking
def test_with_nothing_hidden_it_is_what_the_whole_model_says(decoder):
    model = translator(decoder)
    logits, _ = model(torch.tensor([SOURCE]), torch.tensor([TARGET[:-1]]))
    expected = logits.softmax(-1)[0, range(STEPS), TARGET[1:]]
    found = [probability_without(model, SOURCE, TARGET, i) for i in range(STEPS)]
    assert_close(torch.tensor(found, dtype=torch.double), expected)


@looking
def test_a_word_is_hidden_from_its_step_alone(decoder):
    """By hand: the steps before read everything, the one asked for does not."""
    model = translator(decoder)
    with torch.no_grad():
        memory = model.encoder(torch.tensor([SOURCE]))
        state = model.decoder.begin(memory)
        for token in TARGET[:2]:
            _, _, state = model.decoder.step(torch.tensor([token]), state)
        mask = torch.ones(1, 1, len(SOURCE), dtype=torch.bool)
        mask[0, 0, 1] = mask[0, 0, 4] = False
        blind = model.decoder.begin(memory._replace(mask=mask))
        blind = blind._replace(hidden=state.hidden)
        logits, _, _ = model.decoder.step(torch.tensor([TARGET[2]]), blind)
    expected = logits.softmax(-1)[0, TARGET[3]].item()
    assert probability_without(model, SOURCE, TARGET, 2, [1, 4]) == pytest.approx(
        expected, abs=1e-12
    )
    assert probability_without(model, SOURCE, TARGET, 2) != pytest.approx(
        expected, abs=1e-6
    )


@looking
def test_all_words_may_be_hidden(decoder):
    model = translator(decoder)
    found = probability_without(model, SOURCE, TARGET, 1, range(len(SOURCE)))
    assert 0 < found < 1


def test_it_says_what_lies_outside():
    model = translator(luong)
    with pytest.raises(ValueError, match=r"step must be from 0 to 3; got step=4"):
        probability_without(model, SOURCE, TARGET, 4)
    with pytest.raises(ValueError, match=r"hidden must be from 0 to 6; got hidden=7"):
        probability_without(model, SOURCE, TARGET, 0, [7])


def test_a_decoder_that_never_looks_back_is_refused():
    with pytest.raises(TypeError, match="must look back; got FixedVectorDecoder"):
        probability_without(translator(FixedVectorDecoder), SOURCE, TARGET, 0)
