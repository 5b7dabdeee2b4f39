"""Sphinx extension: pages that describe the package, read from its source.

A page asks for files and folders of the package, by their paths in it::

    ```{api} layers training.py
    ```

and gets a section for each public module with its docstring, and a signature for each
public class and function and for each method that has a docstring, in the order of the
source. Nothing is imported: a page is the same whether torch is installed or not, and
shows a default as it is written.
"""

import ast
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.ext.napoleon import Config
from sphinx.ext.napoleon.docstring import GoogleDocstring

PACKAGE = Path(__file__).resolve().parents[1]
STYLE = Path(__file__).with_suffix(".css")
FENCE = re.compile(r"^```\{api\} (.+)\n```$", re.MULTILINE)
ARXIV = re.compile(r"arXiv:(\d{4}\.\d{4,5})")
DOI = re.compile(r"doi:(10\.\d+/[^\s,]*[^\s,.;)])")


class Docstring(GoogleDocstring):
    """The sections of this package; its ``Returns`` name no type before a colon."""

    config: Any = Config(
        napoleon_use_rtype=False,
        napoleon_custom_sections=[
            ("Attributes", "params_style"),
            ("Traits", "params_style"),
        ],
    )

    def _consume_returns_section(self, preprocess_types=False):
        lines = self._dedent(self._consume_to_next_section())
        return [("", "", lines)] if lines else []


def expanded(text: str, source_link: str | None = None) -> str:
    """The Markdown of a page, each ``{api}`` block written out as sections."""

    def sections(found):
        return "\n\n".join(
            section(
                path.relative_to(PACKAGE.parent).as_posix(),
                path.read_text("utf-8"),
                source_link,
            )
            for path in modules_of(*found[1].split())
        )

    return FENCE.sub(sections, text)


def modules_of(*places: str) -> list[Path]:
    """The public modules at ``places``, files and folders of the package, in order."""
    found = []
    for place in places:
        path = PACKAGE / place
        if not path.exists():
            raise ValueError(f"api: there is no {place} in {PACKAGE.name}.")
        paths = [path] if path.is_file() else sorted(path.rglob("*.py"))
        found += [path for path in paths if _says_something(path)]
    return found


def _says_something(path):
    """Whether a module is public and defines something public."""
    names = path.relative_to(PACKAGE).with_suffix("").parts
    if any(name.startswith("_") and name != "__init__" for name in names):
        return False
    return any(_public(ast.parse(path.read_text("utf-8"))))


def section(place: str, source: str, source_link: str | None = None) -> str:
    """Markdown for one module: a heading, and what follows in reStructuredText."""
    module = ast.parse(source)
    dotted = place.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    lines = [f".. py:module:: {dotted}", "", *_described(module, "module")]
    if source_link:
        lines += [f"`{place} <{source_link}/{place}>`__", ""]
    names = _full_names(module, dotted)
    for node in _public(module):
        lines += _entry(node, names)
    title = dotted.removeprefix(f"{PACKAGE.name}.")
    return "\n".join([f"## `{title}`", "", "````{eval-rst}", *lines, "````"])


def _public(parent):
    """Its classes and functions whose names do not begin with an underscore."""
    for node in parent.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name[0] != "_":
            yield node


def _entry(node, names):
    """The lines of one class or function of a module."""
    if isinstance(node, ast.FunctionDef):
        return _object("function", node, _signature(node, names))
    lines = _object("class", node, _construction(node, names))
    for method in filter(ast.get_docstring, _public(node)):
        lines += [f"   {line}".rstrip() for line in _method(method, names)]
    return lines


def _method(node, names):
    marks = {ast.unparse(mark) for mark in node.decorator_list}
    if "property" in marks:
        kind = {"type": ast.unparse(node.returns)} if node.returns else {}
        return _object("property", node, "", **kind)
    for mark in marks & {"staticmethod", "classmethod"}:
        bound = mark == "classmethod"
        return _object("method", node, _signature(node, names, bound), **{mark: ""})
    return _object("method", node, _signature(node, names, bound=True))


