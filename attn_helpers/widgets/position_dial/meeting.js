// A query and a key at their positions, and the score when they meet.
import { rope, sinusoid } from "../kit/math/positions.js";
import { dot } from "../kit/math/vectors.js";

export const LAST = 40; // the last position
/** The traits of both roles. */
export const VECTOR = { query: "Q", key: "K" };
export const POSITION = { query: "query_position", key: "key_position" };

/** Query or key as it is at a position; with `sign` -1 back to what it was before. */
export function placed(x, role, position, { method, base }, sign = 1) {
  if (method === "sinusoids")
    return sinusoid(position, x.length, base).map((wave, i) => x[i] + sign * wave);
  return method === "query only" && role === "key" ? x : rope(x, sign * position, base);
}

/** How positions come in. */
export const howOf = (model) => ({ method: model.get("method"), base: model.get("base") });

/** From the query to the key, in steps. */
export const gapOf = (model) => model.get(POSITION.key) - model.get(POSITION.query);

/** One of both at its position: of now, not of the last picture. */
export const placedNow = (model, role) =>
  placed(model.get(VECTOR[role]), role, model.get(POSITION[role]), howOf(model));

export const scoreOf = (query, key) => dot(query, key) / Math.sqrt(query.length);

/** All that the score depends on when both slide together. */
export const restOf = (model) =>
  JSON.stringify([model.get("Q"), model.get("K"), gapOf(model), howOf(model)]);
