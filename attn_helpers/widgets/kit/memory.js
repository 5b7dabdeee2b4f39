// What a reader has done stays in this browser, where it keeps anything for this page.
const OURS = /^book-[a-z]+:/;

function tried(act) {
  try {
    return act();
  } catch {
    return null; // storage is switched off, or full
  }
}

/** What is kept of one kind, such as the texts of exercises: one text for each id. */
export function shelf(kind) {
  const key = (id) => `book-${kind}:${id}`;
  return {
    recall: (id) => tried(() => localStorage.getItem(key(id))),
    keep: (id, text) => tried(() => localStorage.setItem(key(id), text)),
    forget: (id) => tried(() => localStorage.removeItem(key(id))),
  };
}

const ours = () => tried(() => Object.keys(localStorage).filter((key) => OURS.test(key))) ?? [];

/** Whether anything is kept, of whatever kind. */
export const isAnythingKept = () => ours().length > 0;

export function forgetEverything() {
  for (const key of ours()) tried(() => localStorage.removeItem(key));
}
