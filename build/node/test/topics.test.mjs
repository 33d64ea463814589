// Topics on the page: found on the server and on the device, opened, changed, exported; and a model
// that finds none. The models are tiny and random, made for tests: what reviews imply ("broke" is
// about durability) is found all the same.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { root, serve } from "../browser.mjs";
import { stage } from "../fixture.mjs";
import { axe, open, results } from "../helpers.mjs";

const { chromium, server, folder } = await stage(() => ["-model", root + "api/infer/testdata/aspects"]);

// Reviews of an invented kettle; two letters distinguish equal ones.
const letters = "bcdefghjklmn";
const reviews = [...letters].flatMap((letter, i) => [
  `The lid broke after a week, said ${letter}${letters[11 - i]}.`,
  `So quiet, and it works, said ${letter}${letters[11 - i]}.`,
  ...(i < 6 ? [`It broke twice but it is quiet, said ${letter}.`] : []),
]);
const path = join(folder, "kettle.csv");
await writeFile(path, "date,review\n" + reviews.map((r, i) => `2025-${String(1 + (i % 6)).padStart(2, "0")}-03,"${r}"\n`).join(""));

const list = (page) => page.evaluate(() => Object.fromEntries([...document.querySelectorAll("#topic-numbers tbody tr")].map((r) =>
  [r.querySelector("button").textContent, Number(r.children[1].textContent.replaceAll(",", ""))])));
const at = (page, name) => page.locator("#topic-numbers tbody button", { hasText: new RegExp(`^${name}$`) });
const named = (page, name) => page.waitForFunction((name) => document.querySelector("#topic-title")?.textContent === name, name);
const listed = (page, name, there = true) => page.waitForFunction(([name, there]) =>
  [...document.querySelectorAll("#topic-numbers tbody button")].some((b) => b.textContent === name) === there, [name, there]);

async function run(page) {
  await page.setInputFiles("#file", path);
  await page.click("#start:not([disabled])");
  await results(page);
  await page.waitForSelector("#topic-numbers");
}

async function save(page, selector) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(selector)]);
  const to = join(folder, download.suggestedFilename());
  await download.saveAs(to);
  return { name: download.suggestedFilename(), path: to, text: await readFile(to, "utf8") };
}

