"""Every built page, as a reader's browser sees it."""

import gzip
import importlib.util
import itertools
import math
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont

import attn_helpers
from attn_helpers.book import budgets, imprint
from attn_helpers.book.contents import (
    chapters,
    parts,
    question_of,
    recalled_by,
    topic_of,
)
from attn_helpers.book.motifs import motif
from attn_helpers.book.page_exercises import assets
from attn_helpers.book.reader import FIGURE
from attn_helpers.book.sphinxext import scripts_of
from attn_helpers.widgets.kit.base import widget_classes
from tests.book.test_figure_links import LINKS
from tests.frames import TWO_FRAMES

ROOT = Path(__file__).parents[2]
AXE = (
    Path(importlib.util.find_spec("axe_playwright_python").origin).parent / "axe.min.js"
)
PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
CLASSES = widget_classes()

# What is wrong before we add anything: rules the theme breaks, and the roles that
# docutils gives a bibliography. Nothing of ours may join.
THEME_FINDINGS = {"region", "label-content-name-mismatch"}
DOCUTILS_MARKUP = '<div class="citation" id='
DOCUTILS_LIST = '<div role="list" class="citation-list">'


def toc_files(node):
    """Every file that _toc.yml names, in reading order."""
    if isinstance(node, list):
        return [name for item in node for name in toc_files(item)]
    if not isinstance(node, dict):
        return []
    own = [node[key] for key in ("root", "file") if key in node]
    return own + [
        name
        for key, value in node.items()
        for name in toc_files(value)
        if key not in own
    ]


def holds_a_widget(name):
    sources = [ROOT / f"{name}{kind}" for kind in (".ipynb", ".md")]
    texts = [source.read_text("utf-8") for source in sources if source.exists()]
    return any("data-widget=" in text or "{widget}" in text for text in texts)


