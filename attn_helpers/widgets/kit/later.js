// What a view needs only once somebody sees it, such as a model's weights.

/** Call `begin` once, when `element` is about to be seen; returns the clean-up. */
export function whenSeen(element, begin) {
  const watch = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      watch.disconnect();
      begin();
    },
    { rootMargin: "400px" },
  );
  watch.observe(element);
  return () => watch.disconnect();
}

/** A promise of what `later` in bundle.py has put into a script for the widget in a folder.
 *  It lies beside the widget's view; a page that is opened from a file may load a script,
 *  and nothing else. */
export function dataOf(folder) {
  const there = () => globalThis.bookData?.[folder];
  return new Promise((resolve, reject) => {
    if (there()) return resolve(there());
    const view = document.querySelector(`script[src*="widgets/${folder}/view.js"]`);
    if (!view) return reject(new Error(`This page has no data for ${folder}.`));
    const script = document.createElement("script");
    script.src = new URL("data.js", view.src);
    script.onload = () => resolve(there());
    script.onerror = () => reject(new Error(`${script.src} could not be loaded.`));
    document.head.append(script);
  });
}

/** The bytes that base64 stands for. */
export function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}
