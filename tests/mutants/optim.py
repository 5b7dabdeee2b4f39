"""Faults in the optimiser."""

FAULTS = [
    ("optim.py", '(1 - keep ** state["step"])', "1.0", "the mean is not corrected"),
    ("optim.py", 'torch._foreach_add_(roots, group["eps"])', "pass", "eps is forgotten"),
    ("optim.py", 'torch._foreach_mul_(weights, 1 - group["lr"] * group["weight_decay"])',
     'torch._foreach_add_(gradients, weights, alpha=group["weight_decay"])', "decay enters the means"),
    ("optim.py", "            if parameters:\n                self._change", "            if True:\n                self._change",
     "a group that is frozen stops the training"),
    ("optim.py", ".resolve_conj()", "", "a conjugate gradient is an error"),
    ("optim.py", "torch.view_as_real(tensor.resolve_conj()) if tensor.is_complex()"
     " else tensor", "tensor", "complex numbers take another path than in torch"),
    ("optim.py", "exact is None or not torch.equal(exact.to(weights.dtype), weights)",
     "True", "small steps in half precision are lost"),
    ("optim.py", "exact is None or not torch.equal(exact.to(weights.dtype), weights)",
     "exact is None", "weights that somebody changed jump back"),
    ("optim.py", " and p.requires_grad", "", "a frozen parameter moves"),
    ("optim.py", "value.to(parameter.device, copy=True)", "value.to(parameter.device)",
     "two optimisers share their means"),
    ("optim.py", "        _check_state(state_dict)\n", "",
     "another optimiser's state fails at the first step"),
    ("optim.py", "{**self.defaults, **param_group}", "self.defaults",
     "a group may be out of range"),
    ("optim.py", "set(settings) - known - LABELS", "set()",
     "a misspelt setting does nothing"),
    ("optim.py", "0 <= check_number(beta", "0 < check_number(beta",
     "a mean that keeps nothing is refused"),
    ("optim.py", "with torch.enable_grad():\n                loss", "if True:\n"
     "                loss", "a closure has no gradients"),
]  # fmt: skip