NAMES = toc_files(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")))
PAGES = [f"{name}.html" for name in NAMES]
PAGES_WITH_WIDGETS = [f"{name}.html" for name in NAMES if holds_a_widget(name)]


def test_every_page_of_the_table_of_contents_was_built(html):
    assert len(PAGES) >= 6
    for page in PAGES:
        assert (html / page).stat().st_size > 5_000, page


def widgets_of(html, page):
    """The names of the widgets that a built page holds."""
    body = (html / page).read_text(encoding="utf-8")
    return re.findall(r'class="book-widget" data-widget="(\w+)"', body)


@pytest.mark.parametrize("page", PAGES)
def test_the_page_at_first_sight(visit, site, html, page):
    seen = visit(page)
    assert_it_loads_without_an_error_or_a_request_to_another_host(seen, site)
    widgets = widgets_of(html, page)
    assert bool(widgets) == (page in PAGES_WITH_WIDGETS)
    assert_every_widget_is_live(seen, widgets)
    assert_it_has_one_search_box_and_one_title(seen)
    assert_the_book_s_own_mathjax_sets_every_formula(seen, html / page)
    assert_it_weighs_at_most_its_budget_when_compressed(seen, site, html)


def assert_it_loads_without_an_error_or_a_request_to_another_host(seen, site):
    assert seen.errors == []
    hosts = {urlsplit(url).netloc for url in seen.requests if url.startswith("http")}
    assert hosts == {urlsplit(site).netloc}


def assert_every_widget_is_live(seen, written):
    live = seen.page.evaluate("window.liveWidgets?.map(w => w.name) ?? []")
    assert live == written
    assert seen.page.locator(".book-widget:not([data-live])").count() == 0


def assert_it_has_one_search_box_and_one_title(seen):
    assert seen.page.locator("h1:visible").count() == 1
    search = "button.search-button:visible, button.search-button-field:visible"
    assert seen.page.locator(search).count() == 1


def assert_the_book_s_own_mathjax_sets_every_formula(seen, file):
    formulas = file.read_text(encoding="utf-8").count('class="math ')
    if formulas:
        seen.page.wait_for_function("document.querySelector('mjx-container') !== null")
        seen.page.wait_for_function("MathJax.startup.promise.then(() => true)")
    assert seen.page.locator("mjx-container").count() >= formulas
    assert seen.page.locator("mjx-merror").count() == 0


def assert_it_weighs_at_most_its_budget_when_compressed(seen, site, html):
    paths = {urlsplit(u).path.lstrip("/") for u in seen.requests if u.startswith(site)}
    weight = sum(compressed(html / path) for path in paths)
    assert weight <= budgets.PAGE_COMPRESSED, f"{weight:,} bytes"


@pytest.mark.parametrize("page", PAGES_WITH_WIDGETS)
def test_one_interaction_gives_the_numbers_that_python_computes(visit, page):
    seen = visit(page)
    for index in range(seen.live()):
        name, before, after = interact(seen.page, index)
        results = CLASSES[name].results
        assert [before[r] for r in results] != [after[r] for r in results], name
        inputs = {key: after[key] for key in writable(CLASSES[name])}
        twin = CLASSES[name](**inputs)
        for result in results:
            tolerance = 1e-6 if name in IN_FLOAT32 else 1e-9
            same = close(after[result], getattr(twin, result), tolerance)
            assert same, (page, name, result)


def writable(cls):
    traits = cls.class_traits(sync=True)
    return [n for n in cls().inputs() if not traits[n].read_only]


# Numbers that load when a figure is seen may come later than its first picture.
HAS_ALL = """([index, names]) =>
  names.every((name) => liveWidgets[index].model.get(name) !== undefined)"""


def interact(page, index):
    """Use one widget with the keyboard; its name, state before and state after."""
    state = f"JSON.parse(JSON.stringify(liveWidgets[{index}].model.state))"
    name = page.evaluate(f"liveWidgets[{index}].name")
    root = page.locator(".book-widget[data-live]").nth(index)
    root.scroll_into_view_if_needed()
    page.evaluate(TWO_FRAMES)
    before = page.evaluate(state)
    if "simulated" in before:  # an experiment takes minutes: give it a session's trials
        page.evaluate(
            f"(({{model}}) => model.set('trials', model.get('simulated')))"
            f"(liveWidgets[{index}])"
        )
        page.evaluate(TWO_FRAMES)
        return name, before, page.evaluate(state)
    page.wait_for_function(HAS_ALL, arg=[index, CLASSES[name].results])
    before = after = page.evaluate(state)
    for element, key in controls(root):
        element.press(key)
        page.evaluate(TWO_FRAMES)
        after = page.evaluate(state)
        if any(before[result] != after[result] for result in CLASSES[name].results):
            break
    return name, before, after


def controls(root):
    """What can be moved or pressed in a widget, and a key for it."""
    for handle in reversed(root.locator(".bw-handle").all()):
        yield from ((handle, f"Shift+Arrow{way}") for way in ("Left", "Down", "Up"))
    for cell in root.locator("[data-cell]").all():
        yield cell, " "
    for button in root.get_by_role("button").all():
        yield button, "Enter"
    for switch in root.get_by_role("checkbox").all():
        yield switch, " "


IN_FLOAT32 = {"LanguageModelExplorer"}  # what its worker sends


def close(got, want, tolerance):
    """Equal to a tolerance wherever there are numbers, and equal elsewhere."""
    if isinstance(want, dict):
        return got.keys() == want.keys() and all(
            close(got[k], want[k], tolerance) for k in want
        )
    if isinstance(want, (list, tuple)):
        return len(got) == len(want) and all(
            close(g, w, tolerance) for g, w in zip(got, want, strict=True)
        )
    if isinstance(want, float) and got is not None:
        return math.isclose(got, want, rel_tol=tolerance, abs_tol=tolerance)
    return got == want


def with_exercises_live(page):
    """Their editors come a moment after the page."""
    if page.locator("[data-exercise]").count():
        page.wait_for_function("window.pageExercises !== undefined")


# the schemes differ in their colours, and in nothing else
RULES = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}

# A chapter has thousands of words of code in a handful of looks: the style of a word
# and what lies behind it. Axe measures the contrast of one word in sight of each.
ONE_OF_EACH_LOOK = """() => {
  const behind = new Map([[null, ""]]);
  const ground = (element) => {
    if (!behind.has(element)) {
      const { backgroundColor, backgroundImage, opacity } = getComputedStyle(element);
      const rest = ground(element.parentElement);
      behind.set(element, `${backgroundColor} ${backgroundImage} ${opacity} ${rest}`);
    }
    return behind.get(element);
  };
  const inSight = (word) => {
    const own = word.getBoundingClientRect();
    const whole = word.closest("pre").getBoundingClientRect();
    const isInside = own.left >= whole.left && own.right <= whole.right;
    return isInside && word.checkVisibility({ visibilityProperty: true });
  };
  // axe passes over signs, and is not sure of a single letter
  const isText = (node) => node.nodeType === Node.TEXT_NODE && /\\w\\w/.test(node.data);
  const looks = new Set();
  for (const word of document.querySelectorAll(".highlight pre span")) {
    if (![...word.childNodes].some(isText) || !inSight(word)) continue;
    const { color, fontSize, fontWeight, textShadow } = getComputedStyle(word);
    const look = `${color} ${fontSize} ${fontWeight} ${textShadow} ${ground(word)}`;
    word.toggleAttribute("data-alike", looks.has(look));
    looks.add(look);
  }
  const selector = ":not([data-alike])";
  axe.configure({ rules: [{ id: "color-contrast", selector }] });
}"""
# A button of the theme turns from one scheme to the other in some tenths of a second.
IN_FULL = """document.getAnimations().filter((a) => a instanceof CSSTransition)
  .forEach((transition) => transition.finish())"""


