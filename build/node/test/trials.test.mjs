// The screen for operators, /trials.html: no trial, a required key, a successful trial and a lost
// one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { stage } from "../fixture.mjs";
import { axe } from "../helpers.mjs";

const { chromium, server } = await stage();

const model = (share, brier) => ({ accuracy: { share, low: share - 0.01, high: share + 0.01 }, unsure: 40, brier, calibrationError: 0.021 });
const trial = {
  id: "0a1b2c3d4e5f", current: "f7f253a97a5f", challenger: "15c5153761b8", state: "running", share: 0.1, shadow: 0.05,
  since: "2026-03-01T08:00:00Z", until: "2026-03-08T08:00:00Z", auto: false, asOf: "2026-03-03T09:30:00Z",
  verdict: "not worse", ready: true, says: "The challenger is ready: its accuracy differs by -0.1 to +1.3 points (4210 texts with stars).",
  figures: {
    pairs: 12873, changed: { share: 0.029, low: 0.026, high: 0.032 }, toSide: [141, 202], shift: 0.0041, deviation: 0.06,
    judged: 4210, a: model(0.944, 0.0402), b: model(0.95, 0.0381),
    difference: { share: 0.006, low: 0.001, high: 0.011 }, brier: { share: -0.002, low: -0.004, high: 0 },
    corrected: { texts: 12, a: 2, b: 9, difference: { share: 0.58, low: 0.2, high: 0.9 } },
  },
  sequence: { share: 0.006, low: -0.001, high: 0.013 }, dropped: 310, failed: 0, timed: 801, millis: [9.8, 10.4],
  requests: [48210, 5311], errors: [0, 0], split: { seen: [812, 93], expected: 0.1, off: false },
  corrected: [11, 1],
};

// visit opens the screen on a server that returns the results of answer.
async function visit(answer, options) {
  const context = await chromium.newContext(options);
  const page = await context.newPage();
  page.on("pageerror", (error) => { throw error; });
  if (answer) {
    await context.route("**/v1/trials", (route) => {
      const { status = 200, body } = answer(route.request());
      return route.fulfill({ status, contentType: status === 200 ? "application/json" : "application/problem+json", body: JSON.stringify(body) });
    });
  }
  await page.goto(server.url + "/trials.html");
  await page.waitForFunction(() => !document.querySelector("#trial .hint"));
  return page;
}

test("a server without a trial says how one begins", async () => {
  const page = await visit(); // the real answer
  assert.match(await page.innerText("#trial"), /No trial runs\. “reviewlens models try STORE ID” begins one/);
  assert.equal(await page.isVisible("#ask"), false);
  assert.deepEqual(await axe(page, "trials"), []);
  await page.context().close();
});

test("the figures of a trial are those of the answer, on a phone as well", async () => {
  for (const viewport of [{ width: 1280, height: 900 }, { width: 320, height: 640 }]) {
    const page = await visit(() => ({ body: { trials: [trial] } }), { viewport });
    assert.equal(await page.innerText("#says"), trial.says);
    const cells = await page.evaluate(() => Object.fromEntries([...document.querySelectorAll("tbody tr")]
      .map((r) => [r.children[0].textContent, [...r.children].slice(1).map((c) => c.textContent)])));
    assert.deepEqual(cells["Agrees with the stars"], ["94.4%", "95.0%"]);
    assert.deepEqual(cells["Calibration error"], ["2.1%", "2.1%"]); // as in the comparison of a file's scores
    assert.deepEqual(cells["Who gets it"], ["90%", "10% of owners or runs"]);
    assert.deepEqual(cells["Agrees with people, of 12 reviews that they corrected"], ["2", "9"]);
    assert.deepEqual(cells["whose scores these were"], ["11", "1"]);
    assert.deepEqual(cells["Requests"], ["48,210", "5,311"]);
    assert.deepEqual(cells["Read unseen, 5% of the texts"], ["12,873, 4,210 of them with stars"]);
    assert.deepEqual(cells["get another name"], ["2.9% (2.6% to 3.2%): 141 to negative, 202 to positive"]);
    // The chart: the interval contains the middle, and its end beyond it is the better one.
    const [x1, x2, at] = await page.evaluate(() => [".interval:x1", ".interval:x2", "circle:cx"]
      .map((w) => w.split(":")).map(([s, a]) => parseFloat(document.querySelector(`svg ${s}`).getAttribute(a))));
    assert.ok(x1 < 50 && 50 < at && at < x2 && x2 <= 100, `${x1}, ${at}, ${x2}`);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, `${viewport.width}`);
    assert.deepEqual(await axe(page, "trials"), []);
    await page.context().close();
  }
});

test("what a server says is text, whatever it is, and a trial without stars has no interval", async () => {
  const odd = structuredClone(trial);
  Object.assign(odd, { says: "<img src=x onerror=alert(1)> was stopped.", verdict: "worse", ready: false, timed: 0, share: 0 });
  Object.assign(odd.figures, { judged: 0, pairs: 0 });
  Object.assign(odd.split, { off: true });
  const page = await visit(() => ({ body: { trials: [odd] } }));
  assert.equal(await page.innerText("#says"), odd.says);
  assert.equal(await page.locator("#trial img, #trial svg").count(), 0);
  assert.match(await page.innerText(".stop"), /The split is off: 93 of 905 parts/);
  assert.deepEqual(await axe(page, "trials"), []);
  await page.context().close();
});

test("a key is asked for once, kept in the tab, and sent", async () => {
  const shown = [];
  const page = await visit((request) => {
    shown.push(request.headers().authorization);
    if (shown.at(-1) !== "Bearer right") return { status: 401, body: { type: "/problems/unauthorized", status: 401, detail: "This server wants an API key." } };
    return { body: { trials: [trial] } };
  });
  assert.match(await page.innerText("#trial"), /wants an API key/);
  await page.fill("#key", "wrong");
  await page.click("#ask button");
  await page.waitForFunction(() => sessionStorage.getItem("key") === null);
  assert.deepEqual(await axe(page, "trials"), []);
  await page.fill("#key", "right");
  await page.click("#ask button");
  await page.waitForSelector("#says");
  assert.equal(await page.isVisible("#ask"), false);
  await page.reload();
  await page.waitForSelector("#says");
  assert.deepEqual(shown, [undefined, "Bearer wrong", "Bearer right", "Bearer right"]);
  assert.equal(await page.evaluate(() => localStorage.length), 0);
  await page.context().close();
});
