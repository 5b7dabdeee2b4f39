// Python for all exercises of a page: one worker, which is ended when it does not come back.
const SECONDS = 10; // for each step of a judgement
const STARTS_IN = 120; // seconds, on a slow machine
const BROKEN =
  "Your code brought down the Python of this page, and a fresh one has been started. " +
  "Memory may have run out.";
const AT_FAULT =
  "Your function is not to blame: the page itself has a fault. " +
  "Load the page again; your text is kept. What Python says:";

async function readFile(address, size, { grew, signal }) {
  const response = await fetch(address, { signal });
  if (!response.ok) throw new Error(`the site answered ${response.status} for ${address}`);
  const parts = [];
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    grew(part.value.length);
  }
  const file = new Blob(parts);
  if (file.size !== size)
    throw new Error(`${address} came with ${file.size} bytes in place of ${size}`);
  return file;
}

/** All `files` by name; `hear(bytes)` is told how much is there. Where one fails the others end. */
async function readAll(files, folder, hear) {
  const stop = new AbortController();
  let arrived = 0;
  const grew = (bytes) => {
    arrived += bytes;
    if (!stop.signal.aborted) hear(arrived);
  };
  const how = { grew, signal: stop.signal };
  const read = async ([name, { bytes, version }]) => [
    name,
    await readFile(new URL(`${name}?v=${version}`, folder), bytes, how),
  ];
  try {
    return Object.fromEntries(await Promise.all(Object.entries(files).map(read)));
  } catch (error) {
    stop.abort();
    throw error;
  }
}

/** A worker that has loaded Python, in a promise. */
function startWorker(work, given) {
  const script = new Blob([`(${work})(self)`], { type: "text/javascript" });
  const address = URL.createObjectURL(script);
  const worker = new Worker(address);
  const started = new Promise((resolve, reject) => {
    const fail = (why) => {
      worker.terminate();
      reject(new Error(why || "it did not start"));
    };
    const clock = setTimeout(fail, STARTS_IN * 1000);
    worker.onerror = (event) => fail(event.message);
    worker.onmessage = ({ data }) => {
      clearTimeout(clock);
      if (data.is === "ready") resolve(worker);
      else fail(data.why);
    };
    worker.postMessage({ do: "load", ...given });
  }).finally(() => URL.revokeObjectURL(address));
  started.catch(() => {}); // a fresh one may fail before anybody waits for it
  return started;
}

/** `files` tell the bytes and the version of each file in `folder`, by name; `judge` is one.
 *  Returns `ask(task, hear)`, a promise of a verdict on what the worker is to do. `hear` is told the phase: "waiting",
 *  "coming" with the bytes that have arrived, "starting", "running". */
export function python({ files, judge, folder, work }) {
  let [there, worker, turn] = [null, null, Promise.resolve()];

  async function ready(hear) {
    there ??= await readAll(files, folder, (arrived) => hear("coming", arrived));
    hear("starting");
    worker ??= startWorker(work, { files: there, judge });
    return worker;
  }
  const startAfresh = (old) => {
    old.terminate();
    worker = startWorker(work, { files: there, judge });
  };

  function ask(python, task) {
    return new Promise((resolve) => {
      let [clock, ifItNeverEnds] = [0, ""];
      const end = (verdict) => {
        clearTimeout(clock);
        resolve(verdict);
      };
      const giveUp = (message, status = "not yet") => {
        startAfresh(python);
        end({ status, message, printed: "" });
      };
      const answers = {
        step: ({ message }) => {
          ifItNeverEnds = message;
          clearTimeout(clock);
          clock = setTimeout(() => giveUp(ifItNeverEnds), SECONDS * 1000);
        },
        judged: ({ verdict }) => end(verdict),
        broken: () => giveUp(BROKEN),
        raised: ({ why }) => giveUp(`${AT_FAULT} ${why}`, "not attempted"),
      };
      python.onmessage = ({ data }) => answers[data.is](data);
      python.onerror = () => giveUp(BROKEN);
      python.postMessage({ seconds: SECONDS, ...task });
    });
  }

  async function check(task, hear) {
    try {
      const python = await ready(hear);
      hear("running");
      return await ask(python, task);
    } catch (error) {
      if (worker) there = null; // they came, and did not work
      worker = null;
      const why = error.message.replace(/\.$/, "");
      const message = `Python could not be loaded (${why}). Your text is kept; press Run again.`;
      return { status: "not attempted", message };
    }
  }
  // one after the other
  return (task, hear) => {
    hear("waiting");
    turn = turn.then(() => check(task, hear));
    return turn;
  };
}
