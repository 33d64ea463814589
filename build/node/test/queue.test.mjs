// Several files: previewed, scored one after the other, each with its result; two of them compared.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { stage } from "../fixture.mjs";
import { bad, gate, good, open, results } from "../helpers.mjs";

const { chromium, server, folder } = await stage();

// shop writes n reviews, of which one in every is bad.
async function shop(name, header, row, n, every) {
  const path = join(folder, name);
  await writeFile(path, header + "\n" + Array.from({ length: n }, (_, i) => row(i, `${(i % every ? good : bad)[i % 3]} Order ${i}.`)).join("\n") + "\n");
  return path;
}

const files = async () => [
  await shop("january.csv", "note,opinion,stars", (i, t) => `Ordered on the web and delivered to the door of the house number ${i},"${t}",5`, 120, 4),
  await shop("february.csv", "stars,opinion,note", (i, t) => `5,"${t}",Ordered on the web and delivered to the door of the house number ${i}`, 160, 2),
];

const items = (page) => page.locator("#queue li").evaluateAll((all) => all.map((li) => [...li.querySelectorAll(".queued-name, .small")].map((s) => s.textContent)));
const ended = (page, text) => page.waitForFunction((text) => document.querySelector("#queue h2")?.textContent === text && !document.querySelector("#queue progress"), text);

test("the others are read like the first; one that cannot be keeps none from its turn", async () => {
  const [january, february] = await files();
  const other = await shop("other.csv", "words", (i, t) => `"${t}"`, 10, 2);
  const binary = join(folder, "picture.csv");
  await writeFile(binary, Buffer.from(Array.from({ length: 4000 }, (_, i) => (i * 7919) % 256)));
  const page = await open(chromium, server.url);
  await page.setInputFiles("#file", [january, binary, other, february]);
  await page.waitForSelector("#which-file");
  assert.equal(await page.textContent("#which-file"), "File 1 of 4, with picture.csv, other.csv, february.csv");
  await page.selectOption("#role-1", "text"); // whatever was detected
  await page.waitForFunction(() => document.querySelector("#start").textContent === "Score 4 files" && !document.querySelector("#start").disabled);
  await page.click("#start");
  await ended(page, "2 of 4 files scored");
  await results(page);
  const all = await items(page);
  assert.match(all[0][1], /^120 reviews, \d+% positive \(\d+% to \d+%\)$/);
  assert.match(all[1].join(), /picture\.csv,.+/);
  assert.match(all[2][1], /^It has no column “opinion”, where january\.csv has its reviews/);
  assert.match(all[3][1], /^160 reviews/);
  assert.equal(await page.textContent("h1"), "february.csv");

  // Each has its own results.
  await page.click("#open-0");
  await page.waitForFunction(() => document.querySelector("h1").textContent === "january.csv");
  assert.equal(Object.values((await results(page)).split).reduce((a, b) => a + b), 120);
  const share = await page.textContent("#share");
  assert.match((await items(page))[0][1], new RegExp(`, ${share} positive`));

  await page.click("#compare-files summary");
  await page.click("#set-beside");
  await page.waitForSelector("#difference");
  assert.match(await page.textContent("#difference"), /^Less positive, by [\d.]+ points \(95% interval −\d+ to −\d+ points\): \d+% positive in february\.csv, \d+% in january\.csv\.$/);
  assert.deepEqual(await page.locator("#both tbody tr").evaluateAll((rows) => rows.map((r) => r.children[1].textContent)), ["120", "160"]);

  // A failed file is read differently and scored, though no other waits; an unreadable one leads
  // back to the scored file.
  await page.click("#open-2");
  await page.selectOption("#role-0", "text");
  await page.waitForFunction(() => document.querySelector("#start")?.textContent === "Score 1 file" && !document.querySelector("#start").disabled);
  await page.click("#start");
  await ended(page, "3 of 4 files scored");
  await results(page);
  assert.equal(await page.textContent("h1"), "other.csv");
  assert.match((await items(page))[2][1], /^10 reviews/);
  await page.click("#open-1");
  await page.click("#leave-out");
  await page.waitForFunction(() => document.querySelector("h1").textContent === "january.csv");
  assert.equal(Object.values((await results(page)).split).reduce((a, b) => a + b), 120);
  assert.equal((await items(page))[1][1], "left out");

  await page.click("#new"); // runs kept for reopening are no runs to go on with
  await page.waitForSelector("#reopen");
  assert.equal(await page.locator("#kept li").count(), 0);
  await page.click("#reopen"); // but come back with the last one
  await results(page);
  await page.click(".name");
  await page.waitForFunction(() => document.querySelectorAll("#kept li").length === 2);
  await page.close();
});

test("a run that is gone on with is none of the files that were open", async () => {
  const [january, february] = await files();
  const other = await shop("other.csv", "opinion", (i, t) => `"${t}"`, 1000, 2);
  const page = await open(chromium, server.url);
  const release = await gate(page.context());
  await page.setInputFiles("#file", other);
  await page.waitForSelector("#start:not([disabled])");
  await page.click("#start");
  await page.waitForFunction(() => sessionStorage.getItem("run"));
  await page.click("#new");
  await page.waitForSelector("#kept .resume");
  release();
  await page.setInputFiles("#file", [january, february]);
  await page.selectOption("#role-1", "text");
  await page.waitForFunction(() => document.querySelector("#start").textContent === "Score 2 files" && !document.querySelector("#start").disabled);
  await page.click("#start");
  await ended(page, "2 of 2 files scored");
  await page.click(".name");
  await page.click("#kept .resume");
  await page.waitForFunction(() => document.querySelector("h1")?.textContent === "other.csv");
  assert.equal(Object.values((await results(page)).split).reduce((a, b) => a + b), 1000);
  assert.equal(await page.locator("#queue").count(), 0);

  // An open run is not removed, either.
  await page.click(".name");
  await page.waitForSelector("#open-file");
  await page.waitForFunction(() => document.querySelectorAll("#kept li").length === 0);
  await page.click("#open-file");
  await results(page);
  await page.close();
});

