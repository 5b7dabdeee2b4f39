// What runs beside the page: Python with numpy, and the judge of the exercises.
const CHECK = "attn_helpers.exercises.core.in_a_page";
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
  return python.runPython(
    `import json\nfrom dataclasses import asdict\nfrom ${CHECK} import check_text\n` +
      "lambda *given: json.dumps(asdict(check_text(*given)))",
  );
}

function start(scope) {
  let check = null;
  const tell = (message) => scope.postMessage({ is: "step", message });
  const work = {
    load: async (given) => {
      check = await load(given, scope);
      return { is: "ready" };
    },
    check: async ({ id, name, text, seconds }) => ({
      is: "judged",
      verdict: JSON.parse(check(id, name, text, seconds, tell)),
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
