// Reviews grouped by any column of the file; comparison of two periods, and of two values of a
// column.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { stage } from "../fixture.mjs";
import { bad, good, open, results } from "../helpers.mjs";

const { chromium, server, folder } = await stage();

// kettles returns 480 reviews of a year. From July on twice as many are bad, and half of these
// report that the handle melted.
function kettles() {
  const rows = Array.from({ length: 480 }, (_, i) => {
    const month = 1 + Math.floor(i / 40), late = month > 6;
    const isBad = i % (late ? 2 : 4) === 0;
    const text = isBad ? (late && i % 4 === 0 ? "The handle melted, I am angry." : bad[i % 3]) : good[i % 3];
    return `2024-${String(month).padStart(2, "0")}-${String(1 + (i % 28)).padStart(2, "0")},${["Germany", "France", "Germany", "Poland", ""][i % 5]},"${text} Order ${i}."`;
  });
  return "date,country,review\n" + rows.join("\n") + "\n";
}

async function loaded() {
  const path = join(folder, "kettles.csv");
  await writeFile(path, kettles());
  const page = await open(chromium, server.url);
  await page.setInputFiles("#file", path);
  await page.click("#start:not([disabled])");
  await results(page);
  return page;
}

const cells = (page, id) => page.locator(`#${id} tbody tr`).evaluateAll((rows) => rows.map((r) => [...r.children].map((c) => c.textContent.trim())));
const selected = (page, text) => page.waitForFunction((text) => document.querySelector("#selected")?.textContent.startsWith(text), text);

test("a column is chosen: each of its values with its share, and the reviews behind it", async () => {
  const page = await loaded();
  assert.deepEqual(await page.locator("#group-by option").allTextContents(), ["choose a column…", "country"]);
  await page.selectOption("#group-by", { label: "country" });
  await page.waitForSelector("#group-numbers", { state: "attached" });
  const rows = await cells(page, "group-numbers");
  assert.deepEqual(rows.map((r) => [r[0].replace(/^\W+/, ""), r[1]]), [["Germany", "192"], ["France", "96"], ["Poland", "96"], ["empty)", "96"]]);
  for (const [, , share, between] of rows) {
    const [low, high] = between.match(/\d+/g).map(Number);
    assert.ok(low < parseInt(share, 10) && parseInt(share, 10) < high, `${share}, ${between}`);
  }
  await page.click("#groups .numbers summary");
  await page.click("#group-numbers tr:nth-child(2) .pick");
  await selected(page, `96 reviews, ${rows[1][2]} positive`);
  await page.click("#chips .removable");
  await page.click("#group-numbers tr:nth-child(4) .pick"); // an empty cell is a value too
  await selected(page, "96 reviews");
  assert.match(await page.textContent("#chips .removable"), /^country: empty/);

  // A click on the chart selects the value next to it.
  await page.locator("#groups-chart").scrollIntoViewIfNeeded();
  await page.waitForSelector("#groups-chart svg");
  const box = await page.locator("#groups-chart").boundingBox();
  await page.locator("#groups-chart").click({ position: { x: box.width / 2, y: box.height / 2 - 8 } }); // once it is stable
  await page.waitForFunction(() => /^country: France/.test(document.querySelector("#chips .removable")?.textContent ?? ""));

  // Values are compared within the shown reviews: within France there is no Poland.
  await page.click("#compare-values summary");
  await page.selectOption("#value-a", "France");
  await page.selectOption("#value-b", "Poland");
  await page.click("#compare-two");
  await page.waitForSelector("#difference");
  assert.equal(await page.textContent("#difference"), "There is no scored review for “Poland”.");
  await page.click("#chips .removable"); // the comparison follows
  await page.waitForFunction(() => /^No difference/.test(document.querySelector("#difference")?.textContent ?? ""));
  assert.match(await page.textContent("#difference"), /^No difference that the numbers can show: \d+% positive for “Poland”, \d+% for “France” \(95% interval −\d+ to \d+ points\)\.$/);
  await page.selectOption("#value-b", "France");
  await page.click("#compare-two");
  await page.waitForSelector("#compare-trouble");
  await page.close();
});

test("two periods: the difference with its interval, the counts, and what changed", async () => {
  const page = await loaded();
  await page.click("#compare-periods summary");
  assert.equal(await page.inputValue("#b-from"), "2024-07-01"); // the default: halves
  assert.equal(await page.inputValue("#a-to"), "2024-06-30");
  await page.click("#compare-spans");
  await page.waitForSelector("#difference");
  assert.match(await page.textContent("#difference"), /^Less positive, by [\d.]+ points \(95% interval −\d+ to −\d+ points\): \d+% positive since 1 Jul 2024, \d+% until 30 Jun 2024\.$/);
  assert.deepEqual((await cells(page, "both")).map((r) => r.slice(0, 2)), [["until 30 Jun 2024", "240"], ["since 1 Jul 2024", "240"]]);
  const shifts = await cells(page, "shifts");
  const melted = shifts.find((r) => /handle melted/.test(r[0]));
  assert.deepEqual(melted.slice(0, 4), ["▼handle melted", "0.0%", "25.0%", "+25.0"]);

  // The reviews behind a phrase are those of the period that has it more often.
  await page.click("#shifts tr:has(.pick:text-is('handle melted')) .pick");
  await selected(page, "60 reviews");
  await page.click("#chips .removable:has-text('All reviews')");

  // Two months, typed in; then two that overlap.
  const type = async (id, value) => {
    await page.fill(id, value);
    await page.dispatchEvent(id, "change");
  };
  await type("#a-from", "2024-02-01");
  await type("#a-to", "2024-02-29");
  await type("#b-from", "2024-03-01");
  await type("#b-to", "2024-03-31");
  await page.click("#compare-spans");
  await page.waitForFunction(() => /from 1 Mar 2024 to 31 Mar 2024/.test(document.querySelector("#difference")?.textContent ?? ""));
  assert.match(await page.textContent("#difference"), /^No difference that the numbers can show/);
  assert.deepEqual((await cells(page, "both")).map((r) => r[1]), ["40", "40"]);
  await type("#b-from", "2024-02-29");
  await page.click("#compare-spans");
  await page.waitForFunction(() => /overlap/.test(document.querySelector("#compare-trouble")?.textContent ?? ""));
  await type("#b-from", "2031-01-01");
  await type("#b-to", "2031-02-01");
  await page.click("#compare-spans");
  await page.waitForFunction(() => /^There is no scored review from 1 Jan 2031/.test(document.querySelector("#difference")?.textContent ?? ""));

  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#trend .save-csv >> nth=0")]);
  await download.saveAs(join(folder, "trend.csv"));
  assert.match(await readFile(join(folder, "trend.csv"), "utf8"), /^From,Reviews/);
  await page.close();
});
