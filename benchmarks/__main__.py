"""Run every benchmark, or those named, and print a row per measurement."""

import importlib
import os
import pkgutil
import sys

for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

import benchmarks  # noqa: E402 - numpy may be imported only now

NAMES = [m.name for m in pkgutil.iter_modules(benchmarks.__path__) if m.name[0] != "_"]


def main(chosen):
    unknown = set(chosen) - set(NAMES)
    if unknown:
        sys.exit(f"no benchmark named {unknown.pop()!r}; there are {', '.join(NAMES)}")
    for name in chosen or NAMES:
        module = importlib.import_module(f"benchmarks.{name}")
        print(f"\n{module.__doc__.splitlines()[0]}", flush=True)
        for what, value, budget in module.measure():
            print(f"  {what:<58} {value:>12}  {budget}", flush=True)


main(sys.argv[1:])
