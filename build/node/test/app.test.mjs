// The page with large and unusual input, and with errors.
import assert from "node:assert/strict";
import { createWriteStream, readdirSync, readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { root, serve } from "../browser.mjs";
import { stage } from "../fixture.mjs";
import { gate, open, results, saved } from "../helpers.mjs";

const { chromium, server, folder } = await stage();

// file writes a file of the given bytes or text.
async function file(name, data) {
  const path = join(folder, name);
  await writeFile(path, data);
  return path;
}

// reviews returns n rows, each with a different text.
function reviews(n) {
  const parts = ["the lid", "the cord", "the colour", "the spout", "the handle", "the switch", "the base"];
  const words = ["works as it should", "broke on the first day", "is better than I hoped", "smells of plastic", "was the reason to send it back"];
  return "id,stars,review\n" + Array.from({ length: n }, (_, i) => `${i + 1},${(i % 5) + 1},"Number ${i + 1}: ${parts[i % 7]}, ${words[i % 5]}."`).join("\n") + "\n";
}

async function load(page, path) {
  await page.setInputFiles("#file", path);
  await page.waitForSelector("#start:not([disabled])");
}

test("a run can be cancelled and gone on with; every row stands once in the file", async () => {
  const page = await open(chromium, server.url);
  await load(page, await file("many.csv", reviews(2000)));
  await page.waitForFunction(() => /^Score 2,000 reviews, about/.test(document.querySelector("#start").textContent));
  const release = await gate(page.context());
  await page.click("#start");
  await page.waitForFunction(() => document.querySelector("#progress")?.value > 0);
  await page.$eval("#cancel", (button) => button.click()); // at once: page.click waits until the page is stable
  await page.waitForSelector("#continue");
  release();
  const partly = await saved(page, folder);
  assert.equal(partly.name, "many-partly-scored.csv");
  assert.equal(partly.data.toString().trimEnd().split("\n").length, 2001);
  await page.click("#continue");
  await results(page);
  const whole = await saved(page, folder);
  const ids = whole.data.toString().trimEnd().split("\n").slice(1).map((row) => {
    assert.match(row, /,(positive|negative|unsure),[01]\.\d{4},1$/);
    return Number(row.split(",")[0]);
  });
  assert.deepEqual(ids, Array.from({ length: 2000 }, (_, i) => i + 1));
  await page.close();
});

test("a file of 60,000 rows is read without holding the page up", async () => {
  const page = await open(chromium, server.url);
  await page.setInputFiles("#file", await file("large.csv", reviews(60_000)));
  await page.waitForSelector("#preview");
  await page.click("#otherwise summary"); // the page responds while rows are counted
  await page.waitForFunction(() => document.querySelector("#rows")?.textContent === "60,000 rows");
  await page.close();
});

// Linux reports the renderer's memory: resident pages, sampled each second.
test("a file of a gigabyte takes less than 300 MB more than the idle page", { skip: process.platform !== "linux" && "needs /proc" }, async () => {
  const file = join(folder, "gigabyte.csv");
  const out = createWriteStream(file);
  out.write("id,stars,date,product,review\n");
  for (let rows = 0, size = 0; size < 1e9;) {
    let part = "";
    for (let i = 0; i < 1000; i++, rows++) part += `${rows},${1 + rows % 5},2024-01-11,P${rows % 300},"Number ${rows} works, more or less as it should, and ${"it is quiet ".repeat(rows % 40)}so far."\n`;
    size += part.length;
    if (!out.write(part)) await new Promise((done) => out.once("drain", done));
  }
  await new Promise((done) => out.end(done));
  const resident = () => Math.max(...readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((id) => {
    try {
      if (!readFileSync(`/proc/${id}/cmdline`, "utf8").includes("--type=renderer")) return 0;
      return readFileSync(`/proc/${id}/status`, "utf8").match(/VmRSS:\s+(\d+)/)[1] / 1024;
    } catch { return 0; } // the process has ended
  }));
  const page = await open(chromium, server.url);
  await page.waitForTimeout(3000);
  const idle = resident();
  let most = idle, counted = false;
  await page.setInputFiles("#file", file);
  page.waitForFunction(() => /, about/.test(document.querySelector("#start")?.textContent ?? "")).then(() => (counted = true), () => {});
  for (const end = Date.now() + 300_000; !counted && Date.now() < end;) {
    await page.waitForTimeout(1000);
    most = Math.max(most, resident());
  }
  assert.match(await page.textContent("#understood"), /3,1\d\d,000 rows/);
  console.log(`a gigabyte: ${Math.round(most - idle)} MB above the idle page`);
  assert.ok(counted && most - idle < 300, `${most - idle} MB`);
  await page.close();
  await rm(file);
});

test("a column's role can be changed, and the file read differently", async () => {
  const page = await open(chromium, server.url);
  await page.setInputFiles("#file", await file("notes.csv", 'who;stars;first;second\nAnn;5;"Fine; really";Awful thing\nBob;1;"Bad; broken";Lovely thing\n'));
  await page.waitForSelector("#no-text"); // no column is named or looks like reviews: the page asks
  assert.ok(await page.isDisabled("#start"));
  await page.waitForFunction(() => /2 rows · semicolon · UTF-8/.test(document.querySelector("#understood").textContent));
  await page.selectOption("#role-3", "text");
  await page.waitForFunction(() => document.querySelector("#preview th.role-text .column")?.textContent === "second");
  await page.waitForSelector("#start:not([disabled])");
  await page.click("#otherwise summary");
  await page.selectOption("#header", "no");
  await page.waitForFunction(() => document.querySelector("#rows")?.textContent === "3 rows");
  assert.equal(await page.inputValue("#header"), "no");
  await page.close();
});

test("encodings, BOM and quotes come out as they came in", async () => {
  const page = await open(chromium, server.url);
  const text = "id\treview\r\n1\t\"Très bon, naïve\r\nand \"\"loved\"\" it\"\r\n2\tBroke 😀 at once\r\n";
  await load(page, await file("wide.tsv", Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")])));
  assert.match(await page.textContent("#understood"), /2 rows · tab · UTF-16/);
  await page.click("#start");
  await results(page);
  const { data } = await saved(page, folder);
  assert.deepEqual([data[0], data[1]], [0xff, 0xfe]);
  const out = data.subarray(2).toString("utf16le");
  const scores = [...out.matchAll(/\t(?:positive|negative|unsure)\t[01]\.\d{4}\t1(?=\r\n)/g)].map((m) => m[0]);
  assert.equal(scores.length, 2);
  assert.equal(scores.reduce((rest, score) => rest.replace(score, ""), out).replace("\tsentiment\tpositive\twindows", ""), text);
  await page.close();
});

test("text is shown as text", async () => {
  const page = await open(chromium, server.url);
  await page.evaluate(() => (window.hurt = () => (window.harmed = true)));
  await load(page, await file("<b>sly.csv", 'review\n"<img src=x onerror=hurt()> I love <script>hurt()</script> it"\n"<b>bad</b>, broken"\n'));
  await page.click("#start");
  await results(page);
  assert.equal(await page.evaluate(() => window.harmed), undefined);
  assert.match(await page.textContent("#reviews"), /<img src=x onerror=hurt\(\)> I love <script>/);
  await page.close();
});

test("a pasted table opens as a file", async () => {
  const page = await open(chromium, server.url);
  await page.evaluate(() => {
    const data = new DataTransfer();
    data.setData("text/plain", "stars\treview\n5\tLovely kettle\n1\tIt leaks");
    document.querySelector("#review").dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  });
  await page.waitForSelector("#start:not([disabled])");
  assert.match(await page.textContent("#understood"), /2 rows · tab/);
  await page.close();
});

for (const [name, data, said] of [
  ["empty.csv", "", /empty/],
  ["header.csv", "id,review\n", /no rows/],
  ["bytes.csv", Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * 37) % 23)), /not a text file/],
  ["packed.gz", Buffer.from([0x1f, 0x8b, 8, 0]), /packed/],
]) {
  test(`${name} is refused in a sentence`, async () => {
    const page = await open(chromium, server.url);
    await page.setInputFiles("#file", await file(name, data));
    const trouble = await page.waitForSelector("[role=alert]");
    assert.match(await trouble.textContent(), said);
    await page.close();
  });
}

