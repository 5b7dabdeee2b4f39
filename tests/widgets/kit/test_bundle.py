import re

import pytest
from py_mini_racer import MiniRacer

from attn_helpers.book import reader
from attn_helpers.book.page_exercises import assets
from attn_helpers.widgets.kit import bundle
from attn_helpers.widgets.kit.base import widget_classes
from attn_helpers.widgets.kit.javascript import blanked

VIEWS = [cls.view for cls in widget_classes().values()]
LATER = [
    path.relative_to(bundle.HERE).as_posix()
    for kind in ("*worker.js", "more.js")
    for path in bundle.HERE.glob(f"*/{kind}")
]
STATEMENT = re.compile(r"^\s*(import|export)\b(?!\s*:)", re.M)


@pytest.fixture
def write(tmp_path, monkeypatch):
    """write({"kit/low.js": "export const seven = 7;", …}) in the place of widgets/."""
    monkeypatch.setattr(bundle, "HERE", tmp_path)

    def write_all(files):
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")

    return write_all


LOW = """const scale = 2;
export function twice(x) {
  return scale * x;
}
export const seven = 7;
"""
HIGH = """import { twice, seven as n } from "../kit/low.js"; // one line
const scale = 100; // the same name as in low.js
const view = { render: () => twice(n) + scale };
export default view;
"""
TOP = """import { twice } from "../kit/low.js";
const view = { render: () => twice(3) };
export default view;
"""
THREE = {"kit/low.js": LOW, "high/view.js": HIGH, "top/view.js": TOP}


def run(script, expression):
    return MiniRacer().eval(f"const window = globalThis;\n{script}\n{expression}")


def names_of(*entries):
    return [module.name for module in bundle.modules_of(*entries)]


def test_modules_come_after_what_they_import_and_only_once(write):
    write(THREE)
    expected = ["kit/low.js", "high/view.js", "top/view.js"]
    assert names_of("high/view.js", "top/view.js") == expected


def test_names_of_different_modules_do_not_collide(write):
    write(THREE)
    call = 'modules["high/view.js"].default.render()'
    assert run(bundle.joined("high/view.js"), call) == 114


def test_esm_is_one_module_with_one_default_export(write):
    write(THREE)
    text = bundle.esm("top/view.js")
    assert re.findall(r"^.*\bexport\b.*$", text, re.M) == [
        'export default modules["top/view.js"].default;'
    ]
    assert "import" not in text


def classics(*entries):
    return [bundle.classic(module) for module in bundle.modules_of(*entries)]


def test_classic_scripts_run_one_after_the_other(write):
    write(THREE)
    call = 'bookModules["high/view.js"].default.render()'
    assert run("".join(classics("high/view.js")), call) == 114


@pytest.mark.parametrize("fault", ["const = 3;", "throw new Error('no');"])
def test_a_fault_in_one_classic_script_leaves_the_others_alone(write, fault):
    write(THREE | {"top/view.js": TOP + fault})
    context = MiniRacer()
    context.eval("const window = globalThis;")
    for script in classics("high/view.js", "top/view.js"):
        try:
            context.eval(script)
        except Exception as error:
            assert '"top/view.js"' in script, error
    assert context.eval('bookModules["high/view.js"].default.render()') == 114
    assert context.eval('"top/view.js" in bookModules') is False


def test_a_module_is_strict(write):
    write({"a.js": "let found = 1;\nexport const kind = (() => typeof this)();\n"})
    write({"b.js": "export const oops = (() => { undeclared = 1; })();\n"})
    with pytest.raises(Exception, match="undeclared is not defined"):
        run(bundle.joined("b.js"), "1")


TRANSLATED = {
    "a name": ('import { seven } from "./kit/low.js";', "seven", 7),
    "another name": ('import { seven as n } from "./kit/low.js";', "n", 7),
    "single quotes": ("import { seven } from './kit/low.js';", "seven", 7),
    "many lines": (
        'import {\n  seven,\n  twice as double,\n} from\n  "./kit/low.js";',
        "double(seven)",
        14,
    ),
    "no spaces": ('import{seven}from"./kit/low.js";', "seven", 7),
    "a comment inside": ('import { /* 7 } */ seven } from "./kit/low.js";', "seven", 7),
    "behind a statement": ('; import { seven } from "./kit/low.js";', "seven", 7),
    "indented": ('  import { seven } from "./kit/low.js";', "seven", 7),
    "two on a line": (
        'import { seven } from "./kit/low.js"; import { twice } from "./kit/low.js";',
        "twice(seven)",
        14,
    ),
    "everything": ('import * as low from "./kit/low.js";', "low.twice(low.seven)", 14),
    "nothing": ('import "./kit/low.js";', "5", 5),
    "no names": ('import {} from "./kit/low.js";', "5", 5),
    "below its use": (
        'const f = () => seven;\nimport { seven } from "./kit/low.js";',
        "f()",
        7,
    ),
}


