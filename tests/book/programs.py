"""Find programs that the tests start, and get those that are missing.

It runs before anything is installed, so it needs Python alone.
"""

import os
import shutil
import subprocess
import sys


def named(variable):
    """The program that an environment variable names, in a list, or none."""
    return list(filter(None, [os.environ.get(variable)]))


def on_path(names):
    """Where programs of these names lie."""
    return filter(None, map(shutil.which, names))


def that_starts(paths):
    """The first of them that runs, or None."""
    return next((str(path) for path in paths if _starts(path)), None)


def _starts(path):
    """Whether a program runs: one whose libraries are missing does not."""
    try:
        command = [path, "--version"]
        return subprocess.run(command, capture_output=True, timeout=30).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def apt(package):
    """The commands that install it where this is allowed, or none."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if not is_root or shutil.which("apt-get") is None:
        return []
    install = ["apt-get", "install", "-qy", "--no-install-recommends", package]
    return [["apt-get", "update", "-qq"], install]


def run(commands):
    """Run one after the other; a failing one is not the end."""
    for command in commands:
        try:
            subprocess.run(command, timeout=240, stdout=subprocess.DEVNULL, check=True)
        except (OSError, subprocess.SubprocessError) as error:
            print(f"That did not work: {error}", file=sys.stderr)
