"""What runs beside the page, with a Python that only notes what it is asked."""

import pytest

from attn_helpers.widgets.kit import bundle

WORK = bundle.work("exercise_editor/worker.js")
FAKE = """
self.loadPyodide = async ({ indexURL, stdin }) => {
  const read = async (name) => {
    const response = await fetch(`${indexURL}${name}`);
    return [response.headers.get("content-type"), await response.text()];
  };
  const given = [await read("pyodide.asm.wasm"), await read("pyodide-lock.json")];
  given.push(stdin());
  return {
    loadPackage: async (name) => given.push(name),
    unpackArchive: (buffer, kind) => given.push([buffer.byteLength, kind]),
    runPython: (program) => {
      given.push(program.includes("core.in_a_page import check_text"));
      given.push(self.first, types);
      if (program.endsWith("run_lines")) {
        return (text, earlier, seconds, tell) => {
          tell("if they never end");
          return `${text} after ${earlier.join()} within ${seconds}`;
        };
      }
      return (...task) => {
        const tell = task.pop();
        if (task[2] === "break") throw new Error("memory");
        const message = "Traceback:\\n  …\\nOdd: one\\n";
        if (task[2] === "raise") throw { name: "PythonError", message };
        tell("if it never ends");
        return JSON.stringify({ status: "correct", given, task });
      };
    },
  };
};
"""
# Firefox takes a script of no other type.
TYPES = """self.types = [];
const made = URL.createObjectURL;
URL.createObjectURL = (blob) => { types.push(blob.type); return made(blob); };
"""
START = f"""(script) => {{
  const texts = {{
    "pyodide.asm.js": "self.first = 'asm';", "pyodide.js": script,
    "pyodide.asm.wasm": "wasm", "pyodide-lock.json": "lock", "judge.zip": "12345",
  }};
  const named = Object.entries(texts).map(([name, text]) => [name, new Blob([text])]);
  const work = new Blob([`{TYPES}(${{{WORK}}})(self)`]);
  window.worker = new Worker(URL.createObjectURL(work));
  window.said = [];
  worker.onmessage = ({{ data }}) => said.push(data);
  const files = Object.fromEntries(named);
  worker.postMessage({{ do: "load", files, judge: "judge.zip" }});
}}"""


@pytest.fixture
def said(new_context):
    """said(script, task, …) is all that the worker says until it has answered."""

    def ask(script, *tasks):
        page = new_context().new_page()
        page.route(
            "https://book.test/", lambda route: route.fulfill(body="<p>page</p>")
        )
        page.goto("https://book.test/")
        page.evaluate(START, script)
        for number, task in enumerate(tasks):
            page.wait_for_function(f"said.length > {number}")
            page.evaluate("task => worker.postMessage({ do: 'check', ...task })", task)
        ends = "said.some((one) => one.is !== 'step' && one.is !== 'ready')"
        page.wait_for_function(ends)
        return page.evaluate("said")

    return ask


TASK = {"id": "softmax", "name": "f", "text": "f = 3", "seconds": 7}


def test_python_gets_the_files_that_came_and_then_a_task(said):
    ready, step, judged = said(FAKE, TASK)
    assert ready == {"is": "ready"}
    assert step == {"is": "step", "message": "if it never ends"}
    assert judged["is"] == "judged"
    verdict = judged["verdict"]
    assert verdict["task"] == ["softmax", "f", "f = 3", 7]
    wasm, listed, typed, *rest = verdict["given"]
    assert (wasm, listed) == (
        ["application/wasm", "wasm"],
        ["application/json", "lock"],
    )
    assert typed is None
    assert rest[:5] == ["numpy", [5, "zip"], True, "asm", 2 * ["text/javascript"]]


def test_lines_run_after_the_texts_of_the_exercises(said):
    lines = {"do": "run", "text": "a", "earlier": ["b", "c"], "seconds": 7}
    _ready, step, ran = said(FAKE, lines)
    assert step == {"is": "step", "message": "if they never end"}
    assert ran == {"is": "judged", "verdict": {"printed": "a after b,c within 7"}}


def test_an_error_that_the_judge_raises_is_told_from_a_python_that_broke(said):
    assert said(FAKE, {**TASK, "text": "raise"})[1:] == [
        {"is": "raised", "why": "Odd: one"}
    ]


def test_a_python_that_breaks_says_so(said):
    assert said(FAKE, {**TASK, "text": "break"})[1:] == [
        {"is": "broken", "why": "memory"}
    ]
    (broken,) = said("throw new Error('half a file')")
    assert broken["is"] == "broken" and "half a file" in broken["why"]
