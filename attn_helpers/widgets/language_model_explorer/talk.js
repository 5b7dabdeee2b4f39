// The page's side of the talk with serve.js: with a worker where one can be made, else here.

/** { send, stop }; `hear` is called with each answer. What is `given` to the worker, the page
 *  no longer has. `work(scope)` is what a worker does.
 *  Its script is a `data:` address: the one kind that works from a server, from a file
 *  and in JupyterLab alike. */
export function talk(work, hear) {
  const unanswered = []; // for the page to do itself, where the worker cannot start
  let worker = null;
  const here = { postMessage: (data) => here.onmessage && hear(data) };
  let send = (data, given) => {
    unanswered.push(data);
    worker.postMessage(data, given);
  };
  const withoutWorker = () => {
    work(here);
    send = (data) => here.onmessage?.({ data });
    for (const data of unanswered.splice(0)) send(data);
  };
  try {
    worker = new Worker(`data:text/javascript,${encodeURIComponent(`(${work})(self)`)}`);
    worker.onerror = withoutWorker;
    worker.onmessage = ({ data }) => {
      unanswered.length = 0;
      worker.onerror = null;
      hear(data);
    };
  } catch {
    withoutWorker();
  }
  const stop = () => {
    worker?.terminate();
    here.onmessage = null;
  };
  return { send: (data, given = []) => send(data, given), stop };
}
