// transformers.js in a worker, as documented: opens a model, then classifies texts, one batch per
// call.
import { env, pipeline } from "/transformers/transformers.min.js";

let classify;

const does = {
  async open({ model, threads, warm }) {
    env.localModelPath = "/models/";
    env.allowLocalModels = true;
    env.allowRemoteModels = env.useBrowserCache = false;
    // its default in Chromium, from where a CDN would serve it
    const runtime = location.origin + "/onnxruntime/ort-wasm-simd-threaded.asyncify";
    env.backends.onnx.wasm.wasmPaths = { mjs: runtime + ".mjs", wasm: runtime + ".wasm" };
    env.backends.onnx.wasm.numThreads = threads;
    classify = await pipeline("text-classification", model, { dtype: "q8", device: "wasm" });
    await does.score({ texts: warm, batch: 8 });
    await does.score({ texts: warm, batch: 1 });
  },
  // score runs batches of texts of similar lengths, which need the least padding.
  async score({ texts, batch }) {
    const order = texts.map((_, i) => i);
    if (batch > 1) order.sort((a, b) => texts[b].length - texts[a].length);
    const labels = [];
    for (let i = 0; i < order.length; i += batch) {
      const some = order.slice(i, i + batch);
      const answers = await classify(some.map((k) => texts[k]));
      answers.forEach(({ label }, k) => (labels[some[k]] = label.toLowerCase()));
    }
    return labels;
  },
};

self.onmessage = async ({ data: { what, ...rest } }) => {
  try {
    self.postMessage({ result: await does[what](rest) });
  } catch (error) {
    self.postMessage({ error: String(error.stack ?? error) });
  }
};
