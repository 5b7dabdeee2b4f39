"""The files that other programs read: settings, pins, workflows, bibliography."""

import itertools
import os
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import distribution, packages_distributions, version

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version
from pybtex.database import parse_file

import attn_helpers
from attn_helpers.book.address import parsed
from attn_helpers.book.contents import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
REQUIREMENTS = (
    "requirements-book.txt",
    "requirements.txt",
    "requirements-data.txt",
    "requirements.lock",
)
FIRST_MAJOR_ON_NODE_24 = {
    "checkout": 6,
    "setup-python": 6,
    "configure-pages": 6,
    "upload-artifact": 6,
    "download-artifact": 7,
    "upload-pages-artifact": 5,
    "deploy-pages": 5,
}
# In print only, or without an identifier that could be confirmed.
WITHOUT_IDENTIFIER = {
    "Cauchy1847",
    "DeutschDeutsch1963",
    "PosnerNissenOgden1978",
    "Treisman1960",
}


def load(name):
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


def pins(name):
    """``{package: version}`` of a file; of two versions for two systems, the one here.

    A line that asks for another file is left out, any other line that pins nothing
    fails.
    """
    text = (ROOT / name).read_text("utf-8")
    stripped = (line.partition(" #")[0].strip() for line in text.splitlines())
    wanted = [line for line in stripped if line and not line.startswith(("#", "-r "))]
    found = {}
    for requirement in map(Requirement, wanted):
        (pin,) = requirement.specifier
        assert pin.operator == "==" and "*" not in pin.version, requirement
        if requirement.marker is None or requirement.marker.evaluate():
            found[canonicalize_name(requirement.name)] = pin.version
    return found


def direct_pins():
    assert "-r requirements-book.txt" in (ROOT / "requirements.txt").read_text("utf-8")
    return pins("requirements-book.txt") | pins("requirements.txt")


def needed_by(packages):
    """Names of installed packages: these, what they require here, and so on."""
    found, left = set(), {canonicalize_name(name) for name in packages}
    while left:
        name = left.pop()
        found.add(name)
        required = map(Requirement, distribution(name).requires or [])
        here = {"extra": ""}
        left |= {
            canonicalize_name(r.name)
            for r in required
            if r.marker is None or r.marker.evaluate(here)
        } - found
    return found


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_requirement_is_pinned_exactly(name):
    assert pins(name)


def test_the_lock_agrees_with_the_direct_pins():
    lock = pins("requirements.lock")
    assert direct_pins() == {name: lock.get(name) for name in direct_pins()}, (
        "a direct requirement was changed: run `make lock`"
    )


def test_the_lock_pins_whatever_is_needed_here():
    """It says nothing of a package that is not as pinned, as in the newest lane."""
    lock = pins("requirements.lock")
    as_pinned = {name for name in direct_pins() if version(name) == lock[name]}
    assert needed_by(as_pinned) <= set(lock)


def test_no_package_is_pinned_in_two_files():
    in_each = [set(pins(name)) for name in REQUIREMENTS if name.endswith(".txt")]
    assert len(set.union(*in_each)) == sum(map(len, in_each))


