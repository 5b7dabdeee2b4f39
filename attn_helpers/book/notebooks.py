"""Run the chapters in clean kernels and store them in one normal form.

python -m attn_helpers.book.notebooks              every chapter that is out of date
python -m attn_helpers.book.notebooks PATH ...     these notebooks only
python -m attn_helpers.book.notebooks --check      only say which are out of date
python -m attn_helpers.book.notebooks --force      run also what is up to date

The chapters are stored with their outputs. Two runs of the same chapter give the same
bytes, so a diff shows what changed for the reader and nothing else.
"""

import argparse
import asyncio
import hashlib
import json
import os
import platform
import re
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import (
    CellExecutionError,
    CellTimeoutError,
    DeadKernelError,
)
from nbformat import NotebookNode

from attn_helpers.book.bootstrap import is_bootstrap, renew
from attn_helpers.book.contents import ROOT, BookError, chapter_notebooks, topic_of
from attn_helpers.book.files import write
from attn_helpers.book.imports import files_of_code, fingerprint

CELL_TIMEOUT = 600  # seconds; training on a busy machine takes its time
# One thread and one instruction set: training takes the same path on every x86 machine.
SETTINGS = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
if platform.machine() in ("x86_64", "AMD64"):
    SETTINGS |= {
        "ATEN_CPU_CAPABILITY": "avx2",
        "MKL_CBWR": "AVX2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
    }
KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python", "file_extension": ".py", "pygments_lexer": "ipython3"}
NOTEBOOK_METADATA = ("mystnb", "myst")  # beside the three that every chapter gets
CELL_METADATA = ("tags", "mystnb")
BOOK_METADATA = ("code_hash", "question", "recall", "elsewhere")
PINS = "requirements.lock", "requirements-data.txt"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
ANSI_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def main(arguments: Sequence[str] | None = None) -> int:
    """Bring the notebooks up to date (or only look); return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        paths = options.paths or chapter_notebooks()
        if options.check:
            return _report_stale(paths)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            done = pool.map(lambda path: _update_and_say(path, options.force), paths)
            return 0 if all(list(done)) else 1
    except BookError as error:
        print(error, file=sys.stderr)
        return 1


def read(path: Path) -> NotebookNode:
    """The notebook at ``path``; anything else is explained."""
    path = Path(path)
    if path.suffix != ".ipynb" or not path.exists():
        raise BookError(f"{path}: there is no notebook of that name.")
    try:
        return nbformat.v4.reads(path.read_text("utf-8"))
    except (json.JSONDecodeError, AttributeError) as error:
        raise BookError(f"{path}: this is not a notebook file: {error}.") from None


def code_hash(notebook: NotebookNode) -> str:
    """A fingerprint of all code; stored at run time, compared by the hygiene test."""
    sources = [cell.source for cell in _made_by_code(notebook)]
    return hashlib.sha256("\n# %%\n".join(sources).encode()).hexdigest()


def execute(notebook: NotebookNode, path: Path, timeout: int = CELL_TIMEOUT) -> None:
    """Run every cell from a clean kernel, in the notebook's folder, with SETTINGS."""
    started = []
    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name=KERNELSPEC["name"],
        resources={"metadata": {"path": str(Path(path).resolve().parent)}},
        store_widget_state=False,
        record_timing=False,
        on_cell_start=lambda cell, cell_index: started.append(cell_index),
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
    )
    try:
        # In a thread of its own, as the caller may have an event loop already.
        run = client.async_execute(env={**os.environ, **SETTINGS})
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, run).result()
    except CellExecutionError as error:
        raise BookError(_explain(error, notebook, path, started[-1])) from None
    except CellTimeoutError:
        where = _where(notebook, path, started[-1])
        raise BookError(f"{where}: still running after {timeout} s.") from None
    except DeadKernelError:
        where = _where(notebook, path, started[-1])
        raise BookError(f"{where}: the kernel died (out of memory?).") from None


def normalise(notebook: NotebookNode, path: Path) -> None:
    """Bring a notebook into normal form, in place; twice is the same as once.

    The code hash is left as it is: only running the code may renew it.
    """
    number = re.match(r"\d+", Path(path).stem)
    prefix = number.group() if number else Path(path).stem
    counter = 0
    for index, cell in enumerate(notebook.cells):
        cell.id = f"{prefix}-{index:02d}"
        cell.metadata = _only(cell.metadata, CELL_METADATA)
        if cell.cell_type == "code":
            if cell.execution_count is not None:
                counter += 1
                cell.execution_count = counter
            cell.outputs = _normal_outputs(cell.outputs, cell.execution_count)
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = nbformat.from_dict(
        {
            **_only(notebook.metadata, NOTEBOOK_METADATA),
            "kernelspec": KERNELSPEC,
            "language_info": LANGUAGE,
            "book": {"code_hash": None}
            | _only(notebook.metadata.get("book", {}), BOOK_METADATA),
        }
    )


