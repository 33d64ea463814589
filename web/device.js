// The model on this device: a worker of its own, started when scoring is first to happen here. It runs one window at a
// time, unpadded, as the server does. The runtime and the model are kept in a cache of their own, so that both are there
// without a network; web/offline.js leaves that cache alone. build/site bundles this.
import * as ort from "onnxruntime-web/wasm";

const runtime = "/web/ort-wasm-simd-threaded.wasm";
let session = null;
let tagger = null; // the aspect model, which finds topics

// kept gives the bytes at url: from the cache, or from the server and then into the cache, if they are what they should be.
async function kept(url, headers, sha256, progress) {
  const cache = await caches.open("reviewlens-device");
  const there = await cache.match(url);
  if (there) return there.arrayBuffer();
  let response;
  try {
    response = await fetch(url, { headers });
  } catch (error) {
    throw { status: 0, message: error.message };
  }
  if (!response.ok) throw { status: response.status, message: `the server answered ${response.status}` };
  const all = sha256 ? Number(response.headers.get("Content-Length")) : 0;
  const parts = [];
  let have = 0;
  try {
    for (let reader = response.body.getReader(), part; !(part = await reader.read()).done;) {
      parts.push(part.value);
      progress((have += part.value.length), all);
    }
  } catch (error) {
    throw { status: 0, message: error.message };
  }
  const bytes = await new Blob(parts).arrayBuffer();
  if (sha256) {
    const sum = [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))].map((b) => b.toString(16).padStart(2, "0")).join("");
    if (sum !== sha256) throw { status: 0, message: "the model arrived damaged" };
  }
  await cache.put(url, new Response(bytes)).catch(() => {}); // no room: it works until the tab is closed
  return bytes;
}

const bearer = (key) => (key ? { Authorization: "Bearer " + key } : {});
const start = (graph) => ort.InferenceSession.create(graph, { executionProviders: ["wasm"] });

// feed runs a graph on one window.
function feed(graph, { ids, dtype }) {
  const make = (values) => new ort.Tensor(dtype, dtype === "int64" ? BigInt64Array.from(values, BigInt) : values, [1, values.length]);
  const feeds = {};
  for (const name of graph.inputNames) {
    feeds[name] = make(name === "input_ids" ? ids : new Int32Array(ids.length).fill(name === "attention_mask" ? 1 : 0));
  }
  return graph.run(feeds);
}

const does = {
  async load({ url, sha256, key }, progress) {
    await session?.release();
    await tagger?.release();
    session = tagger = null;
    ort.env.wasm.numThreads = 1; // more would need a page that is isolated from all others
    ort.env.wasm.wasmBinary = await kept(runtime, {}, "", () => {});
    const model = await kept(url, bearer(key), sha256, progress);
    const cache = await caches.open("reviewlens-device");
    const own = url.slice(0, url.lastIndexOf("/") + 1); // of this model, its aspect model included
    for (const { url: old } of await cache.keys()) {
      const { pathname } = new URL(old);
      if (pathname !== runtime && !pathname.startsWith(own)) await cache.delete(old);
    }
    session = await start(new Uint8Array(model));
  },
  // The aspect model lacks what it has in common with the model: these ranges of it, which go behind its own bytes.
  async loadAspects({ url, sha256, key, model, shared }, progress) {
    await tagger?.release();
    tagger = null;
    const first = await kept(url, bearer(key), sha256, progress);
    const rest = shared.length ? await kept(model.url, bearer(key), model.sha256, () => {}) : null;
    const graph = new Uint8Array(first.byteLength + shared.reduce((all, [, bytes]) => all + bytes, 0));
    graph.set(new Uint8Array(first));
    let at = first.byteLength;
    for (const [from, bytes] of shared) {
      graph.set(new Uint8Array(rest, from, bytes), at);
      at += bytes;
    }
    tagger = await start(graph);
  },
  async run(window) {
    const { logits, stars } = await feed(session, window);
    return [...logits.data, ...(stars?.data ?? [])];
  },
  async tags(window) {
    const { tags } = await feed(tagger, window);
    return new Uint8Array(tags.data.buffer, tags.data.byteOffset, tags.data.byteLength);
  },
};

self.onmessage = async ({ data: { id, what, ...rest } }) => {
  try {
    self.postMessage({ id, result: await does[what](rest, (have, all) => self.postMessage({ id, have, all })) });
  } catch (error) {
    self.postMessage({ id, error: error.message ?? String(error), status: error.status ?? -1 });
  }
};
