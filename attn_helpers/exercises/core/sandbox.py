"""Run somebody's code so that it can be ended, and so that nothing leaks out of it.

``run`` takes a function that yields what it finds, step by step. Where the platform
forks well, the steps run in a child process: whatever happens there, a loop in C, a
crash, a changed global, the caller goes on, and what the child yields comes back as
pickled data. This keeps accidents in. It is no wall against someone who means harm: the
code has the rights of the process that calls it, its files and its network.

Elsewhere the steps run in a thread. Python code in a thread is ended by an exception
raised inside it; code that catches everything, or is busy below Python (one long sum, a
regular expression that backtracks), goes on until it is done, and a crash takes the
whole program with it. Where not even a thread starts, the steps run as they are, and
nothing ends them; for a page, which can, see ``in_a_page``.
"""

import builtins
import contextlib
import contextvars
import ctypes
import dis
import faulthandler
import gc
import io
import linecache
import os
import pickle
import queue
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from numpy import errstate

SECONDS_PER_STEP = 2.0
SECONDS_IN_ALL = 10.0
IMPORT_PATIENCE = 60.0  # seconds for a step that is importing something
START_PATIENCE = 5.0  # seconds for a child process to say that it is there
STOP_PATIENCE = 2.0  # seconds for a stopped thread to give up
STOP_TRIES = 40
MEMORY = 2**30  # bytes that the child may take beyond what it starts with
LONGEST_MESSAGE = 2**26  # bytes of one step's findings
LONGEST_TEXT = 2000
MOST_WARNINGS = 10

BEGUN, IMPORTING, IMPORTED, FOUND, DONE, FAULT = range(6)
BEFORE_A_BARE_RAISE = {"NotImplementedError"}


# ------------------------------------------------------------------------ one call
@dataclass(frozen=True)
class Stop:
    """How an exception ended a call, in words: those can travel, it may not."""

    kind: str
    kinds: tuple[str, ...]  # the names of all its classes
    text: str = ""
    line: tuple[int, str] | None = None  # the last line of the caller's own
    trace: str = ""  # as Python shows it, from the caller's own on
    at_once: bool = False  # a stub's ``raise``, before anything was computed

    def is_a(self, *names: str) -> bool:
        return any(name in self.kinds for name in names)


Steps = Callable[[], Iterator]  # what is to be tried, one thing after the other


@dataclass
class Call:
    """What one call did."""

    value: object = None
    stop: Stop | None = None
    printed: str = ""
    warned: tuple[str, ...] = ()


class _Ears(io.StringIO):
    """Keeps what is printed; closing it is nothing to whoever reads it."""

    def close(self):
        pass


def call(function: Callable, args: tuple) -> Call:
    """Call ``function(*args)``; keep what it returns, raises, prints and warns of."""
    made, ears = Call(), _Ears()
    with (
        warnings.catch_warnings(record=True) as caught,
        contextlib.redirect_stdout(ears),
        contextlib.redirect_stderr(ears),
    ):
        warnings.simplefilter("always")
        try:
            with errstate(all="warn", under="ignore"):
                made.value = function(*args)
        except _Stopped:
            raise
        except BaseException as error:
            made.stop = _told(error)
    made.printed = ears.getvalue()
    if len(made.printed) > LONGEST_TEXT:
        made.printed = f"{made.printed[:LONGEST_TEXT]}\n… (more was printed)\n"
    texts = dict.fromkeys(_text(warning.message) for warning in caught)
    made.warned = tuple(texts)[:MOST_WARNINGS]
    return made


def _told(error):
    kinds = tuple(kind.__name__ for kind in type(error).__mro__)
    own = error.__traceback__.tb_next
    return Stop(
        kinds[0], kinds, _text(error), _line(own), _trace(error, own), _bare(own)
    )


def _text(error):
    try:
        return str(error)[:LONGEST_TEXT]
    except Exception:  # its ``__str__`` has a fault of its own
        return ""


def _trace(error, own):
    try:
        lines = traceback.format_exception(type(error), error, own)
    except Exception:  # it is as strange as that
        return ""
    return "".join(lines)[-LONGEST_TEXT:]


def _line(own):
    """Number and text of the last line of the caller's own that was running."""
    if own is None:
        return None
    own_file = own.tb_frame.f_code.co_filename
    number = own.tb_lineno
    while own := own.tb_next:
        if own.tb_frame.f_code.co_filename == own_file:
            number = own.tb_lineno
    return number, linecache.getline(own_file, number).strip()