test("what was open before several files are dropped is not kept with its copy", async () => {
  const [january, february] = await files();
  const page = await open(chromium, server.url);
  await page.setInputFiles("#file", february);
  await page.waitForSelector("#start:not([disabled])");
  await page.click("#start");
  await results(page);
  const kept = () => page.evaluate(async () => {
    const runs = await (await navigator.storage.getDirectory()).getDirectoryHandle("runs");
    const names = [];
    for await (const name of runs.keys()) if (/\.(run|file)$/.test(name)) names.push(name); // its numbers are kept
    return names;
  });
  assert.equal((await kept()).length, 2);
  const dropped = await page.evaluateHandle((all) => {
    const data = new DataTransfer();
    for (const [name, text] of all) data.items.add(new File([text], name, { type: "text/csv" }));
    return data;
  }, await Promise.all([january, february].map(async (path) => [path.split("/").at(-1), await readFile(path, "utf8")])));
  await page.dispatchEvent("body", "drop", { dataTransfer: dropped });
  await page.waitForSelector("#which-file");
  await page.waitForSelector("#start:not([disabled])");
  assert.deepEqual(await kept(), []);
  await page.close();
});

test("a reload goes on with the file at hand, and asks for those that waited", async () => {
  const [january, february] = await files();
  const page = await open(chromium, server.url);
  const release = await gate(page.context());
  await page.setInputFiles("#file", [january, february]);
  await page.selectOption("#role-1", "text");
  await page.waitForFunction(() => document.querySelector("#start").textContent === "Score 2 files" && !document.querySelector("#start").disabled);
  await page.click("#start");
  await page.waitForFunction(() => sessionStorage.getItem("run") && sessionStorage.getItem("left") === "february.csv");
  release();
  await page.reload();
  await page.waitForSelector("#left");
  assert.match(await page.textContent("#left"), /while february\.csv waited to be scored\..*choose it again\./);
  await results(page);
  assert.equal(await page.textContent("h1"), "january.csv");
  await page.click("#new");
  await page.waitForSelector("#left"); // until it is chosen, or dismissed
  await page.setInputFiles("#file", february);
  await page.waitForSelector("#start:not([disabled])");
  await page.click("#new");
  assert.equal(await page.locator("#left").count(), 0);
  await page.close();
});

test("a file that is cancelled and gone on with is scored like the others", async () => {
  const [january, february] = await files();
  const page = await open(chromium, server.url);
  const release = await gate(page.context(), 0);
  await page.setInputFiles("#file", [january, february]);
  await page.selectOption("#role-1", "text");
  await page.waitForFunction(() => document.querySelector("#start").textContent === "Score 2 files" && !document.querySelector("#start").disabled);
  await page.click("#start");
  await page.waitForSelector("#cancel");
  await page.$eval("#cancel", (button) => button.click()); // at once: page.click waits until the page is stable
  await page.waitForFunction(() => document.querySelector("#queue li .small")?.textContent === "cancelled");
  await page.click("#continue");
  await page.waitForSelector("#queue li progress");
  release();
  await ended(page, "1 of 2 files scored");
  await results(page);
  assert.match((await items(page))[0].join(), /^january\.csv,120 reviews, \d+% positive .*,shown below$/);
  await page.click("#go-on-queue");
  await ended(page, "2 of 2 files scored");
  assert.equal(await page.textContent("h1"), "february.csv");
  await page.close();
});

test("each is looked at by itself, and two runs of the history are compared", async () => {
  const [january, february] = await files();
  const page = await open(chromium, server.url);
  await page.setInputFiles("#file", [january, february]);
  await page.waitForSelector("#which-file");
  await page.uncheck("#same");
  await page.selectOption("#role-1", "text");
  await page.waitForFunction(() => document.querySelector("#start").textContent === "Next file" && !document.querySelector("#start").disabled);
  await page.click("#start");
  await page.waitForFunction(() => document.querySelector("#which-file")?.textContent.startsWith("File 2 of 2"));
  await page.waitForSelector("#start:not([disabled])");
  await page.selectOption("#role-2", "text"); // the note column, to check that the choice is used
  await page.waitForFunction(() => document.querySelector("#start").textContent === "Score 2 files" && !document.querySelector("#start").disabled);
  await page.click("#start");
  await ended(page, "2 of 2 files scored");
  await results(page);
  await page.waitForFunction(() => /Ordered on the web/.test(document.querySelector("#reviews .list .row .words")?.textContent ?? ""));

  await page.click("#in-history a");
  await page.waitForSelector("#beside");
  await page.click("#beside summary");
  await page.click("#set-beside");
  await page.waitForSelector("#beside #difference");
  assert.match(await page.textContent("#difference"), /positive in january\.csv: opinion, \d+% in february\.csv: note\./);
  await page.close();
});
