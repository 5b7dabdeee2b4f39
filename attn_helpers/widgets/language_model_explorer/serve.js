// What runs beside the page: it holds an engine, and reads texts that it is sent.
//
// An engine is made by `make(buffer, options)` and has
//   describe() -> { name, vocab, layers, heads, kvHeads, headWidth, maxLength, bytesPerToken }
//   encode(text) -> ids, or an Error for the reader; decode(ids) -> text; piece(id) -> text
//   length, the tokens that it holds; keep(n) drops all but the first n; cacheBytes()
//   step(id, wantsLens) -> { logits, weights, lens }: the weights of the newest query, one
//     head after the other, layer by layer; lens { ids, p }, the stream before the first
//     layer and after each, read through the last norm and the unembedding, or null.
//
// The page sends { do: "load", buffer, options } and { do: "read", run, text or ids, lens }.
// What comes back is "ready" or "failed", and for each text "text" or "refused", then a
// "row" for each token that is new, then "read".

const MOST = 64; // tokens of a row whose odds are sent
const SLICE = 8; // milliseconds until a newer text is heard of

/** The `few` likeliest tokens by their logits, best first: { ids, logp }. */
export function likeliest(logits, few) {
  const largest = logits.reduce((a, b) => Math.max(a, b));
  const total = logits.reduce((sum, z) => sum + Math.exp(z - largest), 0);
  const best = []; // of as many tokens as there are a sort would take longer than the model
  for (const [id, logit] of logits.entries()) {
    if (best.length === few && logit <= logits[best[few - 1]]) continue;
    let at = Math.min(best.length, few - 1);
    for (; at > 0 && logits[best[at - 1]] < logit; at -= 1) best[at] = best[at - 1];
    best[at] = id;
  }
  const ids = Int32Array.from(best);
  return { ids, logp: Float32Array.from(ids, (id) => logits[id] - largest - Math.log(total)) };
}

/** Answer what is sent to `scope`, a worker's or one like it, by engines of `make`. */
export function serve(scope, make) {
  const post = (message) => scope.postMessage(message);
  let engine = null;
  let [held, latest] = [[], 0]; // ids in the cache, and the newest text's number

  const named = (list) => ({ ...list, pieces: Array.from(list.ids, (id) => engine.piece(id)) });

  function load({ buffer, options }) {
    try {
      engine = make(buffer, options);
      held = [];
      post({ is: "ready", about: engine.describe() });
    } catch (error) {
      post({ is: "failed", why: error.message });
    }
  }

  function idsOf({ text, ids }) {
    const all = ids ?? engine.encode(text);
    const { maxLength } = engine.describe();
    if (all.length <= maxLength) return [...all];
    throw new Error(`The model reads at most ${maxLength} tokens; these are ${all.length}.`);
  }

  function start(message) {
    const { run, lens } = message;
    try {
      const ids = idsOf(message);
      let kept = 0;
      while (kept < Math.min(ids.length, held.length) && ids[kept] === held[kept]) kept += 1;
      engine.keep(kept);
      held = held.slice(0, kept);
      post({ is: "text", run, ids, pieces: ids.map((id) => engine.piece(id)), kept });
      next({ run, ids, lens, kept, begun: Date.now() });
    } catch (error) {
      post({ is: "refused", run, why: error.message });
    }
  }

  function next(job) {
    const { run, ids, kept, begun } = job;
    if (run !== latest) return;
    for (const now = Date.now(); held.length < ids.length && Date.now() - now < SLICE; ) step(job);
    if (held.length < ids.length) return setTimeout(next, 0, job);
    const perSecond = (1000 * (held.length - kept)) / Math.max(1, Date.now() - begun);
    const cacheBytes = engine.cacheBytes();
    post({ is: "read", run, length: held.length, cacheBytes, perSecond });
  }

  function step({ run, ids, lens }) {
    const place = held.length;
    const row = engine.step(ids[place], lens);
    held.push(ids[place]);
    const best = named(likeliest(row.logits, MOST));
    post({ is: "row", run, place, best, weights: row.weights, lens: row.lens && named(row.lens) });
  }

  scope.onmessage = ({ data }) => {
    if (data.do === "load") return load(data);
    latest = data.run;
    start(data);
  };
}
