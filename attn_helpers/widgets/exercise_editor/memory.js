// What a reader has written stays in this browser, where it keeps anything for this page.
const key = (id) => `book-exercise:${id}`;

function tried(act) {
  try {
    return act();
  } catch {
    return null; // storage is switched off, or full
  }
}

export const recall = (id) => tried(() => localStorage.getItem(key(id)));
export const keep = (id, text) => tried(() => localStorage.setItem(key(id), text));
export const forget = (id) => tried(() => localStorage.removeItem(key(id)));
