// Where the figure's own model comes from, Python's traits or the page's data, and more.
import { bytesOf, dataOf } from "../kit/later.js";

/** A promise of what the view is given with its model: see more.js. */
export const bringMore = async (slot) => (await dataOf("language_model_explorer")).more(slot);

/** A promise of what runs in the worker and of what it has to load. */
export async function bringOwn(model) {
  const { work, weights, sizes } = await dataOf("language_model_explorer");
  const sent = model.get("_packed"); // a DataView, where there is a kernel
  if (!sent?.byteLength) return { work, buffer: bytesOf(weights).buffer, options: sizes };
  const bytes = new Uint8Array(sent.buffer, sent.byteOffset, sent.byteLength);
  return { work, buffer: bytes.slice().buffer, options: model.get("_sizes") };
}
