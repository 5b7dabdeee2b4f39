// The head mixer's view: a bar of columns with cuts to drag, a map per head, the mixture.

import { mountChallenge } from "../kit/challenge.js";
import {
  announcer,
  button,
  checkbox,
  choice,
  clamp,
  draggable,
  format,
  h,
  onResize,
  pointerIn,
  redrawOn,
  resetButton,
  s,
  set,
  stage,
  together,
  update,
} from "../kit/dom.js";
import { cutHeads, multiHead } from "../kit/math/heads.js";

const INPUTS = ["tokens", "X", "w_q", "w_k", "w_v", "w_o", "widths", "off", "split", "selected"];
const WORDS = 46; // pixels for the words beside a map
const SIDE = 22;
const HEAD = 40; // above a map, for the words of its columns
const SPLITS = [
  ["transpose", "by columns (right)"],
  ["reshape only", "reshape without transpose (wrong)"],
];

const short = (word) => (word.length > 6 ? `${word.slice(0, 5)}…` : word);
const square = (x, y, attributes) =>
  s("rect", { x, y, width: SIDE - 1, height: SIDE - 1, ...attributes });
/** Where each head starts, and d_model at the end. */
function cutsOf(widths) {
  const cuts = [0];
  for (const width of widths) cuts.push(cuts.at(-1) + width);
  return cuts;
}
const even = (d, count) =>
  Array.from(
    { length: count },
    (_, i) => Math.floor(((i + 1) * d) / count) - Math.floor((i * d) / count),
  );

