// The clock of one trial, and waiting that can be broken off.

/** Wait for something, but no longer than until `signal` aborts. */
export const until = (signal, start) =>
  new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason));
    start(resolve);
  });

/** The clock of one trial. `answers` collects what the reader presses. */
export function clock(signal, answers) {
  const wait = (time) => until(signal, (resolve) => setTimeout(resolve, time));
  // Painted in one frame, on the screen at the start of the next: that is the onset.
  const show = (paint) =>
    until(signal, (resolve) =>
      requestAnimationFrame(() => {
        if (signal.aborted) return;
        paint();
        requestAnimationFrame(resolve);
      }),
    );
  const listen = () => {
    answers.first = null;
  };
  /** The first answer since `listen`, or null after `time` ms. */
  const answer = (time) =>
    until(signal, (resolve) => {
      answers.heard = resolve;
      if (answers.first) resolve(answers.first);
      setTimeout(() => resolve(null), time);
    });
  return { wait, show, listen, answer };
}
