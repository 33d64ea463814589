// The questions of the page about a file that can be read in two ways, and the rows that it
// excludes.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { stage } from "../fixture.mjs";
import { axe, open, results } from "../helpers.mjs";

const { chromium, server, folder } = await stage();

const texts = ["The lid works as it should", "It broke on the first day", "Der Deckel ist leider schon kaputt", "5 5 5"];

// file has dates in ambiguous order, ratings that may not be ratings, and texts that the model
// cannot read.
async function file(name) {
  const rows = Array.from({ length: 24 }, (_, i) => `0${1 + (i % 9)}/0${1 + ((i * 5) % 8)}/2024,${[8, 2, 7, 3][i % 4]},${texts[i % 4]}`);
  const path = join(folder, name);
  await writeFile(path, "date,rating,review\n" + rows.join("\n") + "\n");
  return path;
}

const ways = (page) => page.$$eval("#question .way", (all) => all.map((way) => [...way.querySelectorAll("tr")].map((row) => row.textContent)));
const asked = (page, words) => page.waitForFunction((w) => document.querySelector("#question h2")?.textContent.includes(w), words);

test("the page asks with both readings side by side, one question after the other", async () => {
  const page = await open(chromium, server.url);
  await page.setInputFiles("#file", await file("ask.csv"));
  await asked(page, "the day or the month");
  assert.deepEqual(await axe(page, "question"), []);
  const [day, month] = await ways(page);
  assert.equal(day.length, month.length);
  assert.match(day[0], /^02\/06\/20242 June 2024$/);
  assert.match(month[0], /^02\/06\/20246 February 2024$/);
  assert.equal((await page.$$eval(".doubt", (all) => all.map((d) => d.textContent))).filter((d) => /comes first/.test(d)).length, 0);

  await page.click("#way-0");
  await asked(page, "ratings?");
  assert.match(await page.textContent("#reading"), /dates from "date", day first/);
  assert.equal(await page.$eval("#day-order", (select) => select.value), "1");
  await page.click("#way-1");
  await page.waitForFunction(() => !document.querySelector("#question"));
  assert.doesNotMatch(await page.textContent("#reading"), /stars/);
  assert.match(await page.textContent("#reading"), /day first/);

  await page.click("#otherwise summary"); // the answer can be changed
  await page.selectOption("#day-order", "2");
  await page.waitForFunction(() => /month first/.test(document.querySelector("#reading")?.textContent));
  await page.close();
});

test("texts that the model cannot read are told before, and set apart after", async () => {
  const page = await open(chromium, server.url);
  await page.setInputFiles("#file", await file("apart.csv"));
  await page.waitForSelector("#start:not([disabled])");
  await page.waitForFunction(() => [...document.querySelectorAll(".doubt")].some((d) => /1 in German, 1 without words/.test(d.textContent)));
  await page.click("#start");
  await results(page);
  assert.equal(await page.textContent("#share"), "50%");
  assert.match(await page.textContent("#apart"), /^12 reviews are set apart as unsure: 6 in German, 6 without words\./);
  await page.click("#apart button");
  await page.waitForFunction(() => /^12 reviews/.test(document.querySelector("#selected")?.textContent));
  await page.waitForFunction(() => { // not "Unsure", which none of those is counted as
    const named = [...document.querySelectorAll(".rows .list .sentiment")].map((cell) => cell.textContent);
    return named.length > 0 && named.every((name) => /Not read/.test(name));
  });
  await page.close();
});

// rows joins 30 rows of cells; texts ends each of them.
const rows = (cells) => Array.from({ length: 30 }, (_, i) => `${cells(i)},It broke on day ${i} and I am disappointed`).join("\n") + "\n";

test("a doubt leads to the control that settles it", async () => {
  const page = await open(chromium, server.url);
  const second = `product,stars,date,review\n${rows((i) => `Lamp,${1 + (i % 5)},2024-02-${10 + (i % 9)}`)}`;
  for (const [name, content, label, control] of [
    ["stacked.csv", `date,stars,review\n${rows((i) => `2024-01-${10 + (i % 9)},${1 + (i % 5)}`)}\n\n${second}`, "“Lines above the table” below settles it", "preamble"],
    ["order.csv", `date,rating,review\n${rows((i) => `0${1 + (i % 9)}/0${1 + (i % 7)}/2024,${1 + (i % 4)}`)}`, "“The best rating is” below settles it", "stars-of"],
    ["names.csv", `date,average_rating,review\n${rows((i) => `2024-01-${10 + (i % 9)},${1 + ((i * 7) % 5)}`)}`, "the choices above the columns settle it", "role-0"],
    ["columns.csv", `${"abcdefghijklm".split("").join(",")},average_rating,review\n${rows((i) => `${"x,".repeat(13)}${1 + ((i * 7) % 5)}`)}`, "“Stars” below settles it", "column-stars"],
  ]) {
    const path = join(folder, name);
    await writeFile(path, content);
    await page.setInputFiles("#file", path);
    await page.waitForFunction((n) => document.querySelector("h1")?.textContent === n && document.querySelector("#start:not([disabled])"), name);
    const doubt = page.locator(".doubt", { hasText: label });
    assert.equal(await doubt.count(), 1, `${name}: ${await page.locator(".doubt").allTextContents()}`);
    assert.deepEqual(await axe(page, name), []);
    await doubt.locator("button").click();
    assert.equal(await page.evaluate(() => document.activeElement.id), control, name);
    assert.ok(await page.locator(`#${control}`).isVisible(), name);
    const named = label.match(/“(.*)”/)?.[1];
    if (named) assert.equal(await page.$eval(`#${control}`, (c) => c.closest("label").querySelector("span").textContent), named);
    await page.click("#new");
  }
  await page.close();
});

test("a doubt does not name what only programs can give", async () => {
  const page = await open(chromium, server.url);
  const path = join(folder, "unlike.csv");
  await writeFile(path, `date,rating,review\n${rows((i) => `2024-01-${10 + (i % 9)},${["bad-ish", "so-so-ish", "neat-ish"][i % 3]}`)}`);
  await page.setInputFiles("#file", path);
  await page.waitForSelector("#start:not([disabled])");
  const doubts = (await page.locator(".doubt").allTextContents()).join("\n");
  assert.match(doubts, /"rating" is named like ratings, but was not read: "bad-ish" is none, for one; write 4 or 4\/5 in it\.$/m);
  await page.close();
});
