"""Join a widget's ES modules into one script, without a build tool.

anywidget imports a view from a ``blob:`` address and a page opened from ``file://``
may not import modules at all: in both places a relative ``import`` cannot resolve.
So each module becomes one function call whose result is kept under its file name.
A module may use ``import { a, b } from "./other.js";`` on one line, ``export
function``, ``export const`` and ``export default name;`` at the start of a line.
"""

import re
from pathlib import Path

HERE = Path(__file__).parent
IMPORT = re.compile(r'^import\s*\{([^}]*)\}\s*from\s*"\./([^"]+)";[^\n]*\n', re.M)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const) (\w+))", re.M)
DEFAULT = re.compile(r"^export default (\w+);", re.M)


def modules_of(*entries):
    """File names of the entries and all they import, each after what it imports."""
    ordered = []

    def visit(name):
        if name not in ordered:
            for _, imported in IMPORT.findall(_read(name)):
                visit(imported)
            ordered.append(name)

    for entry in entries:
        visit(entry)
    return ordered


def script(names):
    """One classic script that fills ``modules`` with the exports of each file."""
    return "const modules = {};\n" + "".join(_wrapped(name) for name in names)


def esm(entry):
    """The module text that anywidget loads for the view in ``entry``."""
    view = f'export default modules["{entry}"].default;\n'
    return script(modules_of(entry)) + view


def _read(name):
    return (HERE / name).read_text(encoding="utf-8")


def _wrapped(name):
    source = _read(name)
    exported = EXPORT.findall(source)
    default = DEFAULT.search(source)
    if default:
        exported.append(f"default: {default[1]}")
    body = DEFAULT.sub("", EXPORT.sub("", IMPORT.sub(_destructured, source)))
    result = f"return {{ {', '.join(exported)} }};"
    return f'modules["{name}"] = (() => {{\n{body}\n{result}\n}})();\n'


def _destructured(match):
    names = re.sub(r"\s+as\s+", ": ", match[1])
    return f'const {{{names}}} = modules["{match[2]}"];\n'