test("topics come first in the answer to why, and each opens to its trend, quotes and reviews", async () => {
  const page = await open(chromium, server.url);
  await page.setInputFiles("#file", path);
  await page.waitForSelector("#with-topics:checked");
  assert.match(await page.textContent("#find-topics"), /Takes about 1\.\d times as long/);
  await page.click("#start:not([disabled])");
  await results(page);
  await page.waitForSelector("#topic-numbers");
  const body = await readFile(path);
  const ask = async (at) => fetch(server.url + at, { method: "POST", headers: { "Content-Type": "text/csv" }, body });
  const service = (await (await ask("/v1/report?topics=1")).json()).topics;
  const found = await list(page);
  assert.ok(found.durability >= 3 && found.noise >= 3, JSON.stringify(found));
  for (const t of service.list.slice(0, Object.keys(found).length)) assert.equal(found[t.name], t.reviews, t.name);
  const reviewsOf = (n) => new RegExp(`^${n} reviews\\b`);
  assert.match(await page.textContent("#drivers h2"), /Words that set them apart/);

  // By keyboard, with its own URL.
  await at(page, "durability").focus();
  await page.keyboard.press("Enter");
  await named(page, "durability");
  await page.waitForFunction(() => document.activeElement.id === "topic-title");
  assert.match(page.url(), /#results\/topic\/durability$/);
  assert.equal(await at(page, "durability").getAttribute("aria-expanded"), "true");
  assert.match(await page.textContent("#topic-spoken"), reviewsOf(found.durability));
  assert.equal(await page.locator("#topic .quote mark.spoken").count(), 3);
  assert.match(await page.textContent("#topic .quote mark.spoken"), /^broke/i);
  assert.equal(await page.locator("#topic-periods tbody tr").count(), service.list.find((t) => t.name === "durability").periods.length);
  await page.waitForSelector("#topic-chart svg");
  assert.deepEqual(await axe(page, "a topic"), []);
  await page.keyboard.press("Escape");
  await page.waitForSelector("#topic-title", { state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "durability");
  await page.goBack();
  await named(page, "durability");

  // Its reviews, and one of them.
  await page.click("#topic .picks .pick");
  await page.waitForFunction((n) => document.querySelector("#selected").textContent.startsWith(`${n} reviews`), found.durability);
  assert.match(await page.textContent("#chips"), /durability/);
  await page.waitForFunction(() => { // until they arrive, the list shows the previous rows, which open nothing
    const rows = [...document.querySelectorAll("#reviews .list .row:not(.empty) .words")];
    return rows.length > 0 && rows.every((r) => /broke/.test(r.textContent));
  });
  await page.click("#reviews .list .row:nth-child(1)");
  await page.waitForSelector("#speaks-of");
  assert.match(await page.textContent("#whole"), /broke \((negative|positive|neutral)\)/);
  await page.keyboard.press("Escape");
  await named(page, "durability"); // still open
  await page.click("#chips .removable");

  // The export equals the service's result.
  const json = JSON.parse((await save(page, "#json")).text).topics;
  assert.deepEqual(json, service);
  const csv = await save(page, "#download-topics:not([disabled])");
  assert.equal(csv.text, await (await ask("/v1/score?topics=1")).text());
  assert.match(csv.text.split("\n")[0], /,topics$/);
  await page.close();
});

test("a reader's own topics: renamed, merged, split, hidden, pinned, undone, kept for the next file, saved and loaded", async () => {
  let page = await open(chromium, server.url);
  const context = page.context();
  page.removeAllListeners("close"); // the context outlives the tab
  await run(page);
  const found = await list(page);
  await at(page, "durability").click();
  await page.click("#rename-topic");
  await page.waitForFunction(() => document.activeElement.id === "topic-name");
  await page.fill("#topic-name", "What breaks");
  await page.keyboard.press("Enter");
  await named(page, "What breaks");
  assert.match(await page.textContent("#topic-undo"), /“durability” is now called “What breaks”/);
  await page.click("#undo-topic");
  await named(page, "durability");
  await page.click("#rename-topic");
  await page.fill("#topic-name", "What breaks");
  await page.click("#save-topic-name");
  await named(page, "What breaks");
  assert.match(page.url(), /topic\/What%20breaks$/);
  await page.click("#pin-topic");
  await page.waitForFunction(() => document.querySelector("#topic-numbers tbody button").textContent === "What breaks");

  await at(page, "noise").click();
  await named(page, "noise");
  await page.click("#hide-topic");
  await listed(page, "noise", false);
  await page.click("#own-topics summary");
  await page.click("#show-topics");
  await listed(page, "noise");
  await at(page, "noise").click();
  await page.click("#merge-topic");
  await page.selectOption("#merge-into", "What breaks");
  await named(page, "What breaks");
  await listed(page, "noise", false);
  const merged = (await list(page))["What breaks"];
  assert.ok(merged > found.durability && merged <= found.durability + found.noise, `${merged} reviews`);

  // A part of it is split off, and that is undone.
  await page.click("#split-topic");
  await page.selectOption("#split-off", { index: 1 });
  await page.waitForFunction(() => /is a topic of its own now, apart from “What breaks”/.test(document.querySelector("#topic-undo").textContent));
  await page.click("#undo-topic");
  await page.waitForFunction((merged) => [...document.querySelectorAll("#topic-numbers tbody tr")].some((r) =>
    r.querySelector("button").textContent === "What breaks" && r.children[1].textContent === merged), String(merged));

  // The scheme as a file, and in this browser.
  const scheme = await save(page, "#save-topics");
  assert.equal(scheme.name, "topics.json");
  assert.deepEqual(JSON.parse(scheme.text), { version: 1, topics: [{ name: "What breaks", terms: ["durability", "noise"], pinned: true }] });
  await page.close();
  page = await context.newPage();
  await page.goto(server.url);
  await page.waitForSelector("#app-wasm-loader", { state: "detached" });
  await run(page);
  assert.equal((await list(page))["What breaks"], merged);
  const broken = join(folder, "broken.json");
  await writeFile(broken, '{"version": 1, "topics": [{"name": "x"}]}');
  await page.click("#own-topics summary");
  await page.setInputFiles("#topics-file", broken);
  await page.waitForFunction(() => /Your topics cannot be used: topics\[0\] has neither terms nor phrases/.test(document.querySelector("#topic-undo").textContent));
  assert.equal((await list(page))["What breaks"], merged);
  await context.close();

  const other = await open(chromium, server.url); // a browser without them
  await run(other);
  assert.deepEqual(await list(other), found);
  await other.click("#own-topics summary");
  await other.setInputFiles("#topics-file", scheme.path);
  await listed(other, "What breaks");
  assert.equal((await list(other))["What breaks"], merged);
  await other.close();
});

test("under a filter by a topic, what is changed of it and of another is shown, and taken back", async () => {
  const page = await open(chromium, server.url);
  await run(page);
  const { durability } = await list(page);
  const shown = (chip) => page.waitForFunction(([n, chip]) => document.querySelector("#selected").textContent.startsWith(`${n} reviews`)
    && document.querySelector("#chips").textContent.includes(chip), [durability, chip]);
  const rename = async (to) => {
    await page.click("#rename-topic");
    await page.fill("#topic-name", to);
    await page.click("#save-topic-name");
    await named(page, to);
  };
  await at(page, "durability").click();
  await page.click("#topic .picks .pick");
  await shown("durability");

  await rename("What breaks");
  await shown("What breaks");
  await page.click("#undo-topic");
  await named(page, "durability");
  await shown("durability");

  await at(page, "noise").click();
  await named(page, "noise");
  await rename("What is heard");
  await listed(page, "What is heard");
  await listed(page, "noise", false);
  await shown("durability");
  await page.click("#undo-topic");
  await listed(page, "noise");

  await at(page, "durability").click();
  await named(page, "durability");
  await page.click("#hide-topic");
  await page.waitForFunction(() => !document.querySelector("#chips .removable"));
  await listed(page, "durability", false);
  await page.click("#undo-topic");
  await shown("durability");
  await named(page, "durability");
  await page.close();
});

test("another tab takes over what is changed, stays where it is, and gives nothing back", async () => {
  const page = await open(chromium, server.url);
  const other = await page.context().newPage();
  await other.goto(server.url);
  await other.waitForSelector("#app-wasm-loader", { state: "detached" });
  await Promise.all([run(page), run(other)]);
  await at(other, "noise").click();
  await named(other, "noise");
  await other.click("#topic .picks .pick");
  await other.waitForSelector("#chips .removable");
  await other.click("#history");
  await other.waitForSelector(".screen-history");
  await other.evaluate(() => addEventListener("storage", ({ key }) => key === "topics" && (window.heard = (window.heard ?? 0) + 1)));
  await page.evaluate(() => addEventListener("storage", ({ key }) => key === "topics" && (window.echoed = true)));

  await at(page, "noise").click();
  await named(page, "noise");
  await page.click("#pin-topic");
  await page.click("#hide-topic");
  await listed(page, "noise", false);
  await other.waitForFunction(() => window.heard === 2);
  await other.waitForTimeout(500);
  assert.match(other.url(), /#history$/);
  assert.equal(await page.evaluate(() => window.echoed), undefined);
  await other.evaluate(() => (location.hash = "#results"));
  await listed(other, "noise", false);
  await other.close();
  await page.close();
});

// A model from a folder is not published, so this uses the embedded one. As with scores, the
// browser is another kind of CPU: a tag at the edge may differ.
test("the device finds what the server finds, sends nothing, and does so without a network", async (t) => {
  const own = await serve();
  t.after(own.stop);
  if (!(await (await fetch(own.url + "/v1/model")).json()).aspects) return t.skip("the model inside the program has no aspect model");
  const near = (here, there) => {
    for (const [name, n] of Object.entries(there)) if (n > 4) assert.ok(Math.abs((here[name] ?? 0) - n) <= 1 + n / 10, `${name}: ${here[name]}, want ${n}`);
  };
  let page = await open(chromium, own.url);
  const context = page.context();
  page.removeAllListeners("close");
  await run(page);
  const there = await list(page);
  await page.click("#new");
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  await page.check("#private");
  await page.waitForFunction(() => /Nothing leaves/.test(document.querySelector("#leaves").textContent));
  const sent = [];
  context.on("request", (request) => request.method() === "POST" && sent.push(request.url()));
  await run(page);
  const here = await list(page);
  near(here, there);
  assert.deepEqual(sent, []);
  await page.close();
  await context.setOffline(true);
  page = await context.newPage();
  await page.goto(own.url);
  await page.waitForSelector("#app-wasm-loader", { state: "detached" });
  await page.waitForFunction(() => /Nothing leaves/.test(document.querySelector("#leaves").textContent));
  await run(page);
  assert.deepEqual(await list(page), here);
  await context.close();
});

test("without topics: by choice, found later; and of a model that finds none", async () => {
  const page = await open(chromium, server.url);
  await page.setInputFiles("#file", path);
  await page.waitForSelector("#find-topics");
  await page.uncheck("#with-topics");
  await page.click("#start:not([disabled])");
  const numbers = await results(page);
  assert.equal(await page.locator("#topics").count(), 0);
  await page.click("#look-for-topics");
  await page.waitForSelector("#topic-numbers");
  assert.deepEqual(await results(page), numbers);
  await page.close();

  const plain = await serve("-model", root + "api/infer/testdata/stars");
  try {
    const without = await open(chromium, plain.url);
    await without.setInputFiles("#file", path);
    await without.waitForSelector("#start:not([disabled])");
    assert.match(await without.textContent("#topics-missing"), /finds no topics/);
    await without.click("#start");
    await results(without);
    assert.match(await without.textContent("#drivers"), /Why\?.*finds no topics/s);
    await without.close();
  } finally {
    await plain.stop();
  }
});
