// Finished runs: on this device, on the server, offline, by URL; and their storage on the device.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { serve } from "../browser.mjs";
import { stage } from "../fixture.mjs";
import { axe, open, results } from "../helpers.mjs";

const { chromium, server, folder } = await stage((folder) => ["-history", join(folder, "history.db")]);

// file writes n reviews, of which every third from the `good`th on is positive.
async function file(name, n, good = 2) {
  const path = join(folder, name);
  await writeFile(path, "date,stars,product,review\n" + Array.from({ length: n }, (_, i) =>
    i % good ? `2025-0${1 + i % 9}-11,5,Kettle,"Number ${i}: works well, quick and quiet, I love it."` : `2025-0${1 + i % 9}-12,1,Toaster,"Number ${i}: broke after two days, waste of money."`).join("\n") + "\n");
  return path;
}

async function score(page, path) {
  await page.setInputFiles("#file", path);
  await page.click("#start:not([disabled])");
  const found = await results(page);
  await page.waitForSelector("#in-history");
  return found;
}

const names = (page) => page.locator("#runs .open").allTextContents();
const listed = async (page, want) => {
  await page.waitForFunction((want) => document.querySelector("#how-many")?.textContent.includes(" run") && !/Asking/.test(document.querySelector("#how-many").textContent) &&
    JSON.stringify([...document.querySelectorAll("#runs .open")].map((a) => a.textContent)) === JSON.stringify(want), want)
    .catch((error) => { if (error.name !== "TimeoutError") throw error; }); // the next line reports the state
  assert.deepEqual(await names(page), want);
};