@pytest.mark.parametrize("form", TRANSLATED)
def test_a_form_of_import_does_what_it_says(write, form):
    statement, expression, expected = TRANSLATED[form]
    write(THREE | {"a.js": f"{statement}\nexport const got = {expression};\n"})
    assert names_of("a.js") == ["kit/low.js", "a.js"]
    assert run(bundle.joined("a.js"), 'modules["a.js"].got') == expected


EXPORTED = {
    "const": ("export const a = 3;", "m.a", 3),
    "const of a call with commas": ("export const a = Math.max(1, 3, 2);", "m.a", 3),
    "const of a list": ("export const a = [1, 3][1];", "m.a", 3),
    "const of a function": ("export const a = (x, y) => { return x; };", "m.a(3)", 3),
    "function": ("export function a() { return 3; }", "m.a()", 3),
    "async function": ("export async function a() {}", "typeof m.a", "function"),
    "generator": ("export function* a() { yield 3; }", "m.a().next().value", 3),
    "class": ("export class A { b() { return 3; } }", "new m.A().b()", 3),
    "a list": ("const a = 3;\nexport { a };", "m.a", 3),
    "a list of two": (
        "const a = 3;\nfunction f() { return a; }\nexport {\n  a as b,\n  f,\n};",
        "m.b * m.f()",
        9,
    ),
    "default by name": (
        "const view = { a: 3 };\nexport default view;",
        "m.default.a",
        3,
    ),
    "default in a list": ("const v = 3;\nexport { v as default };", "m.default", 3),
    "default object": ("export default { a: 3 };", "m.default.a", 3),
    "default of an export": ("export const v = 3;\nexport default v;", "m.default", 3),
    "indented": ("  export const a = 3;", "m.a", 3),
    "behind a statement": ("const b = 1; export const a = 3;", "m.a", 3),
    "names with a dollar": ("export const $a = 3;", "m.$a", 3),
}


@pytest.mark.parametrize("form", EXPORTED)
def test_a_form_of_export_does_what_it_says(write, form):
    statement, expression, expected = EXPORTED[form]
    write({"a.js": f"{statement}\n"})
    script = bundle.joined("a.js") + 'const m = modules["a.js"];'
    assert run(script, expression) == expected


