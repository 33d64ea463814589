// A reader corrects a verdict: by mouse and by key, undone, kept, counted separately, exported.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../browser.mjs";
import { stage } from "../fixture.mjs";
import { open, results, saved } from "../helpers.mjs";

const { chromium, server, folder } = await stage();

const other = (sentiment) => (sentiment === "positive" ? "negative" : "positive");
const note = (page, text) => page.waitForFunction((text) => document.querySelector("#corrected")?.textContent.startsWith(text), text);

test("a verdict is corrected, counted beside the model's, kept, undone and written for the training", async () => {
  let page = await open(chromium, server.url);
  const context = page.context();
  page.removeAllListeners("close"); // the context outlives the tab
  await page.setInputFiles("#file", root + "web/example-reviews.csv");
  await page.click("#start:not([disabled])");
  const before = await results(page);
  const verdict = (row) => page.locator("#reviews .list .row").nth(row - 1).locator(".sentiment > span:nth-child(2)").textContent();
  const second = (await verdict(2)).toLowerCase(), fourth = (await verdict(4)).toLowerCase();

  // In the detail view; the verdict of the model stays visible.
  await page.click("#reviews .list .row:nth-child(2):not(.empty)");
  await page.waitForSelector("#whole");
  assert.equal(await page.getAttribute(`#say-${second}`, "aria-pressed"), "true");
  await page.click(`#say-${other(second)}`);
  await page.waitForSelector("#undo");
  assert.equal(await page.getAttribute(`#say-${other(second)}`, "aria-pressed"), "true");
  assert.match(await page.textContent("#marked"), new RegExp(`^You marked it ${other(second)}; the model's verdict above stays`));
  assert.equal((await page.textContent("#detail .said strong")).toLowerCase(), second);
  await page.click("#undo");
  await page.waitForSelector("#undo", { state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement.id), `say-${second}`); // focus moves on when the button goes
  assert.equal(await page.locator("#corrected").count(), 0);
  await page.keyboard.press(other(second)[0]);
  await page.waitForSelector("#undo");
  await page.keyboard.press("Escape");
  await note(page, "1 review corrected by you. All numbers here are the model's; with your corrections ");

  // In the table.
  await page.focus("#reviews");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("u");
  await page.waitForFunction(() => document.querySelector("#correcting").textContent === "Row 4: marked unsure; Z takes it back.");
  await page.waitForFunction(() => document.querySelectorAll("#reviews .row .corrected").length === 2);
  await note(page, "2 reviews");
  await page.keyboard.press("z");
  await page.waitForFunction(() => document.querySelector("#correcting").textContent === "Row 4: your mark is gone.");
  await page.keyboard.press(other(fourth)[0]);
  await note(page, "2 reviews");
  assert.deepEqual(await results(page), before); // no number of the model changed
  await page.click("#corrected .pick");
  await page.waitForFunction(() => document.querySelector("#selected").textContent.startsWith("2 reviews"));
  await page.click("#chips .removable");

  // The export: scores unchanged, and the corrections separately.
  const scored = (await saved(page, folder)).data.toString();
  assert.match(scored.split("\n")[2], new RegExp(`,${second},`));
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#corrections:not([disabled])")]);
  assert.equal(download.suggestedFilename(), "example-reviews-corrections.jsonl");
  await download.saveAs(join(folder, "c.jsonl"));
  const lines = (await readFile(join(folder, "c.jsonl"), "utf8")).trimEnd().split("\n").map((l) => JSON.parse(l));
  assert.deepEqual(lines.map((l) => [l.row, l.scored, l.sentiment]), [[2, second, other(second)], [4, fourth, other(fourth)]]);
  assert.ok(lines[0].title === "So quiet" && /hums/.test(lines[0].text));

  // They survive closing the tab, and starting over.
  await page.close();
  page = await context.newPage();
  await page.goto(server.url);
  await page.waitForFunction(() => /scored, 2 texts corrected by you/.test(document.querySelector("#kept li")?.textContent ?? ""));
  await page.click("#kept .resume");
  await results(page);
  await note(page, "2 reviews");
  await page.click("#new");
  await page.waitForSelector("#kept li");
  await page.click("#kept .discard");
  await page.waitForSelector("#kept li", { state: "detached" });
  await context.close();
});
