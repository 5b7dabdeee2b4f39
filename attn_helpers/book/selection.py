"""Which tests belong to one chapter, for ``pytest --chapter``."""

from collections.abc import Iterable
from pathlib import Path, PurePath

from attn_helpers.book.contents import ROOT, topic_of
from attn_helpers.book.imports import (
    EXERCISE_ID,
    PACKAGE,
    PAGE_ID,
    files_of_code,
)
from attn_helpers.book.notebooks import read

OF_ALL_CHAPTERS = "book", "exercises"  # folders of tests
JUDGE = Path(PACKAGE, "exercises", "core")  # its tests ask all exercises of the book


class Selection:
    """The tests of what a chapter imports, and those that are told its name.

    The latter are the cases of tests over all chapters, pages, topics and exercises.
    """

    def __init__(self, page: str, root: Path = ROOT):
        self.tests = root / "tests"
        notebook = read(root / f"{page}.ipynb")
        cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
        code = "\n".join(cells)
        self.files = {
            root / path for path in _mirrors(files_of_code(cells, root), root)
        }
        self.names = {page, f"{page}.html", Path(page).name, topic_of(page)}
        self.names |= {*EXERCISE_ID.findall(code), *PAGE_ID.findall(code)}

    def may_be_in(self, file: Path) -> bool:
        """Whether ``file`` is worth looking into."""
        shared = (file.is_relative_to(self.tests / name) for name in OF_ALL_CHAPTERS)
        return file in self.files or any(shared)

    def holds(self, file: Path, cases: Iterable[object]) -> bool:
        """Whether a test in ``file``, told ``cases``, is one of this chapter's."""
        return file in self.files or any(self._named(case) for case in cases)

    def _named(self, case):
        name = case.stem if isinstance(case, PurePath) else case
        return isinstance(name, str) and name in self.names


def _mirrors(files, root):
    """The test files of these modules, scripts and folders, where there are any."""
    for file in files:
        path = file.relative_to(root)
        if not path.is_relative_to(JUDGE):
            folder = Path("tests", *path.parts[1:-1])
            yield folder / f"test_{path.stem}.py"
            yield folder.with_name(f"test_{folder.name}.py")
