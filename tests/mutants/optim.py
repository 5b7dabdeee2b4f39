"""Faults in the optimiser."""

FAULTS = [
    ("optim.py", '(1 - keep ** state["step"])', "1.0", "the mean is not corrected"),
    ("optim.py", 'root.add_(group["eps"])', "root", "eps is forgotten"),
    ("optim.py", 'weights.mul_(1 - group["lr"] * group["weight_decay"])',
     'gradient.add_(weights, alpha=group["weight_decay"])', "decay enters the means"),
    ("optim.py", ".resolve_conj()", "", "a conjugate gradient is an error"),
    ("optim.py", "torch.view_as_real(tensor.resolve_conj()) if tensor.is_complex()"
     " else tensor", "tensor", "complex numbers take another path than in torch"),
    ("optim.py", "exact is None or not torch.equal(exact.to(weights.dtype), weights)",
     "True", "small steps in half precision are lost"),
    ("optim.py", "exact is None or not torch.equal(exact.to(weights.dtype), weights)",
     "exact is None", "weights that somebody changed jump back"),
    ("optim.py", " and parameter.requires_grad", "", "a frozen parameter moves"),
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
