"""Call somebody's function safely: with a time limit, and with nothing leaking out."""

import contextlib
import contextvars
import ctypes
import io
import linecache
import sys
import threading
import time
import warnings
from dataclasses import dataclass

import numpy as np

STOP_PATIENCE = 2.0  # seconds for a stopped function to give up
STOP_TRIES = 40
IMPORT_PATIENCE = 60.0  # seconds for a function that is importing something


class _Stopped(BaseException):
    """Raised inside a function that ran out of time."""


@dataclass
class Run:
    """What one call did."""

    value: object = None
    error: BaseException | None = None
    timed_out: bool = False
    printed: str = ""
    warned: tuple[str, ...] = ()

    @property
    def line(self):
        """Number and text of the last line of the reader's own that was running."""
        traceback = self.error.__traceback__.tb_next if self.error else None
        if traceback is None:
            return None
        own_file = traceback.tb_frame.f_code.co_filename
        number = traceback.tb_lineno
        while traceback := traceback.tb_next:
            if traceback.tb_frame.f_code.co_filename == own_file:
                number = traceback.tb_lineno
        return number, linecache.getline(own_file, number).strip()


def run(function, args, seconds) -> Run:
    """Call ``function(*args)`` in a thread of its own and keep what happened.

    A thread can be stopped on every platform and inside a notebook, which signals
    cannot. Code that hangs below Python cannot be stopped; it is left behind.
    """
    outcome = Run()

    def work():
        try:
            with np.errstate(all="warn", under="ignore"):
                outcome.value = function(*args)
        except BaseException as error:
            outcome.error = error

    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(work,), daemon=True)
    text = io.StringIO()
    with (
        warnings.catch_warnings(record=True) as caught,
        contextlib.redirect_stdout(text),
        contextlib.redirect_stderr(text),
    ):
        warnings.simplefilter("always")
        try:
            thread.start()
            _wait(thread, seconds)
            timed_out = thread.is_alive()
        finally:
            _stop(thread)
        warned = tuple(dict.fromkeys(str(warning.message) for warning in caught))
    if timed_out:
        return Run(timed_out=True, printed=text.getvalue())
    outcome.printed, outcome.warned = text.getvalue(), warned
    return outcome


def _wait(thread, seconds):
    """Wait for the thread; the time that it spends importing is not counted."""
    deadline = time.monotonic() + IMPORT_PATIENCE
    thread.join(seconds)
    while thread.is_alive() and _importing(thread) and time.monotonic() < deadline:
        thread.join(0.05)
        if not _importing(thread):
            thread.join(seconds)


def _importing(thread):
    """Whether the thread is inside an import: one broken off can crash Python later."""
    frame = sys._current_frames().get(thread.ident)
    while frame:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def _stop(thread):
    """Raise ``_Stopped`` inside the thread until it ends or patience does."""
    for _ in range(STOP_TRIES):
        if not thread.is_alive() or _importing(thread):
            return
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(thread.ident), ctypes.py_object(_Stopped)
        )
        thread.join(STOP_PATIENCE / STOP_TRIES)
