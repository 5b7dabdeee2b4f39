"""What every stored chapter must keep to, so that readers see what the tests verified.

A rule takes a notebook and returns complaints, each starting with the id of its cell.
Every rule is also shown a notebook that breaks it: a rule that cannot fail is no rule.
"""

import ast
import re

import nbformat
import nbformat.v4 as v4
import pytest
from IPython.core.inputtransformer2 import TransformerManager

from attn_helpers.book.bootstrap import (
    bootstrap_cell,
    bootstrap_source,
    is_bootstrap,
)
from attn_helpers.book.contents import ROOT, chapter_notebooks
from attn_helpers.book.notebooks import WIDGET_VIEW, code_hash, normalise, read
from attn_helpers.exercises.core.registry import exercises_of, topics
from attn_helpers.widgets.kit.base import widget_classes

CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))

DRAFT = ":::{admonition} Draft\n"
FENCED = re.compile(r"^(`{3,}|~{3,}).*?^\1\s*$", re.MULTILINE | re.DOTALL)
EXERCISE = re.compile(
    r"^(:{3,})\{(?:exercise|solution)\}.*?^\1\s*$", re.MULTILINE | re.DOTALL
)
FOLDED_TEXT = re.compile(
    r"<details>.*?</details>|^(:{3,})\{admonition\}[^\n]*\n:class: dropdown.*?^\1\s*$",
    re.MULTILINE | re.DOTALL,
)
TABLE_OR_FORMULA = re.compile(r"^\|[^\n]*\|$|^\$\$.*?^\$\$", re.MULTILINE | re.DOTALL)
MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(?:home|Users|root|work|tmp)/\w|\bC:\\")
FLOAT_TAIL = re.compile(r"\d\.\d{7,}")
TIMING = re.compile(r"\d ?[mnµu]?s ±|CPU times|Wall time|\bit/s\b")
WIDGETS = set(widget_classes())
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}\b")


# ------------------------------------------------------------------ looking at cells


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tagged(cell, tag):
    return tag in cell.metadata.get("tags", [])


def has_image(cell):
    return any(
        kind.startswith("image/") for output in cell.outputs for kind in data(output)
    )


def data(output):
    return output.get("data", {})


def text_of(output):
    """What a reader sees of an output as text: no markup, no picture's caption."""
    if "text" in output:
        return output.text
    if output.output_type == "error":
        return f"{output.ename}: {output.evalue}"
    if any(kind.startswith("image/") for kind in data(output)):
        return ""
    html = re.sub(r"<[^>]*>", " ", data(output).get("text/html", ""))
    return data(output).get("text/plain", "") + html


def printed(cell):
    return "\n".join(text_of(output) for output in cell.outputs)


