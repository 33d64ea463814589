// Why a review has its verdict: on the first screen, and for a row of a file.
import assert from "node:assert/strict";
import { test } from "node:test";
import { root } from "../browser.mjs";
import { stage } from "../fixture.mjs";
import { open, results } from "../helpers.mjs";

const { chromium, server } = await stage();

test("sentences have their own tints, the words that count are named, and they are those of the service", async () => {
  const page = await open(chromium, server.url);
  const text = "The kettle is lovely and quick. But the lid broke, and it is terrible!";
  await page.fill("#review", text);
  await page.waitForSelector("#words");
  const tints = await page.locator("#sentences .tint").evaluateAll((all) => all.map((s) => [s.classList[1], s.firstChild.textContent]));
  assert.equal(tints[0][0], "positive");
  assert.equal(tints[1][0], "negative");

  // The strongest word's effect equals the difference of the service's scores with and without it.
  const [word, effect] = await page.locator("#words li").first().evaluate((li) => [li.querySelector("strong").textContent, li.querySelector(".small").textContent]);
  const at = text.indexOf(word);
  const answer = await fetch(server.url + "/v1/score", { method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ texts: [text, text.slice(0, at) + text.slice(at + word.length).trimStart()] }) });
  const [whole, without] = (await answer.json()).results.map((r) => r.positive);
  const points = Math.round(100 * Math.abs(whole - without));
  assert.match(effect, new RegExp(`${points} points? ${whole > without ? "more" : "less"} positive`), `${word}: ${effect}, ${whole} to ${without}`);
  assert.equal(await page.locator("#language").count(), 0);

  await page.fill("#review", "Der Deckel ist nach zwei Tagen abgebrochen.");
  await page.waitForSelector("#language");
  assert.match(await page.textContent("#language"), /looks like German/);
  await page.close();
});

test("a row of a file is explained in its detail view", async () => {
  const page = await open(chromium, server.url);
  await page.setInputFiles("#file", root + "web/example-reviews.csv");
  await page.click("#start:not([disabled])");
  await results(page);
  await page.click("#reviews .list .row:nth-child(3):not(.empty)");
  await page.waitForSelector("#whole #words");
  assert.ok(await page.locator("#whole .tint.negative").count() > 0);
  await page.close();
});
