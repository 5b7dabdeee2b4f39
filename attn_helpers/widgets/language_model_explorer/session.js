// What the model has said of the text so far: rows, one for each token.
import { talk } from "./talk.js";

/** `changed()` is called after each answer. `held.status` is waiting, loading, ready,
 *  reading, done, refused or failed. Returns { use, read, know, held, stop }. */
export function session(changed) {
  const held = { about: null, ids: [], pieces: [], rows: [], status: "waiting", why: "" };
  let [line, coming, run, asked, known] = [null, null, 0, null, {}];
  const put = (news) => {
    Object.assign(held, news);
    changed();
  };

  const answers = {
    ready: ({ about }) => ({ about, status: "ready" }),
    failed: ({ why }) => ({ why, status: "failed" }),
    text: ({ ids, pieces, kept }) => ({ ids, pieces, rows: held.rows.slice(0, kept) }),
    row: ({ best, weights, lens }) => ({ rows: [...held.rows, { best, weights, lens }] }),
    read: ({ cacheBytes, perSecond }) => ({ cacheBytes, perSecond, status: "done" }),
    refused: ({ why }) => ({ why, status: "refused" }),
  };
  // a row of an older text counts, too: the newer one may go on from it
  const hear = (message) => {
    const isOld = ["read", "refused"].includes(message.is) && message.run !== run;
    if (!isOld) put(answers[message.is](message));
  };

  /** Load the model that is promised; the text has to be read anew. `said` until then. */
  const use = async (promised, said) => {
    line?.stop();
    [line, coming, asked, known] = [null, promised, null, {}];
    put({ about: null, ids: [], pieces: [], rows: [], said, status: "loading" });
    try {
      const { work, buffer, options, given } = await promised;
      if (coming !== promised) return;
      line = talk(work, hear);
      line.send({ do: "load", buffer, options }, given);
    } catch (error) {
      put({ why: error.message, status: "failed" });
    }
  };
  /** Read a text, once there is a model, unless it is the one that was asked for last. */
  const read = (text) => {
    if (!held.about || text === asked) return;
    asked = text;
    run += 1;
    const what = text === known.text ? { ids: known.ids } : { text };
    held.status = "reading";
    line.send({ do: "read", run, lens: true, ...what });
  };
  /** A text whose tokens are known: cut anew, it might fall into others. */
  const know = (text, ids) => {
    known = { text, ids };
  };
  const stop = () => {
    coming = null;
    line?.stop();
  };
  return { use, read, know, held, stop };
}
