// A file as a job on the server: sent with its texts, watched, reopened, downloaded, deleted.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { program } from "../browser.mjs";
import { stage } from "../fixture.mjs";
import { axe, bad, good, open, saved } from "../helpers.mjs";

const { chromium, server, folder } = await stage((folder) => ["-jobs", join(folder, "jobs")]);

const path = join(folder, "orders.csv");
await writeFile(path, "opinion,stars\n" + Array.from({ length: 400 }, (_, i) => `"${(i % 4 ? good : bad)[i % 3]} Order ${i}.",${i % 4 ? 5 : 1}`).join("\n") + "\n");

const left = async (page) => {
  await page.setInputFiles("#file", path);
  await page.waitForSelector("#start:not([disabled])");
  await page.click("#leave-it summary");
  assert.match(await page.textContent("#leave-it p"), /The whole file is sent to the server, its texts included, and is deleted there 7 days later/);
  await page.click("#leave");
};

test("it is scored while the page is closed", async () => {
  const context = await chromium.newContext();
  const page = await context.newPage();
  await page.goto(server.url);
  await page.waitForSelector("#app-wasm-loader", { state: "detached" });
  await left(page);
  await page.waitForFunction(() => localStorage.getItem("jobs")); // it has arrived
  await page.close();
  const later = await context.newPage();
  await later.goto(server.url);
  await later.waitForFunction(() => /orders\.csv · 400 reviews, \d+% positive/.test(document.querySelector("#jobs li")?.textContent ?? ""));
  await context.close();
});

test("its numbers, its report and its file; deleted, it is gone from both", async () => {
  const page = await open(chromium, server.url);
  await left(page);
  await page.waitForSelector("#watch.done");
  assert.equal(await page.textContent("h1"), "orders.csv");
  assert.match(await page.textContent("#watch"), /^400 rows · model [0-9a-f]{12} · on the server until /);
  const positive = await page.textContent("#split tr:first-child .number");
  assert.deepEqual(await axe(page, "a job"), []);
  // Its report does not say which probabilities are unsure, so no bar has the colour of a sentiment.
  const bars = await page.evaluate(() => {
    const token = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();
    const fills = [...document.querySelectorAll("#histogram-chart svg path")].map((path) => path.getAttribute("fill"));
    return { quiet: fills.filter((fill) => fill === token("--quiet")).length, positive: fills.filter((fill) => fill === token("--positive")).length };
  });
  assert.ok(bars.quiet > 1 && bars.positive === 0, JSON.stringify(bars));

  await page.reload();
  await page.waitForSelector("#watch.done");
  assert.equal(await page.textContent("#split tr:first-child .number"), positive);

  const { name, data } = await saved(page, folder);
  assert.equal(name, "orders-scored.csv");
  execFileSync(program, ["score", path, "-o", join(folder, "here.csv"), "-title", "-"], { stdio: "ignore" });
  assert.equal(data.toString(), readFileSync(join(folder, "here.csv"), "utf8"));

  await page.click(".name");
  await page.waitForSelector("#jobs li");
  assert.match(await page.textContent("#jobs li"), /orders\.csv · 400 reviews, \d+% positive \(\d+% to \d+%\)/);
  await page.click("#jobs a");
  await page.click("#delete-job");
  await page.waitForSelector("#no-job");
  assert.equal(await page.evaluate(() => localStorage.getItem("jobs")), "[]");
  await page.close();
});

test("a download and a deletion that fail leave its numbers, and can be tried again", async () => {
  const page = await open(chromium, server.url);
  page.removeAllListeners("console"); // the browser reports the status
  await left(page);
  await page.waitForSelector("#watch.done");
  await page.route("**/v1/jobs/*/result", (route) => route.fulfill({ status: 503, contentType: "application/problem+json", body: JSON.stringify({ detail: "It is busy." }) }));
  await page.click("#download:not([disabled])");
  await page.waitForSelector("#job-again");
  assert.match(await page.textContent("#job-again"), /The file with its scores could not be fetched: It is busy\..*Try it again\./s);
  assert.equal(await page.textContent("h1"), "orders.csv");
  assert.ok(await page.locator("#split tr").count() > 1);
  await page.unroute("**/v1/jobs/*/result");
  assert.equal((await saved(page, folder)).name, "orders-scored.csv");
  assert.equal(await page.locator("#job-again").count(), 0);

  await page.route("**/v1/jobs/*", (route) => (route.request().method() === "DELETE" ? route.abort() : route.fallback()));
  await page.click("#delete-job");
  await page.waitForSelector("#job-again");
  assert.match(await page.textContent("#job-again"), /It could not be deleted: The server gave no answer\./);
  assert.ok(await page.locator("#split tr").count() > 1);
  await page.unroute("**/v1/jobs/*");
  await page.click("#delete-job");
  await page.waitForSelector("#no-job");
  await page.close();
});

