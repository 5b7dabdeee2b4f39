// One layer with numbers that are made up, and its output for the last token, found twice.
import { attention } from "../kit/math/attention.js";
import { cutHeads } from "../kit/math/heads.js";
import { causalMask, windowMask } from "../kit/math/masks.js";
import { rope } from "../kit/math/positions.js";
import { dot, timesMatrix } from "../kit/math/vectors.js";
import { D_MODEL, HEAD_DIM, HEADS, LATENT, SHARING, TURNED } from "./sizes.js";

/** The output for the last token, `[what was kept, all anew]`: the rows that earlier steps
 *  have kept and one new query, or all rows once more behind a mask. */
export function lastOutputs(tokens, { sharing, prompt, window }) {
  const { project, temperature, merge } = sharing === "MLA" ? ofLatents() : ofHeads(sharing);
  const rowOf = (word, place) => project(vectorOf(word), place);
  const answers = (asked, rows, mask) => {
    const heads = asked[0].q.map((_, head) => {
      const of = (part) =>
        rows.map((row) => row[part][Math.floor((head * row[part].length) / HEADS)]);
      const Q = asked.map(({ q }) => q[head]);
      return attention(Q, of("k"), of("v"), { score: "dot", temperature, mask }).output;
    });
    return asked.map((_, i) => merge(heads.map((head) => head[i])));
  };
  let kept = tokens.slice(0, prompt).map(rowOf).slice(-window);
  for (let place = prompt; place < tokens.length; place += 1)
    kept = [...kept, rowOf(tokens[place], place)].slice(-window);
  const near = windowMask(tokens.length, window - 1);
  const mask = causalMask(tokens.length).map((row, i) => row.map((may, j) => may && near[i][j]));
  const rows = tokens.map(rowOf);
  return [answers([kept.at(-1)], kept, null)[0], answers(rows, rows, mask).at(-1)];
}

/** Each query head with a key and a value of its own, or shared with its neighbours. */
function ofHeads(sharing) {
  const width = SHARING[sharing] * HEAD_DIM;
  const tables = [D_MODEL, width, width].map((columns, n) => table(n, D_MODEL, columns));
  const wO = table(3, D_MODEL, D_MODEL);
  const project = (x, place) => {
    const [q, k, v] = tables.map((w) => chunks(timesMatrix(x, w), HEAD_DIM));
    const turned = (heads) => heads.map((head) => rope(head, place));
    return { q: turned(q), k: turned(k), v };
  };
  const merge = (heads) => timesMatrix(heads.flat(), wO);
  return { project, merge, temperature: Math.sqrt(HEAD_DIM) };
}

/** Multi-head latent attention, absorbed: the latent is the one value and, with a small key
 *  that is turned, the one key; what would make each head's own key and value of it is
 *  applied to the query and to the output. */
function ofLatents() {
  const own = Array(HEADS).fill(HEAD_DIM);
  const [wO, wQ] = [table(3, D_MODEL, D_MODEL), table(4, D_MODEL, HEADS * (HEAD_DIM + TURNED))];
  const wDown = table(5, D_MODEL, LATENT + TURNED);
  const [toKeys, toValues] = [6, 7].map((n) => cutHeads(table(n, LATENT, D_MODEL), own));
  const project = (x, place) => {
    const down = timesMatrix(x, wDown);
    const latent = down.slice(0, LATENT);
    const q = chunks(timesMatrix(x, wQ), HEAD_DIM + TURNED).map((both, head) => [
      ...toKeys[head].map((row) => dot(row, both.slice(0, HEAD_DIM))),
      ...rope(both.slice(HEAD_DIM), place),
    ]);
    return { q, k: [[...latent, ...rope(down.slice(LATENT), place)]], v: [latent] };
  };
  const merge = (heads) =>
    timesMatrix(
      heads.flatMap((mixed, head) => timesMatrix(mixed, toValues[head])),
      wO,
    );
  return { project, merge, temperature: Math.sqrt(HEAD_DIM + TURNED) };
}

/** Numbers as good as chance, and the same everywhere. */
const madeUp = (from, count) =>
  Array.from({ length: count }, (_, i) => Math.SQRT2 * Math.sin((from + i) * (from + i)));

const vectorOf = (word) =>
  madeUp(
    [...word].reduce((total, letter, i) => total + (i + 1) * letter.codePointAt(0), 0),
    D_MODEL,
  );

const table = (number, rows, columns) =>
  chunks(
    madeUp(2000 * number, rows * columns).map((x) => x / Math.sqrt(rows)),
    columns,
  );

const chunks = (row, width) =>
  Array.from({ length: row.length / width }, (_, i) => row.slice(i * width, (i + 1) * width));