def _bare(own):
    """Whether the function raised itself, with nothing read or computed before."""
    if own is None:
        return False
    code, last = own.tb_frame.f_code, own.tb_lasti
    before = [step for step in dis.get_instructions(code) if step.offset < last]
    names = {step.argval for step in before if step.opname.startswith("LOAD_GLOBAL")}
    touched = ("LOAD_FAST", "LOAD_DEREF", "LOAD_NAME", "STORE_", "IMPORT_")
    return names <= BEFORE_A_BARE_RAISE and not any(
        step.opname.startswith(touched) for step in before
    )


# ---------------------------------------------------------------------- many steps
@dataclass
class Session:
    """What the steps found, and how they ended.

    ``ended`` is ``"done"``, or the reason why more was not found: ``"step"``, one took
    longer than ``seconds``; ``"all"``, together they took longer than
    ``SECONDS_IN_ALL``; ``"crash"``, the child process ended, with ``exit`` as a process
    tells it (the number of a signal is negative); ``"fault"``, a step itself raised.
    """

    found: list = field(default_factory=list)
    ended: str = "done"
    exit: int | None = None
    seconds: float = SECONDS_PER_STEP  # how long a step may take


def run(steps: Steps) -> Session:
    """Collect what ``steps()`` yields, one time limit for each and one for all."""
    for start in (_Process, _Thread):
        try:
            worker = start(steps)
        except (OSError, RuntimeError, ImportError):  # it has no such thing here
            continue
        with worker:
            return _collect(worker)
    return plain(steps)


def plain(steps: Steps) -> Session:
    """Collect what ``steps()`` yields, here and now, for programs that one trusts."""
    return Session(list(steps()))


def _collect(worker):
    session = Session()
    begun = step = time.monotonic()
    importing = False
    while True:
        patience = IMPORT_PATIENCE if importing else SECONDS_PER_STEP
        left = step + patience - time.monotonic()
        try:
            kind, *content = worker.receive(max(left, 0.0))
        except TimeoutError:
            if importing or not worker.imports():
                session.ended = "step"
                return session
            kind, content = IMPORTING, ()
        except EOFError:
            session.ended, session.exit = "crash", worker.exit()
            return session
        now = time.monotonic()
        if importing:  # what it took is taken off both accounts
            begun += now - step
        importing, step = kind == IMPORTING, now
        if kind == FOUND:
            session.found += content
        if kind in (DONE, FAULT):
            session.ended = "done" if kind == DONE else "fault"
            return session
        if not importing and now - begun > SECONDS_IN_ALL:
            session.ended = "all"
            return session


def _report(steps, send):
    """Run the steps and send what they find; always end with a word about the end."""
    try:
        for found in steps():
            send(FOUND, found)
    except _Stopped:
        raise
    except BaseException:  # a fault of the step, or one that escaped from it
        send(FAULT)
    else:
        send(DONE)