test("one that is refused says why", async () => {
  const page = await open(chromium, server.url);
  page.removeAllListeners("console"); // the browser reports the status
  await page.route("**/v1/jobs?*", (route) => route.fulfill({ status: 507, contentType: "application/problem+json", body: JSON.stringify({ detail: "There is no room." }) }));
  await left(page);
  assert.match(await (await page.waitForSelector("#job-trouble")).textContent(), /There is no room\./);
  await page.click("#delete-job");
  await page.waitForSelector("#no-job");
  await page.close();
});

const json = (body) => ({ contentType: "application/json", body: JSON.stringify(body) });
const awaited = { id: "abc", state: "waiting", rows: 0, done: 0, upload: { url: server.url + "/elsewhere", headers: { "X-Wanted": "yes" } } };

// elsewhere makes the server report that files go elsewhere.
const elsewhere = (context) => context.route("**/v1/config", async (route) => {
  const config = await (await route.fetch()).json();
  await route.fulfill(json({ ...config, jobs: { ...config.jobs, upload: true } }));
});

test("where files go elsewhere, this one goes there, without who sends it", async () => {
  const page = await open(chromium, server.url);
  await page.addInitScript(() => sessionStorage.setItem("key", "secret"));
  const sent = [];
  let job = awaited;
  await elsewhere(page.context());
  await page.route("**/v1/jobs?*", (route) => {
    sent.push([route.request().url(), route.request().headers()["idempotency-key"]?.length]);
    route.fulfill({ ...json(job), status: 202 });
  });
  await page.route("**/v1/jobs/abc", (route) => route.fulfill(json(job)));
  await page.route("**/elsewhere", (route) => {
    const { authorization, "x-wanted": wanted } = route.request().headers();
    sent.push([route.request().method(), authorization, wanted]);
    job = { ...job, state: "running", rows: 400, done: 100, upload: undefined };
    route.fulfill({ status: 200 });
  });
  await page.reload();
  await page.waitForSelector("#app-wasm-loader", { state: "detached" });
  await left(page);
  await page.waitForFunction(() => document.querySelector("#job-text")?.textContent.startsWith("100 of 400 rows scored."));
  const asked = "column=1&date=-&product=-&stars=2&title=-";
  assert.deepEqual(sent[0], [`${server.url}/v1/jobs?${asked}&bytes=${readFileSync(path).length}`, 24]);
  assert.deepEqual(sent[1], ["PUT", undefined, "yes"]);
  await page.close();
});

test("one that cannot be asked for now is there all the same", async () => {
  const page = await open(chromium, server.url);
  page.removeAllListeners("console"); // the browser reports what it lost
  let answer = (route) => route.abort();
  await page.route("**/v1/jobs/abc", (route) => answer(route));
  await page.evaluate(() => localStorage.setItem("jobs", JSON.stringify([{ key: "k", id: "abc", name: "orders.csv" }])));
  for (const answers of [(route) => route.abort(), (route) => route.fulfill({ status: 503, body: "" })]) {
    answer = answers;
    await page.goto(server.url);
    await page.waitForSelector("#app-wasm-loader", { state: "detached" });
    await page.waitForFunction(() => document.querySelector("#jobs li p")?.textContent === "orders.csv · being asked for");
    await page.click("#jobs a");
    await page.waitForFunction(() => document.querySelector("#job-text")?.textContent === "Being asked for.");
    await page.reload();
    await page.waitForFunction(() => document.querySelector("#job-text")?.textContent === "Being asked for.");
  }
  answer = (route) => route.fulfill(json({ ...awaited, state: "running", rows: 400, done: 100, upload: undefined }));
  await page.waitForFunction(() => document.querySelector("#job-text")?.textContent.startsWith("100 of 400 rows scored."));
  await page.close();
});

