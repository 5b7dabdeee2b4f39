"""Several copies of one network, each with weights of its own, run as one."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap
from torch.utils._pytree import tree_flatten, tree_unflatten

from attn_helpers._checks import check_count


class Ensemble(nn.Module):
    """Train models that differ in their seed alone side by side: one matmul for all.

    A loss that adds up the losses of the members trains each as if it were alone.

    Args:
        members: modules of one kind, whose parameters are copied.

    Example:
        >>> import torch
        >>> pair = Ensemble([nn.Linear(3, 2), nn.Linear(3, 2)])
        >>> pair(torch.ones(2, 5, 3)).shape
        torch.Size([2, 5, 2])
    """

    def __init__(self, members: Sequence[nn.Module]):
        super().__init__()
        check_count(len(members), function="Ensemble", argument="members")
        weights, constants = stack_module_state(list(members))
        self._names = [*weights, *constants]
        self.weights = nn.ParameterList(  # each (e, ...)
            nn.Parameter(w, requires_grad=w.requires_grad) for w in weights.values()
        )
        for name, value in constants.items():
            self.register_buffer(name.replace(".", "/"), value)
        # past nn.Module, so that its weights are not ours
        object.__setattr__(self, "_template", deepcopy(members[0]))

    def train(self, mode: bool = True) -> "Ensemble":
        """Switch dropout and the like on or off in every member."""
        self._template.train(mode)
        return super().train(mode)

    def forward(self, *inputs: Tensor, **shared: Any) -> Any:
        """Give member ``i`` the inputs ``[i]``; what is named goes to every member.

        What comes out has the form of one member's output, its tensors ``(e, ...)``;
        what is no tensor there, such as None, is so for all.
        """
        leaves, form = [], None

        def one(state, *inputs):
            nonlocal leaves, form
            output = functional_call(self._template, state, inputs, shared)
            leaves, form = tree_flatten(output)
            return {i: x for i, x in enumerate(leaves) if isinstance(x, Tensor)}

        tensors = vmap(one, randomness="different")(self._state(), *inputs)
        together = [tensors.get(i, leaf) for i, leaf in enumerate(leaves)]
        return tree_unflatten(together, form)

    def member(self, i: int) -> nn.Module:
        """A copy of member ``i`` as a module of its own."""
        state = {name: value[i].detach() for name, value in self._state().items()}
        module = deepcopy(self._template)
        module.load_state_dict(state, strict=False)
        return module

    def _state(self) -> dict[str, Tensor]:
        return dict(zip(self._names, [*self.weights, *self.buffers()], strict=True))