test("a run that has ended is listed, opened, renamed, deleted and brought back; nothing of it reaches the server unasked", async () => {
  const page = await open(chromium, server.url);
  const sent = [];
  page.context().on("request", (request) => sent.push([request.method(), new URL(request.url()).pathname, request.postData() ?? ""]));
  await page.click("#history");
  await page.waitForSelector("#no-runs");
  assert.equal(await page.title(), "History · Reviewlens");
  await page.click("#no-runs .button");
  const may = await score(page, await file("may.csv", 40));
  await page.click("#new");
  await score(page, await file("june.csv", 60, 3));

  // The open run stays open while the history is shown.
  await page.click("#history");
  await listed(page, ["june.csv", "may.csv"]);
  assert.match(await page.locator("#runs .run").first().innerText(), /60 reviews · on this device\s/);
  await page.waitForSelector("#over-runs svg");
  assert.equal(await page.locator("#runs-numbers tbody tr").count(), 2);
  await page.click("#open-file");
  await page.waitForSelector("#reviews .list .row:not(.empty)");
  await page.goBack();

  // Opened: the same numbers, no reviews, no links to any.
  await page.click("#runs .run:nth-child(2) .open");
  await page.waitForSelector("#run-facts");
  await page.waitForURL(/#run\/[0-9a-z]+$/);
  assert.equal(await page.title(), "may.csv · Reviewlens");
  const split = await page.$$eval("#split tbody tr", (rows) => Object.fromEntries(rows.map((r) => [r.children[0].textContent.replace(/^\W+/, ""), Number(r.children[1].textContent)])));
  assert.deepEqual(split, may.split);
  await page.waitForFunction(() => document.querySelectorAll(".chart svg").length === 3);
  assert.deepEqual(await page.$$eval(".pick:not([class*=save-]), .quote, #reviews", (all) => all.map((e) => e.outerHTML)), []);
  assert.ok(!/Number \d+: /.test(await page.innerText("main")), "a review stands in the history");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#report")]);
  assert.match(await readFile(await download.path(), "utf8"), /may\.csv/);

  await page.click("#back");
  await page.click("#runs .run:nth-child(2) .rename");
  await page.waitForFunction(() => document.activeElement.value === "may.csv");
  await page.keyboard.press("Escape");
  await page.click("#runs .run:nth-child(2) .rename");
  await page.fill(".renaming input", "May <b>2025</b>");
  await page.keyboard.press("Enter");
  await listed(page, ["june.csv", "May <b>2025</b>"]);
  await page.click("#runs .run:nth-child(2) .delete");
  await listed(page, ["june.csv"]);
  assert.match(await page.innerText("#undo"), /“May <b>2025<\/b>” is deleted/);
  await page.click("#restore");
  await listed(page, ["june.csv", "May <b>2025</b>"]);
  await page.click("#runs .run:nth-child(1) .delete");
  await listed(page, ["May <b>2025</b>"]);
  await page.locator("#runs .run .delete").dispatchEvent("click", { detail: 2 }); // of a double click
  await listed(page, ["May <b>2025</b>"]);
  await page.click("#restore");
  await listed(page, ["june.csv", "May <b>2025</b>"]);
  await page.click("#runs .run:nth-child(2) .delete");
  await listed(page, ["june.csv"]);
  await page.click("#restore");
  await listed(page, ["june.csv", "May <b>2025</b>"]);
  await page.waitForSelector("#over-runs svg");
  const chart = await page.locator("#runs-chart").boundingBox();
  await page.mouse.move(chart.x + chart.width / 4, chart.y + 80); // the oldest is on the left
  await page.waitForFunction(() => document.querySelector("#runs-chart").innerText.includes("May <b>2025</b>, 40 reviews"));
  await page.reload(); // it is stored on the device, not in the page
  await page.waitForSelector("#app-wasm-loader", { state: "detached" });
  await page.click("#history");
  await listed(page, ["june.csv", "May <b>2025</b>"]);
  await page.fill("#named", "JUN");
  await listed(page, ["june.csv"]);
  assert.match(await page.textContent("#how-many"), /^1 of 2 runs/);

  // The run of the open file is deleted, too, and does not come back with the file.
  await page.waitForSelector("#open-file[href$='#results']"); // it is back since the reload
  await page.fill("#named", "");
  await listed(page, ["june.csv", "May <b>2025</b>"]);
  await page.click("#runs .run:nth-child(1) .delete");
  await listed(page, ["May <b>2025</b>"]);
  await page.reload();
  await page.waitForSelector("#app-wasm-loader", { state: "detached" });
  await page.waitForSelector("#open-file[href$='#results']");
  await page.click("#history");
  await listed(page, ["May <b>2025</b>"]);

  assert.deepEqual(sent.filter(([method, path]) => method !== "GET" && path !== "/v1/score"), []);
  await page.close();
});

test("a run is kept on the server when that is asked for, and its address opens it elsewhere", async () => {
  const page = await open(chromium, server.url);
  const sent = [];
  page.context().on("request", (request) => request.method() === "PUT" && sent.push(request.postData()));
  await score(page, await file("july.csv", 40));
  await page.click("#in-history a");
  await page.waitForSelector("#keep-there");
  assert.match(await page.textContent("#keep-there"), /everyone who reaches the server/); // this server has no users
  await page.click("#upload");
  await page.waitForSelector("#link");
  assert.equal(sent.length, 1);
  assert.ok(!/Number \d+: |after two days/.test(sent[0]) && /Kettle/.test(sent[0]), sent[0]);
  const address = page.url();

  const elsewhere = await open(chromium, address);
  await elsewhere.waitForSelector("#run-facts");
  assert.equal(await elsewhere.textContent("h1"), "july.csv");
  await elsewhere.click("#back");
  await listed(elsewhere, ["july.csv"]);
  assert.match(await elsewhere.innerText("#runs .run"), /on the server\s/);
  await elsewhere.click("#runs .rename");
  await elsewhere.fill(".renaming input", "July");
  await elsewhere.click(".save-name");
  await listed(elsewhere, ["July"]);
  await elsewhere.click("#clear");
  assert.match(await elsewhere.innerText("#clearing"), /1 run for good, 1 of them from the server/);
  await elsewhere.click("#clear-not");
  await elsewhere.click("#clear");
  await elsewhere.click("#clear-all");
  await elsewhere.waitForSelector("#no-runs");
  await elsewhere.goto(address);
  await elsewhere.waitForSelector("#past-trouble");
  assert.match(await elsewhere.textContent("#past-trouble"), /no such run/);
  await elsewhere.close();

  await page.click("#back"); // still kept here
  await listed(page, ["july.csv"]);
  assert.match(await page.innerText("#runs .run"), /on this device\s/);
  await page.close();
});

test("the history opens without a network, says so, and what is kept can be cleared", async () => {
  const own = await serve("-history", join(folder, "gone.db"));
  const page = await open(chromium, own.url);
  page.removeAllListeners("console"); // the browser reports what it cannot fetch
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  await score(page, await file("august.csv", 40));
  await own.stop();
  await page.goto(own.url + "/#history");
  await page.reload();
  await page.waitForSelector("#app-wasm-loader", { state: "detached" });
  await page.click("#history");
  await page.waitForSelector("#runs .open");
  await page.waitForSelector("#past-trouble");
  assert.match(await page.textContent("#past-trouble"), /does not answer.*kept on this device are listed/s);
  await page.click("#runs .open");
  await page.waitForSelector("#run-facts");
  await page.waitForFunction(() => document.querySelectorAll(".chart svg").length === 3);
  await page.click("#back");
  await page.waitForSelector("#room");
  assert.match(await page.textContent("#room"), /^\d.* of \d.* that the browser allows/);
  await page.close();
});

for (const colorScheme of ["light", "dark"]) {
  test(`${colorScheme}: no violation of axe's rules, and nothing wider than a phone`, async () => {
    const page = await open(chromium, server.url, { colorScheme, viewport: { width: 360, height: 740 }, reducedMotion: "reduce" });
    const check = async (screen) => {
      assert.deepEqual(await axe(page, screen), []);
      const [inner, scroll] = await page.evaluate(() => [innerWidth, document.documentElement.scrollWidth]);
      assert.ok(scroll <= inner, `${screen} is ${scroll} px wide on a screen of ${inner}`);
    };
    await page.click("#history");
    await page.waitForSelector("#no-runs");
    await check("nothing yet");
    await page.click(".name");
    await score(page, await file("september-with-a-rather-long-name-of-an-export.csv", 40));
    await page.click("#new");
    await score(page, await file("october.csv", 40));
    await page.click("#history");
    await page.waitForSelector("#over-runs svg");
    await page.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
    await check("a list");
    await page.click("#runs .run:nth-child(2) .rename");
    await page.click("#clear");
    await check("a name, and whether all shall go");
    await page.click("#clear-not");
    await page.click("#runs .run:nth-child(1) .delete");
    await page.waitForSelector("#restore");
    await check("deleted");
    await page.click("#restore");
    await page.click("#runs .run:nth-child(1) .open");
    await page.waitForSelector("#run-facts");
    await page.waitForSelector("#keep-there");
    await check("a run");
    await page.close();
  });
}

test("when a run began is told by the clock of that day, in summer as in winter", async () => {
  const page = await open(chromium, server.url, { timezoneId: "Europe/Berlin" });
  const put = async (id, created) => {
    const run = { id, name: id, created, model: "m", rows: 40, positive: 20, negative: 20, unsure: 0, trend: [] };
    const answer = await fetch(`${server.url}/v1/runs/${id}`, { method: "PUT", headers: { "Content-Type": "application/json" }, body: JSON.stringify(run) });
    assert.ok(answer.ok, await answer.text());
  };
  await put("summer", "2025-07-01T22:30:00Z");
  await put("winter", "2025-01-01T22:30:00Z");
  await page.click("#history");
  await page.waitForFunction(() => /summer/.test(document.querySelector("#runs")?.textContent) && /winter/.test(document.querySelector("#runs").textContent));
  const said = await page.innerText("#runs");
  assert.match(said, /summer\s+2 Jul 2025, 00:30/);
  assert.match(said, /winter\s+1 Jan 2025, 23:30/);
  await page.close();
});