def prose(notebook):
    """The running text: no code listings, exercises or solutions."""
    cells = (cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return EXERCISE.sub("", FENCED.sub("", "\n\n".join(cells)))


# -------------------------------------------------------------------------- the rules


def every_cell_was_run(notebook):
    """Execution counts are 1, 2, 3, … from top to bottom."""
    return [
        f"{cell.id}: has execution count {cell.execution_count}, not {number}"
        for number, cell in enumerate(code_cells(notebook), start=1)
        if cell.execution_count != number
    ]


def outputs_are_as_new_as_the_code(notebook):
    if notebook.metadata.get("book", {}).get("code_hash") != code_hash(notebook):
        return ["the code was edited after it was run: `make notebooks`"]
    return []


def no_unmeant_error(notebook):
    return [
        f"{cell.id}: shows {output.ename}"
        for cell in code_cells(notebook)
        for output in cell.outputs
        if output.output_type == "error" and not tagged(cell, "raises-exception")
    ]


def every_image_has_alt_text(notebook):
    """In the cell's metadata, mystnb.image.alt, and in the ``img`` of a widget."""
    complaints = []
    for cell in code_cells(notebook):
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        if has_image(cell) and len(alt) < 30:
            complaints.append(f"{cell.id}: alt text of 30 characters or more is needed")
        html = " ".join(data(output).get("text/html", "") for output in cell.outputs)
        for image in re.findall(r"<img\b[^>]*>", html):
            if not re.search(r"""alt=["'][^"']""", image):
                complaints.append(f"{cell.id}: an <img> without alt text")
    return complaints


def every_figure_is_followed_by_a_pinned_number(notebook):
    """nbval never compares pictures; one of the next two code cells states the find."""
    cells = code_cells(notebook)
    return [
        f"{cell.id}: no number within two cells after this figure"
        for index, cell in enumerate(cells)
        if has_image(cell)
        and not any(
            re.search(r"\d|True|False", printed(after))
            and not tagged(after, "nbval-ignore-output")
            for after in cells[index + 1 : index + 3]
        )
    ]


def no_path_of_a_machine(notebook):
    return [
        f"{cell.id}: {found.group()}… is a path of somebody's machine"
        for cell in notebook.cells
        for text in [cell.source, printed(cell) if "outputs" in cell else ""]
        for found in MACHINE_PATH.finditer(text)
    ]


def no_raw_float(notebook):
    return _in_printed(notebook, FLOAT_TAIL, "has too many decimals; round it")


def no_memory_address(notebook):
    return _in_printed(notebook, ADDRESS, "changes with every run")


def no_compared_timing(notebook):
    """A timing may be shown in a cell tagged nbval-ignore-output, never compared."""
    return _in_printed(notebook, TIMING, "is a timing", "nbval-ignore-output")


def _in_printed(notebook, pattern, complaint, allowing_tag=None):
    return [
        f"{cell.id}: {found.group()} {complaint}"
        for cell in code_cells(notebook)
        if not tagged(cell, allowing_tag)
        for found in pattern.finditer(printed(cell))
    ]


def no_widget_state(notebook):
    """The page needs none; it would change with every run."""
    found = ["metadata.widgets must go"] if "widgets" in notebook.metadata else []
    return found + [
        f"{cell.id}: a widget view was stored"
        for cell in code_cells(notebook)
        for output in cell.outputs
        if WIDGET_VIEW in data(output)
    ]


def no_cell_ends_in_a_semicolon(notebook):
    """nbval does not honour one: the re-run would print what it hides."""
    return [
        f"{cell.id}: write `_ = …` instead of ending in `;`"
        for cell in code_cells(notebook)
        if cell.source.rstrip().endswith(";")
    ]


def no_stderr(notebook):
    return [
        f"{cell.id}: wrote to stderr: {output.text.strip()[:60]}"
        for cell in code_cells(notebook)
        for output in cell.outputs
        if output.get("name") == "stderr"
    ]


def cells_are_short(notebook):
    return [
        f"{cell.id}: {lines} lines of code; 25 are the limit"
        for cell in code_cells(notebook)
        if (lines := len(cell.source.splitlines())) > 25
    ]


def file_is_small(notebook):
    size = len(v4.writes(notebook).encode())
    return [f"{size:,} bytes; 1 MB is the limit"] if size > 1_000_000 else []


def prose_has_a_readable_length(notebook):
    """A chapter that says in its first cell that it is a draft may be of any length."""
    if DRAFT in notebook.cells[0].source:
        return []
    text = TABLE_OR_FORMULA.sub("", prose(notebook))
    words = len(FOLDED_TEXT.sub("", text).split())
    folded = len(text.split()) - words
    return [
        *(
            []
            if 1500 <= words <= 5000
            else [f"{words} words; 1,500 to 5,000 are meant"]
        ),
        *([f"{folded} folded words; 750 are the limit"] if folded > 750 else []),
    ]


def opens_with_its_only_title(notebook):
    titles = re.findall(r"^# .+", prose(notebook), re.MULTILINE)
    first = notebook.cells[0]
    if len(titles) == 1 and first.cell_type == "markdown" and first.source[:2] == "# ":
        return []
    return [f"the first cell must hold the one `# Title`; titles found: {titles}"]


def first_code_cell_installs_what_a_hosted_notebook_lacks(notebook):
    wanted = bootstrap_source(notebook, ROOT)
    first = code_cells(notebook)[0]
    if first.source == wanted and is_bootstrap(first):
        return []
    return [f"{first.id}: must be tagged remove-cell and read\n{wanted}"]


def folded_markdown_is_rendered(notebook):
    """Right after a tag Markdown stays as it was typed; an empty line ends the tag."""
    return [
        f"{cell.id}: put an empty line after </summary> and before </details>"
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for body in re.findall(r"</summary>(.*?)</details>", cell.source, re.DOTALL)
        if re.search(r"[`$*{]", body)
        and not (body.startswith("\n\n") and body.endswith("\n\n"))
    ]


def exercises_are_complete(notebook):
    """Each code exercise: statement, stub, check and folded solution, in that order."""
    complaints = []
    for id in exercise_ids(notebook):
        stated = _where(notebook, rf":label: ex-{re.escape(id)}\s*$")
        checked = _where(notebook, rf'check\("{re.escape(id)}"', tag="check")
        solved = _where(notebook, rf"\{{solution\}} ex-{re.escape(id)}\s*$")
        stubs = _where(notebook, "raise NotImplementedError", tag="exercise")
        if len(stated) != 1 or len(checked) != 1 or len(solved) != 1:
            complaints.append(
                f"{id}: needs one `:label: ex-{id}`, one cell tagged check with "
                f'`check("{id}", …)` and one `{{solution}} ex-{id}`; '
                f"got {len(stated)}, {len(checked)} and {len(solved)}"
            )
        elif not stated[0] < checked[0] < solved[0]:
            complaints.append(f"{id}: statement, check and solution are out of order")
        elif not any(stated[0] < stub < checked[0] for stub in stubs):
            complaints.append(
                f"{id}: between statement and check there is no cell tagged exercise "
                "with `raise NotImplementedError`"
            )
    return complaints


def hints_and_solutions_are_imported(notebook):
    """What a message of ``check`` offers can be called as it stands."""
    names = {
        alias.name
        for cell in code_cells(notebook)
        for node in _nodes(cell, ast.ImportFrom)
        if node.module == "attn_helpers.exercises"
        for alias in node.names
    }
    checked = exercise_ids(notebook)
    missing = {"hint", "solution"} - names if checked else ()
    return [f"import {name} from attn_helpers.exercises" for name in sorted(missing)]


def figures_have_names(notebook):
    """First ``lookup = SoftLookup(…)``, then ``lookup``."""
    return [
        f"{cell.id}: give the figure a name"
        for cell in code_cells(notebook)
        for node in _nodes(cell, ast.Expr)
        if _makes_a_figure(node.value)
    ]


def long_figures_are_folded(notebook):
    return [
        f"{cell.id}: fold what makes the figure, with the tag hide-input"
        for cell in code_cells(notebook)
        for node in _nodes(cell, ast.Call)
        if _makes_a_figure(node)
        and node.end_lineno - node.lineno >= 4
        and not tagged(cell, "hide-input")
    ]


def python_moves_a_figure_and_reads_it(notebook):
    """One cell sets a trait of a figure, a later one reads where the reader left it."""
    named = {
        node.targets[0].id
        for cell in code_cells(notebook)
        for node in _nodes(cell, ast.Assign)
        if _makes_a_figure(node.value)
    }
    moves = [cell for cell in code_cells(notebook) if _traits(cell, named, ast.Store)]
    reads = [
        cell
        for cell in code_cells(notebook)
        if _traits(cell, named, ast.Load) and cell not in moves
    ]
    return [
        f"no cell of its own {verb} a trait of {' or '.join(sorted(named))}"
        for verb, cells in {"sets": moves, "reads": reads}.items()
        if named and not cells
    ]


def _nodes(cell, kind):
    """The parts of a cell's code that are of a kind; none where it cannot be read."""
    try:
        tree = ast.parse(TransformerManager().transform_cell(cell.source))
    except SyntaxError:
        return []
    return [node for node in ast.walk(tree) if isinstance(node, kind)]


def _makes_a_figure(node):
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in WIDGETS
    )


