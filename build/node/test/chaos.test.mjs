// An unreliable network: a proxy that drops, delays, truncates and refuses a third of the calls.
// The resulting file equals the one of an undisturbed run.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { program } from "../browser.mjs";
import { stage } from "../fixture.mjs";
import { open, results, saved } from "../helpers.mjs";

const { chromium, server, folder } = await stage();

// chaos is a proxy that disturbs every third call of the server, each in the next of six ways. done
// lists what it did.
async function chaos(target) {
  const ways = ["drop", "delay", "truncate", 429, 500, 503];
  const done = Object.fromEntries(ways.map((way) => [way, 0]));
  let calls = 0;
  const proxy = createServer((from, to) => {
    const way = from.url.startsWith("/v1/") && calls++ % 3 === 1 ? ways[Math.floor(calls / 3) % ways.length] : "";
    if (way) done[way]++;
    if (way === "drop") return from.socket.destroy();
    if (typeof way === "number") {
      from.resume();
      to.writeHead(way, { "Content-Type": "text/html", ...(way === 429 ? { "Retry-After": "1" } : {}) });
      return to.end("<h1>Not now</h1>");
    }
    const on = request(target + from.url, { method: from.method, headers: from.headers }, async (answer) => {
      const parts = [];
      for await (const part of answer) parts.push(part);
      let body = Buffer.concat(parts);
      if (way === "delay") await new Promise((later) => setTimeout(later, 1500));
      if (way === "truncate") body = body.subarray(0, body.length >> 1);
      to.writeHead(answer.statusCode, { ...answer.headers, "content-length": body.length });
      to.end(body);
    });
    on.on("error", () => to.destroy());
    from.pipe(on);
  });
  await new Promise((listening) => proxy.listen(0, "127.0.0.1", listening));
  return { url: `http://localhost:${proxy.address().port}`, done, stop: () => proxy.close() };
}

test("a file scored through chaos is the file scored in peace", async () => {
  const path = join(folder, "chaos.csv");
  const words = ["works as it should", "broke on the first day", "is better than I hoped", "smells of plastic", "was the reason to send it back"];
  await writeFile(path, "id,review\n" + Array.from({ length: 2500 }, (_, i) => `${i + 1},"Number ${i + 1}: the lid ${words[i % 5]}."`).join("\n") + "\n");
  const expected = join(folder, "expected.csv");
  await promisify(execFile)(program, ["score", path, "-o", expected]);

  const proxy = await chaos(server.url);
  const page = await open(chromium, proxy.url);
  page.removeAllListeners("console"); // the browser reports refused calls
  await page.setInputFiles("#file", path);
  await page.click("#start:not([disabled])");
  await page.waitForSelector("#watch.done, #run-trouble");
  const { split } = await results(page);
  assert.equal(split.Positive + split.Unsure + split.Negative, 2500);
  assert.deepEqual((await saved(page, folder)).data, await readFile(expected));
  console.log("harmed:", JSON.stringify(proxy.done));
  assert.ok(Object.values(proxy.done).every((n) => n > 0), JSON.stringify(proxy.done));
  await page.close();
  proxy.stop();
});
