// A screen of 360 pixels, and text of twice the usual size: the page does not scroll sideways, and
// the quoted part of a review is visible.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { browser } from "../browser.mjs";
import { stage } from "../fixture.mjs";
import { open, results } from "../helpers.mjs";

const { chromium, server, folder } = await stage();

const questions = ["What did you like most about the days that you spent with us?", "What should we improve before you come again?"];

// survey writes 40 answers to long questions, and a column with a long name; the wifi is mentioned
// in the middle of much else.
async function survey() {
  const aside = "We came late in the evening with two children and a dog, left the car behind the house and went to bed at once. ";
  const rows = Array.from({ length: 40 }, (_, i) => [i % 11, `The staff were friendly and the bed was comfortable. Room ${i}.`,
    `${aside}The wifi broke every evening and I am disappointed. ${aside}Stay ${i}.`, i % 3 ? "in the mountains" : "by the sea"]);
  const heads = ["How likely are you to recommend us?", ...questions, "Which of our houses did you spend most of these days in?"];
  const path = join(folder, "survey.csv");
  await writeFile(path, [heads, ...rows].map((r) => r.map((c) => `"${c}"`).join(",")).join("\n") + "\n");
  return path;
}

const fits = async (page, screen) => {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth ? [] :
    [...document.querySelectorAll("main *")].filter((e) => e.getBoundingClientRect().right > innerWidth).map((e) => e.outerHTML.slice(0, 80)));
  assert.deepEqual(wide, [], screen);
};

test("long questions, columns and names of runs fit, and quotes show what they are quoted for", async () => {
  const page = await open(chromium, server.url, { viewport: { width: 360, height: 780 } });
  await page.setInputFiles("#file", await survey());
  await page.waitForSelector("#text-choice #text");
  await fits(page, "check");
  const cut = await page.$$eval("#preview td div", (all) => all.filter((cell) => cell.scrollHeight > cell.clientHeight + 1).map((cell) => getComputedStyle(cell).webkitLineClamp));
  assert.ok(cut.length > 0 && cut.every((lines) => lines === "3"), "a cell that is cut has no ellipsis");
  await page.selectOption("#text", questions[1]);
  await page.waitForFunction((q) => document.querySelector("#reading").textContent.includes(`from "${q}"`), questions[1]);
  await page.click("#start:not([disabled])");
  await results(page);
  await page.selectOption("#group-by", { index: 1 });
  await page.waitForSelector("#group-numbers", { state: "attached" });
  await fits(page, "results");
  await page.click("#topic-numbers .pick:text-is('wifi')");
  await page.waitForSelector("#topic .quote mark");
  const seen = await page.$$eval("#topic .quote mark", (marks) => marks.map((mark) =>
    mark.getBoundingClientRect().bottom <= mark.closest(".text").getBoundingClientRect().bottom + 1));
  assert.ok(seen.length > 0 && seen.every(Boolean), seen.join());
  await fits(page, "a topic");
  // The bar of a topic is as orange as its share.
  const [share, bar] = await page.$eval("#topic-numbers tbody tr:has(.pick:text-is('wifi'))", (row) => [row.querySelector("td:nth-of-type(2)").textContent,
    [...row.querySelectorAll(".split span")].map((part) => `${part.className} ${part.style.flexGrow}`)]);
  assert.deepEqual([share, bar.map((part) => part.split(" ")[0])], ["100%", ["negative"]]);

  await page.click("#all-texts");
  await page.waitForFunction(() => document.querySelectorAll("#texts-numbers tbody tr").length === 2);
  await fits(page, "two questions");
  await page.click("#history");
  await page.waitForSelector("#runs .open");
  await fits(page, "history");
  await page.click("#runs .open >> nth=0");
  await page.click("#compare-runs summary");
  await page.click("#set-beside");
  await page.waitForSelector("#difference");
  assert.match(await page.textContent("#difference"), /in “What did you like most/);
  await fits(page, "two runs");
  await page.close();
});