def _traits(cell, named, context):
    return [
        node.attr
        for node in _nodes(cell, ast.Attribute)
        if isinstance(node.ctx, context)
        and isinstance(node.value, ast.Name)
        and node.value.id in named
    ]


def exercise_ids(notebook):
    """The ids of the exercises that a notebook checks, or solves with code."""
    checked = [
        id
        for cell in code_cells(notebook)
        for id in re.findall(r'^check\("([\w-]+)"', cell.source, re.MULTILINE)
    ]
    solved = [
        id
        for cell in notebook.cells
        if "{literalinclude}" in cell.source
        for id in re.findall(r"\{solution\} ex-([\w-]+)$", cell.source, re.MULTILINE)
    ]
    return sorted({*checked, *solved})


def _where(notebook, pattern, tag=None):
    """The positions of the cells that hold ``pattern`` (and, if given, the tag)."""
    return [
        index
        for index, cell in enumerate(notebook.cells)
        if re.search(pattern, cell.source, re.MULTILINE)
        and (tag is None or tagged(cell, tag))
    ]


RULES = [
    every_cell_was_run,
    outputs_are_as_new_as_the_code,
    no_unmeant_error,
    every_image_has_alt_text,
    every_figure_is_followed_by_a_pinned_number,
    no_path_of_a_machine,
    no_raw_float,
    no_memory_address,
    no_compared_timing,
    no_widget_state,
    no_cell_ends_in_a_semicolon,
    no_stderr,
    cells_are_short,
    file_is_small,
    prose_has_a_readable_length,
    opens_with_its_only_title,
    first_code_cell_installs_what_a_hosted_notebook_lacks,
    folded_markdown_is_rendered,
    exercises_are_complete,
    hints_and_solutions_are_imported,
    figures_have_names,
    long_figures_are_folded,
    python_moves_a_figure_and_reads_it,
]