REFUSED = {
    "default import": 'import view from "./kit/low.js";',
    "default and names": 'import view, { seven } from "./kit/low.js";',
    "default and everything": 'import view, * as low from "./kit/low.js";',
    "no semicolon": 'import { seven } from "./kit/low.js"',
    "a text for a name": 'import { "seven" as n } from "./kit/low.js";',
    "a package": 'import { seven } from "low";',
    "an address": 'import { seven } from "https://example.org/low.js";',
    "a path from the root": 'import { seven } from "/kit/low.js";',
    "a file that is not there": 'import { seven } from "./kit/high.js";',
    "a file elsewhere": 'import { seven } from "../low.js";',
    "attributes": 'import { seven } from "./kit/low.js" with { type: "json" };',
    "a deferred import": 'import defer * as low from "./kit/low.js";',
    "dynamic import": 'const low = import("./kit/low.js");',
    "dynamic import, apart": 'const low = import /* now */ ("./kit/low.js");',
    "awaited import": 'const low = await import("./kit/low.js");',
    "spread import": 'const low = [...import("./kit/low.js")];',
    "import in a template": "const low = `${import('./kit/low.js')}`;",
    "import.meta": "const here = import.meta.url;",
    "import in a block": '{ import { seven } from "./kit/low.js"; }',
    "export let": "export let a = 1;",
    "export var": "export var a = 1;",
    "export of two": "export const a = 1, b = 2;",
    "export of two on two lines": "export const a = f(1, 2),\n  b = 2;",
    "export of an object's parts": "export const { a, b } = { a: 1, b: 2 };",
    "export of a list's parts": "export const [a, b] = [1, 2];",
    "a list of a variable": "let a = 1;\nexport { a };",
    "default by a variable": "let view = 1;\nexport default view;",
    "a list with no semicolon": "const a = 1;\nexport { a }",
    "a list with a text": 'const a = 1;\nexport { a as "b c" };',
    "a list with nothing between commas": "const a = 1;\nexport { a,, };",
    "default function": "export default function render() {}",
    "default function without a name": "export default function () {}",
    "default async function": "export default async function () {}",
    "default class": "export default class View {}",
    "default arrow": "export default () => 1;",
    "default expression": "export default 1 + 2;",
    "default list": "export default [1];",
    "default in parentheses": "export default ({ a: 1 });",
    "default with no semicolon": "const view = 1;\nexport default view",
    "re-export": 'export { seven } from "./kit/low.js";',
    "re-export of everything": 'export * from "./kit/low.js";',
    "re-export under a name": 'export * as low from "./kit/low.js";',
    "re-export of a name": 'import { twice } from "./kit/low.js";\nexport { twice };',
    "export in a block": "{ export const a = 1; }",
    "export in a function": "function f() { export const a = 1; }",
    "export after a pattern with a quote": 'const p = /["`]/;\nexport let a = 1;',
    "export after a pattern behind a condition": (
        "if (1) /`/.test(``); export let a = 1; if (1) /`/.test(``);"
    ),
    "export after a pattern behind a block": "{ } /[`]/.test(``); export let a = 1;",
    "export after a division": "const q = 4 / 2; const r = 1 / 2;\nexport let a = 1;",
    "export between templates": "const a = `x`; export let b = `y`;",
    "export after an escaped quote": 'const a = "\\"";\nexport let b = "\\"";',
    "export behind a comment": "/* the name */ export let a = 1;",
}


@pytest.mark.parametrize("form", REFUSED)
def test_a_form_that_is_not_translated_is_refused_with_its_file_and_line(write, form):
    source = f"const before = 1;\n\n{REFUSED[form]}\n"
    write(THREE | {"a.js": source})
    lines = [i for i, line in enumerate(source.split("\n"), 1) if "port" in line]
    with pytest.raises(ValueError, match=r"^bundle: a\.js, line \d+: this ") as refused:
        bundle.modules_of("a.js")
    assert f"line {lines[-1]}: " in str(refused.value)
    assert f"got `{source.split(chr(10))[lines[-1] - 1].strip()}`" in str(refused.value)


HARMLESS = {
    "a comment": "// export let a = 1;\n",
    "a comment of many lines": "/*\nexport let a = 1;\nimport b from 'b';\n*/\n",
    "a text": "const t = \"export let a; import('b')\";\n",
    "a text with a quote": "const t = 'it\\'s export let a';\n",
    "a template": "const t = `\nexport let a = 1;\nimport b from 'b';\n`;\n",
    "a template with code": "const t = `${1}\nexport let a\n${`${2}\nimport b`}`;\n",
    "a template with an object": "const t = `${{ a: 1 }.a} export let a`;\n",
    "a template with a dollar": "const t = `$ \\${ export let a \\` $`;\n",
    "a pattern": "const p = /export let [/\"'`] a/g;\n",
    "a pattern in a call": 'const p = "a".replace(/`/g, "export let");\n',
    "a pattern after a word": "const p = () => { return /`export let/; };\n",
    "a division": "const q = (1 + 2) / 3; const r = 6 / 2; // export\n",
    "names that begin so": "const exporter = 1; const imports = exporter;\n",
    "a name with a dollar": "const $export = 1; const export$ = $export;\n",
    "keys": "const o = { import: 1, export : 2 };\n",
    "properties": "const o = {}; o.import = o?.export;\n",
}


@pytest.mark.parametrize("what", HARMLESS)
def test_a_word_that_only_looks_like_a_statement_is_left_alone(write, what):
    write({"a.js": HARMLESS[what] + "export const three = 3;\n"})
    script = bundle.joined("a.js")
    assert HARMLESS[what] in script
    assert run(script, 'modules["a.js"].three') == 3


