// Python for all exercises of a page: one worker, which is ended when it does not come back.
const SECONDS = 10; // for each step of a judgement
const BROKEN =
  "Your function brought down the Python of this page, and a fresh one has been started. " +
  "Too much memory does that, or reading and writing where no array is.";
const notYet = (message) => ({ status: "not yet", message, printed: "" });

async function readFile(address, grew) {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`the site answered ${response.status} for ${address}`);
  const parts = [];
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    grew(part.value.length);
  }
  return new Blob(parts);
}

/** All files by name; `hear(bytes)` is told how much is there. */
async function readAll(names, folder, hear) {
  let arrived = 0;
  const grew = (bytes) => {
    arrived += bytes;
    hear(arrived);
  };
  const read = async (name) => [name, await readFile(new URL(name, folder), grew)];
  return Object.fromEntries(await Promise.all(names.map(read)));
}

/** A worker that has loaded Python, in a promise. */
function startWorker(work, given) {
  const script = new Blob([`(${work})(self)`], { type: "text/javascript" });
  const worker = new Worker(URL.createObjectURL(script));
  return new Promise((resolve, reject) => {
    worker.onerror = (event) => reject(new Error(event.message));
    worker.onmessage = ({ data }) => {
      if (data.is === "ready") resolve(worker);
      else reject(new Error(data.why));
    };
    worker.postMessage({ do: "load", ...given });
  });
}

/** `sizes` are the bytes of the files in `folder`, by name; `judge` is one of the names.
 *  Returns `check(task, hear)`, a promise of a verdict. `hear` is told the phase: "coming"
 *  with the bytes that have arrived, "starting", "running". */
export function python({ sizes, judge, folder, work }) {
  let [files, worker, turn] = [null, null, Promise.resolve()];

  async function ready(hear) {
    files ??= await readAll(Object.keys(sizes), folder, (arrived) => hear("coming", arrived));
    hear("starting");
    worker ??= startWorker(work, { files, judge });
    return worker;
  }
  const startAfresh = (old) => {
    old.terminate();
    worker = startWorker(work, { files, judge });
  };

  function ask(python, task) {
    return new Promise((resolve) => {
      let [clock, ifItNeverEnds] = [0, ""];
      const end = (verdict) => {
        clearTimeout(clock);
        resolve(verdict);
      };
      const giveUp = (message) => {
        startAfresh(python);
        end(notYet(message));
      };
      const answers = {
        step: ({ message }) => {
          ifItNeverEnds = message;
          clearTimeout(clock);
          clock = setTimeout(() => giveUp(ifItNeverEnds), SECONDS * 1000);
        },
        judged: ({ verdict }) => end(verdict),
        broken: () => giveUp(BROKEN),
      };
      python.onmessage = ({ data }) => answers[data.is](data);
      python.onerror = () => giveUp(BROKEN);
      python.postMessage({ do: "check", seconds: SECONDS, ...task });
    });
  }

  async function check(task, hear) {
    try {
      const there = await ready(hear);
      hear("running");
      return await ask(there, task);
    } catch (error) {
      worker = null;
      return { status: "not attempted", message: `Python did not come: ${error.message}.` };
    }
  }
  // one after the other
  return (task, hear) => {
    turn = turn.then(() => check(task, hear));
    return turn;
  };
}
