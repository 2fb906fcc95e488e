// Starts the program. Trunk writes the names of its files, which carry hashes, into the tag that loads this script; so
// the page needs no inline script and the Content-Security-Policy allows none.
const at = document.querySelector("script[data-wasm]").dataset;
// Beside it the texts, of the page's language alone (src/i18n.rs).
const texts = fetch(`/${document.documentElement.lang}.ftl`).then((answer) => {
  if (!answer.ok) throw new Error(`The texts did not come: ${answer.status}`);
  return answer.text();
});
const { default: init } = await import(at.js);
globalThis.sallyportTexts = await texts;
await init({ module_or_path: at.wasm });
