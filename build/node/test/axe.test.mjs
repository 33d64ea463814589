// No violation of axe's rules on any screen, in light and dark, wide and narrow.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { root, serve } from "../browser.mjs";
import { stage } from "../fixture.mjs";
import { axe, gate, open, results } from "../helpers.mjs";

const { chromium, server, folder } = await stage();
process.env.REVIEWLENS_API_KEYS = "a-key-of-more-than-24-characters";
const locked = await serve();
delete process.env.REVIEWLENS_API_KEYS;
after(() => locked.stop());

const check = async (page, screen) => assert.deepEqual(await axe(page, screen), []);

for (const colorScheme of ["light", "dark"]) {
  for (const viewport of [{ width: 1280, height: 900 }, { width: 360, height: 740 }]) {
    test(`${colorScheme}, ${viewport.width} px`, async () => {
      const page = await open(chromium, server.url, { colorScheme, viewport, reducedMotion: "reduce" });
      await check(page, "say");
      await page.fill("#review", "The kettle is quick and quiet. But the lid broke, and nobody answers.");
      await page.waitForSelector("#words");
      await check(page, "verdict");
      await page.fill("#review", "Der Deckel ist nach zwei Tagen abgebrochen und das ist sehr schade für uns.");
      await page.waitForSelector("#language");
      await check(page, "another language");
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
      await page.selectOption("#group-by", { label: "colour" });
      await page.waitForSelector("#group-numbers", { state: "attached" });
      await page.evaluate(() => document.querySelectorAll("details").forEach((d) => (d.open = true)));
      await page.click("#compare-two");
      await page.waitForSelector("#groups #difference");
      await check(page, "groups");
      await page.click("#compare-spans");
      await page.waitForSelector("#trend #difference");
      await check(page, "periods");
      await page.click("#reviews .list .row:nth-child(2):not(.empty)");
      await page.waitForSelector("#whole #words");
      await check(page, "detail");
      await page.keyboard.press("p");
      await page.keyboard.press("u"); // one of the two is a correction
      await page.waitForSelector("#undo");
      await check(page, "corrected detail");
      await page.keyboard.press("Escape");
      await check(page, "corrected results");
      await page.close();
    });
  }
}

for (const colorScheme of ["light", "dark"]) {
  test(`${colorScheme}: a paused run, one that was left, scoring on the device, a key that is asked for`, async () => {
    const path = join(folder, "left.csv");
    await writeFile(path, "stars,review\n" + Array.from({ length: 2000 }, (_, i) => `${(i % 5) + 1},Number ${i + 1}: the lid broke.`).join("\n") + "\n");
    let page = await open(chromium, server.url, { colorScheme, viewport: { width: 360, height: 740 }, reducedMotion: "reduce" });
    const context = page.context();
    page.removeAllListeners("close"); // the context outlives the tab
    const release = await gate(context);
    await page.setInputFiles("#file", path);
    await page.click("#start:not([disabled])");
    await page.waitForSelector("#pause");
    await page.waitForSelector("#reviews .list .row:not(.empty)"); // reviews are shown while scores arrive
    await page.click("#pause");
    await page.waitForSelector("#continue");
    await check(page, "paused");
    await page.close();
    release();

    page = await context.newPage();
    await page.goto(server.url);
    await page.waitForSelector("#kept li");
    await check(page, "kept");
    await page.check("#private");
    await page.waitForFunction(() => /Nothing leaves/.test(document.querySelector("#leaves").textContent));
    await check(page, "on the device");
    await page.close();

    page = await context.newPage();
    await page.goto(locked.url);
    await page.waitForSelector("#app-wasm-loader", { state: "detached" });
    await page.fill("#review", "I love it.");
    await page.waitForSelector("#locked");
    await check(page, "key");
    await context.close();
  });
}

for (const colorScheme of ["light", "dark"]) {
  test(`${colorScheme}: several files`, async () => {
    const text = (name, n) => "stars,review\n" + Array.from({ length: n }, (_, i) => `${(i % 5) + 1},${name} ${i + 1}: ${i % 2 ? "I love it" : "the lid broke"}.`).join("\n") + "\n";
    const paths = [join(folder, "one.csv"), join(folder, "two.csv"), join(folder, "empty.csv")];
    await Promise.all([writeFile(paths[0], text("Kettle", 60)), writeFile(paths[1], text("Lamp", 40)), writeFile(paths[2], "stars,review\n5,\n")]);
    const page = await open(chromium, server.url, { colorScheme, viewport: { width: 360, height: 740 }, reducedMotion: "reduce" });
    await page.setInputFiles("#file", paths);
    await page.waitForSelector("#which-file");
    await page.waitForSelector("#start:not([disabled])");
    await check(page, "one of several");
    await page.click("#start");
    await page.waitForFunction(() => document.querySelector("#queue h2")?.textContent === "2 of 3 files scored");
    await page.waitForSelector("#open-1"); // the last cannot be scored: the first is shown
    await page.click("#compare-files summary");
    await page.click("#set-beside");
    await page.waitForSelector("#difference");
    await check(page, "several");
    await page.close();
  });
}
