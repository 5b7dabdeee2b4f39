"""The page's side of Python: files, a worker, turns, an end to what never ends."""

import pytest

from attn_helpers.widgets.kit import bundle

NAME = "exercise_editor/python.js"
# What the worker does here: each task says itself how it is answered.
WORK = """(scope) => {
  let files = null;
  scope.onmessage = async ({ data }) => {
    if (data.do === "load") {
      files = data.files;
      const text = await files["b.txt"].text();
      if (text === "<p>") scope.postMessage({ is: "broken", why: "no." });
      else scope.postMessage({ is: "ready" });
      return;
    }
    const { text, seconds } = data;
    scope.postMessage({ is: "step", message: `not after ${seconds}` });
    const message = `${text} with ${Object.keys(files)} of ${data.id}`;
    if (text === "raise") scope.postMessage({ is: "raised", why: "Odd: one" });
    else if (text === "break") scope.postMessage({ is: "broken", why: "memory" });
    else if (text === "throw") setTimeout(() => { throw new Error("odd"); });
    else if (text !== "loop")
      scope.postMessage({ is: "judged", verdict: { status: "correct", message } });
  };
}"""
BEGIN = f"""([files, content]) => {{
  window.asked = [];
  window.fetch = async (address, {{ signal }}) => {{
    asked.push(String(address).split("/").pop());
    if (content === null) return new Response("", {{ status: 404 }});
    if (content === "late" && asked.length % 2) return new Promise((_, reject) => {{
      window.given_up = 0;
      signal.onabort = () => {{ given_up += 1; reject(new Error("late")); }};
    }});
    if (content === "late") return new Response("", {{ status: 503 }});
    return new Response(content);
  }};
  {bundle.joined(NAME)}
  const folder = "https://book.test/python/";
  const judge = "b.txt";
  const check = modules["{NAME}"].python({{ files, judge, folder, work: {WORK} }});
  window.heard = [];
  const hear = (...news) => heard.push(news);
  window.ask = (text) => check({{ do: "check", id: "one", text }}, hear);
}}"""
FILES = {f"{name}.txt": {"bytes": 3, "version": f"of_{name}"} for name in "ab"}


@pytest.fixture
def page(new_context):
    page = new_context().new_page()
    page.route("https://book.test/**", lambda route: route.fulfill(body="<p>page</p>"))
    page.goto("https://book.test/page.html")
    page.evaluate(BEGIN, [FILES, "abc"])
    return page


def ask(page, text):
    return page.evaluate("text => ask(text)", text)


def test_the_files_are_fetched_once_and_their_bytes_are_counted(page):
    assert ask(page, "x")["message"] == "x with a.txt,b.txt of one"
    assert ask(page, "y")["status"] == "correct"
    assert sorted(page.evaluate("asked")) == ["a.txt?v=of_a", "b.txt?v=of_b"]
    heard = page.evaluate("heard")
    assert heard[:3] == [["waiting"], ["coming", 3], ["coming", 6]]
    runs = [["starting"], ["running"]]
    assert heard[3:] == [*runs, ["waiting"], *runs]


def test_what_never_ends_is_ended_after_ten_seconds_and_python_starts_afresh(page):
    page.clock.install()
    page.evaluate("verdict = null; void ask('loop').then((v) => { verdict = v })")
    page.wait_for_function("heard.at(-1)?.[0] === 'running'")
    page.evaluate("void (window.later = ask('x'))")  # it waits for its turn
    page.wait_for_timeout(500)
    page.clock.fast_forward(3_000)
    assert page.evaluate("verdict") is None
    page.clock.fast_forward(8_000)
    page.wait_for_function("verdict !== null")
    ended = {"status": "not yet", "message": "not after 10", "printed": ""}
    assert page.evaluate("verdict") == ended
    assert page.evaluate("later")["message"] == "x with a.txt,b.txt of one"
    assert len(page.evaluate("asked")) == 2


def test_two_that_ask_at_once_each_get_their_own_verdict(page):
    late = "new Promise((resolve) => setTimeout(resolve, 8000, []))"
    both = "Promise.all([ask('x'), ask('y')])"
    said = page.evaluate(f"Promise.race([{both}, {late}])")
    assert [verdict["message"][0] for verdict in said] == ["x", "y"]


@pytest.mark.parametrize("text", ["break", "throw"])
def test_a_python_that_breaks_is_named_and_replaced(page, text):
    verdict = ask(page, text)
    assert verdict["status"] == "not yet"
    assert "brought down the Python of this page" in verdict["message"]
    assert ask(page, "x")["status"] == "correct"


def test_a_fault_of_the_judge_is_not_the_readers(page):
    verdict = ask(page, "raise")
    assert verdict["status"] == "not attempted"
    assert verdict["message"].startswith("Your function is not to blame: the page")
    assert verdict["message"].endswith("What Python says: Odd: one")
    assert ask(page, "x")["status"] == "correct"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "the site answered 404 for"),
        ("late", "the site answered 503 for"),
        ("<p>", "loaded (no)"),
        ("more", "a.txt?v=of_a came with 4 bytes in place of 3"),
    ],
)
def test_where_python_does_not_come_that_is_said_and_tried_again(page, content, why):
    page.evaluate(BEGIN, [FILES, content])
    verdict = ask(page, "x")
    assert verdict["status"] == "not attempted"
    assert why in verdict["message"]
    assert "Your text is kept; press Run again." in verdict["message"]
    assert content != "late" or page.evaluate("given_up") == 1
    before = len(page.evaluate("asked"))
    ask(page, "x")
    assert len(page.evaluate("asked")) == 2 * before