@pytest.mark.parametrize("page", PAGES)
def test_the_page_has_no_accessibility_finding_of_ours(visit, page):
    seen = visit(page)
    with_exercises_live(seen.page)
    seen.page.evaluate(AXE.read_text(encoding="utf-8"))
    for scheme, rules in RULES.items():
        seen.page.emulate_media(color_scheme=scheme)
        seen.page.wait_for_selector(f"html[data-theme={scheme}]")
        seen.page.evaluate(IN_FULL)
        seen.page.evaluate(ONE_OF_EACH_LOOK)
        run = "rules => axe.run(rules).then(r => r.violations)"
        violations = seen.page.evaluate(run, rules)
        ours = [
            (violation["id"], node["target"], node["failureSummary"])
            for violation in violations
            for node in violation["nodes"]
            if violation["id"] not in THEME_FINDINGS
            and not node["html"].startswith((DOCUTILS_MARKUP, DOCUTILS_LIST))
        ]
        assert ours == [], scheme


@pytest.mark.parametrize("page", ["chapters/index.html", PAGES_WITH_WIDGETS[2]])
def test_colours_that_a_reader_forces_are_legible(visit, page):
    seen = visit(page, forced_colors="active")
    with_exercises_live(seen.page)
    seen.page.evaluate(AXE.read_text(encoding="utf-8"))
    seen.page.evaluate(ONE_OF_EACH_LOOK)
    run = "rules => axe.run(rules).then(r => r.violations.map(v => v.nodes.length))"
    assert seen.page.evaluate("matchMedia('(forced-colors: active)').matches")
    assert seen.page.evaluate(run, {"runOnly": ["color-contrast"]}) == []


@pytest.mark.parametrize("page", PAGES)
def test_the_page_does_not_scroll_sideways_on_a_phone(visit, page):
    seen = visit(page, **PHONE)
    with_exercises_live(seen.page)
    width = seen.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 360


@pytest.mark.parametrize("page", PAGES_WITH_WIDGETS)
def test_without_javascript_every_widget_shows_its_fallback(visit, page):
    seen = visit(page, script=False)
    assert seen.page.locator("noscript .no-script").count() == 1
    for widget in seen.page.locator(".book-widget").all():
        picture = widget.locator("img")
        if picture.count():
            assert len(picture.get_attribute("alt")) > 30
            assert picture.evaluate("img => img.naturalWidth") > 0
        else:
            assert len(widget.inner_text()) > 30


def compressed(path):
    return len(gzip.compress(path.read_bytes()))


def own_files(html, page, kind):
    """The scripts ("js") or style sheets ("css") of the widgets that a page names."""
    named = re.findall(
        rf'(?:src|href)="[./]*(_static/widgets/[\w./]+\.{kind})\b',
        (html / page).read_text(),
    )
    return [html / name for name in named]


@pytest.mark.parametrize("page", PAGES)
def test_the_page_s_own_scripts_and_styles_stay_within_their_budgets(html, page):
    for kind, written, sent in [
        ("js", budgets.SCRIPTS, budgets.SCRIPTS_COMPRESSED),
        ("css", budgets.STYLES, budgets.STYLES_COMPRESSED),
    ]:
        files = own_files(html, page, kind)
        assert sum(file.stat().st_size for file in files) <= written, (page, kind)
        assert sum(map(compressed, files)) <= sent, (page, kind)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_the_scripts_of_its_widgets_and_no_other(html, page):
    names = widgets_of(html, page)
    expected = [*scripts_of(names)] if names else []
    if assets.PLACE in (html / page).read_text(encoding="utf-8"):
        expected.append(f"{assets.FOLDER}/begin.js")
    got = [
        file.relative_to(html / "_static/widgets").as_posix()
        for file in own_files(html, page, "js")
    ]
    assert got == expected
    assert bool(own_files(html, page, "css")) == bool(names)


