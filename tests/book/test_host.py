"""What brings the widgets of a page to life, on views made for the purpose."""

import html
import json

import pytest

from attn_helpers.book.sphinxext import scripts_of

HOST = scripts_of([])["host.js"]
# Each view, as its module's script would leave it in `bookModules`.
VIEWS = {
    "calm_one": "el.textContent = `calm ${model.get('n')}`;"
    "model.on('change:n', () => { el.textContent = `calm ${model.get('n')}`; });",
    "throws": "el.textContent = 'half'; throw new Error('broken');",
    "notes": "window.model = model; el.textContent = 'notes';",
}


@pytest.fixture
def open_page(new_context, tmp_path):
    """open_page(("Throws", {…}), …) holds these widgets, each around a picture."""

    def widget(name, state):
        text = state if isinstance(state, str) else json.dumps(state)
        return (
            f'<div class="book-widget" data-widget="{name}" '
            f'data-state="{html.escape(text)}"><img alt="of {name}">.</div>'
        )

    def visit(*widgets, more=""):
        views = ",".join(
            f'"{name}/view.js": {{'
            f" default: {{ render: ({{ model, el }}) => {{ {body} }} }} }}"
            for name, body in VIEWS.items()
        )
        file = tmp_path / "page.html"
        file.write_text(
            f'<meta charset="utf-8"><script>window.bookModules = {{ {views} }}</script>'
            f"{''.join(widget(*one) for one in widgets)}{more}<script>{HOST}</script>"
        )
        page = new_context().new_page()
        page.said = []
        page.on("console", lambda m: m.type == "error" and page.said.append(m.text))
        page.on("pageerror", lambda error: pytest.fail(f"uncaught: {error}"))
        page.goto(file.as_uri())
        return page

    return visit


def shown(page):
    return [div.inner_html() for div in page.locator(".book-widget").all()]


PICTURE = '<img alt="of {}">.'


def test_every_widget_gets_the_view_of_its_name_and_its_own_state(open_page):
    page = open_page(("CalmOne", {"n": 3}), ("CalmOne", {"n": 5}))
    assert shown(page) == ["<div>calm 3</div>", "<div>calm 5</div>"]
    assert page.locator("[data-live]").count() == 2
    page.evaluate("liveWidgets[1].model.set('n', 7)")
    assert shown(page) == ["<div>calm 3</div>", "<div>calm 7</div>"]
    assert page.said == []


@pytest.mark.parametrize(
    ("name", "state", "complaint"),
    [
        ("Throws", {}, "broken"),
        ("NotThere", {}, "undefined"),
        ("CalmOne", "{half", "JSON"),
    ],
)
def test_a_view_that_fails_leaves_its_picture_and_the_others_alone(
    open_page, name, state, complaint
):
    page = open_page(("CalmOne", {"n": 1}), (name, state), ("CalmOne", {"n": 2}))
    assert shown(page) == [
        "<div>calm 1</div>",
        PICTURE.format(name),
        "<div>calm 2</div>",
    ]
    assert page.evaluate("liveWidgets.map(({ model }) => model.get('n'))") == [1, 2]
    assert page.locator("[data-live]").count() == 2
    assert len(page.said) == 1 and complaint in page.said[0]


def test_a_page_without_views_keeps_its_pictures(open_page):
    page = open_page(
        ("CalmOne", {"n": 1}), more="<script>delete window.bookModules</script>"
    )
    assert shown(page) == [PICTURE.format("CalmOne")]


def test_who_listens_hears_of_changes_and_of_nothing_else(open_page):
    page = open_page(("Notes", {"n": [1, 2], "m": 0}))
    heard = page.evaluate(
        """() => {
          const heard = [];
          const hear = { n: () => heard.push("n"), all: () => heard.push("all") };
          model.on("change:n", hear.n);
          model.on("change", hear.all);
          model.set("n", [1, 2]);      // what it was
          model.set("n", [1, 3]);
          model.set("m", 4);
          model.set("fresh", null);
          model.off("change:n", hear.n);
          model.off("change:m", hear.n); // was never on
          model.set("n", 5);
          model.save_changes();
          return heard;
        }"""
    )
    assert heard == ["n", "all", "all", "all", "all"]
    assert page.evaluate("model.state") == {"n": 5, "m": 4, "fresh": None}


def test_one_who_stops_listening_while_told_takes_nobody_s_turn(open_page):
    page = open_page(("Notes", {"n": 1}))
    heard = page.evaluate(
        """() => {
          const heard = [];
          const once = () => { heard.push("once"); model.off("change:n", once); };
          model.on("change:n", once);
          model.on("change:n", () => heard.push("always"));
          model.set("n", 2); model.set("n", 3);
          return heard;
        }"""
    )
    assert heard == ["once", "always", "always"]


def test_what_is_set_is_kept_as_it_was_then(open_page):
    page = open_page(("Notes", {"rows": [[1]]}))
    kept = page.evaluate(
        "() => { const rows = [[2]]; model.set('rows', rows); rows[0][0] = 9;"
        " return model.get('rows'); }"
    )
    assert kept == [[2]]
