"""A stranger's function is run with nothing leaking out."""

import sys
import threading
import time
import warnings

import numpy as np
import pytest

from attn_helpers.exercises.core.sandbox import run


def test_the_value_comes_back():
    outcome = run(lambda a, b: a + b, (2, 3), seconds=1)
    assert (outcome.value, outcome.error, outcome.timed_out) == (5, None, False)


def test_printing_and_warnings_are_kept(capsys):
    def noisy():
        print("to stdout")
        print("to stderr", file=sys.stderr)
        warnings.warn("look out", stacklevel=1)
        return np.array([1.0]) / np.array([0.0])

    outcome = run(noisy, (), seconds=1)
    assert outcome.printed == "to stdout\nto stderr\n"
    assert outcome.warned == ("look out", "divide by zero encountered in divide")
    assert capsys.readouterr() == ("", "")


def test_an_underflow_is_no_news():
    outcome = run(lambda: np.exp(np.array([-2000.0])), (), seconds=1)
    assert outcome.warned == ()


def test_an_error_keeps_the_readers_line():
    def inner():
        return {}["missing"]

    def outer():
        return inner()

    outcome = run(outer, (), seconds=1)
    assert isinstance(outcome.error, KeyError)
    assert outcome.line[1] == 'return {}["missing"]'


def test_the_line_is_the_readers_even_when_a_library_fails():
    def asks_numpy():
        numbers = np.ones(3)
        return np.linalg.inv(numbers)

    outcome = run(asks_numpy, (), seconds=1)
    assert outcome.line[1] == "return np.linalg.inv(numbers)"


def test_a_builtin_has_no_line():
    assert run(len, (3,), seconds=1).line is None


def test_an_endless_loop_is_stopped():
    ran = threading.Event()

    def forever():
        ran.set()
        while True:
            time.sleep(0.001)

    before = threading.active_count()
    outcome = run(forever, (), seconds=0.05)
    assert ran.is_set()
    assert outcome.timed_out
    assert threading.active_count() == before


def test_output_and_warning_filters_are_put_back():
    filters, stdout = list(warnings.filters), sys.stdout
    run(lambda: warnings.simplefilter("error"), (), seconds=1)
    assert warnings.filters == filters
    assert sys.stdout is stdout


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_errors_that_would_end_the_program_are_kept(error):
    def leaves():
        raise error

    assert isinstance(run(leaves, (), seconds=1).error, error)


def test_an_import_is_not_broken_off_in_the_middle(tmp_path, monkeypatch):
    (tmp_path / "slow_to_import.py").write_text(
        "import time\ntime.sleep(0.3)\nfinished = True\n"
    )
    monkeypatch.syspath_prepend(tmp_path)

    def imports():
        import slow_to_import

        return slow_to_import.finished

    assert run(imports, (), seconds=0.05).value is True
    assert sys.modules.pop("slow_to_import").finished
