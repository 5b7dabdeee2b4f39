// What runs beside the page: Python with numpy, and the judge of the exercises.
const CORE = "attn_helpers.exercises.core";
const TYPES = { wasm: "application/wasm", json: "application/json" };

/** The files are here already, so what Pyodide wants to fetch is taken from them. */
function serveFrom(files, scope) {
  scope.fetch = async (address) => {
    const name = String(address.url ?? address)
      .split("/")
      .pop();
    const type = TYPES[name.split(".").pop()] ?? "application/octet-stream";
    return new Response(files[name], { headers: { "content-type": type } });
  };
  for (const name of ["pyodide.asm.js", "pyodide.js"]) {
    const script = new Blob([files[name]], { type: "text/javascript" }); // Firefox takes no other
    scope.importScripts(URL.createObjectURL(script));
  }
}

async function load({ files, judge }, scope) {
  serveFrom(files, scope);
  const nothingTyped = () => null; // what `input()` gets
  const python = await scope.loadPyodide({ indexURL: "https://the.page/", stdin: nothingTyped });
  await python.loadPackage("numpy", { messageCallback: () => {} });
  python.unpackArchive(await files[judge].arrayBuffer(), "zip");
  const check = python.runPython(
    `import json\nfrom dataclasses import asdict\nfrom ${CORE}.in_a_page import check_text\n` +
      "lambda *given: json.dumps(asdict(check_text(*given)))",
  );
  const run = python.runPython(`from ${CORE}.scratch import run_lines\nrun_lines`);
  return { check, run };
}

function start(scope) {
  let python = null;
  const tell = (message) => scope.postMessage({ is: "step", message });
  const work = {
    load: async (given) => {
      python = await load(given, scope);
      return { is: "ready" };
    },
    check: async ({ id, name, text, seconds }) => ({
      is: "judged",
      verdict: JSON.parse(python.check(id, name, text, seconds, tell)),
    }),
    run: async ({ text, earlier, seconds }) => ({
      is: "judged",
      verdict: { printed: python.run(text, earlier, seconds, tell) },
    }),
  };
  scope.onmessage = async ({ data }) => {
    try {
      scope.postMessage(await work[data.do](data));
    } catch (error) {
      const raised = error.name === "PythonError"; // its last line says what; Python goes on
      const why = error.message.trim().split("\n").pop();
      scope.postMessage({ is: raised ? "raised" : "broken", why });
    }
  };
}

export default start;
