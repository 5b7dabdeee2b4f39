"""Run one test file of a copy, in a process of its own.

What takes long to import is imported once: each run is a fork of a server that has it.
"""

import multiprocessing
import os
import sys
from pathlib import Path

import pytest

FORKS = "forkserver" in multiprocessing.get_all_start_methods()
CONTEXT = multiprocessing.get_context("forkserver" if FORKS else "spawn")
if FORKS:
    OFTEN = [
        "hypothesis",
        "matplotlib.figure",
        "nbclient",
        "pytest",
        "sphinx.application",
    ]
    os.environ["TRITON_INTERPRET"] = "1"  # as tests/conftest.py: torch._dynamo reads it
    CONTEXT.set_forkserver_preload([*OFTEN, "torch._dynamo", "torch.export"])

NOT_RUN = (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.NO_TESTS_COLLECTED)


class Hung(Exception):
    """A run that was ended, because it did not end in the time that it had."""


def fails(copy, test, seconds):
    """Whether a test file fails in the copy, or breaks Python itself.

    Raises ``Hung`` for a run that takes longer than ``seconds``: a fault that lets
    tests hang is no test's failure, and a slow machine may look the same.
    """
    run = CONTEXT.Process(target=_run, args=(str(copy), test))
    run.start()
    run.join(seconds)
    if run.is_alive():
        run.kill()
        run.join()
        raise Hung(f"{test} was ended after {seconds:.0f} s")
    if run.exitcode in NOT_RUN:
        said = Path(copy, "said").read_text(encoding="utf-8")
        raise RuntimeError(f"pytest could not run {test}:\n{said}")
    return run.exitcode != 0


def _run(copy, test):
    os.chdir(copy)
    sys.path.insert(0, copy)
    for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
        del sys.modules[name]  # it came from the sound book
    os.environ.update(PYTHONPATH=copy, PYTHONDONTWRITEBYTECODE="1")
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # the tests here need none
    sys.dont_write_bytecode = True  # two faults of one second would share it
    said = os.open("said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(said, stream)
    sys.exit(pytest.main(["-q", "-x", "-p", "no:cacheprovider", test]))
