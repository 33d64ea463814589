// The worker when the server is busy or locked, and when the user changes their mind.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { program, serve } from "../browser.mjs";
import { stage } from "../fixture.mjs";
import { gate, open, results, saved } from "../helpers.mjs";

const { chromium, server, folder } = await stage();

// file writes n reviews, each with a different text.
async function file(name, n) {
  const parts = ["the lid", "the cord", "the colour", "the spout", "the handle", "the switch", "the base"];
  const words = ["works as it should", "broke on the first day", "is better than I hoped", "smells of plastic", "was the reason to send it back"];
  const path = join(folder, name);
  await writeFile(path, "id,stars,review\n" + Array.from({ length: n }, (_, i) => `${i + 1},${(i % 5) + 1},"Number ${i + 1}: ${parts[i % 7]}, ${words[i % 5]}."`).join("\n") + "\n");
  return path;
}

async function start(page, path) {
  await page.setInputFiles("#file", path);
  await page.click("#start:not([disabled])");
  await page.waitForFunction(() => document.querySelector("#progress")?.value > 0);
}

test("a run pauses and goes on; a cancel does not wait for what is under way", async () => {
  const page = await open(chromium, server.url);
  let underWay = 0, asked = 0;
  page.context().on("request", (request) => request.url().endsWith("/v1/score") && (underWay++, asked++));
  for (const ended of ["requestfinished", "requestfailed"]) page.context().on(ended, (request) => request.url().endsWith("/v1/score") && underWay--);
  let release = await gate(page.context());
  await start(page, await file("pause.csv", 3000));
  await page.$eval("#pause", (button) => button.click());
  await page.waitForSelector("#continue");
  release();
  while (underWay > 0) await page.waitForTimeout(10);
  const done = () => page.$eval("#progress", (bar) => bar.value);
  const [before, calls] = [await done(), asked];
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  assert.ok(before > 0 && before < 3000, `${before} rows are done while the run is paused`);
  await page.context().unroute("**/v1/score");
  release = await gate(page.context());
  // The bar may still rise by answers from before the pause: it says nothing about new requests.
  const again = page.context().waitForEvent("request", (request) => request.url().endsWith("/v1/score"));
  await page.click("#continue");
  await again;
  await page.waitForFunction((before) => document.querySelector("#progress").value > before, before);
  assert.ok(asked > calls);

  // The answers that it waits for do not come, and cancelling works all the same.
  await page.$eval("#cancel", (button) => button.click());
  await page.waitForSelector("#watch.stopped");
  release();
  await page.click("#continue");
  await results(page);
  assert.equal((await saved(page, folder)).data.toString().match(/,(positive|negative|unsure),\d/g).length, 3000);
  await page.close();
});

test("Escape cancels the run that is looked at, not one behind another screen or a field", async () => {
  const page = await open(chromium, server.url);
  const release = await gate(page.context());
  await start(page, await file("escape.csv", 3000));
  const drawn = () => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await page.focus("#search");
  await page.keyboard.press("Escape");
  await drawn();
  await page.$eval(".name", (link) => link.click()); // home; page.click waits until the page is stable
  await page.waitForSelector("#review");
  await page.focus("#example");
  await page.keyboard.press("Escape");
  await page.focus("#review");
  await page.keyboard.press("Escape");
  await drawn();
  await page.goBack();
  await page.waitForSelector("#cancel");
  await drawn();
  assert.equal(await page.locator("#watch.stopped").count(), 0);
  await page.focus("#cancel");
  await page.keyboard.press("Escape");
  await page.waitForSelector("#watch.stopped");
  release();
  await page.close();
});

test("a server that wants a key is given it once, and the tab remembers it", async () => {
  process.env.REVIEWLENS_API_KEYS = "a-key-of-more-than-24-characters";
  const own = await serve();
  delete process.env.REVIEWLENS_API_KEYS;
  const page = await open(chromium, own.url);
  page.removeAllListeners("console"); // the browser reports each 401
  await page.setInputFiles("#file", await file("key.csv", 300));
  await page.waitForSelector("#locked");
  await page.click("#start:not([disabled])");
  await page.waitForSelector("#locked");
  await page.fill("#key", "one-that-is-not-the-right-one");
  await page.press("#key", "Enter");
  await page.waitForFunction(() => /not one of this server/.test(document.querySelector("#locked")?.textContent));
  assert.equal(await page.evaluate(() => document.activeElement.id), "main"); // the form had it, and was another one
  await page.keyboard.press("Tab");
  await page.waitForFunction(() => document.activeElement.closest("#main"));
  await page.fill("#key", "a-key-of-more-than-24-characters");
  await page.click("#unlock");
  const { split } = await results(page);
  assert.equal(split.Positive + split.Unsure + split.Negative, 300);

  await page.reload();
  await page.waitForSelector("#app-wasm-loader", { state: "detached" });
  await page.waitForSelector("#watch.done"); // a reload comes back to the results
  await page.click("#new");
  await page.fill("#review", "I love it, the best kettle I ever had.");
  await page.waitForFunction(() => document.querySelector(".said:not(.old) strong")?.textContent === "Positive");
  assert.equal(await page.locator("#locked").count(), 0);
  assert.ok(!own.log().includes("a-key-of-more"));
  await page.close();
  await own.stop();
});

