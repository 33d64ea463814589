// Scoring on the device: the model in the browser gives the server's scores, with any number of
// sessions, and works without a network.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { stage } from "../fixture.mjs";
import { open, results, saved } from "../helpers.mjs";

// For the model the browser is another kind of CPU: it sums floats in another order than the
// server, and if that moves an 8-bit activation by a step, the score moves with it (infer.go has
// the bounds). Most scores are equal to the fourth digit; a wrong model or a wrong tokenizer is off
// everywhere.
const bounds = { median: 0.0003, ninetieth: 0.01, furthest: 0.15 };

const { chromium, server, folder } = await stage();

// texts returns n invented reviews, all different, short and long, clear and mixed.
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

async function onServer(page) {
  await page.uncheck("#private");
  await page.waitForFunction(() => /goes to this server/.test(document.querySelector("#leaves").textContent));
}

const workers = (page, name) => page.workers().filter((w) => new URL(w.url()).pathname.startsWith(`/web/${name}.`));

test("page and workers are isolated, and the sessions on the device change no score", async () => {
  const page = await open(chromium, server.url);
  assert.ok(await page.evaluate(() => crossOriginIsolated));
  await onDevice(page);
  const [device] = workers(page, "device");
  for (const name of ["worker", "device", "session"]) {
    const [worker] = workers(page, name);
    assert.ok(await worker.evaluate(() => crossOriginIsolated), name);
  }
  assert.equal(workers(page, "session").length, 1); // more when windows wait
  await device.evaluate(() => (self.setTimeout = (end) => (self.whenIdle = end) && 0)); // they end when the test triggers it

  // The number of sessions of a device for a model of 35 MB.
  const has = async (machine) => {
    await device.evaluate((machine) => {
      for (const [name, value] of Object.entries(machine)) Object.defineProperty(navigator, name, { value, configurable: true });
    }, machine);
    return device.evaluate("sessionCount(35e6)");
  };
  for (const [hardwareConcurrency, deviceMemory, want] of [
    [1, 32, 1], [2, 8, 2], [8, 8, 8], [64, 32, 52], [64, 4, 6], [8, undefined, 6], [8, 2, 1], [8, 0.25, 1], [undefined, 8, 1],
  ]) assert.equal(await has({ hardwareConcurrency, deviceMemory }), want, `${hardwareConcurrency} processors, ${deviceMemory} GB`);

  const path = join(folder, "sessions.csv");
  await writeFile(path, "review\n" + texts(40).map((t) => `"${t}"`).join("\n") + "\n");
  const score = async (sessions) => {
    await onServer(page);
    await has({ hardwareConcurrency: sessions, deviceMemory: 32 });
    await onDevice(page);
    const all = await scored(page, path);
    await page.click("#new");
    return all;
  };
  const want = await score(1);
  assert.equal(workers(page, "session").length, 1);
  for (const sessions of [2, 3]) {
    assert.deepEqual(await score(sessions), want, `${sessions} sessions`);
    assert.equal(workers(page, "session").length, sessions);
  }

  // On a busy machine a measurement may lack workers that did not answer in time.
  let each = [];
  for (let tries = 0; each.length < 3 && tries < 5; tries++) {
    const { breakdown } = await page.evaluate(() => performance.measureUserAgentSpecificMemory());
    each = breakdown.filter(({ attribution: [a] }) => a && new URL(a.url).pathname.startsWith("/web/session.")).map(({ bytes }) => bytes);
  }
  console.log(`sessions have ${each.map((bytes) => (bytes / 1e6).toFixed(0)).join(", ")} MB`);
  assert.equal(each.length, 3);
  const room = await device.evaluate("sessionBytes + modelTimes * graphs.run.size");
  assert.ok(Math.max(...each) < room, `a session has more than the ${room} bytes that it is given`);

  // The other sessions take the work of one that fails at its first window or cannot start.
  page.removeAllListeners("console");
  await device.evaluate("ask = Session.prototype.ask, Session.prototype.ask = function (m) {" +
    "return this !== sessions[0] && m.what === 'run' ? Promise.reject(new Error('out of memory')) : ask.call(this, m) }, 0");
  assert.deepEqual(await score(3), want);
  assert.equal(await device.evaluate("sessions.length"), 1);
  await device.evaluate("Session.prototype.ask = ask, 0");
  assert.deepEqual(await score(2), want);
  assert.equal(await device.evaluate("sessions.length"), 2);
  await device.evaluate("whenIdle()");
  assert.equal(await device.evaluate("sessions.length"), 1);
  await device.evaluate(() => {
    self.Worker = class extends Worker {
      constructor(_, options) {
        super(URL.createObjectURL(new Blob(["throw new Error('no room')"], { type: "text/javascript" })), options);
      }
    };
  });
  assert.deepEqual(await score(2), want);
  assert.equal(await device.evaluate("sessions.length"), 1);
  await page.close();
});

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
  const start = Date.now();
  const here = await scored(page, path);
  console.log(`on the device: ${(n / ((Date.now() - start) / 1000)).toFixed(1)} reviews/s`);
  assert.deepEqual(sent, []);
  const off = here.map((s, i) => Math.abs(s.positive - there[i].positive)).sort((a, b) => b - a);
  const found = { median: off[n / 2], ninetieth: off[n / 10], furthest: off[0] };
  console.log(`differences of ${n}: ${JSON.stringify(found)}`);
  assert.equal(here.length, n);
  for (const [at, most] of Object.entries(bounds)) assert.ok(found[at] <= most + 1e-9, `${at}: ${found[at]}`);
  here.forEach((s, i) => { // a label differs only if the score is at the edge of "unsure"
    if (s.sentiment !== there[i].sentiment) assert.ok([0.4, 0.6].some((edge) => Math.abs(s.positive - edge) <= bounds.furthest), `${i}: ${JSON.stringify([s, there[i]])}`);
  });

  // Without a network: the page, a review and a file, on the device only.
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

  // With the network back: the choice is kept until it is changed back.
  await page.close();
  await context.setOffline(false);
  page = await context.newPage();
  await page.goto(server.url);
  await page.waitForSelector("#app-wasm-loader", { state: "detached" });
  await page.fill("#review", "I love it, it is quiet and quick.");
  await page.waitForFunction(() => document.querySelector(".said:not(.old) strong")?.textContent === "Positive");
  assert.match(await page.textContent("#leaves"), /Nothing leaves/);
  assert.deepEqual(sent, []);
  await onServer(page);
  await page.reload();
  await page.waitForSelector("#app-wasm-loader", { state: "detached" });
  assert.equal(await page.isChecked("#private"), false);
  await context.close();
});
