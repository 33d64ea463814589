// Scoring on the device: the model in the browser gives the server's scores, and works without a network.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { stage } from "../fixture.mjs";
import { open, results, saved } from "../helpers.mjs";

// The browser is one more kind of CPU to the model: it sums floats in another order than the server, and where that moves
// an 8-bit activation by a step, the score moves with it (infer.go says how far). Most scores are the same to the fourth
// digit; a wrong model or a wrong tokenizer is off everywhere.
const bounds = { median: 0.0003, ninetieth: 0.0075, furthest: 0.1 };

const { chromium, server, folder } = await stage();

// texts are n invented reviews, no two alike, short and long, clear and torn.
function texts(n) {
  const what = ["the lid", "the cord", "the colour", "the spout", "the handle", "the switch", "the base", "delivery", "the manual"];
  const says = ["works as it should", "broke on the first day", "is better than I hoped", "smells of plastic", "was the reason to send it back",
    "could be worse", "is fine, I suppose", "made my mother laugh with joy", "does nothing it promises", "I would not call bad"];
  return Array.from({ length: n }, (_, i) => Array.from({ length: 1 + (i % 4) * 3 }, (_, k) =>
    `${k ? "And" : `Review ${i}:`} ${what[(i * 7 + k * 5) % what.length]} ${says[(i * 3 + k * 7 + (i >> 3)) % says.length]}.`).join(" "));
}

const scores = (csv) => csv.toString().trimEnd().split("\n").slice(1).map((row) => {
  const [, sentiment, positive] = row.match(/,(positive|negative|unsure),([01]\.\d{4}),\d+$/);
  return { sentiment, positive: Number(positive) };
});

async function scored(page, path) {
  await page.setInputFiles("#file", path);
  await page.click("#start:not([disabled])");
  await page.waitForSelector("#watch.done", { timeout: 400_000 });
  await results(page);
  return scores((await saved(page, folder)).data);
}

async function onDevice(page) {
  await page.check("#private");
  await page.waitForFunction(() => /Nothing leaves/.test(document.querySelector("#leaves").textContent));
}

test("the device gives the server's scores, sends nothing, and works with the network off", async () => {
  const n = 300;
  const path = join(folder, "private.csv");
  await writeFile(path, "review\n" + texts(n).map((t) => `"${t}"`).join("\n") + "\n");
  let page = await open(chromium, server.url);
  const context = page.context();
  page.removeAllListeners("close");
  const there = await scored(page, path);
  await page.click("#new");

  await page.waitForFunction(() => navigator.serviceWorker.controller);
  await onDevice(page);
  const sent = [];
  context.on("request", (request) => request.method() === "POST" && sent.push(request.url()));
  const began = Date.now();
  const here = await scored(page, path);
  console.log(`on the device: ${(n / ((Date.now() - began) / 1000)).toFixed(1)} reviews/s`);
  assert.deepEqual(sent, []);
  const off = here.map((s, i) => Math.abs(s.positive - there[i].positive)).sort((a, b) => b - a);
  const found = { median: off[n / 2], ninetieth: off[n / 10], furthest: off[0] };
  console.log(`differences of ${n}: ${JSON.stringify(found)}`);
  assert.equal(here.length, n);
  for (const [at, most] of Object.entries(bounds)) assert.ok(found[at] <= most + 1e-9, `${at}: ${found[at]}`);
  here.forEach((s, i) => { // a name differs only where the score stands at the edge of "unsure"
    if (s.sentiment !== there[i].sentiment) assert.ok([0.4, 0.6].some((edge) => Math.abs(s.positive - edge) <= bounds.furthest), `${i}: ${JSON.stringify([s, there[i]])}`);
  });

  // Without a network: the page, a review and a file, on the device by itself.
  await page.close();
  await context.setOffline(true);
  page = await context.newPage();
  await page.goto(server.url);
  await page.waitForSelector("#app-wasm-loader", { state: "detached" });
  await page.fill("#review", "I love it, the best kettle I ever had.");
  await page.waitForFunction(() => document.querySelector(".said:not(.old) strong")?.textContent === "Positive");
  assert.match(await page.textContent("#leaves"), /Nothing leaves/);
  assert.ok(await page.isChecked("#private"), "the choice of the device was forgotten");
  const few = join(folder, "few.csv");
  await writeFile(few, "review\n" + texts(20).map((t) => `"${t}"`).join("\n") + "\n");
  assert.deepEqual(await scored(page, few), here.slice(0, 20));

  // With the network back: the choice holds, until it is taken back.
  await page.close();
  await context.setOffline(false);
  page = await context.newPage();
  await page.goto(server.url);
  await page.waitForSelector("#app-wasm-loader", { state: "detached" });
  await page.fill("#review", "I love it, it is quiet and quick.");
  await page.waitForFunction(() => document.querySelector(".said:not(.old) strong")?.textContent === "Positive");
  assert.match(await page.textContent("#leaves"), /Nothing leaves/);
  assert.deepEqual(sent, []);
  await page.uncheck("#private");
  await page.waitForFunction(() => /goes to this server/.test(document.querySelector("#leaves").textContent));
  await page.reload();
  await page.waitForSelector("#app-wasm-loader", { state: "detached" });
  assert.equal(await page.isChecked("#private"), false);
  await context.close();
});
