// Filters: every number of the page follows, the URL contains them, and they can be undone.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { root } from "../browser.mjs";
import { stage } from "../fixture.mjs";
import { axe, open, results, saved } from "../helpers.mjs";

const { chromium, server, folder } = await stage();

// kettles scores the file with a planted problem: three products, stars, dates.
async function kettles(page) {
  const path = join(folder, "kettles.csv");
  const { stdout } = await promisify(execFile)("go", ["run", "./build/planted/write"], { cwd: root, maxBuffer: 1 << 24 });
  await writeFile(path, stdout);
  await page.setInputFiles("#file", path);
  await page.click("#start:not([disabled])");
  await results(page);
  return stdout.trimEnd().split("\n").slice(1).map((line) => line.split(","));
}

// settled waits until the numbers match the filters, phrases included, and stay so: a view may be
// asked for once more as the run ends.
const isSettled = (query) => location.hash === "#results" + query && document.querySelector(".read:not(.stale)") &&
  !document.querySelector("#reading-phrases") && !/Looking/.test(document.querySelector("#selected").textContent);
const settled = async (page, query) => {
  do {
    await page.waitForFunction(isSettled, query);
    await page.waitForTimeout(200);
  } while (!(await page.evaluate(isSettled, query)));
};
const text = (page, selector) => page.textContent(selector);
const labels = async (page) => (await page.locator("#chips .removable").allInnerTexts()).map((t) => t.split("\n")[0]);
const number = async (page, selector) => Number((await page.textContent(selector)).replaceAll(",", ""));

test("a product's page: every number, reason and quote is of it; the address brings it back", async () => {
  const page = await open(chromium, server.url);
  const rows = await kettles(page);
  const whole = await text(page, "#share");
  const ofB = rows.filter((r) => r[2] === "Kettle B"), unhappy = ofB.filter((r) => r[3] === "1");

  await page.click("#product-numbers .pick:text-is('Kettle B')");
  await settled(page, "?product=Kettle+B");
  assert.deepEqual(await labels(page), ["Kettle B"]);
  assert.ok((await text(page, "#selected")).startsWith(`${ofB.length} reviews, `));
  const read = await number(page, "#split .positive .pick") + await number(page, "#split .unsure .pick") + await number(page, "#split .negative .pick");
  assert.equal(read, ofB.length);
  for (const [table, column] of [["stars-numbers", 1], ["trend-numbers", 1], ["histogram-numbers", 1]]) {
    const counts = await page.$$eval(`#${table} tbody tr`, (rows, column) => rows.map((r) => Number(r.children[column].textContent.replaceAll(",", ""))), column);
    assert.equal(counts.reduce((a, b) => a + b), ofB.length, table);
  }
  assert.notEqual(await text(page, "#share"), whole);
  assert.match(await text(page, "#changes"), /Kettle B/);
  assert.equal(await page.locator("#products").count(), 0); // there is only one
  await page.waitForFunction(() => scrollY < 300); // its page starts at the top
  const quoted = await page.$$eval(".quote .to-row", (all) => all.map((b) => Number(b.textContent.replace(/\D/g, ""))));
  assert.ok(quoted.length > 5);
  assert.deepEqual(quoted.filter((n) => rows[n - 1][2] !== "Kettle B"), []);
  assert.deepEqual(await axe(page, "a product"), []);

  await page.selectOption("#filter-stars", { label: `1 star (${rows.filter((r) => r[3] === "1").length})` });
  await settled(page, "?product=Kettle+B&stars=1");
  assert.ok((await text(page, "#selected")).startsWith(`${unhappy.length} reviews, `));

  await page.reload();
  await results(page);
  await settled(page, "?product=Kettle+B&stars=1");
  assert.deepEqual(await labels(page), ["Kettle B", "1 star", "All reviews"]);
  assert.ok((await text(page, "#selected")).startsWith(`${unhappy.length} reviews, `));

  // An export states its filters.
  const csv = await saved(page, folder);
  assert.equal(csv.name, "kettles-scored (Kettle B, 1 star).csv");
  const lines = csv.data.toString().trimEnd().split("\n");
  assert.equal(lines.length, 1 + unhappy.length);
  assert.ok(lines.slice(1).every((l) => /^\d+,[\d-]+,Kettle B,1,/.test(l)));
  const save = async (selector) => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.click(selector)]);
    const path = join(folder, "taken");
    await download.saveAs(path);
    return { name: download.suggestedFilename(), text: await readFile(path, "utf8") };
  };
  const json = await save("#json:not([disabled])");
  assert.equal(JSON.parse(json.text).only, "Kettle B, 1 star");
  assert.equal(JSON.parse(json.text).scored, unhappy.length);
  const report = await save("#report");
  assert.equal(report.name, "kettles-report (Kettle B, 1 star).html");
  assert.match(report.text, /Of some reviews of the file alone: Kettle B, 1 star\./);

  // Nothing passes: the page says so, and links back.
  await page.selectOption("#filter-sentiment", { index: 1 });
  await page.waitForSelector("#no-hits");
  assert.equal(await page.locator("#share, #reviews").count(), 0);
  assert.deepEqual(await axe(page, "no hits"), []);
  await page.click("#no-hits-last");
  await settled(page, "?product=Kettle+B&stars=1");
  await page.goBack();
  await page.waitForSelector("#no-hits");
  await page.goBack();
  await settled(page, "?product=Kettle+B&stars=1");
  await page.click("#chips .removable:has-text('All reviews')");
  await settled(page, "");
  assert.equal(await text(page, "#share"), whole);
  await page.waitForFunction(() => document.querySelector("#selected").textContent === "All 1,444 reviews");

  // The history has all of the run.
  await page.click("#in-history a");
  await page.waitForSelector("#run-facts");
  assert.equal(await text(page, "#share"), whole);
  await page.close();
});

