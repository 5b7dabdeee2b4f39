"""What would train nothing, refused before the first step, and what spoilt a step."""

from torch import Tensor, nn, optim

from attn_helpers._checks import check_tensor, complaint


def parameters(optimizer: optim.Optimizer) -> list[nn.Parameter]:
    """All that an optimiser holds."""
    return [p for group in optimizer.param_groups for p in group["params"]]


def check_optimizer(optimizer: optim.Optimizer, model: nn.Module) -> None:
    """Refuse an optimiser that would leave the model, or a part of it, as it is."""
    if not isinstance(optimizer, optim.Optimizer):
        rule, got = "optimizer must be one of torch.optim's kind", type(optimizer)
        raise TypeError(complaint("fit", rule, f"optimizer of type {got.__name__}"))
    learning = {n: p for n, p in model.named_parameters() if p.requires_grad}
    held = set(parameters(optimizer))
    missing = [name for name, p in learning.items() if p not in held]
    if not learning:
        rule = "model must have a parameter that requires a gradient"
        frozen = sum(1 for _ in model.parameters())
        got = f"a model of {frozen} frozen parameters"
    elif any(p.is_inference() for p in model.parameters()):
        rule = "model must be made outside of torch.inference_mode"
        got = "parameters that can never have a gradient"
    elif len(missing) == len(learning):
        rule = "optimizer must hold the parameters of model"
        got = f"an optimizer of {len(held)} others"
    elif missing:
        rule = "optimizer must hold every parameter of model that requires a gradient"
        got = f"an optimizer without {_listed(missing)}"
    elif not any(float(group["lr"]) for group in optimizer.param_groups):
        rule, got = "optimizer must have a learning rate other than 0", "lr=0"
    else:
        return
    raise ValueError(complaint("fit", rule, got))


def check_batch(batch: object, step: int, steps: int) -> None:
    """Refuse None, which stands for a batch that did not come."""
    if batch is None:
        rule, got = "batches must yield one for every step", f"{step} batches for"
        raise ValueError(complaint("fit", rule, f"{got} {steps} steps"))


def check_loss(value: Tensor) -> None:
    """Require one number with a way back to the weights."""
    check_tensor(value, function="fit", argument="the loss")
    if value.numel() != 1:
        rule, got = "the loss must be one number", f"a loss {tuple(value.shape)}"
        raise ValueError(complaint("fit", rule, got))
    if not value.requires_grad:
        rule = "the loss must be computed from the parameters, with gradients on"
        raise ValueError(complaint("fit", rule, "a loss with no grad_fn"))


def check_gradients(learning: list[nn.Parameter]) -> None:
    """Refuse a loss that has a gradient, but not for this model."""
    if not learning:
        rule = "the loss must be computed from model"
        got = "a loss that reaches none of its parameters"
        raise ValueError(complaint("fit", rule, got))


def check_same_run(saved: dict, own: dict) -> None:
    """Refuse a checkpoint that was begun with another seed, or of another model."""
    if saved["seed"] != own["seed"]:
        rule = "seed must be the one that the checkpoint was begun with"
        got = f"seed={own['seed']}, not {saved['seed']}"
        raise ValueError(complaint("fit", rule, got))
    there, here = (
        {name: getattr(w, "shape", None) for name, w in state["model"].items()}
        for state in (saved, own)
    )
    other = [n for n in there | here if there.get(n) != here.get(n)]
    if other:
        rule = "model must have the weights that the checkpoint was begun with"
        raise ValueError(complaint("fit", rule, f"others for {_listed(other)}"))


def likely_cause(model: nn.Module, batch: object, first: bool) -> str:
    """What to look at when the loss or the gradient is not finite."""
    if any(not t.isfinite().all() for t in _tensors(batch)):
        return "This batch holds numbers that are not finite."
    if not first:
        return "Lower the learning rate, or look at this batch."
    spoilt = [n for n, p in model.named_parameters() if not p.isfinite().all()]
    if spoilt:
        return f"The model came with weights that are not finite: {_listed(spoilt)}."
    return (
        "No weight has been changed yet, so look at this batch and at the loss: a mean "
        "over nothing, such as targets that are all padding, is NaN."
    )


def _tensors(batch):
    """The tensors of a batch, however deep they lie in tuples, lists and tables."""
    if isinstance(batch, Tensor):
        yield batch
    elif isinstance(batch, dict):
        yield from _tensors(list(batch.values()))
    elif isinstance(batch, list | tuple):
        for part in batch:
            yield from _tensors(part)


def _listed(names, most=3):
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