def test_what_builds_the_book_is_installed_in_the_first_stage():
    """Half a gigabyte, not two: a reader needs none of what computed the outputs."""
    light = needed_by(pins("requirements-book.txt"))
    assert "torch" not in light
    program = (
        "import sys, attn_helpers.widgets.kit.base as base\n"
        "import attn_helpers.book.api, attn_helpers.book.imprint\n"
        "import attn_helpers.book.sphinxext, attn_helpers.exercises\n"
        "base.widget_classes()\n"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    owners = packages_distributions()
    for module in loaded:
        names = {canonicalize_name(owner) for owner in owners.get(module, [])}
        assert not names - {"attn-helpers", "pip"} or names & light, module


def test_jupyter_book_stays_below_2_which_builds_no_html_from_this_configuration():
    assert version("jupyter-book").startswith("1.")


def test_pins_and_loose_bounds_name_the_same_packages():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    bounds = {canonicalize_name(Requirement(b).name) for b in project["dependencies"]}
    assert bounds <= set(direct_pins())


def test_the_version_stands_in_the_package_and_is_cited():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert project["project"]["dynamic"] == ["version"]
    attribute = project["tool"]["setuptools"]["dynamic"]["version"]["attr"]
    assert attribute == "attn_helpers.__version__"
    assert load("CITATION.cff")["version"] == attn_helpers.__version__


def test_the_newest_entry_of_the_changelog_is_about_this_version():
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    newest = re.search(r"^## ([\d.]+) \((.+)\)$", text, re.MULTILINE)
    released, _, development = attn_helpers.__version__.partition(".dev")
    assert newest[1] == released
    assert (newest[2] == "in preparation") == bool(development)
    headings = re.findall(r"^## ([\d.]+) ", text, re.MULTILINE)
    assert headings == sorted(headings, key=Version, reverse=True)


def test_the_package_says_that_it_is_typed():
    assert (ROOT / "attn_helpers" / "py.typed").exists()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert "py.typed" in project["tool"]["setuptools"]["package-data"]["attn_helpers"]


def test_one_address_of_the_repository_and_of_its_pages():
    """`make address` changes all of them; a text that names another fails here."""
    config, citation = load("_config.yml"), load("CITATION.cff")
    address = config["repository"]["url"]
    pages = f"https://{parsed(address).pages}/"
    assert citation["repository-code"] == address
    assert citation["url"] == config["html"]["baseurl"] == pages
    assert config["sphinx"]["config"]["ogp_site_url"] == pages
    for name in ("LICENSE-TEXT", "chapters/index.md"):
        assert address in (ROOT / name).read_text("utf-8"), name


def test_pages_ask_no_third_party_for_scripts():
    config = load("_config.yml")
    assert config["launch_buttons"]["thebe"] is False
    assert "://" not in config["sphinx"]["config"]["mathjax_path"]
    assert config["execute"]["execute_notebooks"] == "off"


def test_the_book_is_not_built_from_what_tests_leave_behind():
    """A README in .pytest_cache would make the second local build fail."""
    assert ".pytest_cache" in load("_config.yml")["exclude_patterns"]


def test_every_reference_parses_and_leads_somewhere():
    entries = parse_file(ROOT / "chapters" / "references.bib").entries
    identified = {"doi", "eprint", "url"}
    without = {key for key, e in entries.items() if not identified & set(e.fields)}
    assert len(entries) > 40
    assert without == WITHOUT_IDENTIFIER


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflow_limits_its_time_and_rights(path):
    workflow = yaml.safe_load(path.read_text("utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 40


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflow_uses_actions_of_one_owner_in_a_major_or_a_commit_of_today(path):
    workflow = yaml.safe_load(path.read_text("utf-8"))
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    used = [step["uses"] for step in steps if "uses" in step]
    for action in used:
        name, _, pin = action.removeprefix("actions/").partition("@")
        assert name in FIRST_MAJOR_ON_NODE_24, action
        assert re.fullmatch(r"[0-9a-f]{40}|v\d+", pin), action
        if pin.startswith("v"):
            assert int(pin[1:]) >= FIRST_MAJOR_ON_NODE_24[name], action


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_no_step_finds_the_token_that_fetched_the_code(path):
    for job in yaml.safe_load(path.read_text("utf-8"))["jobs"].values():
        for step in job["steps"]:
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


def test_every_system_is_tried_with_the_first_and_the_last_python():
    jobs = load(".github/workflows/test.yml")["jobs"]
    tried = {
        ("ubuntu-latest", jobs["everything"]["steps"][1]["with"]["python-version"])
    }
    tried |= {
        (c["os"], c["python"]) for c in jobs["code"]["strategy"]["matrix"]["include"]
    }
    windows = jobs["windows"]["strategy"]["matrix"]["python"]
    tried |= {(jobs["windows"]["runs-on"], python) for python in windows}
    systems = ("ubuntu-latest", "macos-latest", "windows-latest")
    first, last = (f"3.{minor}" for minor in supported_minors())
    assert tried == set(itertools.product(systems, (first, last)))


def test_the_lines_for_windows_are_those_that_are_tried():
    steps = load(".github/workflows/test.yml")["jobs"]["windows"]["steps"]
    tried = {step.get("run") for step in steps}
    readme = (ROOT / "README.md").read_text("utf-8")
    said = set(re.findall(r"^\.venv\\Scripts.*", readme, re.MULTILINE))
    shown = {line for line in said if re.search(r"serve\.py|jupyterlab chapters", line)}
    assert len(said) == 7
    assert said - shown <= tried


def test_new_versions_are_proposed_of_actions_and_of_packages():
    updates = load(".github/dependabot.yml")["updates"]
    assert {u["package-ecosystem"] for u in updates} == {"github-actions", "pip"}


def test_the_newest_of_everything_is_tried_on_a_schedule():
    newest = load(".github/workflows/newest.yml")
    assert newest[True]["schedule"]  # YAML takes the word `on` for a yes
    steps = newest["jobs"]["newest"]["steps"]
    upgrade, test = [step["run"] for step in steps if "run" in step]
    assert "--upgrade" in upgrade and "'jupyter-book<2'" in upgrade
    assert test == "make test"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflow_calls_commands_that_exist(path):
    targets = re.findall(
        r"^([\w./]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE
    )
    called = re.findall(r"\bmake ([\w./]+)", path.read_text("utf-8"))
    assert called
    assert set(called) <= set(targets)


def test_make_without_a_command_lists_them_all():
    shown = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True).stdout
    makefile = (ROOT / "Makefile").read_text("utf-8")
    commands = re.search(r"\.PHONY: ([\w\s\\]+)", makefile)[1].replace("\\", "").split()
    assert {"help", "serve", "test", "insert", "address"} <= set(commands)
    for command in commands:
        assert re.search(rf"^  {command} +\w", shown, re.MULTILINE)


def test_the_hooks_before_a_commit_are_what_make_check_runs_before_its_tests():
    (local,) = load(".pre-commit-config.yaml")["repos"]
    assert local["repo"] == "local"  # nothing is fetched
    hooks = [hook["entry"] for hook in local["hooks"]]
    assert {hook["language"] for hook in local["hooks"]} == {"system"}
    would = _would_do("check", ROOT).splitlines()
    tools = [line for line in would if line.startswith(".venv/bin/")]
    assert hooks == [line for line in tools if not re.search("-m (pip|pytest) ", line)]


@pytest.mark.parametrize("other", ["3.10.18", "3.15.0", "4.0.0"])
def test_a_python_that_the_book_does_not_know_is_refused_in_one_sentence(
    other, tmp_path
):
    assert other not in supported()
    refused = _make_in_an_empty_clone(tmp_path, _pretends_to_be(other, tmp_path))
    assert "The book needs Python 3.11 to 3.14, and" in refused
    assert f"is {other}; name another one, as in: make serve PYTHON=" in refused
    assert "Traceback" not in refused


@pytest.mark.parametrize("known", ["3.11.0", "3.14.7"])
def test_a_python_that_the_book_knows_is_taken(known, tmp_path):
    assert known in supported()
    refused = _make_in_an_empty_clone(tmp_path, _pretends_to_be(known, tmp_path))
    assert refused.startswith("PORT must be a number from 1024 to 65535; got nothing.")


def test_a_missing_python_is_named(tmp_path):
    refused = _make_in_an_empty_clone(tmp_path, "python-nowhere")
    assert "There is no python-nowhere here" in refused
    assert "3.11 to 3.14" in refused


def supported():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return SpecifierSet(project["requires-python"])


def supported_minors():
    """The first and the last: 11 and 14 for Python 3.11 to 3.14."""
    bounds = [int(minor) for minor in re.findall(r"3\.(\d+)", str(supported()))]
    return min(bounds), max(bounds) - 1


def test_which_pythons_are_supported_is_said_where_people_look():
    first, last = supported_minors()
    for name in ("README.md", "chapters/index.md", "Makefile"):
        text = " ".join((ROOT / name).read_text("utf-8").split())
        assert f"Python 3.{first} to 3.{last}" in text, name
        assert "or newer" not in text, name


def _pretends_to_be(version, folder):
    """A command that is this Python under another number."""
    numbers = tuple(map(int, version.split(".")))
    program = (
        f"import platform, sys; sys.version_info = {numbers}; "
        f"platform.python_version = lambda: '{version}'; "
    )
    command = folder / "python-of-another-time"
    command.write_text(
        "#!/bin/sh\n"
        f'[ "$1" = -c ] && exec "{sys.executable}" -c "{program} $2"\n'
        f'exec "{sys.executable}" "$@"\n',
        "utf-8",
    )
    command.chmod(0o755)
    return command


def _make_in_an_empty_clone(folder, python):
    """What ``make serve PORT=`` says where nothing has been installed yet."""
    for name in ("attn_helpers/book/serve.py", "Makefile", "pyproject.toml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, folder / name)
    (folder / "chapters").mkdir()
    ran = subprocess.run(
        ["make", "serve", f"PYTHON={python}", "PORT="],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert ran.returncode != 0
    assert not (folder / ".venv").exists()
    return ran.stderr


def _would_do(target, folder):
    """The commands that ``make target`` would run in a folder."""
    asked = ["make", "-n", "-C", folder, "-f", ROOT / "Makefile", target]
    ran = subprocess.run(asked, capture_output=True, text=True, check=True)
    return ran.stdout


def test_a_folder_that_was_moved_is_noticed(tmp_path):
    for name in ("attn_helpers", "chapters", ".venv"):
        (tmp_path / name).mkdir()
    for name in ("requirements-book.txt", "requirements.lock", "pyproject.toml"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    stamp = tmp_path / ".venv" / ".book"
    stamp.write_text(f"{tmp_path}\n", "utf-8")
    assert "-e ." not in _would_do(".venv/.book", tmp_path)
    stamp.write_text(f"{tmp_path}/where-it-was\n", "utf-8")
    assert "-e ." in _would_do(".venv/.book", tmp_path)


def test_tools_are_never_run_by_a_first_line_that_names_a_folder():
    """``.venv/bin/jupyter`` holds the path of its installation; biome is no script."""
    for path in (ROOT / "Makefile", *ROOT.glob("*.md"), *ROOT.glob("chapters/*.md")):
        text = path.read_text("utf-8")
        by_itself = re.findall(
            r"(?<!\$\(RUN\) )\.venv/bin/(?!python\b|biome\b)\w+", text
        )
        assert not by_itself, path


def test_the_commands_use_this_clone_whatever_the_path_of_python_holds(tmp_path):
    """Another clone's package is no surprise to a reader who has two of them."""
    (tmp_path / "attn_helpers").mkdir()
    (tmp_path / "attn_helpers" / "__init__.py").touch()
    program = "import attn_helpers; print(attn_helpers.__file__)"
    asks = tmp_path / "asks.mk"
    asks.write_text(f"where: ; @cd chapters && $(PYTHON) -c '{program}'\n", "utf-8")
    options = ["--no-print-directory", f"PYTHON={sys.executable}"]
    ran = subprocess.run(
        ["make", "-f", "Makefile", "-f", asks, "where", *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{tmp_path}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == attn_helpers.__file__
