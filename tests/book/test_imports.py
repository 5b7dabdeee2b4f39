"""What a chapter and a page are made from, found by following imports."""

import json
import subprocess
import sys
from functools import cache

import pytest

from attn_helpers.book import imports
from attn_helpers.book.contents import ROOT, chapter_notebooks, topic_of
from attn_helpers.book.imports import (
    files_of_code,
    files_of_page,
    fingerprint,
    imported,
)
from attn_helpers.book.notebooks import read

CODE = {
    topic_of(path): [c.source for c in read(path).cells if c.cell_type == "code"]
    for path in chapter_notebooks()
}
PAGES = {topic_of(path): path.read_text("utf-8") for path in chapter_notebooks()}


@cache
def of_chapters():
    return {topic: files_of_code(cells, ROOT) for topic, cells in CODE.items()}


@cache
def of_pages():
    return {topic: files_of_page(text, ROOT) for topic, text in PAGES.items()}


def lay_out(root, files):
    for name, text in files.items():
        path = root / "attn_helpers" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def names(files, root):
    return [path.relative_to(root / "attn_helpers").as_posix() for path in files]


@pytest.mark.parametrize(
    "source",
    [
        "import attn_helpers.a.one",
        "import attn_helpers.a.one as x",
        "from attn_helpers.a import one",
        "from attn_helpers.a.one import f, g",
        "def late():\n    from attn_helpers.a.one import f",
        "%matplotlib inline\nfrom attn_helpers.a import one",
        "!ls\nif True:\n    %time 1\n    import attn_helpers.a.one",
    ],
)
def test_every_way_of_importing_is_followed_in_a_circle_too(
    tmp_path, source, monkeypatch
):
    seen, brought = [], imports._brought

    def once(path, root):
        assert path not in seen, "this circle would never end"
        seen.append(path)
        return brought(path, root)

    monkeypatch.setattr(imports, "_brought", once)
    files = {
        "a/__init__.py": "",
        "a/one.py": "def f():\n    from attn_helpers.b import two",
        "b/two.py": "import attn_helpers.a.one",
        "b/three.py": "",
    }
    lay_out(tmp_path, files)
    files = files_of_code([source], tmp_path)
    assert names(files, tmp_path) == ["a/__init__.py", "a/one.py", "b/two.py"]


def topics_with(file, files_of):
    """The topics that a change of ``file`` concerns."""
    path = ROOT / "attn_helpers" / file
    assert path.exists()
    return {topic for topic, files in files_of.items() if path in files}


def test_what_python_has_loaded_after_the_imports_is_found_by_reading_them():
    """The oracle is Python itself: it runs the import lines of every chapter."""
    program = """
import ast, json, sys
loaded = {}
for topic, cells in json.load(sys.stdin).items():
    for name in [n for n in sys.modules if n.split(".")[0] == "attn_helpers"]:
        del sys.modules[name]
    for node in [node for cell in cells if "%" not in cell.split("\\n")[0]
                 and "%pip" not in cell for node in ast.parse(cell).body]:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            exec(compile(ast.Module([node], []), topic, "exec"), {})
    loaded[topic] = [m.__file__ for n, m in sys.modules.items()
                     if n.split(".")[0] == "attn_helpers"]
print(json.dumps(loaded))
"""
    ran = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(CODE),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = json.loads(ran.stdout)
    assert set(loaded) == set(CODE)
    for topic, files in loaded.items():
        assert len(files) > 20
        assert set(files) <= set(map(str, of_chapters()[topic]))


@pytest.mark.parametrize(
    ("file", "topics"),
    [
        ("exercises/position/alibi.py", {"position"}),
        ("exercises/multi_head/on_the_page.py", {"multi_head"}),
        ("tasks/price_lists.py", {"position"}),
        ("tasks/repeats.py", {"language_model", "multi_head"}),
        ("data/digits.py", {"soft_hard_local"}),
        ("pretrained/formats/wordpiece.py", {"multi_head", "training_dynamics"}),
        ("mind/cueing.py", {"attention_in_the_mind"}),
        ("exercises/core/judge.py", set(CODE)),
        ("widgets/predict_question/widget.py", set(CODE)),
        ("_checks/message.py", set(CODE)),
        ("book/notebooks.py", set()),
    ],
)
def test_python_belongs_to_the_chapters_that_run_it(file, topics):
    assert topics_with(file, of_chapters()) == topics


@pytest.mark.parametrize(
    ("file", "topics"),
    [
        ("exercises/position/alibi.py", {"position"}),  # its hints stand on the page
        ("widgets/head_mixer/style.css", {"multi_head"}),
        ("widgets/head_mixer/view.js", {"multi_head"}),
        ("widgets/kit/math/positions.js", {"language_model", "position"}),
        ("widgets/experiments/session.js", {"attention_in_the_mind"}),
        ("widgets/experiments/style.css", {"attention_in_the_mind"}),
        ("widgets/mask_painter/view.js", {"self_and_cross_attention"}),
        ("widgets/kit/base.css", set(CODE)),
        ("widgets/kit/dom.js", set(CODE)),
    ],
)
def test_a_view_belongs_to_where_the_widget_is_shown(file, topics):
    assert topics_with(file, of_chapters()) == topics
    assert topics_with(file, of_pages()) == topics


