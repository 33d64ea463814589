// Exports of the results: report, numbers, charts and their tables.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../browser.mjs";
import { stage } from "../fixture.mjs";
import { open, results } from "../helpers.mjs";

const { chromium, server, folder } = await stage();

async function save(page, selector) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(selector)]);
  const path = join(folder, download.suggestedFilename());
  await download.saveAs(path);
  return { name: download.suggestedFilename(), path, data: await readFile(path) };
}

test("the report stands by itself, and its numbers are those of the page, of the JSON and of the service", async () => {
  const page = await open(chromium, server.url);
  await page.setInputFiles("#file", root + "web/example-reviews.csv");
  await page.click("#start:not([disabled])");
  const found = await results(page);

  const json = await save(page, "#json");
  assert.equal(json.name, "example-reviews-report.json");
  const numbers = JSON.parse(json.data);
  assert.deepEqual({ Positive: numbers.positive, Unsure: numbers.unsure, Negative: numbers.negative }, found.split);
  const answer = await fetch(server.url + "/v1/report", { method: "POST", headers: { "Content-Type": "text/csv" }, body: await readFile(root + "web/example-reviews.csv") });
  const service = await answer.json();
  for (const key of ["scored", "positive", "negative", "unsure", "repeated", "against", "unit", "periods", "stars", "change", "histogram", "columns", "model"]) {
    assert.deepEqual(numbers[key], service[key], key);
  }
  assert.deepEqual(numbers.drivers.map((d) => [d.phrase, d.reviews]), service.drivers.map((d) => [d.phrase, d.reviews]));

  const report = await save(page, "#report");
  assert.equal(report.name, "example-reviews-report.html");
  const paper = await (await chromium.newContext()).newPage();
  const loads = [];
  paper.on("request", (r) => loads.push(r.url()));
  paper.on("console", (m) => assert.fail(m.text()));
  await paper.goto("file://" + report.path);
  assert.match(await paper.textContent("body"), /Why\?.*leaks.*easy to clean|Why\?.*easy to clean.*leaks/s);
  assert.match(await paper.textContent(".big"), new RegExp(`${Math.round(100 * numbers.share.share)}%`));
  assert.equal(loads.length, 1, loads.join());
  assert.ok((await paper.pdf()).length > 10_000); // it prints
  await paper.context().close();

  // Each chart as a picture and as a table.
  const svg = await save(page, "#trend .save-svg");
  assert.match(svg.data.toString(), /^<svg/);
  assert.equal(await page.evaluate((text) => new DOMParser().parseFromString(text, "image/svg+xml").querySelector("parsererror")?.textContent ?? "", svg.data.toString()), "");
  const png = await save(page, "#trend .save-png");
  assert.equal(png.data.subarray(1, 4).toString(), "PNG");
  const csv = await save(page, "#trend .save-csv");
  const lines = csv.data.toString().trimEnd().split("\r\n");
  assert.equal(lines[0], "From,Reviews,Positive,95% low,95% high");
  assert.match(lines[1], /^\w{3} \d{4},\d+,[01]\.\d{4},[01]\.\d{4},[01]\.\d{4}$/); // numbers, not "77% to 93%"
  assert.equal(lines.length, 1 + await page.locator("#trend-numbers tbody tr").count());
  const topics = (await save(page, "#topics .save-csv")).data.toString().trimEnd().split("\r\n");
  const names = await page.locator("#topic-numbers tbody button").allTextContents();
  assert.ok(await page.locator("#topic-numbers tbody .mark:text-matches('[▲▼]')").count() > 0); // and the names are saved without
  assert.deepEqual(topics.slice(1).map((line) => line.split(",")[0]), names);
  await page.close();
});