# ----------------------------------------------------------------------- the chapters


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_chapter_keeps_to(path, rule):
    complaints = rule(read(path))
    assert not complaints, "\n".join([path.name, *complaints])


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_chapter_is_in_normal_form(path):
    notebook = read(path)
    normalise(notebook, path)
    in_normal_form = path.read_text("utf-8") == v4.writes(notebook) + "\n"
    assert in_normal_form, f"{path.name}: run `make notebooks`"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_chapter_has_the_exercises_that_are_written_for_it(path):
    topic = path.stem.partition("_")[2]
    written = exercises_of(topic) if topic in topics() else ()
    assert exercise_ids(read(path)) == sorted(written)


def test_the_table_of_contents_and_the_chapters_name_each_other():
    assert CHAPTERS
    assert sorted(chapter_notebooks()) == CHAPTERS


# --------------------------------------------- a good notebook, and one bad per rule

SOLUTION = """\
:::{solution} ex-mean
:class: dropdown
```{literalinclude} ../attn_helpers/exercises/tiny/mean.py
:pyobject: mean
```
:::"""
IMPORTS = "from attn_helpers.exercises import check, hint, solution"
MOVED = "lookup = SoftLookup()\nlookup.query = 2"
READ = f"{MOVED}\nlookup.estimate"
LONG = "word " * 2000
FOLD = f"<details><summary>More</summary>\n\n{'word ' * 800}\n\n</details>"
DROP = f":::{{admonition}} More\n:class: dropdown\n{'word ' * 800}\n:::"
FOLDED = "<details><summary>Hint</summary>\n\nRead `x`\n\n</details>"
SOUND_ALT = "Two bars: the first key takes nine tenths of the weight."


