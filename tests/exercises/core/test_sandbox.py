"""Somebody's code is run so that it can be ended, with nothing leaking out."""

import ctypes
import os
import signal
import sys
import threading
import time
import warnings

import numpy as np
import pytest

from attn_helpers.exercises.core import sandbox
from attn_helpers.exercises.core.sandbox import call, plain, run

FORKS = sandbox._forks_well()


@pytest.fixture
def in_a_thread(monkeypatch):
    monkeypatch.setattr(sandbox, "_forks_well", lambda: False)


@pytest.fixture(params=["process", "thread"])
def worker(request):
    if request.param == "thread":
        request.getfixturevalue("in_a_thread")
    return request.param


@pytest.fixture
def short_patience(monkeypatch):
    monkeypatch.setattr(sandbox, "SECONDS_PER_STEP", 1.0)


def steps(*functions):
    """Steps that call each of these."""
    return lambda: (function() for function in functions)


def children():
    """How many processes this one has begotten and not buried."""
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return 0
    return 1


# ------------------------------------------------------------------------ one call
def test_the_value_comes_back():
    made = call(lambda a, b: a + b, (2, 3))
    assert (made.value, made.stop, made.printed, made.warned) == (5, None, "", ())


def test_an_error_is_kept_as_python_shows_it_from_the_function_on():
    def fails():
        raise ValueError("seven")

    trace = call(fails, ()).stop.trace
    assert trace.startswith("Traceback (most recent call last):\n")
    assert ", in fails\n" in trace and trace.endswith("ValueError: seven\n")
    assert "core/sandbox.py" not in trace


def test_an_error_that_cannot_be_shown_has_no_traceback(monkeypatch):
    def odd(*args):
        raise RecursionError

    monkeypatch.setattr(sandbox.traceback, "format_exception", odd)
    assert call(lambda: 1 / 0, ()).stop.trace == ""


def test_printing_and_warnings_are_kept(capsys):
    def noisy():
        print("to stdout")
        print("to stderr", file=sys.stderr)
        warnings.warn("look out", stacklevel=1)
        return np.array([1.0]) / np.array([0.0])

    made = call(noisy, ())
    assert made.printed == "to stdout\nto stderr\n"
    assert made.warned == ("look out", "divide by zero encountered in divide")
    assert capsys.readouterr() == ("", "")


def test_an_underflow_is_no_news():
    assert call(lambda: np.exp(np.array([-2000.0])), ()).warned == ()


def test_a_flood_of_words_is_cut():
    def floods():
        for n in range(100):
            print("x" * 1000)
            warnings.warn(f"{n}" + "y" * 10**5, stacklevel=1)

    made = call(floods, ())
    assert made.printed.endswith("x\n… (more was printed)\n")
    assert len(made.printed) < sandbox.LONGEST_TEXT + 30
    assert len(made.warned) == sandbox.MOST_WARNINGS
    assert max(map(len, made.warned)) == sandbox.LONGEST_TEXT


def test_an_error_keeps_the_readers_line():
    def inner():
        return {}["missing"]

    def outer():
        return inner()

    stop = call(outer, ()).stop
    assert (stop.kind, stop.text) == ("KeyError", "'missing'")
    assert stop.is_a("LookupError") and not stop.is_a("ValueError", "OSError")
    assert stop.line[1] == 'return {}["missing"]'


def test_the_line_is_the_readers_even_when_a_library_fails():
    def asks_numpy():
        numbers = np.ones(3)
        return np.linalg.inv(numbers)

    assert call(asks_numpy, ()).stop.line[1] == "return np.linalg.inv(numbers)"


def test_a_builtin_has_no_line():
    assert call(len, (3,)).stop.line is None


def test_an_error_that_cannot_speak():
    class WordlessError(Exception):
        def __str__(self):
            raise RuntimeError

    def raises():
        raise WordlessError

    stop = call(raises, ()).stop
    assert (stop.kind, stop.text) == ("WordlessError", "")


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, GeneratorExit])
def test_errors_that_would_end_the_program_are_kept(error):
    def leaves():
        raise error

    assert call(leaves, ()).stop.is_a(error.__name__)


def test_a_bare_stub_is_told_from_a_program_that_has_begun():
    def stub(x, *rest, y=1):
        """With a docstring."""
        raise NotImplementedError

    def with_words(x):
        raise NotImplementedError("your answer")

    def prints(x):
        print("here")
        raise NotImplementedError

    def reads(x):
        x + 1
        raise NotImplementedError

    def stores(x):
        y = 1
        raise NotImplementedError(y)

    def asks(x):
        if x:
            raise NotImplementedError

    def calls(x):
        stub(x)

    bare = [call(f, (1,)).stop.at_once for f in (stub, with_words)]
    begun = [call(f, (1,)).stop.at_once for f in (prints, reads, stores, asks, calls)]
    assert (all(bare), any(begun)) == (True, False)


