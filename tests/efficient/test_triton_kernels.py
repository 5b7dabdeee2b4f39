"""What the interpreter takes a compiler may refuse: here there is one, and no GPU."""

import os
import subprocess
import sys

import pytest

FORWARD_AND_BACK = """
import torch
from triton.backends.compiler import GPUTarget
from triton.runtime import driver
from attn_helpers.efficient import triton_flash


class Hopper:
    def get_current_device(self):
        return 0

    def get_current_stream(self, device):
        return 0

    def get_current_target(self):
        return GPUTarget("cuda", 90, 32)


class Compiled:
    def __init__(self, kernel):
        self.kernel = kernel

    def __getitem__(self, grid):
        return lambda *args, **how: self.compile(*args, grid=grid, **how)

    def compile(self, *args, **how):
        compiled = self.kernel.warmup(*args, **how)
        size = len(compiled.asm["cubin"])
        print(self.kernel.__name__, compiled.metadata.shared, size)


driver.set_active(Hopper())
for name in ("forward", "backward_q", "backward_kv"):
    kernel = getattr(triton_flash, name)
    setattr(triton_flash, name, Compiled(kernel))
heads = torch.ones(2, 3, 7, 16, dtype=torch.bfloat16, requires_grad=True)
mask = torch.ones(2, 1, 1, 7) > 0
output, _ = triton_flash._attend(heads, heads, mask, (2, 3), True, 0, heads)
output.sum().backward()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Triton is built for Linux alone")
@pytest.mark.needs("triton")
def test_the_kernels_compile_for_a_gpu(tmp_path):
    """Compiled as a call with a mask, ``causal`` and bfloat16 would compile them."""
    env = {**os.environ, "TRITON_CACHE_DIR": str(tmp_path), "TRITON_INTERPRET": "0"}
    program = [sys.executable, "-c", FORWARD_AND_BACK]
    ran = subprocess.run(program, env=env, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    words = [line.split() for line in ran.stdout.splitlines()]
    assert [name for name, *_ in words] == ["forward", "backward_q", "backward_kv"]
    for _, shared, code in words:
        assert 0 < int(shared) < 99 * 1024 and int(code) > 0
