"""Find a Chromium or Chrome for the tests of the built pages.

python -m tests.book.chromium               print the path of the browser
python -m tests.book.chromium --install     get one first if there is none

Without a browser those tests are skipped and say so; where CI=true that is an error,
because there a skipped test would look like a passed one.

A headless shell is preferred, and got where CI=true. It is Chromium without windows,
profiles and extensions: it runs and draws a page as Chromium does, and a page costs it
a third of the time.
"""

import os
import sys
from pathlib import Path

from tests.book.programs import apt, named, on_path, run, that_starts

NAMES = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser")
MAC_CHROME = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
SHELLS = ("chromium-headless-shell", "chrome-headless-shell")
PLAYWRIGHT_FOLDERS = (".cache/ms-playwright", "Library/Caches/ms-playwright")
PLAYWRIGHT_SHELLS = ("chromium_headless_shell-*/*/chrome-headless-shell",)
PLAYWRIGHT_BROWSERS = (
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
)
MISSING = (
    "No Chromium or Chrome was found, so the built pages cannot be tested. Install one "
    "(`.venv/bin/python -m playwright install --with-deps chromium`, or your system's "
    "package), or name it in the environment variable CHROMIUM."
)


def find_for_tests():
    """The path of a headless shell or else of a browser that starts, or None."""
    return that_starts(named("CHROMIUM") or [*_shells(), *_browsers()])


def find_chromium():
    """The path of a browser as readers have it, or None."""
    return that_starts(named("CHROMIUM") or _browsers())


def install():
    """Get a headless shell, or where that fails a browser, unless there is one."""
    playwright = [sys.executable, "-m", "playwright", "install", "--only-shell"]
    for way in (apt("chromium-headless-shell"), [[*playwright, "chromium"]]):
        if that_starts(_shells()) is None:
            run(way)
    if find_for_tests() is None:
        run(apt("chromium"))


def in_ci():
    """Where a missing browser is an error."""
    return os.environ.get("CI") == "true"


def main(arguments):
    """Print the browser's path, after installing one if asked; return the status."""
    enough = that_starts(_shells()) if in_ci() else find_for_tests()
    if enough is None and "--install" in arguments and not named("CHROMIUM"):
        print("Looking for a headless shell for the pages.", file=sys.stderr)
        install()
    path = find_for_tests()
    if path:
        print(path)
        return 0
    print(MISSING, file=sys.stderr)
    return 1 if in_ci() else 0


def _shells():
    return [*_of_playwright(PLAYWRIGHT_SHELLS), *on_path(SHELLS)]


def _browsers():
    return [*_of_playwright(PLAYWRIGHT_BROWSERS), *on_path(NAMES), MAC_CHROME]


def _of_playwright(kinds):
    """The browsers of such kinds that playwright has installed, newest first."""
    named = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    folders = [named] if named else [Path.home() / name for name in PLAYWRIGHT_FOLDERS]
    found = [p for f in folders for kind in kinds for p in Path(f).glob(kind)]
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
