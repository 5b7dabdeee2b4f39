"""Count the steps that have to wait for one another."""

from torch import Tensor

from attn_helpers.inspection.gradients import check_graph


def sequential_depth(output: Tensor) -> int:
    """The longest chain of operations between the inputs and ``output``.

    Operations on different chains can run at the same time; those on one chain cannot,
    however many processors there are. Each operation that torch recorded counts as one,
    whether it touches one number or a million.

    Args:
        output: a tensor computed from inputs or parameters that require a gradient.

    Returns:
        the number of operations on the longest chain.

    Example:
        >>> import torch
        >>> x = torch.ones(3, requires_grad=True)
        >>> sequential_depth(x.exp() + x)
        2
    """
    check_graph(output, function="sequential_depth", argument="output")
    depth = {}
    waiting = [output.grad_fn]
    while waiting:
        node = waiting[-1]
        before = _before(node)
        unknown = [earlier for earlier in before if earlier not in depth]
        if unknown:
            waiting.extend(unknown)
        else:
            longest = max((depth[earlier] for earlier in before), default=0)
            depth[node] = longest + (not _is_leaf(node))
            waiting.pop()
    return depth[output.grad_fn]


def _before(node):
    """The operations whose results a node takes."""
    return [earlier for earlier, _ in node.next_functions if earlier is not None]


def _is_leaf(node):
    """Whether a node only stands for an input or a parameter."""
    return node.name().endswith("AccumulateGrad")
