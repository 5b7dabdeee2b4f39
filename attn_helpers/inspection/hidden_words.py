"""Is a word needed, or only looked at? Hide it from one step, and ask again."""

from collections.abc import Sequence

import torch

from attn_helpers._checks import check_between, complaint
from attn_helpers.models.seq2seq import Seq2Seq


@torch.no_grad()
def probability_without(
    model: Seq2Seq,
    source: Sequence[int],
    target: Sequence[int],
    step: int,
    hidden: Sequence[int] = (),
) -> float:
    """How probable the right piece is when its step may not read some words.

    All earlier steps read everything, so the state that asks is what it was. If all
    words are hidden, the step reads zeros.

    Args:
        model: a translator whose decoder looks back; without dropout.
        source: token numbers of the sentence, ``(t_k,)``.
        target: token numbers of its translation, from the start token to the end token.
        step: which piece of the translation is asked for, from 0.
        hidden: places in the source that this step may not read.

    Returns:
        the probability of ``target[step + 1]``, from 0 to 1.

    Raises:
        ValueError: if a place or the step lies outside.
    """
    function = "probability_without"
    last = len(target) - 2
    check_between(step, 0, last, function=function, argument="step")
    for place in hidden:
        check_between(place, 0, len(source) - 1, function=function, argument="hidden")
    memory = model.encoder(torch.tensor([source]))
    state = model.decoder.begin(memory)
    if not hasattr(state, "look"):
        rule, got = "the decoder must look back", type(model.decoder).__name__
        raise TypeError(complaint(function, rule, got))
    for token in target[:step]:
        _, _, state = model.decoder.step(torch.tensor([token]), state)
    seen = memory.mask.clone()
    seen[..., list(hidden)] = False
    narrow = model.decoder.begin(memory._replace(mask=seen))
    state = state._replace(look=narrow.look)
    logits, _, _ = model.decoder.step(torch.tensor([target[step]]), state)
    return logits.softmax(dim=-1)[0, target[step + 1]].item()
