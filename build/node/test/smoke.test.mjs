// The path of a new user through the page, in a real browser against the real server.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { strToU8, zipSync } from "fflate";
import { program, root } from "../browser.mjs";
import { stage } from "../fixture.mjs";
import { axe, open, results, saved } from "../helpers.mjs";

const { chromium, server, folder } = await stage();

// score calls the server as a program would.
async function score(...texts) {
  const answer = await fetch(server.url + "/v1/score", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ texts }) });
  assert.equal(answer.status, 200);
  return (await answer.json()).results;
}

test("a pasted review gets its verdict, the one that the service gives", async () => {
  const page = await open(chromium, server.url);
  const asked = [];
  page.context().on("request", (request) => asked.push(new URL(request.url()).pathname));
  for (const [text, word] of [["I love it, the best kettle I ever had.", "Positive"], ["It broke after two days and nobody answers. Waste of money.", "Negative"]]) {
    await page.fill("#review", text);
    await page.waitForFunction((word) => document.querySelector(".said:not(.old) strong")?.textContent === word, word);
    const [{ positive }] = await score(text);
    assert.equal(Number(await page.getAttribute(".said progress", "value")).toFixed(4), positive.toFixed(4));
  }
  await page.fill("#review", "");
  await page.waitForFunction(() => !document.querySelector(".said"));
  assert.ok(asked.includes("/v1/score") && !asked.some((path) => path.endsWith("/tokenizer")), `the vocabulary is inside: ${asked}`);
  await page.close();
});

test("a dropped file becomes scores, charts and a file that equals the command line's", async () => {
  const page = await open(chromium, server.url);
  const bodies = [];
  page.context().on("request", (request) => {
    if (request.method() === "POST") bodies.push({ type: request.headers()["content-type"], body: request.postDataBuffer() });
  });
  const file = root + "web/example-reviews.csv";
  const text = await readFile(file);

  // Dropped as by hand.
  const dropped = await page.evaluateHandle((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], "example-reviews.csv", { type: "text/csv" }));
    return data;
  }, text.toString());
  await page.dispatchEvent("body", "drop", { dataTransfer: dropped });

  await page.waitForSelector("#start:not([disabled])");
  assert.equal(await page.locator("#preview tbody tr").count(), 20);
  assert.match(await page.textContent("#understood"), /111 rows · comma · UTF-8/);
  assert.equal(await page.locator("#preview th.role-text .column").textContent(), "review");
  await page.click("#start");
  const found = await results(page);

  const scored = await saved(page, folder);
  const expected = join(folder, "expected.csv");
  await promisify(execFile)(program, ["score", file, "-o", expected]).catch((error) => assert.equal(error.code, 3)); // one row has no text
  assert.deepEqual(scored.data, await readFile(expected));
  assert.equal(scored.name, "example-reviews-scored.csv");

  // The page's counts equal those of the file.
  const rows = scored.data.toString().trimEnd().split("\n").slice(1);
  const count = (sentiment) => rows.filter((row) => new RegExp(`,${sentiment},[01]\\.\\d{4},\\d+$`).test(row)).length;
  assert.deepEqual(found.split, { Positive: count("positive"), Unsure: count("unsure"), Negative: count("negative") });
  assert.equal(found.stars.flatMap((s) => s.reviews).reduce((a, b) => a + b), 110);
  assert.equal(found.histogram.reduce((a, b) => a + b), 110);
  assert.equal(await page.locator(".chart svg").count(), 3);
  assert.ok(await page.locator("#most-positive .quote").count() > 0 && await page.locator("#most-negative .quote").count() > 0);

  // Whether it changes, and where text and stars disagree.
  assert.match(await page.textContent("#change"), /positive before \d+ \w+ \d{4}, \d+% since \(95% interval/);
  assert.ok(await page.locator("#trend-numbers tbody tr").count() > 2);
  const against = await page.locator("#against .quote").count();
  assert.ok(against > 0 && against <= 6, String(against));

  // Why: phrases that expand to reviews which contain them.
  const phrases = (id) => page.locator(`#${id} .driver strong`).allTextContents();
  assert.ok((await phrases("complaints")).includes("leaks"), String(await phrases("complaints")));
  assert.ok((await phrases("praise")).includes("easy to clean"), String(await phrases("praise")));
  await page.click("#complaints .driver:has(strong:text-is('leaks')) summary");
  assert.match(await page.locator("#complaints .driver[open] .quote.negative").first().innerText(), /leaks/i);

  // Only frames of token IDs were sent, and no word of the file is in them.
  assert.ok(bodies.length > 0);
  for (const { type, body } of bodies) {
    assert.equal(type, "application/vnd.reviewlens.frame");
    for (const word of ["kettle", "teabags", "hinge", "limescale"]) assert.ok(!body.toString("latin1").toLowerCase().includes(word), word);
  }
  assert.ok(!/kettle|teabags/i.test(server.log()), "the log holds text");
  await page.close();
});

