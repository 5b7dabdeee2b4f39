// The exercises come after all that a page needs to be read.
const { src } = document.currentScript;
addEventListener("load", () => {
  const script = document.createElement("script");
  script.src = new URL("data.js?v=VERSION", src);
  document.head.append(script);
});
