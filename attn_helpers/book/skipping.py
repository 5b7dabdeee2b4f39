"""An IPython extension: where a data package is missing, a chapter goes on without it.

The cell that calls a loader then ends with the loader's one sentence. To the kernel
this is no error, so "Run All" does not stop. A later cell that reads a name which this
cell would have set is not run, and says so; the names that it would have set are
missing from then on, too. All other cells run as ever.
"""

import ast
import dis
import sys
import traceback
from types import CodeType, TracebackType

from IPython.core.interactiveshell import ExecutionResult, InteractiveShell

from attn_helpers._checks import MissingPackageError


def load_ipython_extension(shell: InteractiveShell) -> None:
    """For ``%load_ext attn_helpers.book.skipping``, in the first cell of a chapter."""
    skipping = Skipping()
    shell.input_transformers_post.append(skipping.transform)
    shell.set_custom_exc((MissingPackageError, NameError), skipping.show)
    shell.events.register("post_run_cell", skipping.tell)


class Skipping:
    """Which names are missing, and so which cells are not run."""

    def __init__(self) -> None:
        self.missing: set[str] = set()
        self.needs: set[str] = set()  # what is missing to the cell that comes
        self.sets: set[str] = set()  # the names that it sets
        self.source = ""

    def transform(self, lines: list[str]) -> list[str]:
        """What to run in place of a cell's lines: these lines, or nothing."""
        self.needs, self.sets, self.source = set(), set(), "".join(lines)
        try:
            code = compiled(self.source)
        except SyntaxError:  # which Python explains when it runs the cell
            return lines
        reads, self.sets = names(code)
        self.needs = reads & self.missing
        return ["pass\n"] if self.needs else lines

    def sentence_of(self, error: BaseException | None) -> str | None:
        """What to say of an error that a missing package caused, None of any other."""
        if isinstance(error, MissingPackageError):
            return str(error)
        if type(error) is NameError and error.name in self.missing:
            return f"Stopped: `{error.name}` is missing, and so is the package for it."
        return None

    def show(
        self,
        shell: InteractiveShell,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType,
        tb_offset: int | None = None,
    ) -> None:
        """In place of such an error's traceback :meth:`tell` has one sentence."""
        if self.sentence_of(error) is None:
            shell.showtraceback((kind, error, trace), running_compiled_code=True)

    def tell(self, result: ExecutionResult) -> None:
        """After a cell: note what it has set, and if it could not run, say why."""
        error = result.error_in_exec
        why, done = self.sentence_of(error), self.sets
        if self.needs:
            what = ", ".join(f"`{name}`" for name in sorted(self.needs))
            why = f"Not run: this cell needs {what}, and the package for it is missing."
            done = set()
        elif error is not None:
            done = set_before(error, self.source)
        self.missing -= done
        if why is not None:
            result.error_in_exec = None
            self.missing |= self.sets - done
            print(why, file=sys.stderr)


def set_before(error: BaseException, source: str) -> set[str]:
    """The names that a cell had set, in whole statements, when an error stopped it."""
    lines = (
        line
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_globals.get("__name__") == "__main__"
    )
    stopped = next(lines, 0)
    if not stopped:
        return set()
    body = ast.parse(source).body
    done = [step for step in body if (step.end_lineno or stopped) < stopped]
    return names(compiled(ast.Module(done, [])))[1]


def compiled(cell: str | ast.Module) -> CodeType:
    """The code of a cell, which may wait for something outside a function."""
    return compile(cell, "<cell>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def names(code: CodeType) -> tuple[set[str], set[str]]:
    """The names that code reads before it sets them, and all that it sets.

    What a function reads it reads when it is called, so what is set after it counts.

    Example:
        >>> names(compile("x = x + y", "<cell>", "exec")) == ({"x", "y"}, {"x"})
        True
    """
    reads, sets, later = set(), set(), set()
    for step in dis.get_instructions(code):
        if step.opname == "STORE_NAME":
            sets.add(step.argval)
        elif step.opname in ("LOAD_NAME", "LOAD_GLOBAL") and step.argval not in sets:
            reads.add(step.argval)
        elif isinstance(step.argval, CodeType):
            later |= names(step.argval)[0]
    return reads | (later - sets), sets
