// What is new: a problem that begins in a month, of one product.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { root } from "../browser.mjs";
import { stage } from "../fixture.mjs";
import { axe, open, results } from "../helpers.mjs";

const { chromium, server, folder } = await stage();

test("a planted problem is the first thing that is read, and leads to its reviews", async () => {
  const path = join(folder, "kettles.csv");
  const { stdout } = await promisify(execFile)("go", ["run", "./build/planted/write"], { cwd: root, maxBuffer: 1 << 24 });
  await writeFile(path, stdout);
  const page = await open(chromium, server.url);
  await page.setInputFiles("#file", path);
  await page.click("#start:not([disabled])");
  await results(page);
  await page.waitForSelector("#changes");
  const first = await page.$eval("main .card", (card) => card.textContent);
  assert.match(first, /Since Jun 2025, Kettle B: \d\d% of \d+ reviews are negative \(\d\d% before\)/);
  assert.match(first, /overheats 0 → \d+/);
  assert.equal((await page.locator("#changes .driver").count()), 1);
  await page.click("#changes summary");
  assert.ok(await page.locator("#changes .quote").count() >= 2);
  assert.deepEqual(await axe(page, "changes"), []);
  await page.click("#changes .pick");
  await page.waitForFunction(() => /^\d+ reviews, 0% positive/.test(document.querySelector("#selected").textContent));
  const chips = await page.$$eval("#chips .removable", (all) => all.map((chip) => chip.textContent.trim()));
  assert.match(chips.join(" "), /Kettle B.*Negative.*since Jun 2025/);
  await page.close();
});