function render({ model, el }) {
  const get = (name) => model.get(name);
  const root = stage(el, "head-mixer", "Head mixer: the columns of a model cut into heads");
  const chosen = () => Math.min(get("selected"), get("tokens").length - 1);
  /** Whether each row of a head is one token: with one head both splits are the same. */
  const rowsAreTokens = () => get("split") === "transpose" || get("widths").length === 1;

  // --- the columns and their cuts ---
  const bar = s("svg", {
    role: "group",
    "aria-label": "Columns of q, k and v, and where they are cut",
  });
  const [cells, handles] = [s("g"), s("g")];
  bar.append(cells, handles);
  let wide = 40; // pixels of a column
  let drawn = "";
  function handle(i) {
    const line = s("rect", { class: "bw-cut", width: 6, height: 48, rx: 3, y: 4 });
    const hit = s("rect", { width: 40, height: 56, fill: "transparent" });
    const group = s("g", { "data-cut": i }, hit, line);
    draggable(group, {
      at: (event) => [pointerIn(bar, event)[0] / wide, 0],
      move: (x) => {
        const cuts = cutsOf(get("widths"));
        cuts[i] = clamp(Math.round(x), cuts[i - 1] + 1, cuts[i + 1] - 1);
        model.set(
          "widths",
          cuts.slice(1).map((cut, j) => cut - cuts[j]),
        );
      },
      position: () => [cutsOf(get("widths"))[i], 0],
      done: () => model.save_changes(),
      step: 1,
      axes: "x",
    });
    return group;
  }
  function drawBar(widths) {
    const cuts = cutsOf(widths);
    const room = root.clientWidth > 64 ? root.clientWidth - 32 : 600; // 0 before it is in the page
    wide = Math.min(72, room / cuts.at(-1));
    set(bar, { viewBox: `0 0 ${wide * cuts.at(-1)} 60` });
    bar.style.maxWidth = `${wide * cuts.at(-1)}px`;
    if (handles.childElementCount !== widths.length - 1)
      handles.replaceChildren(...widths.slice(1).map((_, i) => handle(i + 1)));
    cells.replaceChildren(
      ...widths.flatMap((width, head) => [
        s("rect", {
          class: `bw-band${get("off").includes(head) ? " bw-off" : ""}`,
          x: cuts[head] * wide,
          y: 10,
          width: width * wide,
          height: 36,
        }),
        ...Array.from({ length: width - 1 }, (_, c) =>
          s("line", {
            class: "bw-grid",
            x1: (cuts[head] + c + 1) * wide,
            x2: (cuts[head] + c + 1) * wide,
            y1: 10,
            y2: 46,
          }),
        ),
        s(
          "text",
          { x: (cuts[head] + width / 2) * wide, y: 33, "text-anchor": "middle" },
          widths.length > 6 ? head + 1 : `head ${head + 1}`,
        ),
      ]),
    );
    [...handles.children].forEach((group, i) => {
      const x = cuts[i + 1] * wide;
      set(group.firstChild, { x: x - 20 });
      set(group.lastChild, { x: x - 3 });
      set(group, {
        "aria-label": `cut between heads ${i + 1} and ${i + 2}`,
        "aria-valuemin": cuts[i] + 1,
        "aria-valuemax": cuts[i + 2] - 1,
        "aria-valuenow": cuts[i + 1],
        "aria-valuetext": `after column ${cuts[i + 1]}`,
      });
    });
  }

  // --- the heads ---
  /** Heads after the change keep their switches: `old(head)` says which one each was. */
  const recut = (widths, old) =>
    update(model, {
      widths,
      off: widths.flatMap((_, head) => (get("off").includes(old(head)) ? [head] : [])),
    });
  const joinNext = (head) => {
    const widths = [...get("widths")];
    widths.splice(head, 2, widths[head] + widths[head + 1]);
    recut(widths, (i) => (i > head ? i + 1 : i));
  };
  const halve = (head) => {
    const widths = [...get("widths")];
    widths.splice(head, 1, ...even(widths[head], 2));
    recut(widths, (i) => (i > head ? i - 1 : i));
  };
  const toggle = (head, on) =>
    update(model, {
      off: on ? get("off").filter((i) => i !== head) : [...get("off"), head].sort((a, b) => a - b),
    });
  const figures = h("div", { class: "bw-heads" });
  let heads = [];
  function build(widths) {
    heads = widths.map((width, head) => {
      const map = s("svg", { role: "img" });
      const name = `head ${head + 1}`;
      const on = checkbox(name, {
        read: () => !get("off").includes(head),
        write: (value) => toggle(head, value),
      });
      const join = button("join →", () => joinNext(head), {
        "aria-label": `join ${name} with the next`,
        hidden: head === widths.length - 1,
      });
      const part = button("halve", () => halve(head), {
        "aria-label": `halve ${name}`,
        hidden: width < 2,
      });
      return { map, on, figure: h("figure", {}, h("figcaption", {}, on.element, join, part), map) };
    });
    figures.replaceChildren(...heads.map(({ figure }) => figure));
  }
  const turned = (word, x, y) =>
    s("text", { x, y, transform: `rotate(-45 ${x} ${y})` }, short(word));

  /** The numbers a head was given, row by row, and whom each row looks at. */
  function drawHead({ map, figure, on }, head, given, weights) {
    const words = get("tokens");
    const names = rowsAreTokens() ? words : words.map((_, i) => `row ${i + 1}`);
    const [t, width, d] = [words.length, given[0].length, get("X")[0].length];
    const from = WORDS + width * SIDE + 12;
    const right = from + t * SIDE + 22;
    const parts = words.flatMap((word, i) => {
      const y = HEAD + i * SIDE;
      const numbers = given[i].map((cell, c) => {
        const mine = Math.floor(cell / d) === chosen();
        const x = WORDS + c * SIDE;
        return [
          square(x, y, { class: mine ? "bw-mine" : "bw-number-cell" }),
          s(
            "text",
            {
              class: mine ? "bw-small bw-strong" : "bw-small",
              x: x + SIDE / 2,
              y: y + 15,
              "text-anchor": "middle",
            },
            cell,
          ),
        ];
      });
      const shares = weights[i].map((w, j) =>
        square(from + j * SIDE, y, {
          class: "bw-weight",
          style: `fill-opacity: ${0.06 + 0.94 * w}`,
        }),
      );
      const label = s("text", {
        x: WORDS - 5,
        y: y + 15,
        "text-anchor": "end",
        class: i === chosen() && rowsAreTokens() ? "bw-strong" : "",
      });
      label.append(short(names[i]));
      return [
        label,
        ...numbers.flat(),
        ...shares,
        turned(rowsAreTokens() ? word : `${i + 1}`, from + (i + 0.6) * SIDE, HEAD - 5),
      ];
    });
    map.replaceChildren(...parts);
    const best = weights.map((row) => names[row.indexOf(Math.max(...row))]);
    set(map, {
      viewBox: `0 0 ${right} ${HEAD + t * SIDE}`,
      "aria-label": `Head ${head + 1}: ${names.map((word, i) => `${word} looks most at ${best[i]}`).join(", ")}`,
    });
    map.style.maxWidth = `${right * 1.15}px`;
    figure.classList.toggle("bw-off", get("off").includes(head));
    on.refresh();
  }

  // --- the mixture ---
  const mixture = h("div", { class: "bw-heads" });
  function table(title, rows, changes) {
    const [t, d] = [rows.length, rows[0].length];
    const most = Math.max(1e-9, ...rows.flat().map(Math.abs));
    const right = WORDS + d * SIDE + (changes ? 50 : 4);
    const parts = rows.flatMap((row, i) => [
      s("text", { x: WORDS - 5, y: i * SIDE + 15, "text-anchor": "end" }, short(get("tokens")[i])),
      ...row.map((v, j) =>
        square(WORDS + j * SIDE, i * SIDE, {
          class: v < 0 ? "bw-minus" : "bw-plus",
          style: `fill-opacity: ${Math.abs(v) / most}`,
        }),
      ),
      ...(changes
        ? [
            s(
              "text",
              { class: "bw-strong", x: WORDS + d * SIDE + 8, y: i * SIDE + 15 },
              format(changes[i]),
            ),
          ]
        : []),
    ]);
    const svg = s(
      "svg",
      {
        viewBox: `0 0 ${right} ${t * SIDE}`,
        role: "img",
        "aria-label": changes
          ? `${title}: ${get("tokens")
              .map((word, i) => `${word} ${format(changes[i])}`)
              .join(", ")}`
          : title,
      },
      ...parts,
    );
    svg.style.maxWidth = `${right * 1.15}px`;
    return h("figure", {}, h("figcaption", {}, title), svg);
  }

  // --- controls ---
  const split = choice("split", SPLITS, {
    read: () => get("split"),
    write: (value) => update(model, { split: value }),
  });
  let follow;
  const marking = h("span");
  function nameTokens(tokens) {
    follow = choice(
      "mark the numbers of",
      tokens.map((word, i) => [i, `${i + 1} ${word}`]),
      {
        read: chosen,
        write: (value) => update(model, { selected: Number(value) }),
      },
    );
    marking.replaceChildren(follow.element);
  }
  const columns = () => get("X")[0].length;
  const presets = [
    ["One head", () => ({ widths: [columns()], off: [] })],
    ["Two heads", () => ({ widths: even(columns(), 2), off: [] })],
    ["Four heads", () => ({ widths: even(columns(), Math.min(4, columns())), off: [] })],
    ["A column each", () => ({ widths: even(columns(), columns()), off: [] })],
  ];
  root.append(
    h("p", { class: "bw-title" }, "The columns of q, k and v: drag a cut"),
    bar,
    h(
      "div",
      { class: "bw-row", role: "group", "aria-label": "Cuts" },
      ...presets.map(([claim, made]) => button(claim, () => update(model, made()))),
    ),
    h("div", { class: "bw-row" }, split.element, marking, resetButton(model, INPUTS)),
    figures,
    mixture,
  );
  root.append(
    h(
      "p",
      { class: "bw-note" },
      "In a head, left: the numbers of q it was given (k and v alike), counted row by row, those of one token marked. Right: how much each row attends to each column. Below, pink is positive and grey negative, each table on its own scale.",
    ),
  );
  const say = announcer(root);

  function report(change) {
    const names = get("off")
      .filter((head) => head < get("widths").length)
      .map((head) => head + 1);
    const most = change.indexOf(Math.max(...change));
    const word = get("tokens")[chosen()];
    const oneHead = "With one head there is nothing to swap: both splits are the same.";
    say(
      [
        get("split") === "transpose"
          ? ""
          : rowsAreTokens()
            ? oneHead
            : `Without the transpose the numbers of “${word}” went to neighbouring rows of few heads: a row is no token any more.`,
        names.length
          ? `Off: ${names.join(", ")}. The output of “${get("tokens")[most]}” changes most, by ${format(change[most])}; that of the least changed token by ${format(Math.min(...change))}.`
          : "All heads are on. Switch one off and see whose output changes.",
      ]
        .filter(Boolean)
        .join(" "),
    );
  }

  function paint() {
    const [X, widths, off] = [get("X"), get("widths"), get("off")];
    const d = X[0].length;
    if (X.length !== get("tokens").length || cutsOf(widths).at(-1) !== d) return; // a change half told
    const transposed = get("split") === "transpose";
    const w = { wQ: get("w_q"), wK: get("w_k"), wV: get("w_v"), wO: get("w_o") };
    const { weights, joined, output } = multiHead(X, w, widths, { off, transposed });
    const whole = multiHead(X, w, widths, { transposed }).output;
    const change = output.map((row, i) => Math.hypot(...row.map((v, j) => v - whole[i][j])));
    const numbers = X.map((row, i) => row.map((_, j) => i * d + j));
    const given = cutHeads(numbers, widths, transposed);
    drawBar(widths);
    const next = JSON.stringify([widths, get("tokens")]);
    if (next !== drawn) {
      const used = heads.findIndex(({ figure }) => figure.matches(":focus-within"));
      build(widths);
      if (used >= 0) heads[Math.min(used, widths.length - 1)].figure.querySelector("input").focus();
      nameTokens(get("tokens"));
    }
    drawn = next;
    for (const [head, parts] of heads.entries()) drawHead(parts, head, given[head], weights[head]);
    mixture.replaceChildren(
      table("Heads side by side", joined),
      table("Mixed by w_o, and how much it changed", output, change),
    );
    split.refresh();
    follow.refresh();
    report(change);
    for (const [name, value] of Object.entries({ weights, joined, output, change }))
      model.set(name, value);
  }

  return together(
    redrawOn(model, INPUTS, paint),
    onResize(root, paint),
    mountChallenge(model, root, { off: "the heads' switches" }),
  );
}

const view = { render };
export default view;