def update(path: Path, force: bool = False, root: Path = ROOT) -> str:
    """Run and normalise one notebook where needed; return what was done, in words."""
    path = Path(path)
    notebook = read(path)
    before = path.read_text("utf-8")
    run = force or bool(why_stale(path, root))
    renew(notebook, root)
    normalise(notebook, path)
    if run:
        execute(notebook, path)
        notebook.metadata.book.code_hash = code_hash(notebook)
        normalise(notebook, path)
    nbformat.validate(notebook)
    after = nbformat.v4.writes(notebook) + "\n"
    if path.read_text("utf-8") != before:
        raise BookError(
            f"{path}: the file was edited while it was running; run it again."
        )
    if after != before:
        write(path, after)
    if run:
        _stamp_file(path, root).parent.mkdir(parents=True, exist_ok=True)
        write(_stamp_file(path, root), _stamp(notebook, root))
    did = "run" if run else "up to date"
    return did + (", written" if after != before else "")


def why_stale(path: Path, root: Path = ROOT) -> str | None:
    """Why the stored outputs may not be what the code gives now; "" if they are."""
    notebook = read(path)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if notebook.metadata.get("book", {}).get("code_hash") != code_hash(notebook):
        return "its code was edited after it was run"
    if [cell.execution_count for cell in code] != list(range(1, len(code) + 1)):
        return "some of its cells were not run, or not in order"
    stamp = _stamp_file(path, root)
    if not stamp.exists():
        return "it has not been run here yet"
    normalise(notebook, path)
    if stamp.read_text("utf-8") != _stamp(notebook, root):
        return (
            "its outputs, what it imports or the pinned packages changed after the run"
        )
    return ""


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m attn_helpers.book.notebooks", description=__doc__.split("\n")[0]
    )
    parser.add_argument("paths", nargs="*", type=Path, help="default: all of _toc.yml")
    parser.add_argument("--check", action="store_true", help="only say what is stale")
    parser.add_argument("--force", action="store_true", help="run what is fresh too")
    return parser


def _report_stale(paths):
    stale = {path: why for path in paths if (why := why_stale(path))}
    for path, why in stale.items():
        print(f"{_short(path)}: {why}")
    if stale:
        print("Run `make notebooks` to bring them up to date.")
    return 1 if stale else 0


def _update_and_say(path, force):
    try:
        print(f"{_short(path)}: {update(path, force)}", flush=True)
    except BookError as error:
        print(error, file=sys.stderr, flush=True)
        return False
    return True


def _normal_outputs(outputs, execution_count):
    """No widget views, runs of one stream joined, of a traceback its last line."""
    normal = []
    for output in outputs:
        if "data" in output:
            output.data.pop(WIDGET_VIEW, None)
            if not output.data:
                continue
        if output.output_type == "execute_result":
            output.execution_count = execution_count
        if output.output_type == "error":
            output.traceback = [f"{output.ename}: {output.evalue}"]
        previous = normal[-1] if normal else None
        if previous and "stream" == output.output_type == previous.output_type:
            if output.name == previous.name:
                previous.text += output.text
                continue
        normal.append(output)
    return normal


def _only(metadata, names):
    return nbformat.from_dict({key: metadata[key] for key in names if key in metadata})


def _explain(error, notebook, path, index):
    """Where a cell failed, the line that failed, and the error; no stack."""
    trace = ANSI_COLOUR.sub("", error.traceback)
    lines = notebook.cells[index].source.splitlines()
    found = re.search(r"Cell In\s?\[\d+\], line (\d+)", trace)
    number = min(int(found.group(1)), len(lines)) if found else 1
    return (
        f"{_where(notebook, path, index)}, line {number}: {error.ename}: "
        f"{ANSI_COLOUR.sub('', error.evalue)}\n    {lines[number - 1].strip()}\n"
        "Nothing was written. Mend the cell, or tag it raises-exception if the error "
        "is meant."
    )


def _where(notebook, path, index):
    code = sum(cell.cell_type == "code" for cell in notebook.cells[: index + 1])
    return f"{_short(path)}, code cell {code} ({notebook.cells[index].id})"


def _short(path):
    path = Path(path).resolve()
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def _stamp_file(path, root):
    """By topic, as a chapter that only gets another number need not run again."""
    return root / "_build" / "notebooks" / f"{topic_of(path)}.sha256"


def _stamp(notebook, root):
    """A fingerprint of code and outputs and of all that they were made with."""
    cells = _made_by_code(notebook)
    made = [[cell.source, cell.metadata, cell.outputs] for cell in cells]
    files = files_of_code([cell.source for cell in cells], root)
    parts = [json.dumps(made, sort_keys=True), fingerprint(files, root), *_pins(root)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _made_by_code(notebook):
    """The code cells that have to do with the outputs."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [cell for cell in code if not is_bootstrap(cell)]


def _pins(root):
    """Which version of each package was there, without a word on why."""
    for name in PINS:
        lines = (root / name).read_text("utf-8").splitlines()
        yield from filter(None, (line.partition("#")[0].strip() for line in lines))


if __name__ == "__main__":
    sys.exit(main())
