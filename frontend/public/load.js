// Starts the program. Trunk writes the names of its files, which carry hashes, into the tag that loads this script; so
// the page needs no inline script and the Content-Security-Policy allows none.
const at = document.querySelector("script[data-wasm]").dataset;
const { default: init } = await import(at.js);
await init({ module_or_path: at.wasm });
