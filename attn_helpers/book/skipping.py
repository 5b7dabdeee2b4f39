"""An IPython extension: where a data package is missing, a chapter goes on without it.

The cell that calls a loader then ends with the loader's one sentence. To the kernel
this is no error, so "Run All" does not stop. A later cell that reads a name which this
cell would have set is not run, and says so; the names that it would have set are
missing from then on, too. All other cells run as ever.
"""

import dis
import sys
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

    def transform(self, lines: list[str]) -> list[str]:
        """What to run in place of a cell's lines: these lines, or nothing."""
        self.needs, self.sets = set(), set()
        try:
            code = compile("".join(lines), "<cell>", "exec")
        except SyntaxError:  # which Python explains when it runs the cell
            return lines
        reads, self.sets = names(code)
        self.needs = reads & self.missing
        if self.needs:
            return ["pass\n"]
        self.missing -= self.sets
        return lines

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
        """After a cell: if it could not run, say why, and note what it did not set."""
        why = self.sentence_of(result.error_in_exec)
        if why is not None:
            result.error_in_exec = None
        elif self.needs:
            what = ", ".join(f"`{name}`" for name in sorted(self.needs))
            why = f"Not run: this cell needs {what}, and the package for it is missing."
        else:
            return
        self.missing |= self.sets
        print(why, file=sys.stderr)


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
