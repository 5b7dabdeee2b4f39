// The valley: the loss against the bandwidth, the ball with its tangent, and its path.
import { afresh, clamp, draggable, pointerIn, s, set } from "../kit/dom.js";
import { lossAt } from "./descent.js";
import { boxOf, ground, scale } from "./panel.js";
import { HIGH, LOW, signed, worded } from "./walk.js";

const LOSSES = [123, 171]; // from the foot of the panel to its top
const LOSS_TICKS = [130, 140, 150, 160, 170];
const BANDWIDTH_TICKS = [0.5, 1, 2, 5, 10, 20, 50, 100];
const PIECES = 96; // of the edge
const HALF = 56; // of the tangent, in pixels
const GRAIN = 0.05; // of ln h: what an arrow key moves

/** All of the drawing; `draw` has the state, `put` the place of the ball on its way. */
export function valley(model, letGo) {
  const element = s("svg", { role: "group", "aria-label": "Loss against bandwidth" });
  const back = s("g");
  const [line, dots] = [s("path", { class: "bw-trail" }), s("g", { class: "bw-stops" })];
  const [next, ball] = [nextStep(), walker()];
  element.append(back, line, dots, next.element, ball.tangent, ball.handle, ball.number);

  let at = null; // the scales of the present drawing
  let now = null; // the state, and where its path is
  const build = afresh(({ year, flow }, box) => {
    at = scalesOf(box);
    set(element, { viewBox: `0 0 ${box.width} ${box.height}` });
    back.replaceChildren(...scenery(at, (h) => lossAt(year, flow, h)));
  });
  const draw = (shown) => {
    const box = boxOf(Math.round(element.clientWidth) || 344, shown.isCompact);
    build([shown.year, shown.flow, box], shown, box);
    now = { ...shown, places: shown.stops.map(at.place) };
    const gone = now.places.slice(0, -1).map(([cx, cy]) => s("circle", { cx, cy, r: 3 }));
    dots.replaceChildren(...gone);
    ball.tell(shown);
  };
  /** The ball is at a bandwidth, where it has come to rest or on its way. */
  const put = (bandwidth) => {
    const isThere = Math.abs(Math.log(bandwidth / now.bandwidth)) < 1e-9;
    const here = isThere ? now : lossAt(now.year, now.flow, bandwidth);
    const spot = at.place(here);
    set(line, { d: chain([...now.places.slice(0, -1), spot]) });
    ball.place(at, spot, here.slope);
    next.place(spot, isThere ? at.place(now.next) : spot);
  };
  pull(element, ball.handle, model, () => at, letGo);
  return { element, draw, put };
}

const chain = (places) => `M${places.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L")}`;

/** Where bandwidths and losses are; what lies outside the picture is at its edge. */
function scalesOf(box) {
  const ends = [box.left, box.width - box.right];
  const along = scale([Math.log(LOW), Math.log(HIGH)], ends);
  const back = scale(ends, [Math.log(LOW), Math.log(HIGH)]);
  const toY = scale(LOSSES, [box.foot, box.top]);
  const toX = (h) => along(Math.log(clamp(h, LOW, HIGH)));
  return {
    box,
    toX,
    toY,
    fromX: (px) => Math.exp(back(px)),
    place: ({ bandwidth, loss }) => [toX(bandwidth), toY(loss)],
    // pixels up for one pixel to the right, for a slope
    rise: (slope) => (slope * (toY(0) - toY(1))) / (along(1) - along(0)),
  };
}

/** The ground, its edge and the axes. */
function scenery({ box, toX, toY, place }, lossOf) {
  const bandwidths = Array.from(
    { length: PIECES + 1 },
    (_, i) => LOW * (HIGH / LOW) ** (i / PIECES),
  );
  const edge = chain(bandwidths.map((h) => place(lossOf(h))));
  const earth = `${edge}L${box.width - box.right} ${box.axis}L${box.left} ${box.axis}z`;
  const across = LOSS_TICKS.map((loss) => [toY(loss), `${loss}`]);
  const along = BANDWIDTH_TICKS.map((h) => [toX(h), `${h}`]);
  return [
    s("path", { class: "bw-earth", d: earth }),
    ...ground(box, across, along, ["loss", "bandwidth h (years)"]),
    s("path", { class: "bw-edge", d: edge }),
  ];
}

/** The ball to pull, the tangent through it, and its slope in figures. */
function walker() {
  const tangent = s("line", { class: "bw-tangent" });
  const number = s("text", { class: "bw-slope" });
  const ball = s("circle", { class: "bw-ball", r: 10 });
  const hit = s("circle", { r: 24, fill: "transparent" });
  const handle = s("g", { "aria-label": "bandwidth" }, hit, ball);
  set(handle, { "aria-valuemin": LOW, "aria-valuemax": HIGH });
  const place = ({ box, rise }, [x, y], slope) => {
    for (const circle of [hit, ball]) set(circle, { cx: x, cy: y });
    const up = rise(slope);
    const half = HALF / Math.hypot(1, up);
    const [x1, x2] = [x - half, x + half].map((end) => clamp(end, box.left, box.width - box.right));
    set(tangent, { x1, x2, y1: y + up * (x - x1), y2: y - up * (x2 - x) });
    const side = slope < 0 || x < box.left + 96 ? 1 : -1; // in the air, over the arrow
    set(number, { x: x + 12 * side, y: y - 14, "text-anchor": side > 0 ? "start" : "end" });
    number.textContent = `slope ${signed(slope)}`;
  };
  const tell = ({ bandwidth: h, loss, slope }) => {
    const text = `${worded(h)} years, loss ${signed(loss)}, slope ${signed(slope)}`;
    set(handle, { "aria-valuenow": clamp(h, LOW, HIGH), "aria-valuetext": text });
  };
  return { tangent, handle, number, place, tell };
}

/** An arrow as long as the next step, and a ring where it would lead. */
function nextStep() {
  const [arrow, drop] = [s("path", { class: "bw-arrow" }), s("path", { class: "bw-drop" })];
  const ring = s("circle", { class: "bw-ring", r: 6 });
  const element = s("g", {}, drop, arrow, ring);
  const place = ([x, y], [toX, toY]) => {
    const side = Math.sign(toX - x);
    const isLong = Math.abs(toX - x) > 3;
    set(element, { visibility: isLong ? "visible" : "hidden" });
    const head = `M${toX - 7 * side} ${y - 5}L${toX} ${y}L${toX - 7 * side} ${y + 5}`;
    set(arrow, { d: `M${x} ${y}H${toX}${head}` });
    set(drop, { d: `M${toX} ${y}V${toY}` });
    set(ring, { cx: toX, cy: toY });
  };
  return { element, place };
}

/** The ball goes where it is pulled, and where the valley is clicked: a new start. */
function pull(svg, handle, model, scales, letGo) {
  const under = (event) => Math.log(scales().fromX(pointerIn(svg, event)[0]));
  const start = (logH) => letGo(Number(clamp(Math.exp(logH), LOW, HIGH).toPrecision(3)));
  const done = () => model.save_changes();
  svg.addEventListener("click", (event) => {
    start(under(event));
    done();
  });
  draggable(handle, {
    at: (event) => [under(event), 0],
    move: start,
    position: () => [Math.log(clamp(model.get("path").at(-1), LOW, HIGH)), 0],
    done,
    step: GRAIN,
    axes: "x",
  });
}