def test_a_page_without_a_widget_loads_no_script_of_the_book(html):
    assert own_files(html, "chapters/notation.html", "js") == []


def test_the_front_page_lives_when_opened_as_a_file(visit, html):
    seen = visit((html / "chapters" / "index.html").as_uri())
    assert seen.live() >= 1
    # the theme asks for its icon fonts twice; only the second time a file may be used
    fonts = ("webfonts", "net::ERR_FAILED")
    assert [e for e in seen.errors if not any(font in e for font in fonts)] == []


def test_a_drag_with_the_mouse_moves_the_query_of_the_front_page(visit):
    page = visit("chapters/index.html").page
    handle = page.locator('[data-vector="Q0"] .bw-tip')
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = page.evaluate("liveWidgets[0].model.get('Q')")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 80, y + 40, steps=5)
    page.mouse.up()
    [[x0, y0]], [[x1, y1]] = before, page.evaluate("liveWidgets[0].model.get('Q')")
    assert x1 < x0 - 0.5 and y1 < y0 - 0.2


def test_a_plain_control_without_kernel_says_so(visit, site):
    page = visit("chapters/index.html").page
    page.evaluate(
        "document.querySelector('article').insertAdjacentHTML('beforeend', "
        "'<script type=\"application/vnd.jupyter.widget-view+json\">{}</script>')"
    )
    page.add_script_tag(url=f"{site}/_static/widgets/host.js")
    notice = page.locator(".book-needs-kernel")
    assert "runs Python, so it does not move on this page" in notice.inner_text()


def test_every_page_names_licences_version_and_how_to_cite(html):
    pages = [*html.glob("chapters/**/*.html"), html / "genindex.html"]
    assert len(pages) > 12
    for page in pages:
        text = page.read_text("utf-8")
        [footer] = re.findall(r'<div class="extra_footer">(.+?)</div>', text, re.DOTALL)
        for address in imprint.LICENCES.values():
            assert f'href="{address}"' in footer, page
        assert f"Version {attn_helpers.__version__}." in footer, page
        how = re.search(r'href="([^"#]*)#([^"]+)">How to cite<', footer)
        cited = (page.parent / how[1]).resolve() if how[1] not in ("", "#") else page
        assert f'<section id="{how[2]}">' in cited.read_text("utf-8"), page


def test_the_front_page_shows_version_and_entry(html):
    text = (html / "chapters" / "index.html").read_text("utf-8")
    assert f"You are reading version {attn_helpers.__version__}." in text
    citation = yaml.safe_load(imprint.CITATION.read_text("utf-8"))
    assert citation["url"] in re.search(r"@misc.+?</pre>", text, re.DOTALL)[0]


def test_a_page_that_is_shared_names_the_book_and_shows_a_picture(html):
    config = yaml.safe_load((imprint.ROOT / "_config.yml").read_text("utf-8"))
    text = (html / "chapters" / "index.html").read_text("utf-8")
    tags = dict(re.findall(r'<meta property="og:([\w:]+)" content="([^"]*)"', text))
    assert tags["site_name"] == config["title"]
    folder, _, picture = tags["image"].rpartition("/_static/")
    assert folder == config["html"]["baseurl"].rstrip("/")
    assert (html / "_static" / picture).stat().st_size > 10_000
    assert len(tags["image:alt"]) > 20


@pytest.mark.parametrize("page", [f"{page}.html" for page in chapters()])
def test_a_chapter_that_is_shared_shows_a_figure_of_its_own(html, page):
    text = (html / page).read_text("utf-8")
    tags = dict(re.findall(r'<meta property="og:([\w:]+)" content="([^"]*)"', text))
    assert '<meta name="twitter:card" content="summary_large_image" />' in text
    card = html / "_static" / "cards" / f"{Path(page).stem}.png"
    assert tags["image"].endswith(f"/_static/cards/{card.name}")
    assert len(tags["image:alt"]) > 20
    assert 10_000 < card.stat().st_size < 300_000


