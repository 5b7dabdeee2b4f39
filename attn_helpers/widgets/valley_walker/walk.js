// Where the ball is, where it goes next, and what there is to say about it.
import { format } from "../kit/dom.js";
import { leaveOneOutError } from "../kit/math/leave_one_out.js";
import { descend, logSlope } from "./descent.js";

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
  const { path, next } = descend(year, flow, { start, rate, momentum, steps });
  const h = path.at(-1);
  const last = steps ? Math.log(h / path.at(-2)) : 0;
  const loss = leaveOneOutError(year, flow, h);
  const slope = logSlope(year, flow, h);
  const shown = { year, flow, start, rate, momentum, steps, path, loss, slope, last, step: next };
  return {
    ...shown,
    next: h * Math.exp(next),
    rests: Math.max(Math.abs(rate * slope), Math.abs(next)) < STILL,
    arrived: loss <= NEAR * leaveOneOutError(year, flow, BOTTOM),
    results: { path, loss, slope },
  };
}

/** The frame in a sentence or two. */
export function report(shown) {
  const { steps, path, loss, slope } = shown;
  const where = `Step ${steps}: bandwidth ${worded(path.at(-1))}, loss ${signed(loss)}, slope ${signed(slope)}.`;
  return `${where} ${verdict(shown)}`.trim();
}

function verdict({ steps, path, rests, arrived, step }) {
  const h = path.at(-1);
  if (rests && arrived) return "The ball rests at the bottom: no slope, no step.";
  if (h < LOW || h > HIGH) return `The ball has left the picture.${rests ? LEVEL : ""}`;
  if (rests) return `The ball stands still, and not at the bottom.${LEVEL}`;
  if (arrived) return "Within 0.5 % of the lowest loss.";
  if (steps > 1 && step * Math.log(h / path.at(-2)) < 0) return "It jumps across the valley.";
  return steps === MOST ? `${MOST} steps, and it is still on its way.` : "";
}
const LEVEL = " The ground is level there: no slope, no step.";

/** What the next step is made of. */
export function rule({ rate, momentum, slope, last, step, path, next }) {
  const kept = momentum ? `${momentum} × last step ` : "";
  const part = momentum ? `${momentum} × ${signed(last)} ` : "";
  const minus = momentum ? "− " : "−";
  const made = `${kept}${minus}rate × slope = ${part}${minus}${rate} × ${signed(slope)} = ${signed(step)}`;
  return `Next step in ln h: ${made}, so h = ${worded(path.at(-1))} × ${worded(Math.exp(step))} = ${worded(next)}.`;
}
