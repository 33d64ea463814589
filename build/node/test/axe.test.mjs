// No violation of axe's rules on any screen, in light and dark, wide and narrow.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { browser, root, serve } from "../browser.mjs";
import { open, results } from "../steps.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let chromium, server;
before(async () => {
  [chromium, server] = await Promise.all([browser(), serve()]);
});
after(async () => {
  await chromium?.close();
  await server?.stop();
});

// check runs axe on what is drawn. It is evaluated, not added as a script: the page's policy admits none but its own.
async function check(page, screen) {
  await page.waitForTimeout(400); // colours fade in
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  assert.deepEqual(violations.map((v) => `${screen}: ${v.id}: ${v.nodes.map((n) => n.target.join(" ") + " " + n.any.map((a) => a.message).join("; ")).join(" | ")}`), []);
}

for (const colorScheme of ["light", "dark"]) {
  for (const viewport of [{ width: 1280, height: 900 }, { width: 360, height: 740 }]) {
    test(`${colorScheme}, ${viewport.width} px`, async () => {
      const page = await open(chromium, server.url, { colorScheme, viewport, reducedMotion: "reduce" });
      await check(page, "say");
      await page.fill("#review", "The kettle is quick and quiet. But the lid broke, and nobody answers. Der Deckel ist nach zwei Tagen abgebrochen und das ist sehr schade für uns.");
      await page.waitForSelector("#words");
      await check(page, "verdict");
      await page.setInputFiles("#file", root + "web/example-reviews.csv");
      await page.waitForSelector("#start:not([disabled])");
      await page.click("#otherwise summary");
      await check(page, "check");
      await page.click("#start");
      await results(page);
      await page.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
      await page.click("#split .negative .pick");
      await page.waitForSelector("#chips .removable");
      await check(page, "results");
      await page.click("#reviews .list .row:nth-child(2)");
      await page.waitForSelector("#whole #words");
      await check(page, "detail");
      await page.keyboard.press("Escape");
      await page.close();
    });
  }
}