def test_output_and_warning_filters_are_put_back():
    filters, stdout = list(warnings.filters), sys.stdout
    call(lambda: warnings.simplefilter("error"), ())
    call(lambda: sys.stdout.close(), ())
    assert warnings.filters == filters
    assert sys.stdout is stdout
    print("still open")


# ---------------------------------------------------------------------- many steps
def test_what_the_steps_find_comes_back_in_order(worker):
    session = run(lambda: iter([1, "two", np.arange(3.0)]))
    assert session.ended == "done"
    assert session.found[:2] == [1, "two"]
    np.testing.assert_array_equal(session.found[2], [0.0, 1.0, 2.0])


def test_plain_steps_run_here():
    assert plain(steps(os.getpid)).found == [os.getpid()]


@pytest.mark.skipif(not FORKS, reason="this platform does not fork well")
def test_a_child_process_leaves_no_trace():
    numbers = [1]

    def change():
        numbers.append(2)
        os.environ["ATTN_TEST"] = "set"
        return os.getpid()

    session = run(steps(change))
    assert session.found != [os.getpid()]
    assert (numbers, os.environ.get("ATTN_TEST")) == ([1], None)
    assert children() == 0


def test_a_step_that_does_not_end_is_ended(worker, short_patience):
    def forever():
        while True:
            time.sleep(0.001)

    threads = set(threading.enumerate())
    began = time.monotonic()
    session = run(steps(lambda: 1, forever, lambda: 2))
    assert (session.found, session.ended) == ([1], "step")
    assert time.monotonic() - began < sandbox.SECONDS_IN_ALL
    assert set(threading.enumerate()) <= threads
    assert children() == 0


class Steady:
    """A worker that says one thing after another, and the clock that it is read by."""

    def __init__(self, *messages):
        self.messages = list(messages)  # (seconds it takes, kind, …)
        self.now = 0.0

    def monotonic(self):
        return self.now

    def receive(self, seconds):
        takes, *message = self.messages[0]
        self.now += min(takes, seconds)
        if takes > seconds:
            raise TimeoutError
        del self.messages[0]
        return message

    def imports(self):
        return False


@pytest.mark.parametrize(
    ("seconds", "found", "ended"),
    [
        ([1.9] * 5, 5, "done"),  # each has a time of its own
        ([1.9] * 6, 6, "all"),  # and all together have one
        ([0.1, 2.1, 0.1], 1, "step"),
        ([0.1, 1.9, 2.1], 2, "step"),
    ],
)
def test_each_step_has_its_time_and_all_together(seconds, found, ended, monkeypatch):
    said = [(takes, sandbox.FOUND, "x") for takes in seconds]
    worker = Steady((0.0, sandbox.BEGUN), *said, (0.0, sandbox.DONE))
    monkeypatch.setattr(sandbox, "time", worker)
    session = sandbox._collect(worker)
    assert (len(session.found), session.ended) == (found, ended)


def test_what_imports_take_counts_neither_way(monkeypatch):
    worker = Steady(
        (1.9, sandbox.IMPORTING),
        (50.0, sandbox.IMPORTED),
        (1.9, sandbox.FOUND, "x"),
        (1.9, sandbox.IMPORTING),
        (61.0, sandbox.IMPORTED),
    )
    monkeypatch.setattr(sandbox, "time", worker)
    session = sandbox._collect(worker)
    assert (session.found, session.ended) == (["x"], "step")


def test_a_fault_of_a_step_is_told(worker):
    def fails():
        raise ValueError

    session = run(steps(lambda: 1, fails))
    assert (session.found, session.ended) == ([1], "fault")


def test_streams_and_filters_are_put_back_after_a_thread_that_was_given_up(
    in_a_thread, short_patience, monkeypatch
):
    monkeypatch.setattr(sandbox, "STOP_TRIES", 1)
    monkeypatch.setattr(sandbox, "STOP_PATIENCE", 0.0)
    stdout, filters, leave = sys.stdout, list(warnings.filters), threading.Event()

    def stubborn():
        return call(leave.wait, ())

    session = run(steps(stubborn))
    assert session.ended == "step"
    assert sys.stdout is stdout
    assert warnings.filters == filters
    leave.set()