def good_notebook():
    """A tiny chapter that every rule accepts."""
    figure = v4.new_output("display_data", {"image/png": "iVBO", "text/plain": "<Fig>"})
    number = v4.new_output("execute_result", {"text/plain": "0.9"})
    notebook = v4.new_notebook(
        cells=[
            v4.new_markdown_cell("# A title\n\n" + "word " * 2000),
            bootstrap_cell(v4.new_notebook(), ROOT),
            v4.new_code_cell(f"{IMPORTS}\nbars()", outputs=[figure]),
            v4.new_code_cell("weights[0]", outputs=[number]),
            v4.new_markdown_cell(
                ":::{exercise} Mean\n:label: ex-mean\n\nWrite it.\n:::"
            ),
            v4.new_code_cell("def mean(x):\n    raise NotImplementedError"),
            v4.new_code_cell('check("mean", mean)'),
            v4.new_markdown_cell(SOLUTION),
        ]
    )
    notebook.cells[2].metadata.mystnb = {"image": {"alt": SOUND_ALT}}
    notebook.cells[5].metadata.tags = ["exercise"]
    notebook.cells[6].metadata.tags = ["check"]
    for count, cell in enumerate(code_cells(notebook), start=1):
        cell.execution_count = count
    notebook.metadata.book = {"code_hash": code_hash(notebook)}
    normalise(notebook, "02_tiny.ipynb")
    return nbformat.from_dict(notebook)


def show(text):
    """A change that makes the number's cell print ``text``."""

    def change(notebook):
        notebook.cells[3].outputs = [v4.new_output("stream", text=text)]

    return change


def write(index, text):
    """A change that gives a cell another source."""

    def change(notebook):
        notebook.cells[index].source = text

    return change


def put(key, value):
    """A change that sets something of the number's cell."""

    def change(notebook):
        notebook.cells[3][key] = value

    return change


def read_a_model(notebook):
    """A chapter that comes to need a data package, with the bootstrap of before."""
    notebook.cells[3].source = "from attn_helpers.pretrained import minilm"


def drop(index):
    return lambda notebook: notebook.cells.pop(index)


def no_alt(notebook):
    notebook.cells[2].metadata = {}


def short_alt(notebook):
    notebook.cells[2].metadata.mystnb.image.alt = "a heatmap"


def unmarked_check(notebook):
    notebook.cells[6].metadata.tags = []


def stored_widgets(notebook):
    notebook.metadata.widgets = {"state": {}}


ERROR = v4.new_output("error", ename="NameError", evalue="weights", traceback=[])
STDERR = v4.new_output("stream", name="stderr", text="a warning\n")
WIDGET = v4.new_output("display_data", {WIDGET_VIEW: {}, "text/plain": "W"})
PICTURE = v4.new_output("display_data", {"text/html": '<img src="data:,">'})
ONLY_ITS_SIZE = v4.new_output(
    "display_data", {"image/png": "", "text/plain": "<9 x 9>"}
)

