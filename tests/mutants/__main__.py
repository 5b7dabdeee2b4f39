"""Break the code on purpose, one fault at a time, and see that the tests notice.

``make mutants`` copies the package, puts each fault of the rooms beside this file into
a copy, runs the tests of that file there, or else of its folder, and expects them to
fail. A fault that survives is a test missing, and so is one that lets the tests hang; a
fault whose old text is no longer found is out of date. All end with exit status 1. ``make mutants ROOM="layers optim.py"``
takes the faults of one room, and of one file.
"""

import os
import queue
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

from tests.copies import copied
from tests.mutants._trial import Hung, fails

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PATIENCE = 1800  # seconds for one file of tests, or for those of a folder


def rooms():
    """Each room's faults: file, what stands there, what comes in its place, effect."""
    names = sorted(path.stem for path in HERE.glob("[a-z]*.py"))
    modules = {name: import_module(f"tests.mutants.{name}") for name in names}
    return {name: room.FAULTS for name, room in modules.items()}


def mirror_of(file):
    """The tests that mirror the path of ``file``, or else that of its folder.

    Those of ``widgets/head_mixer/view.js`` are in ``widgets/head_mixer/test_view.py``,
    or in ``widgets/test_head_mixer.py``.
    """
    path = Path(file).with_suffix("")
    for one in (path, *path.parents[:-1]):
        test = Path("tests", one.parent, f"test_{one.name.strip('_')}.py")
        if (ROOT / test).exists():
            return str(test)
    raise FileNotFoundError(f"{file} has no tests that mirror its path")


def nearest(file):
    """The tests that mirror ``file``, then all those beside them, then its examples.

    Those beside a test of the book ask for built pages, which hold no fault.
    """
    mirror = mirror_of(file)
    folder = Path(mirror).parent.as_posix()
    beside = [] if folder in ("tests", "tests/book") else [folder]
    return [mirror, *beside, "tests/test_docstrings.py"]


def main(wanted):
    chosen = [
        fault
        for room, faults in rooms().items()
        for fault in faults
        if not wanted or {room, fault[0]} & set(wanted)
    ]
    if not chosen:
        sys.exit(f"no room and no file with faults: {', '.join(wanted)}")
    with tempfile.TemporaryDirectory() as folder:
        copies = queue.SimpleQueue()  # one for each worker, so that they do not meet
        for number in range(os.cpu_count() or 1):
            copies.put(copied(Path(folder, str(number))))

        def borrowing(work, *arguments):
            copy = copies.get()
            try:
                return work(copy, *arguments)
            finally:
                copies.put(copy)

        tests = sorted({mirror_of(file) for file, *_ in chosen})
        with ThreadPoolExecutor(copies.qsize()) as pool:
            red = pool.map(lambda test: borrowing(fails, test, PATIENCE), tests)
            ailing = [test for test, bad in zip(tests, red, strict=True) if bad]
            if ailing:
                sys.exit(f"these fail before any fault is put in: {', '.join(ailing)}")
            found = list(pool.map(lambda fault: borrowing(noticed, *fault), chosen))
    print(f"{sum(found)} of {len(chosen)} faults were noticed")
    sys.exit(not all(found))


def noticed(copy, file, old, new, effect):
    """Put one fault in, run the tests, take it out again; whether they failed."""
    path = copy / "attn_helpers" / file
    sound = path.read_text(encoding="utf-8") if path.exists() else ""
    if old not in sound:
        print(f"OUT OF DATE  {file}: {old!r} is no longer there", flush=True)
        return False
    path.write_text(sound.replace(old, new), encoding="utf-8")
    begun = time.monotonic()
    try:
        red = next(
            (some for some in nearest(file) if fails(copy, some, PATIENCE)), None
        )
        word = "noticed " if red else "SURVIVED"
    except Hung:
        red, word = None, "HUNG    "
    seconds = time.monotonic() - begun
    path.write_text(sound, encoding="utf-8")
    if red not in (None, mirror_of(file)) and fails(copy, red, PATIENCE):
        raise RuntimeError(f"{red} fails without any fault")
    print(f"{word} {seconds:4.0f} s  {file}: {effect}", flush=True)
    return red is not None


if __name__ == "__main__":
    main(sys.argv[1:])