def test_a_keyboard_interrupt_ends_the_steps_too(worker, monkeypatch):
    def interrupt(worker):
        raise KeyboardInterrupt

    monkeypatch.setattr(sandbox, "_collect", interrupt)
    threads = set(threading.enumerate())
    with pytest.raises(KeyboardInterrupt):
        run(steps(*[lambda: time.sleep(0.01)] * 1000))
    assert set(threading.enumerate()) <= threads
    assert children() == 0


def test_an_import_is_not_broken_off_in_the_middle(
    worker, short_patience, tmp_path, monkeypatch
):
    (tmp_path / "slow_to_import.py").write_text(
        "import time\ntime.sleep(3.0)\nfinished = True\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sandbox, "SECONDS_IN_ALL", 2.5)

    def imports():
        import slow_to_import

        return slow_to_import.finished

    session = run(steps(imports, lambda: 2))
    assert (session.found, session.ended) == ([True, 2], "done")
    sys.modules.pop("slow_to_import", None)


# ------------------------------------------------------------------------- crashes
def writes_where_nothing_is():
    ctypes.string_at(0)


@pytest.mark.skipif(not FORKS, reason="this platform does not fork well")
@pytest.mark.parametrize(
    ("end", "status"),
    [
        (lambda: os._exit(0), 0),
        (lambda: os._exit(3), 3),
        (os.abort, -signal.SIGABRT),
        (writes_where_nothing_is, -signal.SIGSEGV),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), -signal.SIGKILL),
    ],
)
def test_a_crash_is_told_with_the_status_of_the_process(end, status):
    session = run(steps(lambda: 1, end))
    assert (session.found, session.ended, session.exit) == ([1], "crash", status)
    assert children() == 0


@pytest.mark.skipif(not FORKS, reason="this platform does not fork well")
def test_a_child_that_closes_all_its_files_is_ended():
    def closes():
        os.closerange(3, 4096)
        time.sleep(100)

    session = run(steps(closes))
    assert (session.ended, session.exit) == ("crash", None)
    assert children() == 0


@pytest.mark.skipif(not FORKS, reason="this platform does not fork well")
def test_a_child_ends_by_itself_even_if_nobody_waits_for_it():
    def limits():
        import resource

        asleep, _ = signal.getitimer(signal.ITIMER_REAL)
        return asleep, resource.getrlimit(resource.RLIMIT_CPU)

    [(asleep, at_work)] = run(steps(limits)).found
    assert 60 < asleep <= 80 and at_work == (80, 80)


@pytest.mark.skipif(not FORKS, reason="this platform does not fork well")
def test_memory_is_bounded():
    def grows():
        return np.ones(2**28).sum()  # two gigabytes

    def tells():
        return call(grows, ()).stop.kind

    assert run(steps(tells)).found == ["MemoryError"]


@pytest.mark.skipif(not FORKS, reason="this platform does not fork well")
def test_what_is_written_below_python_is_not_seen(capfd):
    def writes():
        os.write(1, b"to the screen")
        os.write(2, b"and beside it")

    assert run(steps(writes)).ended == "done"
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(not FORKS, reason="this platform does not fork well")
def test_nothing_is_read_from_the_keyboard():
    assert run(steps(lambda: os.read(0, 1))).found == [b""]


@pytest.mark.skipif(not FORKS, reason="this platform does not fork well")
def test_a_child_that_does_not_start_is_left_for_a_thread(monkeypatch):
    monkeypatch.setattr(sandbox, "_become_harmless", lambda taken: time.sleep(100))
    monkeypatch.setattr(sandbox, "START_PATIENCE", 0.1)
    assert run(steps(os.getpid)).found == [os.getpid()]
    assert children() == 0


@pytest.mark.skipif(not FORKS, reason="this platform does not fork well")
def test_torch_works_in_a_child_after_it_has_worked_here():
    import torch

    def product():
        x = torch.ones(300, 300, requires_grad=True)
        (x @ x).sum().backward()
        return float(x.grad.sum())

    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        here = product()
        assert run(steps(product)).found == [here]
    finally:
        torch.set_num_threads(threads)


def test_beside_a_gpu_nothing_is_forked(monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    assert not sandbox._forks_well()
    assert run(steps(os.getpid)).found == [os.getpid()]


@pytest.mark.parametrize("platform", ["darwin", "emscripten", "wasi"])
def test_platforms_that_do_not_fork_well(platform, monkeypatch):
    monkeypatch.setattr(sys, "platform", platform)
    assert not sandbox._forks_well()