BAD = [
    (every_cell_was_run, put("execution_count", None)),
    (every_cell_was_run, put("execution_count", 7)),
    (outputs_are_as_new_as_the_code, write(3, "weights[1]")),
    (no_unmeant_error, put("outputs", [ERROR])),
    (every_image_has_alt_text, no_alt),
    (every_image_has_alt_text, short_alt),
    (every_image_has_alt_text, put("outputs", [PICTURE])),
    (every_figure_is_followed_by_a_pinned_number, put("outputs", [])),
    (every_figure_is_followed_by_a_pinned_number, put("outputs", [ONLY_ITS_SIZE])),
    (no_path_of_a_machine, show("/home/ada/book")),
    (no_path_of_a_machine, show("/Users/ada/book")),
    (no_path_of_a_machine, write(3, 'open("/tmp/x")')),
    (no_path_of_a_machine, write(0, r"see C:\book")),
    (no_raw_float, show("0.1234567")),
    (no_memory_address, show("<Line2D at 0x7f3a9c>")),
    (no_compared_timing, show("12.3 µs ± 40 ns per loop")),
    (no_compared_timing, show("CPU times: user 3 ms")),
    (no_widget_state, stored_widgets),
    (no_widget_state, put("outputs", [WIDGET])),
    (no_cell_ends_in_a_semicolon, write(3, "ax.plot(weights);")),
    (no_stderr, put("outputs", [STDERR])),
    (cells_are_short, write(3, "x = 1\n" * 26)),
    (file_is_small, show("x" * 1_000_001)),
    (prose_has_a_readable_length, write(0, "# A title\n\n" + "word " * 1400)),
    (prose_has_a_readable_length, write(0, "# A title\n\n" + "word " * 5100)),
    (prose_has_a_readable_length, write(0, f"# A title\n\n{LONG}\n\n{FOLD}")),
    (prose_has_a_readable_length, write(0, f"# A title\n\n{LONG}\n\n{DROP}")),
    (prose_has_a_readable_length, write(0, f"# A title\n\n{FOLD}")),
    (opens_with_its_only_title, write(0, "word " * 2000)),
    (opens_with_its_only_title, write(7, "# Another title")),
    (opens_with_its_only_title, drop(0)),
    (first_code_cell_installs_what_a_hosted_notebook_lacks, drop(1)),
    (first_code_cell_installs_what_a_hosted_notebook_lacks, read_a_model),
    (folded_markdown_is_rendered, write(4, FOLDED.replace("\n\n", "\n"))),
    (folded_markdown_is_rendered, write(4, FOLDED.replace("`\n\n", "`\n"))),
    (exercises_are_complete, write(4, "No label.")),
    (exercises_are_complete, write(5, "def mean(x):\n    return 0")),
    (exercises_are_complete, unmarked_check),
    (exercises_are_complete, drop(7)),
    (exercises_are_complete, lambda notebook: notebook.cells.reverse()),
    (hints_and_solutions_are_imported, write(2, "bars()")),
    (hints_and_solutions_are_imported, write(2, IMPORTS.replace(", hint", ""))),
    (figures_have_names, write(3, "SoftLookup()")),
    (long_figures_are_folded, write(3, "a = SoftLookup(\n    x=[],\n    y=[],\n\n)")),
    (python_moves_a_figure_and_reads_it, write(3, "lookup = SoftLookup()")),
    (python_moves_a_figure_and_reads_it, write(3, MOVED)),
    (python_moves_a_figure_and_reads_it, write(3, READ)),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_a_sound_notebook_pleases(rule):
    assert rule(good_notebook()) == []


@pytest.mark.parametrize(
    ("rule", "spoil"),
    BAD,
    ids=[f"{n}-{rule.__name__}" for n, (rule, _) in enumerate(BAD)],
)
def test_a_spoilt_notebook_is_noticed_by(rule, spoil):
    notebook = good_notebook()
    spoil(notebook)
    assert rule(notebook)


def test_every_rule_has_been_seen_to_fail():
    assert {rule for rule, _ in BAD} == set(RULES)


@pytest.mark.parametrize(
    ("rule", "text", "tag"),
    [
        (no_compared_timing, "12.3 µs ± 40 ns", "nbval-ignore-output"),
        (no_compared_timing, "valid cue: 312 ms", None),
        (no_raw_float, "0.123", None),
        (no_path_of_a_machine, "https://example.org/tmp/page", None),
    ],
)
def test_what_is_allowed_is_not_complained_of(rule, text, tag):
    notebook = good_notebook()
    show(text)(notebook)
    notebook.cells[3].metadata.tags = [tag]
    assert rule(notebook) == []


def test_a_draft_says_so_to_its_readers():
    notebook = good_notebook()
    notebook.cells[0].source = f"# A title\n\n{DRAFT}It is not written yet.\n:::"
    assert prose_has_a_readable_length(notebook) == []


def test_exercises_and_their_solutions_are_no_running_text():
    notebook = good_notebook()
    notebook.cells[4].source += "\n\n:::{exercise} Long\n" + "word " * 3000 + "\n:::"
    assert prose_has_a_readable_length(notebook) == []
