// Where the ball is, where it goes next, and what there is to say about it.
import { format } from "../kit/dom.js";
import { descend, lossAt } from "./descent.js";

export const LOW = 0.25; // years: what the picture shows begins here
export const HIGH = 150; // and ends here
export const MOST = 40; // steps
const NEAR = 1.005; // of the lowest loss counts as the bottom
const STILL = 0.001; // of ln h: a step that nobody sees
const BOTTOM = 1.66; // years

/** A bandwidth in three digits. */
export function worded(h) {
  if (h < 0.001) return "almost 0";
  return h < 1000 ? `${Number(h.toPrecision(3))}` : "more than 1000";
}

export const signed = (x) => format(x);

/** All numbers of one frame. */
export function look(model) {
  const names = ["year", "flow", "start", "rate", "momentum", "steps"];
  const [year, flow, start, rate, momentum, steps] = names.map((name) => model.get(name));
  const { stops, step } = descend(year, flow, { start, rate, momentum, steps });
  const path = stops.map(({ bandwidth }) => bandwidth);
  const { bandwidth, loss, slope } = stops.at(-1);
  return {
    ...{ year, flow, start, rate, momentum, steps, stops, bandwidth, loss, slope, step },
    last: steps ? Math.log(bandwidth / path.at(-2)) : 0,
    next: lossAt(year, flow, bandwidth * Math.exp(step)),
    rests: Math.max(Math.abs(rate * slope), Math.abs(step)) < STILL,
    arrived: loss <= NEAR * lossAt(year, flow, BOTTOM).loss,
    results: { path, loss, slope },
  };
}

/** The frame in a sentence or two. */
export function report(shown) {
  const { steps, bandwidth, loss, slope } = shown;
  const where = `Step ${steps}: bandwidth ${worded(bandwidth)}, loss ${signed(loss)}, slope ${signed(slope)}.`;
  return `${where} ${verdict(shown)}`.trim();
}

function verdict({ steps, bandwidth: h, rests, arrived, last, step }) {
  if (rests && arrived) return "The ball rests at the bottom: no slope, no step.";
  if (h < LOW || h > HIGH) return `The ball has left the picture.${rests ? LEVEL : ""}`;
  if (rests) return `The ball stands still, and not at the bottom.${LEVEL}`;
  if (arrived) return "Within 0.5 % of the lowest loss.";
  if (step * last < 0) return "It jumps across the valley.";
  return steps === MOST ? `${MOST} steps, and it is still on its way.` : "";
}
const LEVEL = " The ground is level there: no slope, no step.";

/** What the next step is made of. */
export function rule({ rate, momentum, bandwidth, slope, last, step, next }) {
  const kept = momentum ? `${momentum} × last step ` : "";
  const part = momentum ? `${momentum} × ${signed(last)} ` : "";
  const minus = momentum ? "− " : "−";
  const made = `${kept}${minus}rate × slope = ${part}${minus}${rate} × ${signed(slope)} = ${signed(step)}`;
  return `Next step in ln h: ${made}, so h = ${worded(bandwidth)} × ${worded(Math.exp(step))} = ${worded(next.bandwidth)}.`;
}
