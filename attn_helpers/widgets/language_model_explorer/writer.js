// Writes on, letter by letter, drawn from the odds, until it is stopped.
import { button, update } from "../kit/dom.js";
import { random } from "../kit/math/random.js";

/** The odds at a temperature, of the tokens that are in `best`: { ids, p, pieces }. */
export function atTemperature({ ids, logp, pieces }, temperature) {
  const largest = logp[0];
  const exp = Array.from(logp, (z) => Math.exp((z - largest) / temperature));
  const kept = logp.reduce((sum, z) => sum + Math.exp(z), 0); // 1, where all tokens are there
  const total = exp.reduce((a, b) => a + b);
  const share = temperature === 1 ? kept : 1;
  return { ids, pieces, p: exp.map((e) => (e * share) / total) };
}

/** Which of the shares a number from 0 to 1 falls into. */
export function drawn(p, number) {
  let rest = number * p.reduce((a, b) => a + b);
  for (const [n, share] of p.entries()) {
    rest -= share;
    if (rest < 0) return n;
  }
  return p.length - 1;
}

/** A button that starts and stops. `odds()` are those after the whole text, or null while
 *  they are not there; `append(n)` writes the n-th of them; `isFull()` ends it. */
export function writer(model, { odds, append, isFull, isOver, length, pause }) {
  let timer = 0;
  const show = () => {
    go.textContent = timer ? "Stop" : "Write on";
    go.setAttribute("aria-pressed", Boolean(timer));
  };
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    show();
  };
  const write = () => {
    const now = odds();
    if (now) append(drawn(now.p, random(model.get("seed") * 4096 + length())()));
  };
  const press = () => {
    if (timer) return stop();
    update(model, { seed: model.get("seed") + 1, chosen: -1 });
    timer = setInterval(write, pause());
    show();
  };
  const go = button("", press, { class: "bw-button bw-go" });
  show();
  const draw = () => {
    if (timer && (isFull() || isOver())) stop();
    go.disabled = isFull() || isOver();
  };
  return { element: go, draw, stop };
}
