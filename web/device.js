// The model on this device: a worker, started when scoring first happens here, that fetches files
// and distributes windows among sessions (web/session.js). The runtime and the model are stored in
// a cache of their own, so that both are available without a network; web/offline.js leaves that
// cache alone.
//
// Each session is a worker of one thread. A session of several threads would split each operator of
// one small window, and wait for the slowest; build/bench/README.md has both. One session is opened
// with the model, the others when windows wait, so that a typed text costs only one. It does not
// matter which session runs a window: all are the same program on the same file, and each scores it
// alone.
"use strict";

const runtime = "/web/ort-wasm-simd-threaded.wasm";

// fetchCached returns the bytes at url, as a blob: from the cache, or from the server and then into
// the cache, if their hash is right.
async function fetchCached(url, headers, sha256, progress) {
  const cache = await caches.open("reviewlens-device");
  const there = await cache.match(url);
  if (there) return there.blob();
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
  const bytes = new Blob(parts);
  if (sha256) {
    const digest = await crypto.subtle.digest("SHA-256", await bytes.arrayBuffer());
    const sum = [...new Uint8Array(digest)].map((b) => b.toString(16).padStart(2, "0")).join("");
    if (sum !== sha256) throw { status: 0, message: "the model arrived damaged" };
  }
  await cache.put(url, new Response(bytes)).catch(() => {}); // no space: works until the tab closes
  return bytes;
}

const bearer = (key) => (key ? { Authorization: "Bearer " + key } : {});


let program = null; // the runtime
const graphs = {}; // blobs by task: run, the model; tags, the aspect model
let sessions = []; // the first always exists, once there is a model
let maxSessions = 1;
let loaded = ""; // the hash of the model in graphs.run
const queue = []; // tasks without a session: {what, graph, window, done, fail}
let idle = 0; // the timer that ends idle sessions

// A session takes at most this much memory, plus this multiple of its model's bytes: with both of
// our graphs, 126 MB (build/node/test/device.test.mjs).
const sessionBytes = 60e6;
const modelTimes = 3;

// sessionCount returns the number of sessions for a model of so many bytes: one per processor, as
// far as they fit in a quarter of the device's memory; one if it has less than 4 GB. A browser that
// does not report the memory may run on a phone.
function sessionCount(bytes) {
  const { hardwareConcurrency: processors = 1, deviceMemory: gigabytes = 4 } = navigator;
  if (gigabytes < 4) return 1;
  return Math.max(1, Math.min(processors, Math.floor((gigabytes * 2 ** 30) / 4 / (sessionBytes + modelTimes * bytes))));
}

class Session {
  busy = false;
  has = {}; // the graphs that it has opened
  answer = null; // settles the pending request
  worker = new Worker("/web/session.js", { type: "module" });

  constructor() {
    this.worker.onmessage = ({ data }) => ("error" in data ? this.answer.fail({ message: data.error }) : this.answer.done(data.result));
    this.worker.onerror = (event) => {
      event.preventDefault();
      this.answer?.fail({ status: 0, message: event.message || "its program did not load" });
    };
  }

  ask(message) {
    return new Promise((done, fail) => {
      this.answer = { done, fail };
      this.worker.postMessage(message);
    });
  }

  // take runs a task, after opening its graph. If that fails, and there is another session, this
  // one ends and the other takes the task: so only the last session's errors are reported, and a
  // device that has no memory for more continues with fewer.
  async take({ what, graph, window, ...task }) {
    this.busy = true;
    try {
      if (this.has[what] !== graph) await this.ask({ what: "open", of: what, graph, runtime: program });
      this.has[what] = graph;
      task.done(window && (await this.ask({ what, ...window })));
    } catch (error) {
      if (sessions.includes(this) && sessions.length > 1) {
        console.warn(`a session of ${sessions.length} on this device ended: ${error.message}`);
        this.end();
        maxSessions = sessions.length;
        queue.unshift({ what, graph, window, ...task });
      } else {
        task.fail(error);
        if (error.status === 0) this.end();
      }
    }
    this.busy = false;
    if (!sessions.includes(this)) this.worker.terminate(); // of a previous model, with this task left
    dispatch();
  }

  end() {
    sessions = sessions.filter((s) => s !== this);
    if (!this.busy) this.worker.terminate();
  }
}

// dispatch gives tasks to sessions, and starts a session for each task that has to wait; the first
// free one takes the task.
function dispatch() {
  clearTimeout(idle);
  for (let free; queue.length && (free = sessions.find((s) => !s.busy));) free.take(queue.shift());
  let opening = sessions.filter((s) => !s.has.run).length;
  for (; opening < queue.length && sessions.length < maxSessions; opening++) {
    const session = new Session();
    sessions.push(session);
    session.take({ what: "run", graph: graphs.run, done() {}, fail() {} });
  }
  idle = setTimeout(() => sessions.slice(1).filter((s) => !s.busy).forEach((s) => s.end()), 60_000);
}

// put queues a task for the current graph: a model loaded later does not get it.
const put = (what, window) => new Promise((done, fail) => {
  queue.push({ what, graph: graphs[what], window, done, fail });
  dispatch();
});

const handlers = {
  // load returns the number of windows that run at a time.
  async load({ url, sha256, key }, progress) {
    program = await fetchCached(runtime, {}, "", () => {});
    const model = await fetchCached(url, bearer(key), sha256, progress);
    const cache = await caches.open("reviewlens-device");
    const own = url.slice(0, url.lastIndexOf("/") + 1); // of this model, its aspect model included
    for (const { url: old } of await cache.keys()) {
      const { pathname } = new URL(old);
      if (pathname !== runtime && !pathname.startsWith(own)) await cache.delete(old);
    }
    maxSessions = sessionCount(model.size);
    if (loaded !== sha256) {
      [...sessions].forEach((s) => s.end());
      Object.assign(graphs, { run: model, tags: null });
      loaded = "";
      await put("run");
      loaded = sha256;
    }
    return maxSessions;
  },
  // The aspect model lacks the parts that it shares with the model: these ranges of the latter
  // follow its own bytes.
  async loadAspects({ url, sha256, key, model, shared }, progress) {
    const own = await fetchCached(url, bearer(key), sha256, progress);
    const rest = shared.length ? await fetchCached(model.url, bearer(key), model.sha256, () => {}) : null;
    if (loaded !== model.sha256) throw { message: "this device has another model now" };
    graphs.tags ??= new Blob([own, ...shared.map(([from, bytes]) => rest.slice(from, from + bytes))]);
    await put("tags");
  },
  run: (window) => put("run", window),
  tags: (window) => put("tags", window),
};

self.onmessage = async ({ data: { id, what, ...rest } }) => {
  try {
    self.postMessage({ id, result: await handlers[what](rest, (have, all) => self.postMessage({ id, have, all })) });
  } catch (error) {
    self.postMessage({ id, error: error.message ?? String(error), status: error.status ?? -1 });
  }
};
