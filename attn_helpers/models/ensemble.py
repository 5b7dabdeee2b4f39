"""Several copies of one network, each with weights of its own, run as one."""

from collections.abc import Iterable
from copy import deepcopy
from typing import Self

from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._pytree import tree_flatten, tree_map, tree_unflatten

from attn_helpers._checks import check_count, complaint

PLAIN = bool | int | float | str | None  # what a module may say beside its weights


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

    _template: nn.Module

    def __init__(self, members: Iterable[nn.Module]):
        super().__init__()
        members = list(members)
        check_count(len(members), function="Ensemble", argument="members")
        _check_alike(members)
        weights, constants = stack_module_state(members)
        self._names = [*weights, *constants]
        self.weights = nn.ParameterList(  # each (e, ...)
            nn.Parameter(w, requires_grad=w.requires_grad) for w in weights.values()
        )
        self.constants = nn.Module()
        for number, value in enumerate(constants.values()):
            self.constants.register_buffer(str(number), value)
        # past nn.Module, so that its weights are not ours
        object.__setattr__(self, "_template", deepcopy(members[0]))
        self._members = len(members)
        self.training = members[0].training

    def train(self, mode: bool = True) -> Self:
        """Switch dropout and the like on or off in every member."""
        self._template.train(mode)
        return super().train(mode)

    def forward(self, *inputs: object, **shared: object) -> object:
        """Give member ``i`` the inputs ``[i]``; what is named goes to every member.

        Returns:
            what one member would, with an axis of the members in front of each tensor.
            What is no tensor, such as None for weights not asked for, stays one.
        """
        _check_inputs(inputs, self._members)
        found = {}  # of one output: its form, and what is no tensor

        def one(state, inputs):
            output = functional_call(self._template, state, inputs, shared)
            parts, found["form"] = tree_flatten(output)
            found["rest"] = [
                None if isinstance(part, Tensor) else (part,) for part in parts
            ]
            _check_output(found["rest"])
            return [part for part in parts if isinstance(part, Tensor)]

        axes = tree_map(lambda part: 0 if isinstance(part, Tensor) else None, inputs)
        together = vmap(one, in_dims=(0, axes), randomness="different")
        with sdpa_kernel(SDPBackend.MATH):  # the one kernel that vmap can run as one
            stacked = iter(together(self._state(), inputs))
        parts = [
            next(stacked) if other is None else other[0] for other in found["rest"]
        ]
        return tree_unflatten(parts, found["form"])

    def member(self, i: int) -> nn.Module:
        """A copy of member ``i`` as a module of its own."""
        state = {n: value[i].detach().clone() for n, value in self._state().items()}
        module = deepcopy(self._template)
        module.load_state_dict(state, strict=False, assign=True)
        return module

    def _state(self):
        tensors = [*self.weights, *self.constants.buffers()]
        return dict(zip(self._names, tensors, strict=True))


def _check_alike(members):
    """Refuse members that differ in more than the numbers in their weights."""
    first, *others = (_plain_facts(member) for member in members)
    for other in others:
        for name in first | other:
            one, two = first.get(name), other.get(name)
            if one != two:
                rule = "members may differ in the numbers of their weights alone"
                got = f"{name} {one} and {two}"
                raise ValueError(complaint("Ensemble", rule, got))


def _plain_facts(member):
    """Kinds, sizes and settings of a module and its parts, by name."""
    facts = {}
    for path, module in member.named_modules():
        place = f"{path}." if path else ""
        facts[f"the kind of {path or 'the module'}"] = type(module).__name__
        for name, value in vars(module).items():
            if isinstance(value, PLAIN):
                facts[place + name] = value
    for name, weight in (*member.named_parameters(), *member.named_buffers()):
        facts[name] = tuple(weight.shape)
    return facts


def _check_inputs(inputs, members):
    """Require one part of every tensor for each member."""
    for part in tree_flatten(inputs)[0]:
        if isinstance(part, Tensor) and part.shape[:1] != (members,):
            rule = f"inputs must have the members, {members}, for their first axis"
            got = f"an input {tuple(part.shape)}"
            fix = "Give by name what all members share."
            raise ValueError(complaint("Ensemble", rule, got, fix))


def _check_output(rest):
    """Refuse what may hide a tensor where it cannot be found."""
    for other in rest:
        if other is not None and not isinstance(other[0], PLAIN):
            rule = "members must return tensors, or tuples, lists, tables of them"
            got = type(other[0]).__name__
            raise TypeError(complaint("Ensemble", rule, got))
