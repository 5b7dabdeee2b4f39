"""AdamW, the optimiser of nearly every Transformer, in the open."""

from collections.abc import Callable

import torch

from attn_helpers._checks import check_at_least, check_kept_share, check_positive


class AdamW(torch.optim.Optimizer):
    """Step by the running mean of the gradient over the root of that of its square.

    Each weight so takes steps of about ``lr`` whatever the scale of its gradient. The
    weight decay is applied to the weights themselves and never enters the means.

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
        self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01
    ):
        check_positive(lr, function="AdamW", argument="lr")
        for beta in betas:
            check_kept_share(beta, function="AdamW", argument="betas")
        check_positive(eps, function="AdamW", argument="eps")
        check_at_least(weight_decay, 0, function="AdamW", argument="weight_decay")
        settings = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, settings)

    @torch.no_grad()
    def step(self, closure: Callable | None = None):
        """Change every parameter that has a gradient."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._change(parameter, group)
        return loss

    def _change(self, parameter, group):
        state = self.state[parameter]
        if not state:
            state["step"] = 0
            state["mean"] = torch.zeros_like(parameter)
            state["mean_square"] = torch.zeros_like(parameter)
        state["step"] += 1
        keep, keep_square = group["betas"]
        gradient, mean, mean_square = (
            parameter.grad,
            state["mean"],
            state["mean_square"],
        )
        mean.lerp_(gradient, 1 - keep)
        mean_square.mul_(keep_square).addcmul_(
            gradient, gradient, value=1 - keep_square
        )
        # Both began at 0 and are too small at first, by a factor that is known.
        size = group["lr"] / (1 - keep ** state["step"])
        root = (mean_square / (1 - keep_square ** state["step"])).sqrt_()
        parameter.mul_(1 - group["lr"] * group["weight_decay"])
        parameter.addcdiv_(mean, root.add_(group["eps"]), value=-size)
