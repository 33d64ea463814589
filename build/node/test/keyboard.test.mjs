// The page by keyboard: the focus never falls off the page, a date can be typed, and what was typed
// stands there after another screen.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../browser.mjs";
import { stage } from "../fixture.mjs";
import { bad, good, open, results } from "../helpers.mjs";

const { chromium, server, folder } = await stage();

// file writes n reviews, a day each from 2025-01-01 on.
async function file(name, n) {
  const path = join(folder, name);
  const day = (i) => new Date(Date.UTC(2025, 0, 1 + i)).toISOString().slice(0, 10);
  await writeFile(path, "date,stars,review\n" + Array.from({ length: n }, (_, i) =>
    `${day(i)},${i % 2 ? 5 : 1},"${i % 2 ? good[i % 3] : bad[i % 3]} Number ${i}."`).join("\n") + "\n");
  return path;
}

async function score(page, path) {
  await page.setInputFiles("#file", path);
  await page.click("#start:not([disabled])");
}

const focused = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.tagName);

// pressed focuses an element, presses Enter, and waits for the element that has the focus then.
async function pressed(page, selector, next) {
  await page.focus(selector);
  await page.keyboard.press("Enter");
  await page.waitForFunction((next) => document.activeElement.matches(next), next).catch(async (error) => {
    throw new Error(`after ${selector} the focus is at ${await focused(page)}, want ${next}`, { cause: error });
  });
}

test("the link to the content leads there, on the same screen", async () => {
  const page = await open(chromium, server.url);
  await score(page, await file("skip.csv", 40));
  await results(page);
  const address = page.url();
  await pressed(page, ".skip", "#main");
  assert.equal(page.url(), address);
  assert.equal(await page.textContent("h1"), "skip.csv");
  await page.close();
});

test("a date is typed, before and while scores arrive, and only the whole one is a filter", async () => {
  const page = await open(chromium, server.url);
  let release, asked = 0;
  const held = new Promise((done) => (release = done));
  await page.context().route("**/v1/score", async (route) => {
    if (++asked > 3) await held;
    await route.continue().catch(() => {});
  });
  await score(page, await file("dates.csv", 1500));
  await page.waitForSelector("#filter-from");
  await page.focus("#filter-from");
  const keys = (text) => page.keyboard.type(text, { delay: 20 });
  await keys("03");
  await page.click("#pause"); // the page is drawn again
  await page.waitForSelector("#continue");
  await page.focus("#filter-from"); // the month stands there
  await page.keyboard.press("Tab");
  await keys("15");
  await page.focus("#order"); // and again
  await page.selectOption("#order", "positive");
  await page.focus("#filter-from");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await keys("2025");
  await page.waitForFunction(() => location.hash === "#results?days=2025-03-15..");
  assert.equal(await page.inputValue("#filter-from"), "2025-03-15");
  assert.equal(await page.locator("#file-trouble").count(), 0);
  await page.goBack(); // one step
  await page.waitForFunction(() => location.hash === "#results");
  assert.equal(await page.inputValue("#filter-from"), "");
  release();
  await page.close();
});

test("words that were searched for, and names in the history, stand in their boxes when the screen returns", async () => {
  const page = await open(chromium, server.url);
  await score(page, await file("apples.csv", 40));
  await results(page);
  await page.click("#new");
  await score(page, await file("pears.csv", 40));
  await results(page);
  await page.fill("#search", "lid");
  await page.waitForFunction(() => /words=lid/.test(location.hash));
  await page.click("#history");
  await page.fill("#named", "APP");
  await page.waitForFunction(() => /^1 of 2/.test(document.querySelector("#how-many").textContent));
  await page.click("#runs .open");
  await page.click("#back");
  await page.waitForSelector("#named");
  assert.equal(await page.inputValue("#named"), "APP");
  assert.match(await page.textContent("#how-many"), /^1 of 2/);
  await page.click("#open-file");
  await page.waitForSelector("#search");
  assert.equal(await page.inputValue("#search"), "lid");
  await page.close();
});

test("a button that goes away passes the focus on", async () => {
  const page = await open(chromium, server.url);
  await score(page, await file("first.csv", 60));
  await results(page);
  await page.click("#new");
  await score(page, await file("second.csv", 60));
  await results(page);
  await page.waitForSelector("#topic-0");
  await pressed(page, "#topic-0", "#topic-title");
  await pressed(page, "#hide-topic", "#undo-topic");
  await pressed(page, "#undo-topic", "#topic-undo");
  await page.click("#history");
  await page.waitForFunction(() => document.querySelectorAll("#runs .open").length === 2 && !/Asking/.test(document.querySelector("#how-many").textContent));
  await pressed(page, "#clear", "#clear-not");
  await pressed(page, "#clear-not", "#clear");
  await page.focus("#runs .rename");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.id.startsWith("name-"));
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.activeElement.matches(".rename"));
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.id.startsWith("name-"));
  await page.keyboard.press("Enter"); // saved
  await page.waitForFunction(() => document.activeElement.matches(".rename"));
  await pressed(page, "#runs .delete", "#restore");
  await pressed(page, "#restore", "#undo");
  await pressed(page, "#clear", "#clear-not");
  await pressed(page, "#clear-all", "#main");

  // More topics, and other texts of a file.
  await page.click("#open-file");
  await page.click("#new");
  await score(page, root + "web/example-reviews.csv");
  await results(page);
  await pressed(page, "#all-topics", "#topic-12");
  await page.click("#new");
  const survey = join(folder, "survey.csv");
  await writeFile(survey, "What did you like?,What should we improve?\n" + Array.from({ length: 40 }, (_, i) => `"${good[i % 3]} ${i}","${bad[i % 3]} ${i}"`).join("\n") + "\n");
  await score(page, survey);
  await results(page);
  await pressed(page, "#all-texts", "#pause");
  await page.waitForFunction(() => document.querySelectorAll("#texts-numbers tbody tr").length > 1 && document.querySelector("#watch.done"));
  await pressed(page, "#texts-numbers .pick", "#text");
  await page.close();
});
