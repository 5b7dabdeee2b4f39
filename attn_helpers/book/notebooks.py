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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import yaml
from nbclient import NotebookClient
from nbclient.exceptions import (
    CellExecutionError,
    CellTimeoutError,
    DeadKernelError,
)

ROOT = Path(__file__).resolve().parents[2]
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
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
ANSI_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class NotebookError(Exception):
    """What the author of a notebook has to mend, in words."""


def main(arguments=None):
    """Bring the notebooks up to date (or only look); return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        paths = options.paths or chapter_notebooks()
        if options.check:
            return _report_stale(paths)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            done = pool.map(lambda path: _update_and_say(path, options.force), paths)
            return 0 if all(list(done)) else 1
    except NotebookError as error:
        print(error, file=sys.stderr)
        return 1


def chapter_notebooks(root=ROOT):
    """Every notebook that ``_toc.yml`` lists, in reading order."""
    toc = root / "_toc.yml"
    if not toc.exists():
        raise NotebookError(f"{toc}: no such file; run this from a clone of the book.")
    entries = list(_toc_entries(yaml.safe_load(toc.read_text("utf-8"))))
    for entry in entries:
        if not any((root / f"{entry}{kind}").exists() for kind in (".ipynb", ".md")):
            raise NotebookError(
                f"_toc.yml lists {entry}, but there is neither {entry}.ipynb nor "
                f"{entry}.md: add the page or take it off the list."
            )
    notebooks = (root / f"{entry}.ipynb" for entry in entries)
    return [path for path in notebooks if path.exists()]


def read(path):
    """The notebook at ``path``; anything else is explained."""
    path = Path(path)
    if path.suffix != ".ipynb" or not path.exists():
        raise NotebookError(f"{path}: there is no notebook of that name.")
    try:
        return nbformat.v4.reads(path.read_text("utf-8"))
    except (json.JSONDecodeError, AttributeError) as error:
        raise NotebookError(f"{path}: this is not a notebook file: {error}.") from None


def code_hash(notebook):
    """A fingerprint of all code; stored at run time, compared by the hygiene test."""
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return hashlib.sha256("\n# %%\n".join(sources).encode()).hexdigest()


def execute(notebook, path, timeout=CELL_TIMEOUT):
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
        raise NotebookError(_explain(error, notebook, path, started[-1])) from None
    except CellTimeoutError:
        where = _where(notebook, path, started[-1])
        raise NotebookError(f"{where}: still running after {timeout} s.") from None
    except DeadKernelError:
        where = _where(notebook, path, started[-1])
        raise NotebookError(f"{where}: the kernel died (out of memory?).") from None


def normalise(notebook, path):
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
            "book": {"code_hash": notebook.metadata.get("book", {}).get("code_hash")},
        }
    )


def update(path, force=False, root=ROOT):
    """Run and normalise one notebook where needed; return what was done, in words."""
    path = Path(path)
    notebook = read(path)
    before = path.read_text("utf-8")
    run = force or bool(why_stale(path, root))
    normalise(notebook, path)
    if run:
        execute(notebook, path)
        notebook.metadata.book.code_hash = code_hash(notebook)
        normalise(notebook, path)
    nbformat.validate(notebook)
    after = nbformat.v4.writes(notebook) + "\n"
    if path.read_text("utf-8") != before:
        raise NotebookError(
            f"{path}: the file was edited while it was running; run it again."
        )
    if after != before:
        path.write_text(after, "utf-8")
    if run:
        _stamp_file(path, root).parent.mkdir(parents=True, exist_ok=True)
        _stamp_file(path, root).write_text(_stamp(notebook, root), "utf-8")
    did = "run" if run else "up to date"
    return did + (", written" if after != before else "")


def why_stale(path, root=ROOT):
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
        return "attn_helpers, the pinned packages or its outputs changed after the run"
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
    except NotebookError as error:
        print(error, file=sys.stderr, flush=True)
        return False
    return True


def _toc_entries(node):
    """The ``root`` and ``file`` values of a table of contents, in order."""
    if isinstance(node, list):
        for item in node:
            yield from _toc_entries(item)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in ("root", "file"):
                yield value
            else:
                yield from _toc_entries(value)


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
    return root / "_build" / "notebooks" / f"{Path(path).stem}.sha256"


def _stamp(notebook, root):
    """A fingerprint of code and outputs and of all that they were made with."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    digest = hashlib.sha256(json.dumps(code, sort_keys=True).encode())
    book = root / "attn_helpers" / "book"  # builds pages; no chapter imports it
    for path in sorted((root / "attn_helpers").rglob("*")):
        if path.is_file() and path.suffix != ".pyc" and not path.is_relative_to(book):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    digest.update((root / "requirements.lock").read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
