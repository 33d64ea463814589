// How soon a verdict is shown under the box once typing has paused.
import assert from "node:assert/strict";
import { test } from "node:test";
import { stage } from "../fixture.mjs";
import { bad, good, logMillis, open } from "../helpers.mjs";

const { chromium, server } = await stage();

const pauseMillis = 250; // Debounce of app/widget/search.go, which is excluded

// Reviews of 1 to 4 sentences, all different, in the order of a person who changes their mind.
const texts = Array.from({ length: 40 }, (_, i) => `Number ${i + 1}. ` +
  Array.from({ length: 1 + (i % 4) }, (_, n) => (i % 2 ? bad : good)[(i + n) % 3]).join(" "));

test("each verdict stands after the pause, half of them within 100 ms", async () => {
  const page = await open(chromium, server.url);
  const waits = await page.evaluate(async ([texts, pauseMillis]) => {
    const box = document.getElementById("review");
    const waits = [];
    for (const [i, text] of texts.entries()) {
      const word = i % 2 ? "Negative" : "Positive";
      waits.push(await new Promise((done) => {
        const watch = new MutationObserver(() => {
          if (document.querySelector(".said:not(.old) strong")?.textContent !== word) return;
          watch.disconnect();
          requestAnimationFrame(() => done(performance.now() - typed - pauseMillis)); // as it is drawn
        });
        watch.observe(document.getElementById("main"), { childList: true, subtree: true, attributes: true, characterData: true });
        box.value = text;
        const typed = performance.now();
        box.dispatchEvent(new InputEvent("input", { bubbles: true }));
      }));
      await new Promise((done) => setTimeout(done, 300)); // its explanation is requested meanwhile
    }
    return waits;
  }, [texts, pauseMillis]);
  waits.sort((a, b) => a - b);
  const at = (share) => Math.round(waits[Math.floor(share * waits.length)]);
  logMillis(`a verdict stands after the pause (p50 of ${waits.length} texts; p90 ${at(0.9)} ms)`, waits[waits.length >> 1], 100);
  assert.ok(waits.length === texts.length && waits[0] > 0, `${waits.map(Math.round)} ms`);
  await page.close();
});