test("a run that was left does not come back by itself; one that has ended is back after each reload", async () => {
  const page = await open(chromium, server.url);
  const release = await gate(page.context());
  await start(page, await file("left.csv", 3000));
  await page.$eval("#cancel", (button) => button.click()); // at once: page.click waits until the page is stable
  await page.waitForSelector("#watch.stopped");
  await page.click("#new");
  await page.waitForSelector("#kept .resume");
  release();
  assert.equal(await page.locator("#watch, #preview").count(), 0);

  await page.click("#kept .resume");
  await results(page);
  for (let i = 0; i < 2; i++) {
    await page.reload();
    await page.waitForSelector("#app-wasm-loader", { state: "detached" });
    const { split } = await results(page);
    assert.equal(split.Positive + split.Unsure + split.Negative, 3000);
  }
  await page.close();
});

test("of two runs that were left, each button is about the one beside it, also once the other is gone", async () => {
  const page = await open(chromium, server.url);
  for (const name of ["first.csv", "second.csv"]) {
    const release = await gate(page.context());
    await start(page, await file(name, 3000));
    await page.$eval("#cancel", (button) => button.click());
    await page.waitForSelector("#watch.stopped");
    await page.click("#new");
    await page.waitForFunction((name) => document.querySelector("#kept")?.textContent.includes(name), name);
    release();
    await page.context().unroute("**/v1/score");
  }
  const names = () => page.locator("#kept li strong").allTextContents();
  const [gone, stays] = await names();
  await page.click("#kept li:first-child .discard");
  await page.waitForFunction(() => document.querySelectorAll("#kept li").length === 1);
  assert.deepEqual([[gone, stays].sort(), await names()], [["first.csv", "second.csv"], [stays]]);
  await page.click("#kept .resume");
  await results(page);
  assert.equal(await page.textContent("h1"), stays);
  await page.close();
});

// The expected rows, from the server alone.
async function expected(path) {
  const out = path + ".expected";
  await promisify(execFile)(program, ["score", path, "-o", out]);
  return readFile(out);
}

test("a run goes on after its tab was closed, crashed or reloaded; the file is that of a run without", async () => {
  const path = await file("resumed.csv", 6000);
  let page = await open(chromium, server.url);
  const context = page.context();
  page.removeAllListeners("close"); // the context outlives the tab
  const loaded = () => page.waitForSelector("#app-wasm-loader", { state: "detached" });
  const done = () => page.waitForFunction((least) => document.querySelector("#progress")?.value > least, 200).then(() => page.$eval("#progress", (bar) => bar.value));
  await gate(context, 6); // cannot end before the reload
  await start(page, path);
  await done();

  const release = await gate(context, 5); // nor before closing; the reloaded page's calls are counted anew
  await page.reload(); // resumes automatically
  await loaded();
  await page.waitForSelector("#watch");

  await page.close();
  release();
  await context.unroute("**/v1/score");
  page = await context.newPage();
  await page.goto(server.url);
  await loaded();
  assert.match(await (await page.waitForSelector("#kept li")).textContent(), /resumed\.csv · [\d,]+ of 6,000 reviews scored/);
  await page.click("#kept .resume");
  await done();

  const crashed = new Promise((done) => page.once("crash", done));
  page.goto("chrome://crash").catch(() => {});
  await crashed;
  await page.close();
  page = await context.newPage();
  await page.goto(server.url);
  await loaded();
  await page.click("#kept .resume");
  await results(page);
  assert.deepEqual((await saved(page, folder)).data, await expected(path));

  await page.click("#new"); // a finished run can be reopened, and is deleted with the next file
  await page.click("#reopen");
  await results(page);
  await page.click("#new");
  await page.waitForSelector("#reopen");
  await page.click("#example");
  await page.waitForSelector("#preview");
  await page.waitForFunction(async () => {
    const runs = await (await navigator.storage.getDirectory()).getDirectoryHandle("runs");
    return (await runs.keys().next()).done;
  });
  await context.close();
});
