"""Turn a widget's modules into scripts, without a build tool.

anywidget imports a view from a ``blob:`` address and a page opened from ``file://``
may not import modules at all: in both places a relative ``import`` cannot resolve.
So each module becomes one function call whose result, its exports, is kept in
``modules`` under the module's name: its path below ``widgets``.

A module may say, each ended by a semicolon and on as many lines as it likes::

    import { a, b as c } from "./other.js";     import * as all from "./other.js";
    import "./other.js";
    export function f() {}                      export class C {}
    export const x = 1;                         export { a, b as c };
    export default view;                        export default { render };

Every other form of ``import`` and ``export`` is refused, naming file and line.
"""

import functools
import json
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from attn_helpers.widgets.kit.javascript import bare, blanked

HERE = Path(__file__).parents[1]
WORD = re.compile(r"(?<![\w$#])(?:import|export)(?![\w$])(?!\s*:)")
NAMES = r"\{(?P<names>[\w$\s,]*)\}"
IMPORT = re.compile(
    rf"import\s*(?:(?:{NAMES}|\*\s*as\s+(?P<all>[\w$]+))\s*from\s*)?"
    r"(?P<quote>[\"'])(?P<path>\s*)(?P=quote)\s*;"
)
EXPORT = re.compile(
    r"export\s+(?=(?P<const>const)\s+(?P<constant>[\w$]+)\s*="
    r"|(?:async\s+)?function\b\s*\*?\s*(?P<function>[\w$]+)"
    r"|class\s+(?P<class>[\w$]+))"
    rf"|export\s*{NAMES}\s*;"
    r"|export\s+default\s+(?P<default>[\w$]+)\s*;"
    r"|export\s+default\s*(?=\{)"
)
ONE_NAME = re.compile(r"\s*([\w$]+)(?:\s+as\s+([\w$]+))?\s*")


@dataclass(frozen=True)
class Module:
    """A module whose imports and exports are told apart from its body."""

    name: str
    imports: tuple  # of (module, what the other exports, JavaScript that names it)
    exports: dict  # from the name outside to the name inside
    body: str

    def script(self, scope: str = "modules") -> str:
        """The call that puts the exports under the module's name in ``scope``."""
        named = " ".join(
            f"const {pattern} = {scope}[{_quoted(other)}];"
            for other, _, pattern in self.imports
            if pattern
        )
        exports = ", ".join(
            own if own == out else f"{out}: {own}" for out, own in self.exports.items()
        )
        return (
            f'(() => {{ "use strict"; {named}\n{self.body}\n'
            f"{scope}[{_quoted(self.name)}] = {{ {exports} }};\n}})();\n"
        )


def read(name: str) -> str:
    """The text of a file below ``widgets``."""
    return (HERE / name).read_text(encoding="utf-8")


def modules_of(*entries: str) -> list[Module]:
    """The entries and all they import, each after what it imports."""
    ordered = {}

    def visit(name, path):
        if name in path:
            circle = " → ".join([*path[path.index(name) :], name])
            raise ValueError(f"bundle: modules must not import in a circle; {circle}.")
        if name in ordered:
            return ordered[name]
        module = _parsed(name, read(name))
        for other, wanted, _ in module.imports:
            missing = set(wanted) - set(visit(other, (*path, name)).exports)
            if missing:
                raise ValueError(
                    f"bundle: {name} imports {min(missing)!r}, "
                    f"which {other} does not export."
                )
        ordered[name] = module
        return module

    for entry in entries:
        visit(entry, ())
    return list(ordered.values())


def styles_of(modules: Iterable[Module]) -> list[str]:
    """The style sheets for these modules: the shared one, then their folders' own."""
    own = (f"{posixpath.dirname(module.name)}/style.css" for module in modules)
    return ["kit/base.css", *(s for s in dict.fromkeys(own) if (HERE / s).exists())]


def classic(module: Module) -> str:
    """A module as a script of its own, for a page that loads those it needs in order.

    A fault in it leaves its name empty; scripts that do not import it still run.
    """
    call, scope = module.script(scope="$"), "window.bookModules ??= {}"
    return bare(call.replace("()", "($)", 1).removesuffix("();\n") + f"({scope});\n")


def joined(*entries: str) -> str:
    """One script that fills ``modules`` with the entries and all they import."""
    scripts = (module.script() for module in modules_of(*entries))
    return "const modules = {};\n" + "".join(scripts)


def work(entry: str) -> str:
    """A function of JavaScript with all of ``entry`` in it, for a worker or the page.

    It calls the entry's default export with the scope that it is given. Its text is all
    that it needs, so that a worker can be made of it.
    """
    start = f"return modules[{_quoted(entry)}].default(scope);"
    return bare(f"(scope) => {{\n{joined(entry)}{start}\n}}")


