"""One thread for every library that counts, the same examples on every run, workers
enough to be busy while some wait, one browser for all tests that need one, evidence of
those that fail in it, and one rule for tests of what a package brings."""

import importlib.util
import os

import pytest
from hypothesis import settings

from attn_helpers.book.contents import BookError, find_chapter
from attn_helpers.book.selection import Selection
from tests.book.chromium import MISSING, find_for_tests, in_ci
from tests.book.evidence import Evidence, folder_of

# Read when numpy, torch and triton are first imported, so before any test module.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"
os.environ["TRITON_INTERPRET"] = "1"  # kernels for a GPU are run on the CPU

settings.register_profile("book", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("book")

# No sandbox, as CI is often root; no traffic of the browser's own.
BROWSER_FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
).split()


# Half of its time a test of a page waits: for the next frame, for a trial to end. So
# two workers share a core, as long as there is memory for their browsers.
WORKERS_A_CORE = 2
MOST_SHARING = 8


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config):
    """What `-n logical` means here."""
    cores = os.cpu_count() or 1
    return max(cores, min(WORKERS_A_CORE * cores, MOST_SHARING))


def pytest_addoption(parser):
    chapter = "only the tests of one chapter, such as 07 or position"
    parser.addoption("--chapter", metavar="CHAPTER", help=chapter)


def pytest_ignore_collect(collection_path, config):
    """Spare the import of files that hold nothing of the chapter."""
    if config.selection and collection_path.suffix == ".py":
        return not config.selection.may_be_in(collection_path) or None


def pytest_collection_modifyitems(config, items):
    if config.selection is None:
        return
    left_out, kept = [], []
    for item in items:
        held = config.selection.holds(item.path, cases_of(item))
        (kept if held else left_out).append(item)
    config.hook.pytest_deselected(items=left_out)
    items[:] = kept


def cases_of(item):
    """The arguments that one case of a parametrized test gets."""
    return item.callspec.params.values() if hasattr(item, "callspec") else ()


def pytest_configure(config):
    rule = "needs(module, ...): skipped where a module is missing; in CI it fails"
    config.addinivalue_line("markers", rule)
    config.selection = selected(config.getoption("chapter"))


def selected(chapter):
    try:
        return Selection(find_chapter(chapter)) if chapter is not None else None
    except BookError as error:
        raise pytest.UsageError(str(error)) from None


def pytest_runtest_setup(item):
    modules = {name for mark in item.iter_markers("needs") for name in mark.args}
    for name in sorted(modules):
        if importlib.util.find_spec(name) is None:
            (pytest.fail if in_ci() else pytest.skip)(f"{name} is not installed")


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium; where there is none the test is skipped, in CI it fails."""
    from playwright.sync_api import sync_playwright

    path = find_for_tests()
    if path is None:
        (pytest.fail if in_ci() else pytest.skip)(MISSING)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=BROWSER_FLAGS)
        yield chromium
        chromium.close()


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    item.stash[FAILED] = item.stash.get(FAILED, False) or report.failed
    return report


@pytest.fixture
def new_context(browser, request):
    """new_context(viewport=…) in the browser; what a failing test saw is kept."""
    evidence = Evidence(browser)
    yield evidence.new_context
    if request.node.stash.get(FAILED, False):
        evidence.keep(folder_of(request.config.rootpath, request.node.nodeid))
    evidence.close()
