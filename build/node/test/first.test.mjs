// The first visit over a line of 10 Mbit/s, and the next from the cache. Times are medians, since a
// busy machine makes single visits slow.
import assert from "node:assert/strict";
import { test } from "node:test";
import { slowProxy } from "../slow-proxy.mjs";
import { stage } from "../fixture.mjs";
import { good, logMillis } from "../helpers.mjs";

const { chromium, server } = await stage();
const slowly = () => slowProxy(server, { bytesPerSecond: 10e6 / 8, roundTripMillis: 40 });

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const shown = (values) => `${Math.round(median(values))} ms (${values.map(Math.round).join(", ")})`;

const [text] = good;
const verdict = (page) => page.waitForFunction(() => document.querySelector(".said:not(.old) strong")?.textContent === "Positive");

// visit returns a page of a new profile, or of one that has been here; interactive() is the time at
// which its program took over.
async function visit(context, slow) {
  const page = await context.newPage();
  await page.addInitScript(() => {
    let loader = null; // it is the last element, and the program removes it
    new MutationObserver((_, watch) => {
      loader ??= document.getElementById("app-wasm-loader");
      if (!loader || loader.isConnected) return;
      window.interactive = performance.now();
      watch.disconnect();
    }).observe(document, { childList: true, subtree: true });
  });
  await page.goto(slow.url, { waitUntil: "commit" });
  return { page, interactive: async () => (await page.waitForFunction(() => window.interactive)).jsonValue() };
}

test("the page that is served can be read and typed into without its program", async () => {
  const context = await chromium.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(server.url);
  assert.match(await page.innerText("h1"), /\w+/);
  await page.locator("#review").pressSequentially(text);
  assert.equal(await page.inputValue("#review"), text);
  await context.close();
});

test("a first visit draws at once, keeps what is typed meanwhile, and loads what the first screen needs", async () => {
  const drawn = [], ready = [], scored = [];
  let bytes;
  for (let i = 0; i < 3; i++) {
    const slow = await slowly();
    const context = await chromium.newContext();
    const { page, interactive } = await visit(context, slow);
    await page.locator("#review").pressSequentially(text);
    assert.equal(await page.evaluate(() => window.interactive), undefined, "the program was there before the text");
    await verdict(page);
    scored.push(await page.evaluate(() => performance.now()));
    bytes = slow.sent.reduce((sum, answer) => sum + answer.bytes, 0);
    assert.deepEqual(await page.evaluate(() => [document.activeElement.id, document.activeElement.value]), ["review", text]);
    ready.push(await interactive());
    drawn.push(await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0].startTime));

    // The rest is loaded later, by the service worker.
    await page.evaluate(() => navigator.serviceWorker.ready);
    const paths = slow.sent.map(({ path }) => path.replace(/\.[0-9a-f]{12}\./, "."));
    const first = new Set(paths.slice(0, paths.indexOf("/app-worker.js")).filter((path) => !path.startsWith("/v1/")));
    assert.deepEqual([...first].sort(), ["/", "/app.js", "/wasm_exec.js", "/web/app.wasm", "/web/icon.svg", "/web/main.css", "/web/page.js", "/web/worker.js", "/web/worker.wasm"]);
    assert.ok(paths.some((path) => path === "/web/charts.js"), paths.join(" "));
    await context.close();
    slow.stop();
  }
  console.log(`first visit, 10 Mbit/s: drawn ${shown(drawn)}, interactive ${shown(ready)}, a review scored ${shown(scored)}; ${(bytes / 1e6).toFixed(2)} MB`);
  logMillis("first visit, drawn", median(drawn), 1000);
  drawn.forEach((at, i) => assert.ok(at < ready[i], `drawn after ${at} ms, interactive after ${ready[i]}`)); // before its program runs
  assert.ok(bytes > 3e6 && bytes <= 5.0e6, `${bytes} bytes`);
});

test("a second visit is interactive within a second, from the cache", async () => {
  const slow = await slowly();
  const context = await chromium.newContext();
  const { page } = await visit(context, slow);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  await page.close();
  slow.sent.length = 0;
  const ready = [];
  for (let i = 0; i < 5; i++) {
    const again = await visit(context, slow);
    ready.push(await again.interactive());
    await again.page.close();
  }
  console.log(`second visit: interactive ${shown(ready)}`);
  logMillis("second visit, interactive", median(ready), 1000);
  assert.deepEqual(slow.sent.filter(({ bytes, path }) => bytes && !path.startsWith("/v1/") && path !== "/app-worker.js"), []);
  await context.close();
  slow.stop();
});