def test_lines_keep_their_numbers_but_for_the_first_one(write):
    source = 'import {\n  seven,\n} from "./kit/low.js";\nexport const a = seven;\n'
    write(THREE | {"a.js": source})
    script = bundle.modules_of("a.js")[-1].script()
    assert script.split("\n")[4] == "const a = seven;"


def test_a_name_that_the_other_module_does_not_export_is_refused(write):
    write(THREE | {"a.js": 'import { seven, eight } from "./kit/low.js";\n'})
    with pytest.raises(ValueError, match=r"a\.js imports 'eight', which kit/low\.js"):
        bundle.modules_of("a.js")


def test_a_template_without_an_end_is_refused(write):
    write({"a.js": "const a = 1;\nconst t = `export;\n"})
    with pytest.raises(ValueError, match=r"a\.js, line 2: a template must have an end"):
        bundle.modules_of("a.js")


def test_a_circle_of_imports_is_refused(write):
    write({"a.js": 'import "./b.js";\n', "b.js": 'import "./a.js";\n'})
    with pytest.raises(ValueError, match=r"in a circle; a\.js → b\.js → a\.js"):
        bundle.modules_of("a.js")


@pytest.mark.parametrize("view", VIEWS)
def test_no_line_of_a_bundled_view_begins_with_import_or_export(view):
    assert STATEMENT.search(blanked(bundle.joined(view))) is None


@pytest.mark.parametrize("module", bundle.modules_of(*VIEWS), ids=lambda m: m.name)
def test_every_script_of_the_book_parses(module):
    MiniRacer().eval(f"() => {{ {bundle.classic(module)} }}")


def test_every_module_of_the_book_is_imported_now_or_later():
    files = {p.relative_to(bundle.HERE).as_posix() for p in bundle.HERE.rglob("*.js")}
    alone = {f"{assets.FOLDER}/begin.js", f"{assets.VENDORED}.js"}  # a page names them
    assert alone <= files
    roots = *VIEWS, *LATER, reader.BEGIN, reader.TOOLS
    assert files - alone == {m.name for m in bundle.modules_of(*roots)}


def test_a_folder_s_styles_come_with_its_modules():
    modules = bundle.modules_of("cueing_experiment/view.js")
    assert bundle.styles_of(modules) == [
        "kit/base.css",
        "experiments/style.css",
        "cueing_experiment/style.css",
    ]


# --- what is loaded later ---

WORKER = """import { twice } from "../kit/low.js";
const start = (scope) => {
  scope.answer = twice(scope.asked);
};
export default start;
"""


def run_later(text, code):
    context = MiniRacer()
    context.eval(text)
    return context.eval(code)


def test_work_is_a_function_whose_text_is_all_that_it_needs(write):
    write({"kit/low.js": LOW, "figure/worker.js": WORKER})
    work = bundle.work("figure/worker.js")
    code = "const scope = { asked: 21 }; work(scope); scope.answer"
    assert run_later(f"const work = {work};", code) == 42
    again = "const again = eval(String(work)); again(scope); scope.answer"
    assert run_later(f"const scope = {{ asked: 4 }}; const work = {work};", again) == 8


def test_what_comes_later_is_data_and_work(write):
    write({"kit/low.js": LOW, "figure/worker.js": WORKER})
    text = bundle.later("figure", {"sizes": [1, 2]})
    kept = "globalThis.bookData.figure"
    code = f"const scope = {{ asked: 3 }}; {kept}.work(scope); scope.answer"
    assert run_later(text, code) == 6
    assert run_later(text, f"{kept}.sizes[1]") == 2


def test_what_comes_later_is_kept_beside_that_of_others(write):
    write({"kit/low.js": LOW, "figure/worker.js": WORKER})
    text = bundle.later("figure", {}) + bundle.later("other", {"n": 1})
    assert run_later(text, "Object.keys(globalThis.bookData).join()") == "figure,other"


def test_a_folder_without_a_worker_and_without_data_has_nothing_for_later(write):
    write({"figure/view.js": "export const n = 1;"})
    assert bundle.later("figure", {}) == ""


def test_a_view_in_a_notebook_has_the_work_with_it(write):
    view = "const view = { n: 1 };\nexport default view;\n"
    write({"kit/low.js": LOW, "figure/worker.js": WORKER, "figure/view.js": view})
    text = bundle.esm("figure/view.js")
    assert text.startswith(bundle.later("figure", {}))
    assert text.endswith('export default modules["figure/view.js"].default;\n')