def _object(directive, node, signature, **options):
    """A directive of Sphinx's Python domain with the docstring below it."""
    return [
        f".. py:{directive}:: {node.name}{signature}",
        *(f"   :{name}: {value}".rstrip() for name, value in options.items()),
        "",
        *(f"   {line}".rstrip() for line in _described(node, directive)),
    ]


def _described(node, kind):
    """The docstring as reStructuredText, works linked."""
    written = (ast.get_docstring(node) or "").replace("Traits (inputs):", "Traits:")
    text = str(Docstring(written, Docstring.config, what=kind))
    text = ARXIV.sub(r"`arXiv:\1 <https://arxiv.org/abs/\1>`__", text)
    return [*DOI.sub(r"`doi:\1 <https://doi.org/\1>`__", text).splitlines(), ""]


def _construction(node, names):
    """What a class is called with: as in ``__init__``, or the fields of a dataclass."""
    for part in node.body:
        if isinstance(part, ast.FunctionDef) and part.name == "__init__":
            return _signature(part, names, bound=True, returns=False)
    marks = [ast.unparse(mark) for mark in (*node.decorator_list, *node.bases)]
    if not any("dataclass" in mark or mark == "NamedTuple" for mark in marks):
        return ""
    fields = [part for part in node.body if isinstance(part, ast.AnnAssign)]
    return f"({', '.join(_field(field, names) for field in fields)})"


def _field(field, names):
    """One field of a dataclass, as a parameter."""
    shown = f"{field.target.id}: {_annotation(field.annotation, names)}"
    default = field.value
    if isinstance(default, ast.Call) and ast.unparse(default.func) == "field":
        given = {word.arg: ast.unparse(word.value) for word in default.keywords}
        factory = given.get("default_factory")
        value = f"{factory}()" if factory else given.get("default")
    else:
        value = default and ast.unparse(default)
    return f"{shown} = {value}" if value else shown


def _signature(node, names, bound=False, returns=True):
    """Parameters and result as they are written; without ``self`` where it is bound."""
    arguments = node.args
    every = arguments.posonlyargs + arguments.args
    for argument in [*every, *arguments.kwonlyargs]:
        if argument.annotation:
            argument.annotation = ast.Name(_annotation(argument.annotation, names))
    if bound:
        del (arguments.posonlyargs or arguments.args)[0]
    shown = f"({ast.unparse(arguments)})"
    if returns and node.returns:
        shown += f" -> {_annotation(node.returns, names)}"
    return shown


def _annotation(node, names):
    """An annotation with the package's own classes under their full names."""
    text = ast.unparse(node)
    return re.sub(r"[A-Za-z_]\w*", lambda word: names.get(word[0], word[0]), text)


def _full_names(module, dotted):
    """``{name in this module: full name}`` of what the package defines."""
    names = {node.name: f"{dotted}.{node.name}" for node in _public(module)}
    for node in module.body:
        if isinstance(node, ast.ImportFrom) and node.module.startswith(PACKAGE.name):
            names |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return names


def expand(app: Sphinx, docname: str, source: list[str]) -> None:
    """Write the blocks of one page out, and read it again when a module changes."""
    for found in FENCE.finditer(source[0]):
        for path in [Path(__file__), *modules_of(*found[1].split())]:
            app.env.note_dependency(str(path))
    theme = app.config.html_theme_options
    link = f"{theme['repository_url']}/blob/{theme['repository_branch']}"
    source[0] = expanded(source[0], link)


def leave_unlinked(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, contnode: nodes.Element
) -> nodes.Element | None:
    """A type from elsewhere, such as Tensor, is text; our own must lead somewhere."""
    target = node.get("reftarget", "")
    ours = target.startswith(f"{PACKAGE.name}.") and "._" not in target
    return None if ours or node.get("refdomain") != "py" else contnode


def add_style(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict,
    doctree: nodes.document | None,
) -> None:
    """The style sheet of these pages, on these pages."""
    if pagename.startswith("chapters/api/"):
        app.add_css_file(STYLE.name)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("source-read", expand)
    app.connect("missing-reference", leave_unlinked)
    app.connect("html-page-context", add_style)
    app.config.html_static_path.append(str(STYLE))
    app.config.add_module_names = False
    app.config.python_use_unqualified_type_names = True
    return {"parallel_read_safe": True, "parallel_write_safe": True}
