// Prints the measurements of worker.mjs in Chromium, and of work.mjs in Node, as JSON: node
// browser.mjs FOLDER FILE.csv ...
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { browser } from "../../node/browser.mjs";
import { tokens } from "./work.mjs";

const [folder, ...files] = process.argv.slice(2);
const types = { ".js": "text/javascript", ".wasm": "application/wasm", ".html": "text/html", ".json": "application/json" };
const server = createServer((request, response) => {
  const path = new URL(request.url, "http://localhost").pathname;
  if (path === "/") return response.setHeader("Content-Type", "text/html").end("<!doctype html>");
  try {
    response.setHeader("Content-Type", types[extname(path)] ?? "application/octet-stream").end(readFileSync(join(folder, path)));
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
const chromium = await browser("--js-flags=--expose-gc");
try {
  const page = await chromium.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  const { out, error } = await page.evaluate((files) => new Promise((resolve) => {
    const worker = new Worker("/worker.js");
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (e) => resolve({ error: e.message });
    worker.postMessage(files);
  }), files);
  if (error) throw new Error(error);
  const texts = readFileSync(join(folder, "texts.txt"), "utf8").split("\n");
  const node = tokens(texts, JSON.parse(readFileSync(join(folder, "tokenizer.json"), "utf8")));
  process.stdout.write(JSON.stringify({ chromium: out, node }));
} finally {
  await chromium.close();
  server.close();
}