test("what is no table is refused with the way out", async () => {
  const page = await open(chromium, server.url);
  const workbook = join(folder, "export.xlsx");
  await writeFile(workbook, Buffer.from("PK\x03\x04\x14\x00", "latin1"));
  await page.setInputFiles("#file", workbook);
  const said = await page.waitForSelector("#file-trouble");
  assert.match(await said.textContent(), /cannot be unpacked.*CSV/s);
  await page.close();
});

// workbook returns an .xlsx file with the given sheets, by name.
const workbook = (sheets) => {
  const sheet = (rows) => `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>${rows.map((row, y) =>
    `<row r="${y + 1}">${row.map((cell, x) => `<c r="${"AB"[x]}${y + 1}" t="inlineStr"><is><t>${cell}</t></is></c>`).join("")}</row>`).join("")}</sheetData></worksheet>`;
  const relations = (all) => `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${all.map(([type, target], i) =>
    `<Relationship Id="r${i + 1}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${type}" Target="${target}"/>`).join("")}</Relationships>`;
  const names = Object.keys(sheets);
  const parts = {
    "[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`,
    "_rels/.rels": relations([["officeDocument", "xl/workbook.xml"]]),
    "xl/workbook.xml": `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>` +
      names.map((name, i) => `<sheet name="${name}" sheetId="${i + 1}" r:id="r${i + 1}"/>`).join("") + "</sheets></workbook>",
    "xl/_rels/workbook.xml.rels": relations(names.map((_, i) => ["worksheet", `worksheets/sheet${i + 1}.xml`])),
  };
  names.forEach((name, i) => { parts[`xl/worksheets/sheet${i + 1}.xml`] = sheet(sheets[name]); });
  return zipSync(Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, strToU8(text)])));
};

test("of a workbook the sheet with reviews is read, and another where it is chosen", async () => {
  const page = await open(chromium, server.url);
  const file = join(folder, "sheets.xlsx");
  const few = [["stars", "review"], ["5", "Quick, quiet and easy to clean."], ["1", "It broke and nobody answers."]];
  await writeFile(file, workbook({ Cover: [["Feedback of May"]], Reviews: few, Old: [["name", "number"], ["a", "1"], ["b", "2"], ["c", "3"]] }));
  await page.setInputFiles("#file", file);
  await page.waitForFunction(() => /, about/.test(document.querySelector("#start")?.textContent ?? ""));
  assert.equal(await page.textContent(".note"), 'Reviews from the sheet "Reviews"; not read: "Cover", "Old".');
  await page.click("#otherwise summary");
  assert.equal(await page.$eval("#sheet", (select) => select.selectedOptions[0].textContent), "Reviews");
  assert.deepEqual(await axe(page, "sheets"), []);
  await page.selectOption("#sheet", "2");
  await page.waitForFunction(() => /^3 rows/.test(document.querySelector("#rows")?.textContent ?? ""));
  await page.selectOption("#sheet", "1");
  await page.waitForFunction(() => /^2 rows/.test(document.querySelector("#rows")?.textContent ?? ""));
  await page.click("#start");
  await results(page);
  const download = page.waitForEvent("download");
  await page.click("#json");
  const report = JSON.parse(await readFile(await (await download).path(), "utf8"));
  assert.match(report.reading.sentence, /^Reviews from "review", stars from "stars"/);
  assert.deepEqual(report.reading.columns.text, "review");
  assert.deepEqual(report.reading.findings, []);
  await page.close();
});

// A workbook, a packed file and JSON lines are read like tables.
test("a workbook, a packed file and JSON lines", async () => {
  const book = workbook({ a: [["stars", "review"], ["5", "Quick, quiet and easy to clean."], ["1", "It broke and nobody answers."]] });
  const lines = '{"stars": 5, "review": "Quick, quiet and easy to clean."}\n{"stars": 1, "review": "It broke and nobody answers."}\n';
  for (const [name, bytes, understood, saveAs] of [
    ["reviews.xlsx", book, /2 rows · comma/, "reviews-scored.csv"],
    ["reviews.csv.gz", gzipSync("stars,review\n5,Quick and quiet.\n1,It broke and nobody answers.\n"), /2 rows · comma/, "reviews-scored.csv"],
    ["reviews.jsonl", lines, /2 rows · JSON lines/, "reviews-scored.jsonl"],
  ]) {
    const page = await open(chromium, server.url);
    const file = join(folder, name);
    await writeFile(file, bytes);
    await page.setInputFiles("#file", file);
    await page.waitForFunction(() => /, about/.test(document.querySelector("#start")?.textContent ?? ""));
    assert.match(await page.textContent("#understood"), understood);
    await page.click("#start");
    assert.deepEqual((await results(page)).split, { Positive: 1, Unsure: 0, Negative: 1 });
    assert.equal((await saved(page, folder)).name, saveAs);
    await page.close();
  }
});