test("one whose answer is lost is asked for again, by the same key", async () => {
  const page = await open(chromium, server.url);
  page.removeAllListeners("console"); // the browser reports what it lost
  const keys = [];
  const running = { ...awaited, state: "running", rows: 400, done: 100, upload: undefined };
  await page.route("**/v1/jobs?*", (route) => {
    keys.push(route.request().headers()["idempotency-key"]);
    return keys.length === 1 ? route.abort() : route.fulfill({ ...json(running), status: 202 });
  });
  await page.route("**/v1/jobs/abc", (route) => route.fulfill(json(running)));
  await left(page);
  await page.waitForFunction(() => document.querySelector("#job-text")?.textContent.startsWith("100 of 400 rows scored."));
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
  await page.close();
});

test("one that is deleted after the connection broke is not sent again", async () => {
  const page = await open(chromium, server.url);
  page.removeAllListeners("console");
  let calls = 0;
  await page.route("**/v1/jobs?*", (route) => {
    calls++;
    return route.abort();
  });
  await left(page);
  await page.waitForSelector("#watch");
  while (!calls) await page.waitForTimeout(50);
  await page.click("#delete-job");
  await page.waitForSelector("#no-job");
  await page.waitForTimeout(2500);
  assert.equal(calls, 1);
  await page.close();
});

test("one that was not sent whole says so in another tab, which goes on to ask", async () => {
  const page = await open(chromium, server.url);
  const context = page.context();
  let job = awaited;
  await elsewhere(context);
  await context.route("**/v1/jobs?*", (route) => route.fulfill({ ...json(job), status: 202 }));
  await context.route("**/v1/jobs/abc", (route) => (route.request().method() === "DELETE" ? route.fulfill({ status: 204 }) : route.fulfill(json(job))));
  await context.route("**/elsewhere", () => {}); // it does not arrive
  await page.reload();
  await page.waitForSelector("#app-wasm-loader", { state: "detached" });
  await left(page);
  await page.waitForFunction(() => localStorage.getItem("jobs"));
  assert.match(await page.textContent("#job-text"), /^Sending, .* Keep this page open/);

  const other = await context.newPage();
  await other.goto(page.url());
  await other.waitForSelector("#job-trouble");
  assert.match(await other.textContent("#job-trouble"), /not sent whole.*If another tab is sending it/s);
  assert.equal(await other.locator("#job-text").count(), 0);
  await other.click(".name");
  await other.waitForSelector("#jobs li");
  assert.match(await other.textContent("#jobs li"), /orders\.csv · not sent whole/);
  await other.click("#jobs a");
  job = { ...awaited, state: "running", rows: 400, done: 100, upload: undefined };
  await other.waitForFunction(() => document.querySelector("#job-text")?.textContent.startsWith("100 of 400 rows scored."));
  await other.click("#delete-job");
  await other.waitForSelector("#no-job");
  await page.close();
});

test("one that is deleted before it has an ID is deleted from the server, and its file is not sent", async () => {
  const page = await open(chromium, server.url);
  const asked = [];
  let post;
  const posted = new Promise((done) => (post = done));
  await elsewhere(page.context());
  await page.route("**/v1/jobs?*", async (route) => {
    await posted;
    await route.fulfill({ ...json(awaited), status: 202 });
  });
  await page.route("**/v1/jobs/abc", (route) => {
    asked.push(route.request().method());
    route.fulfill(route.request().method() === "DELETE" ? { status: 204 } : json(awaited));
  });
  await page.route("**/elsewhere", (route) => {
    asked.push("PUT");
    route.fulfill({ status: 200 });
  });
  await page.reload();
  await page.waitForSelector("#app-wasm-loader", { state: "detached" });
  await left(page);
  await page.waitForSelector("#watch");
  await page.click("#delete-job");
  await page.waitForSelector("#no-job");
  post();
  while (!asked.length) await page.waitForTimeout(100);
  await page.waitForTimeout(300);
  assert.deepEqual(asked, ["DELETE"]);
  assert.equal(await page.evaluate(() => localStorage.getItem("jobs")), "[]");
  assert.equal(await page.locator("#no-job").count(), 1);
  await page.close();
});
