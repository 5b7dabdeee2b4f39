// From tile to tile: which come in which order, and what is known after them.
import { attention } from "../kit/math/attention.js";
import { causalMask } from "../kit/math/masks.js";
import { correction, finish, start, update } from "../kit/math/online_softmax.js";
import { SCORES } from "../kit/math/scoring.js";
import { D_K, D_V, keysWith, QUERIES, SIZE, VALUES } from "./example.js";

export const PLAIN = 2 * SIZE * (D_K + D_V) + 4 * SIZE ** 2; // scores and weights, both ways

/** The places of each tile along one axis. */
const pieces = (length) =>
  Array.from({ length: Math.ceil(SIZE / length) }, (_, n) =>
    QUERIES.map((_, i) => i).slice(n * length, (n + 1) * length),
  );

/** Queries and keys of each tile that is computed, in order. */
export function tilesOf({ tile_q, tile_k, causal, backwards }) {
  const columns = pieces(tile_k);
  if (backwards) columns.reverse();
  return pieces(tile_q).flatMap((rows) =>
    columns.filter(([key]) => !causal || key <= rows.at(-1)).map((keys) => ({ rows, keys })),
  );
}

/** What is known of all queries before the first tile and after each one. */
function states(tiles, scores, corrected) {
  const all = [QUERIES.map(() => start(D_V))];
  const values = (keys) => keys.map((j) => VALUES[j]);
  for (const { rows, keys } of tiles)
    all.push(
      all.at(-1).map((state, i) => {
        if (!rows.includes(i)) return state;
        const tile = keys.map((j) => scores[i][j]);
        // forgotten: as if the largest of this tile had been known before
        const maximum = corrected ? state.maximum : Math.max(state.maximum, ...tile);
        return update({ ...state, maximum }, tile, values(keys));
      }),
    );
  return all;
}

/** All that one frame shows, from the inputs by name. */
export function look(inputs) {
  const { causal, row, last_score, corrected } = inputs;
  const tiles = tilesOf(inputs);
  const step = Math.min(inputs.step, tiles.length);
  const done = tiles.slice(0, step);
  const K = keysWith(last_score);
  const mask = causal ? causalMask(SIZE) : null;
  const scores = QUERIES.map((q, i) =>
    K.map((k, j) => (!mask || mask[i][j] ? SCORES.scaledDot(q, k) : -Infinity)),
  );
  const right = attention(QUERIES, K, VALUES, { mask }).output;
  const known = states(done, scores, corrected);
  const [before, now] = [known.at(-2) ?? known[0], known.at(-1)];
  const outputs = now.map((state) => finish(state).output);
  const finished = step === tiles.length ? SIZE : tiles[step].rows[0];
  const errors = outputs.map((output, i) =>
    i < finished ? Math.max(...output.map((x, c) => Math.abs(x - right[i][c]))) : 0,
  );
  const [was, is] = [before[row].maximum, now[row].maximum];
  const results = {
    running_max: is > -Infinity ? is : null,
    running_sum: now[row].total,
    output: outputs[row],
    correction: was > -Infinity ? correction(was, is) : 1,
    moved: movedBy(done, finished),
    held: Math.max(0, ...done.map(({ rows, keys }) => rows.length * keys.length)),
    finished,
    error: Math.max(...errors),
  };
  const grows = results.correction < 1 - 1e-9; // not by a rounding error
  const present = done.at(-1) ?? { rows: [], keys: [] };
  const all = movedBy(tiles, SIZE);
  return {
    ...inputs,
    ...{ tiles, step, done, scores, right, before, now, errors, present, all, grows },
    ...{ results, ...results },
  };
}

/** Numbers moved between slow and fast memory: a tile of queries once, keys and values with
 *  each tile, and what is finished. */
function movedBy(done, finished) {
  const asked = new Set(done.flatMap(({ rows }) => rows)).size;
  const seen = done.reduce((total, { keys }) => total + keys.length, 0);
  return D_K * asked + (D_K + D_V) * seen + D_V * finished;
}
