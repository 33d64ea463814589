// A server with two models: a scored file is compared with the other one, and while that one is on
// trial, corrections are sent to the server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { root } from "../browser.mjs";
import { stage } from "../fixture.mjs";
import { axe, open, results } from "../helpers.mjs";
import { twoModels } from "../variant.mjs";

let made;
const { chromium, server } = await stage((folder) => {
  made = twoModels(folder);
  return ["-model", made.store];
});
const { store, current, other, models } = made;

test("a file's scores are set beside those of another model of the server", async () => {
  for (const viewport of [{ width: 1280, height: 900 }, { width: 320, height: 640 }]) {
    const page = await open(chromium, server.url, { viewport });
    await page.setInputFiles("#file", root + "web/example-reviews.csv");
    await page.click("#start:not([disabled])");
    const before = await results(page);
    await page.click("#models summary");
    assert.deepEqual(await page.locator("#other-models option").allTextContents(), [other]);
    await page.click("#compare-model");
    await page.waitForSelector("#models-verdict");
    assert.match(await page.textContent("#models-verdict"), /^(Which model agrees|A agrees|B agrees) /);
    const [, changed, all] = (await page.textContent("#renamed")).match(/^(\S+) of (\S+) reviews change their name .* to unsure\. /);
    assert.ok(Number(changed) > 0 && Number(all) > 30, `${changed} of ${all}`);
    assert.match(await page.textContent("#models"), new RegExp(`A is ${current}, which gave the scores above; B is ${other}\\.`));
    assert.equal(await page.locator("#models .quote").count(), 30);
    assert.match(await page.textContent("#models .quote .facts"), /^Row \d+ · A: .+% .+ · B: .+%/);
    const first = page.locator("#models-figures tbody tr").first();
    const share = await first.locator("td").allTextContents();
    assert.ok(share.length === 3 && share.every((cell) => /\d\.\d/.test(cell)), share.join());
    assert.deepEqual(await results(page), before); // the file keeps its scores
    assert.deepEqual(await axe(page, "models"), []);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "it scrolls sideways");
    await page.click("#models .quote .pick");
    await page.waitForSelector("#whole");
    await page.close();
  }
});

test("while a model is tried, the server counts what a reader corrects, when it is told", async () => {
  models("try", store, other);
  while (!(await (await fetch(server.url + "/v1/config")).json()).corrections)
    await new Promise((done) => setTimeout(done, 500));
  const page = await open(chromium, server.url);
  await page.setInputFiles("#file", root + "web/example-reviews.csv");
  await page.click("#start:not([disabled])");
  await results(page);
  assert.equal(await page.locator("#tell-server").count(), 0);
  await page.focus("#reviews");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("u");
  await page.waitForSelector("#tell-server");
  assert.match(await page.textContent("#tell"), /token IDs and your verdicts are sent, and neither is kept\. Tell it of 1 review$/);
  const [answer] = await Promise.all([page.waitForResponse("**/v1/corrections?is=unsure"), page.click("#tell-server")]);
  assert.deepEqual(await answer.json(), { counted: 1 });
  assert.equal(answer.request().method(), "POST");
  await page.waitForSelector("#told");
  assert.equal(await page.locator("#tell-server").count(), 0);
  await page.close();
});
