// Scores the same texts on this device with the page and with transformers.js, in one Chromium:
// browser.mjs FOLDER ROUNDS TEXTS_OF_WARM_UP
//
// FOLDER has texts.json, reviews.csv, a few of its rows as warm.csv, the windows of all texts as
// windows.json, and the output of files.py. Candidates run alternately; each result is the elapsed
// seconds, the processor time of all processes of the browser, and the labels. JSON on stdout.
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { browser, root, serve } from "../../node/browser.mjs";
import { open, saved } from "../../node/helpers.mjs";

const [folder, rounds, warmUp] = process.argv.slice(2);
const texts = JSON.parse(readFileSync(join(folder, "texts.json"), "utf8"));
const windows = JSON.parse(readFileSync(join(folder, "windows.json"), "utf8"));
const modules = join(root, "build/bench/competitors/node_modules");
const places = {
  "/models/": folder,
  "/transformers/": join(modules, "@huggingface/transformers/dist"),
  "/onnxruntime/": join(modules, "onnxruntime-web/dist"),
  "/": import.meta.dirname,
};
const types = {
  ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm",
  ".json": "application/json",
};
const files = createServer((request, response) => {
  response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
  response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
  const path = new URL(request.url, "http://localhost").pathname;
  if (path === "/") return response.setHeader("Content-Type", "text/html").end("<!doctype html>");
  const place = Object.keys(places).find((p) => path.startsWith(p));
  try {
    const data = readFileSync(join(places[place], path.slice(place.length)));
    const type = types[extname(path)] ?? "application/octet-stream";
    response.setHeader("Content-Type", type).end(data);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((ready) => files.listen(0, "127.0.0.1", ready));

const [chromium, server] = await Promise.all([browser(), serve()]);
const cdp = await chromium.newBrowserCDPSession();
const processor = async () => {
  const { processInfo } = await cdp.send("SystemInfo.getProcessInfo");
  return processInfo.reduce((all, p) => all + p.cpuTime, 0);
};

// timed measures a call of `run`.
async function timed(run) {
  const before = await processor(), start = performance.now();
  await run();
  return { seconds: (performance.now() - start) / 1000, processor: (await processor()) - before };
}

// opened opens the page in private mode, with at most this many sessions.
async function opened(sessions) {
  const page = await open(chromium, server.url);
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  await place(page, true);
  const device = page.workers().find((w) => /\/device\./.test(w.url()));
  await device.evaluate((value) => {
    Object.defineProperty(navigator, "hardwareConcurrency", { value });
  }, sessions);
  await place(page, false);
  await place(page, true);
  return { page, device };
}

// alone runs only the page's sessions, on the windows of all texts, without results.
async function alone(sessions) {
  const { device } = await opened(sessions);
  const does = await device.evaluateHandle("does"); // the functions of web/device.js
  const run = (some) => does.evaluate(async ({ run }, some) => {
    await Promise.all(some.map((ids) => run({ ids: Int32Array.from(ids), dtype: "int32" })));
  }, some);
  return async () => {
    await run(windows.slice(0, warmUp));
    return timed(() => run(windows));
  };
}

// ours runs the page, which scores a file with at most this many sessions, with or without topics.
async function ours(sessions, topics) {
  const { page } = await opened(sessions);
  // score drops a file, starts it once it is read, and returns the measurement and the saved
  // labels.
  const score = async (file) => {
    await page.setInputFiles("#file", join(folder, file));
    await page.waitForSelector("#start:not([disabled])");
    await page.setChecked("#with-topics", topics);
    const took = await timed(async () => {
      await page.click("#start");
      // not waitForSelector, which makes the browser draw every frame
      await page.waitForFunction(() => document.querySelector("#watch.done"), null, { polling: 20 });
    });
    const rows = (await saved(page, folder)).data.toString().trimEnd().split("\n").slice(1);
    await page.click("#new");
    return { ...took, names: rows.map((row) => row.match(/,(positive|negative|unsure),/)[1]) };
  };
  return async () => {
    await score("warm.csv"); // all but one of the sessions end after a minute without a window
    return score("reviews.csv");
  };
}

async function place(page, here) {
  await page.setChecked("#private", here);
  const said = here ? "Nothing leaves" : "goes to this server";
  await page.waitForFunction(
    (text) => document.querySelector("#leaves").textContent.includes(text), said);
}

const classifiers = {}; // one per model and number of threads, shared by candidates

async function theirs(model, threads, batch) {
  const classify = (classifiers[model + threads] ??= await classifier(model, threads));
  return async () => {
    let names;
    const took = await timed(async () => (names = await classify({ what: "score", texts, batch })));
    return { ...took, names };
  };
}

async function classifier(model, threads) {
  const page = await chromium.newPage();
  await page.goto(`http://127.0.0.1:${files.address().port}/`);
  await page.evaluate(() => (window.worker = new Worker("/worker.mjs", { type: "module" })));
  const ask = async (message) => {
    const { result, error } = await page.evaluate((message) => new Promise((resolve) => {
      window.worker.onmessage = ({ data }) => resolve(data);
      window.worker.onerror = (e) => resolve({ error: e.message || "it did not load" });
      window.worker.postMessage(message);
    }), message);
    if (error) throw new Error(error);
    return result;
  };
  await ask({ what: "open", model, threads, warm: texts.slice(0, warmUp) });
  return ask;
}

try {
  const ways = [];
  const page = { who: "Reviewlens, the page", model: "served", batch: 1 };
  for (const threads of [1, 2]) ways.push({ ...page, threads, run: await ours(threads, false) });
  ways.push({ ...page, who: page.who + ", topics too", threads: 2, run: await ours(2, true) });
  for (const threads of [1, 2]) {
    ways.push({ ...page, who: "its sessions alone", threads, run: await alone(threads) });
  }
  for (const model of ["served", "distilbert"]) {
    for (const threads of [1, 2]) {
      for (const batch of [1, 8]) {
        const run = await theirs(model, threads, batch);
        ways.push({ who: "transformers.js", model, threads, batch, run });
      }
    }
  }
  for (let round = 1; round <= rounds; round++) {
    for (const way of ways) {
      const result = await way.run();
      (way.results ??= []).push(result);
      const { who, model, threads, batch } = way;
      const took = result.seconds.toFixed(1);
      console.error(`round ${round}: ${who}, ${model}, ${threads}x${batch}: ${took} s`);
    }
  }
  const version = (name) =>
    JSON.parse(readFileSync(join(modules, name, "package.json"), "utf8")).version;
  const [transformers, runtime] = ["@huggingface/transformers", "onnxruntime-web"].map(version);
  const answer = { browser: chromium.version(), transformers, runtime, ways };
  process.stdout.write(JSON.stringify(answer));
} finally {
  await chromium.close();
  await server.stop();
  files.close();
}
