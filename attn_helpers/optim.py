"""AdamW, the optimiser of nearly every Transformer, in the open."""

from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

import torch
from torch import Tensor

from attn_helpers._checks import check_at_least, check_number, check_positive, complaint

# What a group of parameters may say, besides the settings.
LABELS = {"params", "param_names", "name", "initial_lr"}


class AdamW(torch.optim.Optimizer):
    """Step by the running mean of the gradient over the root of that of its square.

    Each weight so takes steps of about ``lr`` whatever the scale of its gradient. The
    weight decay is applied to the weights themselves and never enters the means.

    A complex number counts as the two that it is made of. For weights in half precision
    the means, and the weights between two steps, are kept in float32: most steps are
    too small for half precision, and their sum would be lost.

    Args:
        params: parameters, or dictionaries of them with settings of their own.
        lr: learning rate.
        betas: how much of the old running mean to keep, for gradient and square.
        eps: added to the root, which may be 0.
        weight_decay: the share of each weight, times ``lr``, that a step takes away.

    Source: Loshchilov and Hutter (2019), arXiv:1711.05101, algorithm 2; Kingma and Ba
    (2015), arXiv:1412.6980, for the running means and their correction.
    """

    def __init__(
        self,
        params: Iterable,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ):
        settings = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, settings)

    def add_param_group(self, param_group: dict) -> None:
        """Take in more parameters, perhaps with settings of their own."""
        _check_settings({**self.defaults, **param_group}, known=set(self.defaults))
        super().add_param_group(param_group)

    @torch.no_grad()
    def step(self, closure: Callable | None = None) -> Any:
        """Change every parameter that has a gradient and is not frozen."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        moving = [
            [p for p in group["params"] if p.grad is not None and p.requires_grad]
            for group in self.param_groups
        ]
        _check_dense(parameter.grad for part in moving for parameter in part)
        for parameters, group in zip(moving, self.param_groups, strict=True):
            if parameters:
                self._change(parameters, group)
        return loss

    def _change(self, parameters, group):
        """Change parameters of one group; a ``_foreach`` goes through all of them."""
        weights = [self._exact(parameter) for parameter in parameters]
        gradients = [
            _real(parameter.grad).to(exact.dtype)
            for parameter, exact in zip(parameters, weights, strict=True)
        ]
        states = [self.state[parameter] for parameter in parameters]
        for state, exact in zip(states, weights, strict=True):
            if "mean" not in state:
                state["step"] = 0
                state["mean"] = torch.zeros_like(exact)
                state["mean_square"] = torch.zeros_like(exact)
            state["step"] += 1
        means = [state["mean"] for state in states]
        squares = [state["mean_square"] for state in states]
        keep, keep_square = group["betas"]
        torch._foreach_lerp_(means, gradients, 1 - keep)
        torch._foreach_mul_(squares, keep_square)
        torch._foreach_addcmul_(squares, gradients, gradients, 1 - keep_square)
        # Both began at 0 and are too small at first, by a factor that is known.
        sizes = [-group["lr"] / (1 - keep ** state["step"]) for state in states]
        roots = torch._foreach_div(
            squares, [1 - keep_square ** state["step"] for state in states]
        )
        torch._foreach_sqrt_(roots)
        torch._foreach_add_(roots, group["eps"])
        torch._foreach_mul_(weights, 1 - group["lr"] * group["weight_decay"])
        torch._foreach_addcdiv_(weights, means, roots, sizes)
        for parameter, exact in zip(parameters, weights, strict=True):
            _real(parameter).copy_(exact)

    def _exact(self, parameter):
        """The weights themselves, or for those in half precision what they stand for.

        If somebody has changed the weights since the last step, theirs count.
        """
        state, weights = self.state[parameter], _real(parameter)
        wide = torch.promote_types(weights.dtype, torch.float32)
        if weights.dtype == wide:
            return weights
        exact = state.get("exact")
        if exact is None or not torch.equal(exact.to(weights.dtype), weights):
            state["exact"] = weights.to(wide)
        return state["exact"]

    def load_state_dict(self, state_dict: dict) -> None:
        """Take over a state as it was saved; torch would round it to half precision."""
        _check_state(state_dict)
        super().load_state_dict(state_dict)
        saved = chain.from_iterable(g["params"] for g in state_dict["param_groups"])
        own = chain.from_iterable(g["params"] for g in self.param_groups)
        for key, parameter in zip(saved, own, strict=True):
            if key in state_dict["state"]:
                self.state[parameter] = {
                    name: value.to(parameter.device, copy=True)
                    if isinstance(value, Tensor)
                    else value
                    for name, value in state_dict["state"][key].items()
                }


def _real(tensor: Tensor) -> Tensor:
    """Real numbers: a complex tensor seen as pairs of them."""
    return torch.view_as_real(tensor.resolve_conj()) if tensor.is_complex() else tensor


def _check_settings(settings, known):
    """Refuse settings out of range, and those that would be passed over in silence."""
    unknown = sorted(set(settings) - known - LABELS)
    if unknown:
        rule = f"a group may set {', '.join(sorted(known))}"
        raise ValueError(complaint("AdamW", rule, unknown[0]))
    check_positive(settings["lr"], function="AdamW", argument="lr")
    betas = settings["betas"]
    if not isinstance(betas, list | tuple) or len(betas) != 2:
        raise ValueError(complaint("AdamW", "betas must be two numbers", f"{betas}"))
    for beta in betas:
        _check_kept_share(beta)
    check_positive(settings["eps"], function="AdamW", argument="eps")
    decay = settings["weight_decay"]
    check_at_least(decay, 0, function="AdamW", argument="weight_decay")


def _check_kept_share(beta):
    """Require a share below 1: a mean that keeps everything never moves."""
    if not 0 <= check_number(beta, function="AdamW", argument="betas") < 1:
        rule = "betas must be at least 0 and below 1"
        raise ValueError(complaint("AdamW", rule, f"betas={beta}"))


def _check_dense(gradients):
    """Refuse a gradient that has only some of its rows, before anything is changed."""
    for gradient in gradients:
        if gradient.layout != torch.strided:
            rule = "gradients must be dense, as every weight takes a step"
            got = f"a sparse gradient of a parameter {tuple(gradient.shape)}"
            fix = "Make the layer without sparse=True."
            raise TypeError(complaint("AdamW", rule, got, fix))


def _check_state(state_dict):
    """Refuse what another optimiser has saved."""
    for state in state_dict["state"].values():
        if not {"step", "mean", "mean_square"} <= set(state):
            rule = "the state must be one that AdamW has saved"
            raise ValueError(complaint("AdamW", rule, f"entries {sorted(state)}"))
