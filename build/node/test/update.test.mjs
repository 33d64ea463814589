// A new version of the page: it is announced, and activated by a button, without losing a run or
// the text in the box.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { stage } from "../fixture.mjs";
import { gate, open, results } from "../helpers.mjs";

const { chromium, server, folder } = await stage();

// release is a proxy in front of the server; once there is a next version, its service worker has
// another name for its files.
async function release() {
  const site = { next: false };
  const proxy = createServer((from, to) => {
    const on = request(server.url + from.url, { method: from.method, headers: { ...from.headers, "accept-encoding": "identity", "if-none-match": "" } }, async (answer) => {
      const parts = [];
      for await (const part of answer) parts.push(part);
      let body = Buffer.concat(parts);
      if (site.next && from.url === "/app-worker.js") body = Buffer.from(body.toString().replace(/"reviewlens-[0-9a-f]{12}"/, '"reviewlens-ffffffffffff"'));
      to.writeHead(answer.statusCode, { ...answer.headers, "content-length": body.length, etag: `"${site.next}"` });
      to.end(body);
    });
    on.on("error", () => to.destroy());
    from.pipe(on);
  });
  await new Promise((listening) => proxy.listen(0, "127.0.0.1", listening));
  return Object.assign(site, { url: `http://localhost:${proxy.address().port}`, stop: () => { proxy.closeAllConnections(); proxy.close(); } });
}

const caches = (page) => page.evaluate(() => caches.keys());
const newer = async (page, site) => {
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  site.next = true;
  await page.evaluate(async () => (await navigator.serviceWorker.getRegistration()).update());
  await page.waitForSelector("text=New version: reload");
};

test("in the midst of a run: the new version goes on with it", async (t) => {
  const site = await release();
  t.after(site.stop);
  const page = await open(chromium, site.url);
  page.removeAllListeners("console");
  const path = join(folder, "many.csv");
  await writeFile(path, "id,review\n" + Array.from({ length: 2000 }, (_, i) => `${i + 1},"Number ${i + 1} works as it should."`).join("\n") + "\n");
  await page.setInputFiles("#file", path);
  const proceed = await gate(page.context());
  await page.click("#start:not([disabled])");
  await page.waitForFunction(() => document.querySelector("#progress")?.value > 0);
  await newer(page, site);
  await page.click("#history"); // the links stay beside the announcement
  await page.click("#open-file");
  await page.waitForSelector("#new");
  proceed();
  await Promise.all([page.waitForEvent("load"), page.click("text=New version: reload")]);
  assert.equal((await results(page)).split.Positive + (await results(page)).split.Unsure + (await results(page)).split.Negative, 2000);
  assert.ok((await caches(page)).includes("reviewlens-ffffffffffff"));
  await page.close();
});

test("with a text in the box: it stands there afterwards, scored", async (t) => {
  const site = await release();
  t.after(site.stop);
  const page = await open(chromium, site.url);
  page.removeAllListeners("console");
  await page.fill("#review", "I love it, the best kettle I ever had.");
  await newer(page, site);
  await Promise.all([page.waitForEvent("load"), page.click("text=New version: reload")]);
  await page.waitForFunction(() => document.querySelector(".said:not(.old) strong")?.textContent === "Positive");
  assert.equal(await page.inputValue("#review"), "I love it, the best kettle I ever had.");
  assert.equal(await page.evaluate(() => sessionStorage.getItem("draft")), null);
  await page.click("footer summary");
  assert.match(await page.innerText("footer"), /Version [0-9a-f]{12}/);
  await page.close();
});
