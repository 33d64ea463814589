// Starts the worker's Go program on the first message, which the page's program sends: until then
// that program has network and processors to itself. Messages that arrive while it loads wait in
// `early`, which the program drains when it takes over onmessage.
var early = [];
let started = null;
self.onmessage = (event) => {
  early.push(event.data);
  started ??= start();
};
// the reader of .xlsx, loaded on first use; after a failure, from another URL, since browsers
// remember it
let sheets = null, suffix = "";
self.workbook = () => (sheets ??= import("/web/workbook.js" + suffix).catch((error) => {
  sheets = null;
  suffix = "?" + Date.now();
  throw error;
}));
self.device = () => new Worker("/web/device.js"); // runs the model here
importScripts("/wasm_exec.js");
async function start() {
  const go = new Go();
  const url = "/web/worker.wasm";
  try {
    const { instance } = await WebAssembly.instantiateStreaming(fetch(url), go.importObject);
    await go.run(instance);
    throw new Error("it ended");
  } catch (error) {
    const json = JSON.stringify({ name: "problem", problem: {
      about: "worker", retry: false,
      detail: "The part of the page that reads files stopped: " + error.message + ".",
      wayOut: "Reload the page." } });
    self.onmessage = () => self.postMessage({ json }); // further commands have no other effect
    self.onmessage();
  }
}
