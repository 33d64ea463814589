// The page's thread during work on a large file.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { stage } from "../fixture.mjs";
import { bad, good, open, results, slowness, tasks } from "../helpers.mjs";

const { chromium, server, folder } = await stage();

// Memory and caches shared with other programs make any task longer, so the best of three tries
// counts: work that does not belong on the page's thread is long in each. Milliseconds are those of
// the machine on which the bounds were set: they are scaled on a slower one. make bench-page checks
// the bounds unscaled.
test("100,000 rows from drop to charts: 99% of tasks are under 50 ms, none is over 100", async () => {
  const path = join(folder, "many.csv");
  // Few distinct texts, so that scoring them takes seconds.
  const row = (i) => `${i + 1},${(i % 5) + 1},2024-${String(1 + (i % 12)).padStart(2, "0")}-11,P${i % 40},"Number ${i % 600}: ${[...good, ...bad][i % 6]}"`;
  await writeFile(path, "id,stars,date,product,review\n" + Array.from({ length: 100_000 }, (_, i) => row(i)).join("\n") + "\n");
  const tries = [];
  do {
    const page = await open(chromium, server.url);
    const took = await tasks(chromium, async () => {
      await page.setInputFiles("#file", path);
      await page.click("#start:not([disabled])");
      await results(page);
      await page.waitForFunction(() => ["stars", "trend", "histogram"].every((name) => document.querySelector(`.chart-${name} svg path`)));
    });
    const slower = await slowness(chromium, page);
    const within = took.filter((ms) => ms < 50 * slower).length / took.length;
    console.log(`100,000 rows, drop to charts: ${took.length} tasks of the page's thread, ${(100 * within).toFixed(2)}% under ${Math.round(50 * slower)} ms, the longest ${Math.round(took.at(-1))} ms of a processor`);
    tries.push({ within, longest: took.at(-1) / slower });
    await page.close();
  } while (tries.length < 3 && !tries.some(({ within, longest }) => within >= 0.99 && longest <= 100));
  assert.ok(tries.some(({ within, longest }) => within >= 0.99 && longest <= 100), JSON.stringify(tries));
});