test("a server that is gone for a while is waited for, and what is scored is kept", async () => {
  const page = await open(chromium, server.url);
  await load(page, await file("later.csv", reviews(1500)));
  let broken = 0;
  await page.context().route("**/v1/score", (route) => (broken++ < 4 ? route.fulfill({ status: 503, headers: { "Retry-After": "0" }, body: "" }) : route.continue()));
  page.removeAllListeners("console"); // the browser reports each 503
  await page.click("#start");
  const { split } = await results(page);
  assert.ok(broken >= 4);
  assert.equal(split.Positive + split.Unsure + split.Negative, 1500);
  await page.close();
});

test("the page opens without a network, and says what it cannot do", async () => {
  const own = await serve();
  const context = await chromium.newContext();
  const page = await context.newPage();
  await page.goto(own.url);
  await page.waitForSelector("#app-wasm-loader", { state: "detached" });
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  await own.stop();
  await page.reload();
  await page.waitForSelector("#app-wasm-loader", { state: "detached" });
  await page.setInputFiles("#file", await file("offline.csv", reviews(30)));
  await page.waitForFunction(() => document.querySelector("#rows")?.textContent === "30 rows");
  assert.equal(await page.locator("#preview tbody tr").count(), 20);
  await context.close();
});

test("nothing is wider than a phone, on any screen", async () => {
  const page = await open(chromium, server.url, { viewport: { width: 360, height: 740 } });
  const fits = async (where) => {
    const [inner, scroll] = await page.evaluate(() => [innerWidth, document.documentElement.scrollWidth]);
    assert.ok(scroll <= inner, `${where} is ${scroll} px wide on a screen of ${inner}`);
  };
  await fits("the box");
  await page.click("#example");
  await page.waitForSelector("#start:not([disabled])");
  await fits("the preview");
  await page.click("#start");
  await results(page);
  await fits("the results");
  await page.close();
});

test("where the browser has no room for another entry, the page works all the same", async () => {
  const page = await open(chromium, server.url);
  await page.evaluate(() => { Storage.prototype.setItem = () => { throw new DOMException("It is full.", "QuotaExceededError"); }; });
  await page.check("#private");
  await page.uncheck("#private:not([disabled])");
  await page.setInputFiles("#file", root + "web/example-reviews.csv");
  await page.click("#start:not([disabled])");
  await results(page);
  await page.click("#new");
  await page.waitForSelector("#reopen");
  await page.close();
});