test("names that are one long word fit, and those of another direction leave the rest in order", async () => {
  const word = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft".repeat(2);
  const rows = Array.from({ length: 60 }, (_, i) => [`2025-0${1 + (i % 6)}-1${i % 10}`, 1 + (i % 5), [word + "en", word + "er", "קומקום חשמלי"][i % 3],
    i % 9 ? "" : word, i % 4 ? `I love it, it is quick and quiet. ${i % 6 ? "" : word} ${i}.` : `The lid broke and I am disappointed. ${i}.`]);
  rows.push(["2025-01-19", 5, "קומקום חשמלי", "", "המוצר הזה מצוין, אני מאוד מרוצה (שני)."]);
  const path = join(folder, "words.csv");
  await writeFile(path, [["date", "stars", "product", "title", "review"], ...rows].map((r) => r.map((c) => `"${c}"`).join(",")).join("\n") + "\n");
  const page = await open(chromium, server.url, { viewport: { width: 360, height: 780 } });
  await page.setInputFiles("#file", path);
  await page.waitForSelector("#start:not([disabled])");
  await fits(page, "check");
  await page.click("#start");
  await results(page);
  await page.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
  await fits(page, "results");
  const tables = await page.$$eval(".numbers .plain", (all) => all.filter((t) => t.offsetWidth > t.closest(".card").clientWidth - 32).map((t) => t.id));
  assert.deepEqual(tables, []);

  // The report of one such product fits, too, and breaks no topic within a word.
  await page.selectOption("#filter-product", { index: 2 });
  await page.waitForFunction(() => /In short/.test(document.querySelector("#summary-card")?.textContent) && /^20 reviews/.test(document.querySelector("#selected")?.textContent));
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#report")]);
  const report = await page.context().newPage();
  await report.setContent(await readFile(await download.path(), "utf8"));
  assert.ok(await report.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "report");
  const broken = await report.$$eval("section.long tbody th", (all) => all.flatMap((th) => [...th.textContent.matchAll(/[a-z]{2,12}/g)].filter((m) => {
    const r = document.createRange();
    const node = document.createTreeWalker(th, NodeFilter.SHOW_TEXT).nextNode();
    r.setStart(node, Math.min(m.index, node.length));
    r.setEnd(node, Math.min(m.index + m[0].length, node.length));
    return r.getClientRects().length > 1;
  }).map((m) => m[0])));
  assert.deepEqual(broken, []);
  await report.close();
  await page.selectOption("#filter-product", { index: 0 });
  await page.waitForFunction(() => /^All /.test(document.querySelector("#selected")?.textContent));

  // Beside a Hebrew name the day stands before the month.
  const days = await page.$$eval(".quote .facts", (all) => all.filter((f) => /ק/.test(f.textContent)).map((f) => {
    const date = [...f.children].find((s) => /20\d\d$/.test(s.textContent)).firstChild;
    const at = (from, to) => { const r = document.createRange(); r.setStart(date, from); r.setEnd(date, to); return r.getBoundingClientRect(); };
    const day = at(0, 1), year = at(date.length - 4, date.length);
    return day.top === year.top && day.left < year.left;
  }));
  assert.ok(days.length > 0 && days.every(Boolean), days.join());

  // A Hebrew text begins at the right, and ends at the left.
  await page.evaluate(() => document.querySelector("#reviews").scrollTo(0, 1e6));
  await page.waitForSelector("#reviews .words .clamp:has-text('שני')");
  const ends = await page.$eval("#reviews .words .clamp:has-text('שני') span", ({ firstChild: text }) => {
    const r = document.createRange();
    r.setStart(text, text.length - 1);
    r.setEnd(text, text.length);
    const dot = r.getBoundingClientRect();
    r.selectNodeContents(text);
    return [...r.getClientRects()].every((line) => dot.top < line.top - 1 || dot.top > line.bottom || dot.left <= line.left + 1);
  });
  assert.ok(ends, "the full stop is not at the end of the line");
  await page.click("#reviews .list .row:nth-child(1):not(.empty)");
  await page.waitForSelector("#words");
  await fits(page, "a review");
  await page.close();
});

test("with text of twice the size, tables of topics and of runs fit", async () => {
  const large = await browser("--blink-settings=defaultFontSize=32");
  try {
    for (const width of [1280, 768]) {
      const page = await open(large, server.url, { viewport: { width, height: 900 } });
      await page.click("#example");
      await page.click("#start:not([disabled])");
      await results(page);
      await fits(page, `results, ${width} px`);
      await page.click("#compare-periods summary");
      await page.click("#compare-spans");
      await page.waitForSelector("#difference");
      await fits(page, `two periods, ${width} px`);
      await page.click("#in-history a");
      await page.waitForSelector("#run-facts");
      await page.waitForSelector("#topic-numbers", { state: "attached" });
      await fits(page, `a run, ${width} px`);
      await page.click("#history");
      await page.waitForSelector("#how-many");
      await fits(page, `the history, ${width} px`);
      await page.close();
    }
  } finally {
    await large.close();
  }
});
