// Actions on the page for tests and pictures.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

// Texts of happy and unhappy customers; the model is confident about each.
export const good = ["I love it, it is quick.", "So quiet, I am happy with it.", "It looks lovely and is easy to clean."];
export const bad = ["The lid broke and I am disappointed.", "It leaks, do not buy it.", "Awful smell of plastic, I sent it back."];

// open returns a page whose program has loaded. Any error on it fails the test.
export async function open(chromium, url, options = {}) {
  const context = await chromium.newContext({ acceptDownloads: true, ...options });
  const page = await context.newPage();
  page.on("pageerror", (error) => { throw error; });
  page.on("console", (message) => assert.notEqual(message.type(), "error", message.text()));
  page.on("close", () => context.close().catch(() => {})); // the browser may be closing as well
  await page.goto(url);
  await page.waitForSelector("#app-wasm-loader", { state: "detached" });
  return page;
}

// gate lets the first scoring calls pass and holds the others until the function that it returns is
// called, so that a run cannot end before a test has seen it.
export async function gate(context, pass = 2) {
  let open, calls = 0;
  const opened = new Promise((done) => (open = done));
  await context.route("**/v1/score", async (route) => {
    if (++calls > pass) await opened;
    await route.continue().catch(() => {}); // the page may be gone, or have aborted the call
  });
  return open;
}

// logMillis prints a waiting time. Its bound is checked by make bench-page: on a busy machine it
// says nothing about the page.
export function logMillis(what, millis, most) {
  console.log(`${what}: ${Math.round(millis)} ms`);
  if (process.env.REVIEWLENS_BENCH) assert.ok(millis <= most, `${what}: ${millis} ms, want at most ${most}`);
}

// results waits for the end of a run and returns the numbers that the page shows.
export async function results(page) {
  await page.waitForSelector("#watch.done");
  await page.waitForSelector("#reviews .list .row:not(.empty)");
  await page.waitForSelector("#most-negative", { state: "attached" }); // drawn last
  return page.evaluate(() => {
    const number = (cell) => Number(cell.textContent.replaceAll(",", ""));
    const rows = (id) => [...document.querySelectorAll(`#${id} tbody tr`)];
    return {
      split: Object.fromEntries(rows("split").map((r) => [r.children[0].textContent.replace(/^\W+/, ""), number(r.children[1])])),
      stars: rows("stars-numbers").map((r) => ({ reviews: number(r.children[1]), positive: number(r.children[2]) })),
      histogram: rows("histogram-numbers").map((r) => number(r.children[1])),
    };
  });
}

// saved downloads the scored file.
export async function saved(page, folder) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#download:not([disabled])")]);
  const path = join(folder, download.suggestedFilename());
  await download.saveAs(path);
  return { name: download.suggestedFilename(), data: await readFile(path) };
}

const rules = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// axe runs axe's rules on the visible page and returns the violations as text. It is evaluated, not
// added as a script: the page's policy allows only its own. Parts being recomputed are dimmed and
// marked busy: axe waits for their end.
export async function axe(page, screen) {
  await page.waitForFunction(() => !document.querySelector("[aria-busy=true]"));
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map((a) => a.finished))); // colours fade in
  await page.evaluate(rules);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  return violations.map((v) => `${screen}: ${v.id}: ${v.nodes.map((n) => n.target.join(" ") + " " + n.any.map((a) => a.message).join("; ")).join(" | ")}`);
}

// tasks returns the processor time in milliseconds of each task on the page's thread during an
// action, ascending. It comes from the browser's trace, since on a busy machine any task is long in
// elapsed time.
export async function tasks(chromium, during) {
  const cdp = await chromium.newBrowserCDPSession();
  const threads = new Map(), run = [];
  cdp.on("Tracing.dataCollected", ({ value }) => value.forEach((e) => {
    if (e.name === "thread_name") threads.set(`${e.pid}:${e.tid}`, e.args.name);
    if (e.name === "RunTask" && e.tdur) run.push(e);
  }));
  await cdp.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: ["disabled-by-default-devtools.timeline", "__metadata"] } });
  await during();
  const complete = new Promise((done) => cdp.once("Tracing.tracingComplete", done));
  await cdp.send("Tracing.end");
  await complete;
  await cdp.detach();
  const own = run.filter((e) => threads.get(`${e.pid}:${e.tid}`) === "CrRendererMain");
  assert.ok(own.length > 10, `the trace has ${own.length} tasks of the page's thread`);
  return own.map((e) => e.tdur / 1000).sort((a, b) => a - b);
}

// slowness returns how many times longer this machine takes for a fixed piece of work, now and on
// the page's thread, than the machine on which the bounds of the page's tasks were set. Other load
// and caches are included in the figure.
export async function slowness(chromium, page) {
  if (process.env.REVIEWLENS_BENCH) return 1;
  const rounds = 15, usual = 15; // ms of a processor
  const took = await tasks(chromium, async () => {
    for (let i = 0; i < rounds; i++) await page.evaluate(work);
  });
  return Math.max(1, took.at(-Math.ceil(rounds / 2)) / usual);
}

// work sorts generated data: memory and comparisons, like the work of the page.
function work() {
  const keys = Array.from({ length: 20_000 }, (_, i) => `${(i * 2_654_435_761) % 4_294_967_296}`);
  keys.sort();
  return new Map(keys.map((key, i) => [key, i])).size;
}