# ---------------------------------------------------------------- a child process
class _Process:
    """The steps in a forked child. What cannot be forked well is refused."""

    def __init__(self, steps):
        if not _forks_well():
            raise OSError("no fork here")
        from multiprocessing.connection import Pipe

        self.reader, writer = Pipe(duplex=False)
        self.status = None
        with warnings.catch_warnings():  # Python warns of threads; they are not ours
            warnings.simplefilter("ignore")
            self.pid = os.fork()
        if self.pid == 0:
            _be_the_child(steps, writer)
        writer.close()
        try:
            self.receive(START_PATIENCE)
        except (TimeoutError, EOFError):
            self.__exit__()
            raise OSError("the child did not start") from None

    def receive(self, seconds):
        if not self.reader.poll(seconds):
            raise TimeoutError
        try:
            return pickle.loads(self.reader.recv_bytes(LONGEST_MESSAGE))
        except (OSError, EOFError, pickle.PickleError):
            raise EOFError from None

    def imports(self):
        """Never news: it says by itself when it begins to import, and when it has."""
        return False

    def exit(self):
        """The status that the child ended with by itself, if it did."""
        for _ in range(50):
            if self._ended() and self.status is not None:
                return os.waitstatus_to_exitcode(self.status)
            time.sleep(0.01)
        return None

    def _ended(self):
        if self.status is None:
            try:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
            except ChildProcessError:  # somebody else has waited for it
                pid, status = self.pid, 0
            if pid:
                self.status = status
        return self.status is not None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if not self._ended():
            os.kill(self.pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                _, self.status = os.waitpid(self.pid, 0)
        self.reader.close()


def _forks_well():
    """Whether a forked child works as its parent does.

    Not on macOS, whose libraries forbid it, and not beside a GPU, as torch cannot take
    a gradient in a child once its parent has.
    """
    if not hasattr(os, "fork") or sys.platform in ("darwin", "emscripten", "wasi"):
        return False
    torch = sys.modules.get("torch")
    return torch is None or torch.cuda.device_count() == 0


def _be_the_child(steps, writer):
    """Report through ``writer``, and end without a word to anybody else."""
    try:

        def send(kind, *content):
            writer.send_bytes(pickle.dumps((kind, *content)))

        _become_harmless(writer.fileno())
        send(BEGUN)
        builtins.__import__ = _announcing(builtins.__import__, send)
        _report(steps, send)
    finally:
        os._exit(0)


def _become_harmless(taken):
    """No keyboard, no screen, no core dump, and bounds on time and memory."""
    import resource

    gc.disable()
    faulthandler.disable()  # it would tell of a crash where it was told to
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent hears it, and ends us
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    longest = int(IMPORT_PATIENCE + 2 * SECONDS_IN_ALL)
    signal.alarm(longest)  # should the parent be gone
    resource.setrlimit(resource.RLIMIT_CPU, (longest, longest))  # and that be caught
    null = os.open(os.devnull, os.O_RDWR)
    for stream in {0, 1, 2} - {taken}:
        os.dup2(null, stream)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError, ValueError):  # where /proc does not tell
        with open("/proc/self/statm", "rb") as statm:
            held = int(statm.read().split()[5]) * resource.getpagesize()
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (held + MEMORY, most))
    if "torch" in sys.modules:  # its threads have stayed with the parent
        sys.modules["torch"].set_num_threads(1)


def _announcing(original, send):
    """``__import__`` that says when it begins to load something, and when it has."""
    inside = []

    def announced(name, globals=None, locals=None, fromlist=(), level=0):
        if inside or level or name in sys.modules:
            return original(name, globals, locals, fromlist, level)
        inside.append(name)
        send(IMPORTING)
        try:
            return original(name, globals, locals, fromlist, level)
        finally:
            inside.clear()
            send(IMPORTED)

    return announced


# ---------------------------------------------------------------------- a thread
class _Stopped(BaseException):
    """Raised inside a thread that ran out of time."""


class _Thread:
    """The steps in a thread, and the streams and filters as they were afterwards."""

    def __init__(self, steps):
        self.messages = queue.SimpleQueue()
        self.ends = self.was_importing = False
        context = contextvars.copy_context()
        self.thread = threading.Thread(
            target=context.run, args=(self._work, steps), daemon=True
        )
        self.kept = contextlib.ExitStack()
        self.kept.enter_context(warnings.catch_warnings())
        self.kept.callback(_put_back, sys.stdout, sys.stderr)
        try:
            self.thread.start()
        except BaseException:
            self.kept.close()
            raise

    def _work(self, steps):
        with contextlib.suppress(_Stopped):
            _report(steps, lambda *message: self.messages.put(message))

    def receive(self, seconds):
        deadline = time.monotonic() + seconds
        while True:  # in short waits, to hear the keyboard and the end of an import
            left = deadline - time.monotonic()
            try:
                message = self.messages.get(timeout=max(min(left, 0.05), 0.001))
            except queue.Empty:
                if self.was_importing and not self.imports():
                    return (IMPORTED,)
                if left <= 0:
                    raise TimeoutError from None
                continue
            self.ends = message[0] in (DONE, FAULT)
            return message

    def imports(self):
        """Whether it is importing: an import broken off can crash Python later."""
        self.was_importing = self._is_importing()
        return self.was_importing

    def _is_importing(self):
        frame = sys._current_frames().get(self.thread.ident)
        while frame:
            if frame.f_code.co_filename.startswith("<frozen importlib"):
                return True
            frame = frame.f_back
        return False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Raise ``_Stopped`` inside the thread until it ends or patience does."""
        for _ in range(STOP_TRIES):
            if self.ends or not self.thread.is_alive() or self.imports():
                break
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self.thread.ident or 0), ctypes.py_object(_Stopped)
            )
            self.thread.join(STOP_PATIENCE / STOP_TRIES)
        self.kept.close()


def _put_back(stdout, stderr):
    sys.stdout, sys.stderr = stdout, stderr