def test_the_root_leads_to_the_front_page_and_says_what_it_is(html):
    text = (html / "index.html").read_text("utf-8")
    assert "<title>Attention, from Mind to Machine</title>" in text
    assert '<link rel="canonical" href="https://' in text
    assert '<a href="chapters/index.html">' in text


def test_a_wrong_address_shows_the_look_of_the_book(html, new_context):
    """As a host shows it: in any folder, and always with the same text."""
    page = new_context().new_page()
    lost = (html / "404.html").read_text("utf-8")
    base = re.search('<base href="(/.*?)" />', lost)[1]
    missing = []

    def answer(route):
        path = urlsplit(route.request.url).path
        file = html / path.removeprefix(base)
        if path.startswith(base) and file.is_file():
            return route.fulfill(path=file)
        missing.append(path)
        return route.fulfill(body=lost, content_type="text/html", status=404)

    page.route("**/*", answer)
    wrong = f"{base}chapters/a/page/that/nobody/wrote.html"
    page.goto(f"http://host.example{wrong}")
    assert page.locator("h1:visible").inner_text() == "There is no page here"
    assert missing == [wrong]  # its style sheets and scripts are found
    assert (
        page.locator("article a")
        .first.evaluate("a => a.href")
        .endswith(f"{base}chapters/index.html")
    )
    assert "404.html" not in (html / "sitemap.xml").read_text("utf-8")


def test_a_page_without_a_formula_does_not_load_what_sets_them(html):
    for page, loads in [("chapters/index.html", False), (MEASURED, True)]:
        text = (html / page).read_text("utf-8")
        assert ("mathjax/tex-mml-chtml.js" in text) == loads


def test_the_front_page_bears_the_title_of_the_book_once(html):
    text = (html / "chapters" / "index.html").read_text("utf-8")
    assert (
        re.search("<title>(.*?)</title>", text)[1] == "Attention, from Mind to Machine"
    )


def test_the_built_front_page_has_cover_and_map(html):
    page = (html / "chapters" / "index.html").read_text("utf-8")
    header = page.partition('<header class="cover">')[2].partition("</header>")[0]
    assert "<h1>" in header and 'data-widget="QueryKeyPlayground"' in header
    assert 'href="#choose-a-way-in"' in header
    assert 'id="choose-a-way-in"' in page
    assert page.count('<ol class="chapter-map">') == len(parts())


def test_the_pages_show_the_card_and_a_plain_link_back(html):
    before, behind = chapters()[1:3]
    page = (html / f"{before}.html").read_text("utf-8")
    (footer,) = page.split('<footer class="prev-next-footer')[1:]
    footer = footer.partition("</footer>")[0]
    assert footer.count("<a ") == 2
    assert f'href="{Path(behind).name}.html" rel="next"' in footer
    assert question_of(behind) in footer and motif(behind)[:40] in footer
    assert 'rel="prev">Back to ' in footer
    last = (html / f"{chapters()[-1]}.html").read_text("utf-8")
    assert 'class="left-prev"' in last and "next-chapter" not in last


def test_the_book_loads_few_icons_and_has_those_of_its_buttons(html):
    for font in html.glob("_static/vendor/fontawesome/*/webfonts/*.woff2"):
        assert font.stat().st_size < 5_000, font
    (solid,) = html.glob("_static/vendor/fontawesome/*/webfonts/fa-solid-900.woff2")
    bars, rocket, download = 0xF0C9, 0xF135, 0xF019
    assert {bars, rocket, download} <= set(TTFont(solid).getBestCmap())


# A look at one chapter: how wide its lines are, and what stands beside them.
LOOK = """() => {
  const box = e => e.getBoundingClientRect().toJSON();
  const all = s => [...document.querySelectorAll(s)];
  const letters = p => {
    const range = document.createRange();
    range.selectNodeContents(p);
    const row = r => Math.round(r.bottom / 12);
    return p.textContent.length / new Set([...range.getClientRects()].map(row)).size;
  };
  const text = all('article section > p').filter(p => p.textContent.length > 300);
  return {
    letters: text.filter(p => !p.querySelector('mjx-container')).map(letters),
    text: box(text[0]),
    opener: box(document.querySelector('.opener')),
    notes: all('.side').map(box),
    captions: all('figcaption').map(box),
    code: all('.cell_input').map(box),
  };
}"""


[MEASURED] = [f"{page}.html" for page in chapters() if topic_of(page) == "soft_lookup"]


