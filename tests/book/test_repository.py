"""The files that other programs read: settings, pins, workflows, bibliography."""

import re
import subprocess
import tomllib
from importlib.metadata import version

import pytest
import yaml
from pybtex.database import parse_file

import attn_helpers
from attn_helpers.book.notebooks import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# In print only, or without an identifier that could be confirmed.
WITHOUT_IDENTIFIER = {"DeutschDeutsch1963", "PosnerNissenOgden1978", "Treisman1960"}


def load(name):
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


def lines(name):
    """The lines of a file that are not empty and not a comment."""
    text = (ROOT / name).read_text("utf-8")
    stripped = (line.partition("  #")[0].strip() for line in text.splitlines())
    return [line for line in stripped if line and not line.startswith("#")]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-data.txt"])
def test_every_requirement_is_pinned_exactly(name):
    assert lines(name)
    assert all(re.match(r"[\w-]+==[\w.]+(; .*)?$", r) for r in lines(name))


def test_jupyter_book_stays_below_2_which_builds_no_html_from_this_configuration():
    assert version("jupyter-book").startswith("1.")


def test_pins_and_loose_bounds_name_the_same_packages():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    bounds = {re.match(r"[\w-]+", bound).group() for bound in project["dependencies"]}
    pins = {requirement.partition("==")[0] for requirement in lines("requirements.txt")}
    assert bounds <= pins


def test_the_version_is_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == attn_helpers.__version__
    assert project["version"] == load("CITATION.cff")["version"]


def test_one_address_of_the_repository():
    address = load("_config.yml")["repository"]["url"]
    assert load("CITATION.cff")["repository-code"] == address
    assert address in (ROOT / "LICENSE-TEXT").read_text("utf-8")


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
def test_workflow_pins_its_actions_and_limits_its_time_and_rights(path):
    workflow = yaml.safe_load(path.read_text("utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 40
        for step in job["steps"]:
            assert re.match(r"actions/[\w-]+@v\d+$", step.get("uses", "actions/x@v1"))


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
    for command in "help serve build test notebooks check mutants bench clean".split():
        assert re.search(rf"^  {command} +\w", shown, re.MULTILINE)


def test_an_old_python_is_refused_in_one_sentence(tmp_path):
    old = tmp_path / "python3.9"
    old.write_text(
        "#!/bin/sh\ncase $2 in *platform*) echo 3.9.18;; *) exit 1;; esac\n", "utf-8"
    )
    old.chmod(0o755)
    refused = _make_in_an_empty_clone(tmp_path, f"PYTHON={old}")
    assert "The book needs Python 3.11 or newer" in refused
    assert "is 3.9.18; name another one" in refused
    assert "Traceback" not in refused


def test_a_missing_python_is_named(tmp_path):
    refused = _make_in_an_empty_clone(tmp_path, "PYTHON=python-nowhere")
    assert "There is no python-nowhere here" in refused


def _make_in_an_empty_clone(folder, setting):
    """What ``make serve`` says where nothing has been installed yet."""
    for name in ("attn_helpers", "chapters"):
        (folder / name).mkdir()
    for name in (
        "Makefile",
        "requirements.txt",
        "requirements-data.txt",
        "pyproject.toml",
    ):
        (folder / name).write_text((ROOT / name).read_text("utf-8"), "utf-8")
    ran = subprocess.run(
        ["make", "serve", setting], cwd=folder, capture_output=True, text=True
    )
    assert ran.returncode != 0
    assert not (folder / ".venv").exists()
    return ran.stderr
