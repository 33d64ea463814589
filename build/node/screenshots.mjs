// Takes pictures of every screen, wide, narrow and dark:
//
//	node screenshots.mjs                    of the example, into web/screenshots
//	node screenshots.mjs FILE.csv           of another file, into build/work/screenshots (ignored: it shows the file's text)
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { browser, root, serve } from "./browser.mjs";
import { open, results } from "./helpers.mjs";

const file = process.argv[2] ? resolve(process.argv[2]) : root + "web/example-reviews.csv";
const folder = root + (process.argv[2] ? "build/work/screenshots" : "web/screenshots");
if (!existsSync(file)) {
  console.error(`there is no file ${file}`);
  process.exit(1);
}
await mkdir(folder, { recursive: true });
const [chromium, server] = await Promise.all([browser(), serve()]);
try {
  for (const [name, options] of [
    ["wide", { viewport: { width: 1280, height: 900 } }],
    ["wide-dark", { viewport: { width: 1280, height: 900 }, colorScheme: "dark" }],
    ["narrow", { viewport: { width: 390, height: 844 } }],
    ["narrow-dark", { viewport: { width: 390, height: 844 }, colorScheme: "dark" }],
  ]) {
    const page = await open(chromium, server.url, options);
    const picture = async (screen, fullPage = false) => {
      await page.waitForTimeout(400); // animation of the charts
      await page.screenshot({ path: `${folder}/${screen}-${name}.png`, fullPage });
    };
    await page.fill("#review", "The kettle is quick and quiet, but the lid broke after a week and nobody answers my letters.");
    await page.waitForSelector(".said:not(.old)");
    await picture("home");
    let asked = 0, hurried = false;
    await page.route("**/v1/score", async (route) => { // ever slower: requests stay small, and a small file is shown half done
      if (!hurried) await page.waitForTimeout(1500 * ++asked);
      await route.continue();
    });
    await page.setInputFiles("#file", file);
    await page.waitForFunction(() => /, about/.test(document.querySelector("#start")?.textContent ?? ""), null, { timeout: 60_000 });
    await picture("preview");
    await page.click("#start");
    await page.waitForFunction(() => document.querySelector("#progress")?.value > 0);
    await picture("progress");
    hurried = true;
    await results(page);
    await picture("results");
    const columns = await page.locator("#group-by option").count();
    if (columns > 1) {
      await page.selectOption("#group-by", { index: columns - 1 });
      await page.waitForSelector("#group-numbers", { state: "attached" });
    }
    if (await page.locator("#compare-periods").count()) {
      await page.click("#compare-periods summary");
      await page.click("#compare-spans");
      await page.waitForSelector("#difference");
    }
    await picture("results-whole", true);
    await page.click("#history");
    await page.waitForSelector("#how-many");
    await picture("history");
    await page.close();
  }
} finally {
  await chromium.close();
  await server.stop();
}