def test_a_chapter_is_one_column_of_text_with_a_margin_that_is_used(visit):
    wide = {"viewport": {"width": 1440, "height": 900}}
    seen = visit(MEASURED, **wide).page.evaluate(LOOK)
    letters = sorted(seen["letters"])
    assert 55 <= letters[len(letters) // 2] <= 75
    assert seen["notes"]
    for beside in (*seen["notes"], *seen["captions"]):
        assert beside["left"] >= seen["text"]["right"]
        assert beside["right"] <= seen["opener"]["right"] + 1
    notes = sorted(seen["notes"], key=lambda note: note["top"])
    assert all(a["bottom"] <= b["top"] for a, b in itertools.pairwise(notes))
    assert all(code["right"] < seen["notes"][0]["right"] for code in seen["code"])
    narrow = visit(MEASURED, **PHONE).page.evaluate(LOOK)
    assert all(note["width"] == 0 for note in narrow["notes"])
    assert all(caption["left"] < 60 for caption in narrow["captions"])


def page_about(topic):
    (page,) = (page for page in chapters() if topic_of(page) == topic)
    return f"{page}.html"


COLOURS = """(role) => {
  const word = document.createElement("span");
  word.className = `role-${role}`;
  document.querySelector("article").append(word);
  const look = (el) => getComputedStyle(el).color;
  const all = (code) => [...document.querySelectorAll(`mjx-c.mjx-c${code}`)];
  const signs = (code) => all(code).map(look);
  const [Q, K, V] = ["1D444", "1D43E", "1D449"].map(signs);
  return [look(word), { query: Q, key: K, value: V }[role], signs("1D44A")];
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_letters_of_a_role_have_its_colour_in_formulas(visit, scheme):
    page = visit(page_about("dot_product_attention"), color_scheme=scheme).page
    page.wait_for_function("MathJax.startup.promise.then(() => true)")
    for role in ("query", "key", "value"):
        word, letters, without_role = page.evaluate(COLOURS, role)
        assert set(letters) == {word} and word not in without_role
        assert len(letters) > 2 and without_role


def test_a_kernel_is_no_key(visit):
    page = visit(page_about("soft_lookup")).page
    page.wait_for_function("MathJax.startup.promise.then(() => true)")
    word, letters, _ = page.evaluate(COLOURS, "key")
    assert len(letters) > 2 and word not in letters


[WITH_SENTENCES] = [
    f"{page}.html" for page in chapters() if topic_of(page) == "dot_product_attention"
]


def test_the_pages_have_the_links_as_the_chapters_do(html):
    for name, address in LINKS:
        page = (html / "chapters" / f"{name}.html").read_text("utf-8")
        assert f'href="{address.replace("&", "&amp;")}"' in page, name


def test_a_figure_of_a_built_page_says_what_a_link_may_set(html):
    page = (html / WITH_SENTENCES).read_text("utf-8")
    assert not FIGURE.search(page)  # each has got something in between
    figures = re.findall(r'data-widget="(\w+)"((?: data-\w+="[^"]*")*)', page)
    for name, told in figures:
        assert ("data-limits=" in told) == (name != "PredictQuestion"), name
    assert len(figures) > 5


def test_a_reader_follows_a_sentence_of_a_chapter(visit):
    page = visit(WITH_SENTENCES).page
    page.wait_for_function("document.documentElement.dataset.reader === 'here'")
    place = page.evaluate("liveWidgets.findIndex(({ name }) => name === 'SoftmaxDial')")
    hot = page.get_by_role("link", name="make it hot")
    hot.focus()
    page.keyboard.press("Enter")
    temperature = f"liveWidgets[{place}].model.get('temperature')"
    assert page.evaluate(temperature) == 20
    page.get_by_role("link", name="make it cold").click()
    assert page.evaluate(temperature) == 0.1
    assert page.locator(".bw-notice:visible").count() == 0


@pytest.mark.parametrize("page", chapters())
def test_the_margin_defines_what_a_chapter_recalls(html, page):
    written = (html / f"{page}.html").read_text("utf-8")
    notes = BeautifulSoup(written, "html.parser").select(".side:not(:has(cite)) > b")
    shown = [note.text.lower() for note in notes]
    assert len(shown) == len(recalled_by(page))
    for term in recalled_by(page):
        assert any(word.startswith(term.lower()) for word in shown), term


def test_each_chapter_links_its_terms(html):
    for page in (html / "chapters").glob("[0-9][0-9]_*.html"):
        assert 'href="glossary.html#term-' in page.read_text("utf-8"), page.name
