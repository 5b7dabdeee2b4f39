// Traits that glide to where a button sends them.
import { copy, round } from "./dom.js";
import { gliding } from "./motion.js";

/** A value with each number as 0: values of one form differ in their numbers alone. */
const formOf = (value) => JSON.stringify(value, (_, x) => (typeof x === "number" ? 0 : x));

/** What lies between two values of one form; a number alone that is above 0 goes in equal
 *  ratios, and a whole one stays whole. */
function between(from, to, part) {
  if (typeof to !== "number") return listBetween(from, to, part);
  const x = from > 0 && to > 0 ? from * (to / from) ** part : from + (to - from) * part;
  return [from, to].every(Number.isInteger) ? Math.round(x) : Number(x.toPrecision(5));
}

function listBetween(from, to, part) {
  if (Array.isArray(to)) return to.map((x, i) => listBetween(from[i], x, part));
  return typeof to === "number" ? round(from + (to - from) * part) : to;
}

/**
 * `start` has the traits of these names as they are now; `to(traits)` sends numbers on
 * their way and sets all else at once. `root` is busy meanwhile, and Python is told at the
 * end. Returns { start, to, stop }.
 */
export function sending(model, root, names) {
  const read = (all) => copy(Object.fromEntries(all.map((name) => [name, model.get(name)])));
  let stop = () => {};
  const to = (traits) => {
    stop();
    const goals = Object.entries(copy(traits));
    const from = read(Object.keys(traits));
    const at = ([name, goal], part) =>
      part < 1 && formOf(from[name]) === formOf(goal) ? between(from[name], goal, part) : goal;
    const motion = gliding(([part]) => {
      for (const goal of goals) model.set(goal[0], at(goal, part));
      if (part < 1) return;
      model.save_changes();
      // behind the view, which draws the last change in this frame or in the next one
      const rest = requestAnimationFrame(() => root.removeAttribute("aria-busy"));
      stop = () => cancelAnimationFrame(rest);
    });
    stop = motion.stop;
    root.setAttribute("aria-busy", "true");
    motion.to([0]);
    motion.to([1]);
  };
  return { start: read(names), to, stop: () => stop() };
}
