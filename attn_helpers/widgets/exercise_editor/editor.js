// An editor for Python: the library prism-code-editor, which the page loads beside this.

/** `{ get, set, element }`. Escape lets the next Tab leave it; `run` is called by Shift or
 *  Ctrl with Enter, `changed` after each change. */
export function editor(place, { text, label, described, run, changed }) {
  const { createEditor, defaultKeymap, editorCommands, editHistory, insertText, setIgnoreTab } =
    globalThis.prismCodeEditor;
  const running = () => {
    run();
    return true;
  };
  // in the library's own names, where 8 is Shift, so that its Enter is replaced
  const keys = { ...defaultKeymap, "Mod+Enter": running, "8+Enter": running };
  const options = { language: "python", value: text, tabSize: 4, lineNumbers: false };
  const made = createEditor(place, options, editorCommands(keys, []), editHistory());
  const { textarea } = made;
  delete made.keyCommandMap.Escape; // it would take the focus away
  delete made.inputCommandMap["<"]; // in Python it is no bracket
  textarea.setAttribute("aria-label", label);
  textarea.setAttribute("aria-describedby", described);
  textarea.addEventListener(
    "keydown",
    ({ key }) => !["Tab", "Shift"].includes(key) && setIgnoreTab(key === "Escape"),
    true,
  );
  textarea.addEventListener("blur", () => setIgnoreTab(false));
  made.on("update", changed);
  const get = () => made.value;
  const set = (value) => insertText(made, value, 0, made.value.length);
  return { get, set, element: textarea };
}
