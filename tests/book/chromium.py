"""Find a Chromium or Chrome for the tests of the built pages.

python tests/book/chromium.py              print the path of the browser
python tests/book/chromium.py --install    get one first if there is none

Without a browser those tests are skipped and say so; where CI=true that is an error,
because there a skipped test would look like a passed one.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("google-chrome", "google-chrome-stable", "chromium", "chromium-browser")
MAC_CHROME = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
PLAYWRIGHT_FOLDERS = (".cache/ms-playwright", "Library/Caches/ms-playwright")
PLAYWRIGHT_BROWSERS = (
    "chromium-*/chrome-linux*/chrome",
    "chromium-*/chrome-mac*/*.app/Contents/MacOS/*",
)
MISSING = (
    "No Chromium or Chrome was found, so the built pages cannot be tested. Install one "
    "(`.venv/bin/python -m playwright install --with-deps chromium`, or your system's "
    "package), or name it in the environment variable CHROMIUM."
)


def find_chromium():
    """The path of a browser that starts, or None."""
    named = os.environ.get("CHROMIUM")
    if named:
        return _that_starts([named])
    on_path = [shutil.which(name) for name in NAMES]
    return _that_starts([*_of_playwright(), *filter(None, on_path), MAC_CHROME])


def install_chromium():
    """Get a browser from playwright, else from apt; return its path or None."""
    playwright = [sys.executable, "-m", "playwright", "install", "chromium"]
    return _after([playwright]) or (_after(_apt_commands()) if _may_use_apt() else None)


def in_ci():
    """Where a missing browser is an error."""
    return os.environ.get("CI") == "true"


def main(arguments):
    """Print the browser's path, after installing one if asked; return the status."""
    path = find_chromium()
    if path is None and "--install" in arguments and "CHROMIUM" not in os.environ:
        print("No Chromium or Chrome was found; trying to install one.", flush=True)
        path = install_chromium()
    if path:
        print(f"Pages are tested in {path}")
        return 0
    print(MISSING, file=sys.stderr)
    return 1 if in_ci() else 0


def _that_starts(paths):
    return next((str(path) for path in paths if _starts(path)), None)


def _starts(path):
    """Whether the browser runs: one whose libraries are missing does not."""
    try:
        command = [path, "--version"]
        return subprocess.run(command, capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _of_playwright():
    """The browsers that playwright has installed, newest first."""
    named = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    folders = [named] if named else [Path.home() / name for name in PLAYWRIGHT_FOLDERS]
    found = [
        p for f in folders for kind in PLAYWRIGHT_BROWSERS for p in Path(f).glob(kind)
    ]
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


def _may_use_apt():
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return is_root and shutil.which("apt-get") is not None


def _apt_commands():
    install = ["apt-get", "install", "-qy", "--no-install-recommends", "chromium"]
    return [["apt-get", "update", "-qq"], install]


def _after(commands):
    """The browser found after running ``commands``; a failing one is not the end."""
    for command in commands:
        try:
            subprocess.run(command, timeout=600, stdout=subprocess.DEVNULL, check=True)
        except (OSError, subprocess.SubprocessError) as error:
            print(f"That did not work: {error}", file=sys.stderr)
    return find_chromium()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
