// The printed results: as wide as the paper, light, with charts, and without buttons.
import assert from "node:assert/strict";
import { test } from "node:test";
import { stage } from "../fixture.mjs";
import { root } from "../browser.mjs";
import { open, results } from "../helpers.mjs";

const { chromium, server } = await stage();

const papers = { A4: 703, Letter: 726 }; // pixels between margins of 1.2 cm

// drawn waits until each chart is drawn for a medium: with text of one colour, and none of another.
const drawn = (page, ink, other) => page.waitForFunction(([ink, other]) => [...document.querySelectorAll(".chart")].every((chart) =>
  chart.querySelector(`svg text[fill="${ink}"]`) && !chart.querySelector(`svg text[fill="${other}"]`)), [ink, other]);
const dark = ["#eceef2", "#1b1e24"], light = dark.toReversed();

// seen returns the elements that match a selector and are visible.
const seen = (page, selector) => page.$$eval(selector, (all) => all.filter((e) => e.checkVisibility({ visibilityProperty: true }) &&
  e.getBoundingClientRect().width > 1).map((e) => e.id || e.className || e.tagName));

test("results fit the paper, in light colours", async () => {
  const page = await open(chromium, server.url, { colorScheme: "dark", viewport: { width: 1280, height: 900 } });
  await page.setInputFiles("#file", root + "web/example-reviews.csv");
  await page.click("#start:not([disabled])");
  await results(page);
  await page.waitForSelector("#topics");
  await page.click("#topic-0");
  await page.waitForSelector("#topic-chart svg");
  await page.click("#trend .numbers summary");
  await page.click("#complaints .driver summary");
  await drawn(page, ...dark);

  for (const [paper, width] of Object.entries(papers)) {
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    await page.setViewportSize({ width, height: 1000 });
    await drawn(page, ...light);
    const wide = await page.$$eval("body *", (all, width) => all.filter((e) => e.checkVisibility() && !e.closest(".unseen") &&
      (e.getBoundingClientRect().right > width + 1 || e.getBoundingClientRect().left < -1)).map((e) => e.outerHTML.slice(0, 80)), width);
    assert.deepEqual(wide, [], paper);
    const look = await page.evaluate(() => ({ ink: getComputedStyle(document.body).color, paper: getComputedStyle(document.body).backgroundColor }));
    assert.deepEqual(look, { ink: "rgb(27, 30, 36)", paper: "rgb(255, 255, 255)" }, paper);
    for (const chart of await page.$$eval(".chart svg", (all) => all.map((e) => e.getBoundingClientRect().toJSON()))) {
      assert.ok(chart.width > width / 2 && chart.height > 100, `${paper}: a chart of ${chart.width} × ${chart.height}`);
    }
    assert.deepEqual(await seen(page, "button:not(.pick, .to-row, .removable), .noprint, nav, select, input, textarea"), [], paper);
    assert.deepEqual(await seen(page, ".numbers table"), ["trend-numbers"], paper); // the section that was opened
    assert.notDeepEqual(await seen(page, "#complaints .driver[open] .quote"), [], paper);
  }

  await page.emulateMedia({ media: "screen", colorScheme: "dark" });
  await page.setViewportSize({ width: 1280, height: 900 });
  await drawn(page, ...dark);
  await page.pdf({ format: "A4" });
  await drawn(page, ...dark); // as they were
  assert.equal(await page.$eval("#histogram-chart", (e) => e.querySelector("svg").clientWidth === e.clientWidth), true);

  await page.selectOption("#filter-stars", { index: 1 });
  await page.waitForSelector("#chips button");
  await page.emulateMedia({ media: "print" });
  assert.equal((await seen(page, "#chips button")).length, 1); // the print shows which reviews it covers
  await page.close();
});