@pytest.mark.parametrize("file", ["widgets/head_mixer/widget.py", "reference/masks.py"])
def test_a_page_shows_the_pictures_that_are_stored(file):
    assert topics_with(file, of_chapters())
    assert topics_with(file, of_pages()) == set()


@pytest.mark.parametrize(
    "file",
    [
        "widgets/query_key_playground/widget.py",
        "widgets/query_key_playground/style.css",
        "reference/softmax.py",
        "widgets/kit/dom.js",
    ],
)
def test_a_directive_is_made_from_the_widget_and_all_it_computes_with(file):
    text = (ROOT / "chapters" / "index.md").read_text("utf-8")
    assert ROOT / "attn_helpers" / file in files_of_page(text, ROOT)


def test_a_page_without_a_widget_shows_nothing_of_the_package():
    assert files_of_page("# Notation\n\nA *widget* is none.", ROOT) == []


def test_what_is_no_python_or_of_others_imports_nothing(tmp_path):
    lay_out(tmp_path, {"a/one.py": ""})
    cells = ["def broken(:", "import numpy\nfrom x import attn_helpers", "# a.one"]
    assert files_of_code(cells, tmp_path) == []
    assert list(imported("from . import one\nimport attn_helpers_2.a")) == []


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ('check("two-words", f)', ["exercises/t/two_words.py"]),
        ("hint('two-words', 2)", ["exercises/t/two_words.py"]),
        ('solution(\n    "two-words"\n)', ["exercises/t/two_words.py"]),
        ('ask("why-not")', ["exercises/t/on_the_page.py"]),
        ('challenge("reach")', ["exercises/t/on_the_page.py"]),
        ('check("two", f)', []),
        ('ask("why")', []),
    ],
)
def test_an_exercise_is_found_by_its_id(tmp_path, source, wanted):
    page = 'QUESTIONS = (Question(\n    id="why-not"),)\nX = Challenge(id="reach")'
    files = {"exercises/t/on_the_page.py": page, "exercises/t/two_words.py": ""}
    lay_out(tmp_path, files)
    assert names(files_of_code([source], tmp_path), tmp_path) == wanted


def test_a_challenge_brings_its_widget(tmp_path):
    page = 'Challenge(id="reach", widget="SoftDial")'
    files = {
        "exercises/t/on_the_page.py": page,
        "widgets/soft_dial/__init__.py": "import attn_helpers.widgets.soft_dial.widget",
        "widgets/soft_dial/widget.py": "",
        "widgets/hard_dial/__init__.py": "",
    }
    lay_out(tmp_path, files)
    assert names(files_of_code(['challenge("reach")'], tmp_path), tmp_path) == [
        "exercises/t/on_the_page.py",
        "widgets/soft_dial/__init__.py",
        "widgets/soft_dial/widget.py",
    ]


def test_scripts_are_followed_over_folders_and_bring_the_styles_beside_them(tmp_path):
    files = {
        "widgets/dial/view.js": 'import { a } from "./own.js";\n'
        "import * as all from '../kit/dom.js';\nimport \"./side.js\";\n"
        'export { b } from "../kit/math/more.js";\nimport {\n  c\n} from "./long.js";',
        **dict.fromkeys(("widgets/dial/own.js", "widgets/dial/side.js"), ""),
        **dict.fromkeys(("widgets/dial/style.css", "widgets/kit/base.css"), ""),
        **dict.fromkeys(("widgets/kit/dom.js", "widgets/kit/math/more.js"), ""),
        **dict.fromkeys(("widgets/dial/long.js", "widgets/other/style.css"), ""),
    }
    lay_out(tmp_path, files)
    page = '<div class="book-widget" data-widget="Dial" data-state="{}">'
    found = names(files_of_page(page, tmp_path), tmp_path)
    assert found == sorted(set(files) - {"widgets/other/style.css"})


def test_data_beside_a_module_belong_to_it(tmp_path):
    lay_out(tmp_path, {"a/one.py": ""})
    (tmp_path / "attn_helpers" / "a" / "weights.npz").write_bytes(b"1")
    files = files_of_code(["import attn_helpers.a.one"], tmp_path)
    assert names(files, tmp_path) == ["a/one.py", "a/weights.npz"]


def test_a_fingerprint_tells_content_name_and_number_of_files_apart(tmp_path):
    one, two, three = (tmp_path / name for name in ("one", "two", "three"))
    one.write_text("ab"), two.write_text("c"), three.write_text("ab")
    prints = [[one], [two], [three], [one, two], [one, three], []]
    assert len({fingerprint(files, tmp_path) for files in prints}) == len(prints)
    before = fingerprint([one, two], tmp_path)
    one.write_text("a"), two.write_text("bc")
    assert fingerprint([one, two], tmp_path) != before