def later(folder: str, data: Mapping[str, object]) -> str:
    """A script with what a view asks for when it is first seen; see ``kit/later.js``.

    That is ``data``, and, where the folder has a ``worker.js``, as ``work`` what that
    does, and, where it has a ``more.js``, as ``more`` what makes more of the view. The
    script is empty where there is none of these.
    """
    parts = [f"...{json.dumps(data)}"] if data else []
    for name, file in (("work", "worker.js"), ("more", "more.js")):
        if (HERE / folder / file).exists():
            parts.append(f"{name}: {work(f'{folder}/{file}')}")
    if not parts:
        return ""
    kept = f"(globalThis.bookData ??= {{}})[{_quoted(folder)}]"
    return f"{kept} = {{ {', '.join(parts)} }};\n"


def esm(entry: str) -> str:
    """The module text that anywidget loads for the view in ``entry``."""
    return (
        later(posixpath.dirname(entry), {})
        + joined(entry)
        + f"export default modules[{_quoted(entry)}].default;\n"
    )


@functools.cache
def _parsed(name, source):
    """Cut the statements that import and export out of the source, lines kept."""
    try:
        code = blanked(source)
    except ValueError as error:
        raise ValueError(f"bundle: {name}, {error}.") from None
    imports, exports, edits = [], {}, []
    for word in WORD.finditer(code):
        if _is_property(code, word.start()):
            continue
        form = IMPORT.match(code, word.start()) or EXPORT.match(code, word.start())
        if form is None or _depth(code, word.start()) != 0:
            raise _refusal(name, source, word.start(), "cannot be translated")
        written = functools.partial(_refusal, name, source, word.start())
        replaced = ""
        if form.re is IMPORT:
            path = source[slice(*form.span("path"))]
            imports.append(_import(name, path, form, written))
        elif form["const"]:
            if _declares_more(code, form.end()):
                raise written("must declare one name, as `export const x = …;`")
            exports[form["constant"]] = form["constant"]
        elif form["function"] or form["class"]:
            own = form["function"] or form["class"]
            exports[own] = own
        elif form["names"] is not None:
            for own, out in _names(form["names"], written):
                exports[out or own] = _declared(own, code, written)
        elif form["default"]:
            exports["default"] = _declared(form["default"], code, written)
        else:
            exports["default"], replaced = "$default", "const $default = "
        edits.append((*form.span(), replaced + "\n" * form[0].count("\n")))
    return Module(name, tuple(imports), exports, _edited(source, edits))


def _import(name, path, form, written):
    """Which module, which of its exports, and a pattern that takes them."""
    if not path.startswith(("./", "../")):
        raise written("must name a file by its relative path")
    other = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
    if other.startswith("../") or not (HERE / other).is_file():
        raise written(f"names {other}, which is not there")
    if form["all"]:
        return other, (), form["all"]
    pairs = _names(form["names"] or "", written)
    pattern = ", ".join(f"{out}: {own}" if own else out for out, own in pairs)
    return other, tuple(out for out, _ in pairs), f"{{ {pattern} }}" if pairs else ""


def _names(text, written):
    """``a, b as c`` as pairs (a, None) and (b, c); a last comma does no harm."""
    parts = text.split(",")
    if not parts[-1].strip():
        parts.pop()
    names = list(filter(None, map(ONE_NAME.fullmatch, parts)))
    if len(names) < len(parts):
        raise written("must list names, as in `{ a, b as c }`")
    return [name.groups() for name in names]


def _declared(name, code, written):
    """The name, where it stands for one and the same thing from the start."""
    kind = r"(?:const|class)\s+|(?:async\s+)?function\b\s*\*?\s*"
    own = re.escape(name)
    if not re.search(rf"^(?:export\s+)?(?:{kind}){own}(?![\w$])", code, re.M):
        raise written(
            f"must name a const, function or class of the module, which {name} is not"
        )
    return name


def _is_property(code, at):
    before = code[:at].rstrip()
    return before.endswith(".") and not before.endswith("...")


def _depth(code, at):
    return code.count("{", 0, at) - code.count("}", 0, at)


def _declares_more(code, at):
    """Whether a comma at the depth of the declaration comes before its end."""
    depth = 0
    for letter in code[at:]:
        if letter in "([{":
            depth += 1
        elif letter in ")]}":
            depth -= 1
        elif depth == 0 and letter in ",;":
            return letter == ","
    return False


def _edited(source, edits):
    for start, end, text in reversed(edits):
        source = source[:start] + text + source[end:]
    return source


def _refusal(name, source, at, rule):
    line = source.count("\n", 0, at)
    got = source.split("\n")[line].strip()
    return ValueError(f"bundle: {name}, line {line + 1}: this {rule}; got `{got}`.")


def _quoted(name):
    return f'"{name}"'
