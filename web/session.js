// One session of ONNX Runtime on one thread, in a worker of its own: runs one window at a time,
// unpadded, as the server does. web/device.js starts as many as fit. build/site bundles this.
import * as ort from "onnxruntime-web/wasm";

const graphs = {}; // by task: run, the model; tags, the aspect model

// feed runs a graph on one window.
function feed(graph, { ids, dtype }) {
  const make = (values) => new ort.Tensor(dtype, dtype === "int64" ? BigInt64Array.from(values, BigInt) : values, [1, values.length]);
  const feeds = {};
  for (const name of graph.inputNames) {
    feeds[name] = make(name === "input_ids" ? ids : new Int32Array(ids.length).fill(name === "attention_mask" ? 1 : 0));
  }
  return graph.run(feeds);
}

const handlers = {
  // open makes a graph ready for a task; the runtime is loaded with the first.
  async open({ of, graph, runtime }) {
    await graphs[of]?.release();
    ort.env.wasm.numThreads = 1; // see web/device.js for the reason
    ort.env.wasm.wasmBinary ??= await runtime.arrayBuffer();
    graphs[of] = await ort.InferenceSession.create(new Uint8Array(await graph.arrayBuffer()), { executionProviders: ["wasm"] });
  },
  async run(window) {
    const { logits, stars } = await feed(graphs.run, window);
    return [...logits.data, ...(stars?.data ?? [])];
  },
  async tags(window) {
    const { tags } = await feed(graphs.tags, window);
    return new Uint8Array(tags.data.buffer, tags.data.byteOffset, tags.data.byteLength);
  },
};

self.onmessage = async ({ data: { what, ...rest } }) => {
  try {
    self.postMessage({ result: await handlers[what](rest) });
  } catch (error) {
    self.postMessage({ error: error.message ?? String(error) });
  }
};
