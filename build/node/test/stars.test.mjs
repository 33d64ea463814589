// Predicted stars and emoji: a model that has them gives the same results on the server and on the
// device, and the page shows them. The model is that of api/infer's tests, and so are the stars
// (testdata/stars/scores.json).
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { stage } from "../fixture.mjs";
import { open, results } from "../helpers.mjs";

const model = join(dirname(fileURLToPath(import.meta.url)), "../../../api/infer/testdata/stars");
const { chromium, server, folder } = await stage(() => ["-model", model]);
const known = JSON.parse(await readFile(join(model, "scores.json")));

test("a typed review has its stars, emoji alone too, by the server and on the device", async () => {
  const page = await open(chromium, server.url);
  page.setDefaultTimeout(60_000);
  // a server publishes its built-in model to browsers, and no other
  await page.context().route("**/v1/models/*/model", (route) => route.fulfill({ path: join(model, "model.onnx"), contentType: "application/octet-stream" }));
  const want = ({ stars, mixed }) => `Predicted stars: ${stars.toFixed(1)} of 5` +
    (mixed ? ", mixed: some parts praise, others complain" : stars >= 2.5 && stars <= 3.5 ? ", neutral" : "") + ".";
  const check = async (where) => {
    for (const one of known) { // no two consecutive ones are equal
      await page.fill("#review", one.text);
      const there = (text) => document.querySelector(".said:not(.old) .stars")?.textContent === text;
      await page.waitForFunction(there, want(one), { timeout: 60_000 }).catch(async () => {
        assert.fail(`${where}: ${one.text}: ${await page.textContent(".said")}, want ${want(one)}`);
      });
    }
  };
  assert.ok(known.some(({ text }) => text === "👍🏽"));
  await check("server");
  await page.check("#private");
  await page.waitForFunction(() => /Nothing leaves/.test(document.querySelector("#leaves").textContent));
  const sent = [];
  page.context().on("request", (request) => request.method() === "POST" && sent.push(request.url()));
  await check("device");
  assert.deepEqual(sent, []);
  await page.context().close();
});

test("a file says how many stars its texts sound like, beside those that were given", async () => {
  const path = join(folder, "starred.csv");
  const read = known.filter(({ text }) => text !== "👍🏽" && text.length < 100);
  await writeFile(path, "review,stars\n" + read.map(({ text }) => `"${text}",5\n`).join(""));
  const page = await open(chromium, server.url);
  page.setDefaultTimeout(60_000);
  await page.setInputFiles("#file", path);
  await page.click("#start:not([disabled])");
  await page.waitForSelector("#watch.done");
  await results(page);
  const mean = read.reduce((sum, { stars }) => sum + Number(stars.toFixed(2)), 0) / read.length;
  const said = await page.textContent("#predicted");
  assert.ok(said.startsWith(`The texts sound like ${mean.toFixed(2)} of 5 stars on average, ${(5 - mean).toFixed(2)} fewer than came with them; `), said);
  await page.context().close();
});