test("an address that was sent waits for its file, and says so", async () => {
  const page = await open(chromium, server.url + "/#results?product=Kettle+C&days=2025-06-01..2025-07-01&cell%3Acity=Rome");
  assert.match(await text(page, "#wanted"), /Kettle C, Jun 2025, city: Rome/);
  const rows = await kettles(page);
  await page.waitForSelector("#chips .removable");
  await settled(page, "?product=Kettle+C&days=2025-06-01..2025-07-01");
  assert.match(await text(page, "#lost"), /cell:city: Rome/);
  const n = rows.filter((r) => r[2] === "Kettle C" && r[1].startsWith("2025-06")).length;
  await page.waitForFunction((n) => document.querySelector("#selected").textContent.startsWith(`${n} reviews, `), n);
  await page.close();
});

test("repeats are counted as the page says, with a switch; quotes open their review, which leads to the next", async () => {
  const page = await open(chromium, server.url);
  const path = join(folder, "repeats.csv");
  const good = Array.from({ length: 20 }, (_, i) => `I love it, number ${i}.`), bad = Array.from({ length: 20 }, () => "It broke at once, I am sad.");
  await writeFile(path, "id,review\n" + good.concat(bad).map((t, i) => `${i},"${t}"\n`).join(""));
  await page.setInputFiles("#file", path);
  await page.click("#start:not([disabled])");
  await results(page);
  assert.match(await text(page, "#repeats"), /^19 reviews repeat an earlier one word for word \(48%\)\. Every review counts here; if each text counts once, 95% are positive/);
  assert.equal(await text(page, "#share"), "50%");
  await page.click("#repeats .pick:text-is('Count each text once')");
  await settled(page, "?once=");
  assert.equal(await text(page, "#share"), "95%");
  assert.ok((await text(page, "#selected")).startsWith("21 reviews"));
  await page.click("#repeats .pick");
  await settled(page, "");
  assert.equal(await text(page, "#share"), "50%");

  const link = page.locator("#most-negative .to-row").first();
  const row = (await link.textContent()).replace(/\D/g, "");
  await link.click();
  await page.waitForFunction((row) => document.querySelector("#detail-title")?.textContent === `Review in row ${row}`, row);
  await page.waitForSelector("#whole");
  await page.click("#next");
  await page.waitForFunction((row) => document.querySelector("#detail-title").textContent === `Review in row ${Number(row) + 1}`, row);
  await page.waitForSelector("#whole");
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction((row) => document.querySelector("#detail-title").textContent === `Review in row ${row}`, row);
  await page.keyboard.press("Escape");
  await page.waitForSelector("#detail", { state: "detached" });
  assert.ok(await link.evaluate((e) => e === document.activeElement)); // where it was opened

  // Undo restores everything after Start over, including the filters.
  await page.click("#split .negative .pick");
  await settled(page, "?sentiment=negative");
  await page.click("#new");
  await page.waitForSelector("#reopen");
  assert.equal(new URL(page.url()).hash, "");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  await page.click("#reopen");
  await results(page);
  await settled(page, "?sentiment=negative");
  assert.equal(await number(page, "#split .negative .pick"), 20);
  await page.close();
});

test("pasted lines are rows", async () => {
  const page = await open(chromium, server.url);
  await page.fill("#review", "I love it, all of it.\nIt broke, I am \"sad\".\n\nLovely, quick and quiet.");
  await page.click("#score-lines");
  await page.waitForFunction(() => document.querySelector("#rows")?.textContent === "3 rows");
  await page.click("#start:not([disabled])");
  const { split } = await results(page);
  assert.deepEqual([split.Positive, split.Negative], [2, 1]);
  await page.close();
});
