"""What the page for teachers says to run can be run as it stands there."""

import re
import sys
from types import ModuleType
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
import yaml

from attn_helpers.exercises import check
from tests.copies import ROOT

PAGE = (ROOT / "chapters" / "teachers.md").read_text("utf-8")
BLOCKS = re.findall(r"^( *)```(\w+)\n(.*?)^ *```", PAGE, re.MULTILINE | re.DOTALL)
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))


def block(language, words):
    """The block in a language that holds these words."""
    [text] = [t for _, kind, t in BLOCKS if kind == language and words in t]
    return text


def softmax_along(axis):
    def my_softmax(scores):
        grown = np.exp(scores - scores.max(axis=axis, keepdims=True))
        return grown / grown.sum(axis=axis, keepdims=True)

    return my_softmax


def with_nbgrader(function):
    cell = block("python", '(check("softmax", my_softmax)'.removeprefix("("))
    exec(cell, {"check": check, "my_softmax": function})


def with_otter(function):
    """As otter does: the file is run, and its test gets the notebook's names."""
    held = {}

    def test_case(**options):
        return lambda test: held.setdefault("test", test)

    module = ModuleType("otter.test_files")
    module.test_case = test_case
    added = {"otter": ModuleType("otter"), "otter.test_files": module}
    with pytest.MonkeyPatch.context() as patch:
        for name, stand_in in added.items():
            patch.setitem(sys.modules, name, stand_in)
        exec(block("python", "OK_FORMAT"), {})
    held["test"]({"my_softmax": function})


@pytest.mark.parametrize("grade", [with_nbgrader, with_otter])
def test_a_right_function_passes_and_a_wrong_one_fails_with_its_message(grade):
    grade(softmax_along(-1))
    with pytest.raises(AssertionError, match="Each column of yours sums to 1"):
        grade(softmax_along(0))


def test_the_link_for_a_hub_names_the_repository_and_a_chapter_that_is_there():
    asked = parse_qs(urlsplit(block("text", "git-pull").strip()).query)
    assert asked["repo"] == [CONFIG["repository"]["url"]]
    assert asked["branch"] == [CONFIG["repository"]["branch"]]
    folder = f"lab/tree/{asked['targetPath'][0]}/"
    [place] = asked["urlpath"]
    assert place.startswith(folder)
    assert (ROOT / place.removeprefix(folder)).exists()


def test_what_a_hub_installs_is_there():
    installs = block("bash", "requirements.lock")
    for name in re.findall(r"requirements[\w.-]*", installs):
        assert (ROOT / name).exists(), name


def test_the_command_that_moves_a_fork_is_there():
    assert "make address URL=https://github.com/" in block("bash", "make address")
    assert re.search(r"^address:", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)


def test_the_one_pdf_has_the_name_under_which_it_is_printed():
    workflow = (ROOT / ".github/workflows/deploy.yml").read_text("utf-8")
    printed = (ROOT / "attn_helpers/book/pdf/printed.py").read_text("utf-8")
    [name] = re.findall(r'^NAME = "(.+)"$', printed, re.MULTILINE)
    assert f"_build/html/{name}" in workflow
    for page in ("teachers.md", "index.md"):
        text = (ROOT / "chapters" / page).read_text("utf-8")
        assert f"{CONFIG['html']['baseurl']}{name}" in text
