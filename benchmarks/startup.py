"""Import, in a fresh process (CPU time)

``import attn_helpers`` and the numpy floors must not load torch.
"""

import statistics
import subprocess
import sys

CODE = """
import time
start = time.process_time()
import {}
print(time.process_time() - start)
"""


def measure():
    for module, budget in (
        ("attn_helpers", "≤ 0.2 s"),
        ("numpy", ""),
        ("attn_helpers.reference.attention", ""),
        ("attn_helpers.exercises", ""),
        ("attn_helpers.layers.attention", ""),
    ):
        seconds = statistics.median(_import_seconds(module) for _ in range(5))
        yield f"import {module}", f"{seconds:.3f} s", budget


def _import_seconds(module):
    command = [sys.executable, "-c", CODE.format(module)]
    return float(subprocess.run(command, capture_output=True, check=True).stdout)
