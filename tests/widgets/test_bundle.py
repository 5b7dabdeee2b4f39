import pytest
from py_mini_racer import MiniRacer

from attn_helpers.widgets import bundle


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "HERE", tmp_path)
    (tmp_path / "low.js").write_text(
        "const scale = 2;\n"
        "export function twice(x) {\n  return scale * x;\n}\n"
        "export const seven = 7;\n"
    )
    (tmp_path / "high.js").write_text(
        'import { twice, seven as n } from "./low.js"; // one line\n'
        "const scale = 100; // the same name as in low.js\n"
        "const view = { render: () => twice(n) + scale };\n"
        "export default view;\n"
    )
    (tmp_path / "top.js").write_text(
        'import { twice } from "./low.js";\n'
        "const view = { render: () => twice(3) };\nexport default view;\n"
    )


def run(script, expression):
    return MiniRacer().eval(f"{script}\n{expression}")


def test_modules_come_after_what_they_import_and_only_once(files):
    assert bundle.modules_of("high.js", "top.js") == ["low.js", "high.js", "top.js"]


def test_names_of_different_modules_do_not_collide(files):
    script = bundle.script(bundle.modules_of("high.js"))
    assert run(script, 'modules["high.js"].default.render()') == 114


def test_esm_is_one_module_with_one_default_export(files):
    text = bundle.esm("top.js")
    assert "import " not in text
    assert text.count("export ") == 1
    assert text.endswith('export default modules["top.js"].default;\n')


def test_every_view_of_the_book_can_be_bundled():
    for path in bundle.HERE.glob("*.js"):
        text = bundle.script(bundle.modules_of(path.name))
        assert "\nimport " not in text and "\nexport " not in text, path.name
