// The file of a large model: fetched when it is asked for, and kept by the browser.
const KEPT = "book-models";
const ENGINE = "smollm"; // the name under which its script puts what a worker does

/** `{ url, bytes }` of the file, as the page names it; null where it was built without. */
export function offered() {
  const named = document.querySelector('meta[name="book-model"]');
  if (!named) return null;
  return { url: new URL(named.content, document.baseURI).href, bytes: Number(named.dataset.bytes) };
}

// a browser keeps nothing for a page that is neither local nor encrypted
const store = async () => window.caches?.open(KEPT);

/** Whether this browser has the file. */
export const isKept = async ({ url }) => Boolean(await (await store())?.match(url));

/** Remove it from this browser. */
export const forget = async ({ url }) => (await store())?.delete(url);

/**
 * The file, from this browser or else from the site: `{ buffer, keeping }`, a promise that the
 * browser has done what it can to keep it. `onProgress(bytes)` hears how much is there;
 * `signal` stops it.
 */
export async function bringFile(file, onProgress, signal) {
  const { url, bytes } = file;
  const kept = await (await store())?.match(url);
  const response = kept ?? (await fetch(url, { signal }));
  if (!response.ok) throw new Error(`the site answered ${response.status} for ${url}.`);
  const keeping = kept ? null : keep(url, response.clone());
  try {
    return { buffer: await read(response.body.getReader(), bytes, onProgress), keeping };
  } catch (error) {
    await keeping;
    await forget(file);
    throw error;
  }
}

/** For another time; where there is no room for it, it is fetched again then. */
async function keep(url, response) {
  try {
    await (await store())?.put(url, response);
  } catch {
    await response.body.cancel().catch(() => {});
  }
}

async function read(reader, bytes, onProgress) {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (at + part.value.length > bytes) {
      reader.cancel();
      throw new Error("the site sent another file.");
    }
    whole.set(part.value, at);
    at += part.value.length;
    onProgress(at);
  }
  if (at < bytes) throw new Error(`only ${at} of ${bytes} bytes came.`);
  return whole.buffer;
}

/** What its worker does, from a script that lies beside the file. */
export function workOf({ url }) {
  const there = () => globalThis.bookData?.[ENGINE]?.work;
  return new Promise((resolve, reject) => {
    if (there()) return resolve(there());
    const script = document.createElement("script");
    script.src = new URL(`${ENGINE}.js`, url);
    script.onload = () => resolve(there());
    script.onerror = () => reject(new Error(`${script.src} could not be loaded.`));
    document.head.append(script);
  });
}
