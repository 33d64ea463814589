// A survey with several open questions: each is analysed separately, and is immediately available
// again; answers from 0 to 10 give a net promoter score.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { stage } from "../fixture.mjs";
import { axe, bad, good, open, results, saved } from "../helpers.mjs";

const { chromium, server, folder } = await stage();

const questions = ["What do you like?", "What should we improve?", "Anything else?"];

// survey writes 30 answers: praise, complaints, and a third question that every other person
// answers, two of three with praise.
async function survey(name = "survey.csv") {
  const rows = Array.from({ length: 30 }, (_, i) => [i % 11, `${good[i % 3]} Visit ${i}.`, `${bad[i % 3]} Visit ${i}.`,
    i % 2 ? "" : i % 3 ? `${good[i % 3]} Again ${i}.` : `${bad[i % 3]} Again ${i}.`, i % 3 ? "North" : "South"]);
  const lines = [["How likely are you to recommend us?", ...questions, "Shop"], ...rows].map((r) => r.map((c) => `"${c}"`).join(","));
  await writeFile(join(folder, name), lines.join("\n") + "\n");
  return join(folder, name);
}

const text = (page, selector) => page.textContent(selector);
const analysed = (page, label) => page.waitForFunction((label) => document.querySelector("#text")?.value === label &&
  new URLSearchParams(location.hash.split("?")[1]).get("text") === label && document.querySelector("#watch.done") &&
  document.querySelector("#share, #none"), label);
const beside = (page) => page.$$eval("#texts-numbers tbody tr", (rows) => rows.map((r) => [...r.children].map((c) => c.textContent)));

test("each question is analysed by itself, and is there again without a request", async () => {
  const page = await open(chromium, server.url);
  await page.setInputFiles("#file", await survey());
  await page.waitForSelector("#text-choice #text");
  assert.match(await text(page, "#text-choice"), /People wrote in 3 columns of this file/);
  assert.deepEqual(await page.$$eval("#text option", (all) => all.map((o) => o.textContent)),
    [...questions, `${questions[0]} + ${questions[1]}`, "all 3 together"]);
  assert.deepEqual(await axe(page, "a survey is looked at"), []);
  await page.selectOption("#text", questions[0]);
  await page.waitForFunction((q) => document.querySelector("#reading").textContent.startsWith(`Reviews from "${q}",`), questions[0]);
  await page.click("#start:not([disabled])");
  await results(page);
  await analysed(page, questions[0]);
  assert.equal(await text(page, "#share"), "100%");
  assert.equal(await page.locator("#texts-numbers").count(), 0); // only one so far

  let requests = 0;
  await page.route("**/v1/score", (route) => { requests++; return route.continue(); });
  await page.selectOption("#text", questions[1]);
  await analysed(page, questions[1]);
  assert.equal(await text(page, "#share"), "0%");
  assert.ok(requests > 0);
  await page.click("#all-texts");
  await analysed(page, questions[2]);
  await page.waitForFunction(() => document.querySelectorAll("#texts-numbers tbody tr").length === 3);
  const table = await beside(page);
  assert.deepEqual(table.map((r) => r.slice(0, 3)), [[questions[0], "30", "100%"], [questions[1], "30", "0%"], [questions[2], "15", "67%"]]);
  assert.equal(await page.locator("#all-texts").count(), 0);
  assert.match(await text(page, "#problems summary"), /15 rows without text/);
  assert.deepEqual(await axe(page, "questions side by side"), []);

  const asked = requests;
  await page.click(`#texts-numbers .pick:text-is('${questions[0]}')`);
  await analysed(page, questions[0]);
  assert.equal(await text(page, "#share"), "100%");
  assert.equal(requests, asked);
  const csv = await saved(page, folder);
  assert.equal(csv.name, `survey-scored (What do you like).csv`);
  assert.match(csv.data.toString().split("\n")[1], /positive/);

  // Filters on people are kept for another question; back leads to the previous question.
  await page.selectOption("#filter-stars", { index: 1 });
  await page.waitForFunction(() => /&stars=/.test(location.hash));
  await page.selectOption("#text", questions[1]);
  await analysed(page, questions[1]);
  assert.match(page.url(), /text=What\+should\+we\+improve%3F&stars=5$/);
  await page.goBack();
  await analysed(page, questions[0]);
  await page.selectOption("#text", "all 3 together");
  await analysed(page, "all 3 together");
  assert.equal(await text(page, "#which-text"), "People wrote in 3 columns of this file. What is below is of several, read as one text.");

  // After a reload, and after Undo, each question is restored from storage: nothing is scored
  // again, which would add a run. The filter by stars is kept; the comparison covers all answers.
  const all = await beside(page);
  assert.equal(all.length, 4);
  await page.reload();
  await analysed(page, "all 3 together");
  assert.deepEqual(await beside(page), all);
  await page.click(`#texts-numbers .pick:text-is('${questions[1]}')`);
  await analysed(page, questions[1]);
  assert.equal(await text(page, "#share"), "0%");
  await page.click("#new");
  await page.waitForSelector("#reopen");
  assert.equal(await page.locator("#kept").count(), 0);
  await page.click("#reopen");
  await analysed(page, questions[1]);
  assert.deepEqual(await beside(page), all);
  await page.click(`#texts-numbers .pick:text-is('${questions[2]}')`);
  await analysed(page, questions[2]);
  assert.deepEqual(await beside(page), all);
  await page.click("#history");
  await page.waitForSelector("#runs .open");
  const names = await page.locator("#runs .open").allTextContents();
  assert.deepEqual(names.toSorted(), [...questions, "all 3 together"].map((q) => `survey.csv: ${q}`).toSorted());
  await page.close();
});

test("an address asks for a question before the file is there", async () => {
  const page = await open(chromium, server.url + "/#results?text=What+should+we+improve%3F");
  assert.match(await text(page, "#wanted"), /What should we improve\?/);
  await page.setInputFiles("#file", await survey());
  await page.waitForFunction((q) => document.querySelector("#text")?.value === q && !document.querySelector("#start").disabled, questions[1]);
  await page.click("#start:not([disabled])");
  await results(page);
  await analysed(page, questions[1]);
  assert.equal(await text(page, "#share"), "0%");
  await page.close();
});

test("answers from 0 to 10 give a net promoter score, of those without a text too", async () => {
  const page = await open(chromium, server.url);
  await page.setInputFiles("#file", await survey());
  await page.waitForSelector("#text");
  await page.selectOption("#text", questions[2]);
  await page.waitForFunction((q) => document.querySelector("#reading").textContent.includes(q), questions[2]);
  await page.click("#start:not([disabled])");
  await results(page);
  // 0 to 10, over and over, 30 answers: 8 of them are 0 to 7 thrice and 8 to 10 twice.
  const rows = await page.$$eval("#nps-numbers tbody tr", (all) => all.map((r) => [...r.children].slice(1).map((c) => c.textContent)));
  assert.deepEqual(rows, [["4", "13%"], ["5", "17%"], ["21", "70%"]]);
  assert.equal(await text(page, "#nps .score strong"), "−57");
  assert.match(await text(page, "#nps .small"), /between −77 and −26/);
  assert.match(await text(page, "#summary"), /net promoter score is −57/);
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#json:not([disabled])")]);
  const path = join(folder, "report.json");
  await download.saveAs(path);
  const { default: json } = await import(path, { with: { type: "json" } });
  assert.deepEqual([json.nps.promoters, json.nps.passives, json.nps.detractors], [4, 5, 21]);
  await page.close();
});
