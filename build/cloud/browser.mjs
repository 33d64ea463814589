// The steps of a new user on a deployment's page in a real browser: node build/cloud/browser.mjs
// URL FILE.csv FOLDER Prints the verdict of a pasted review and the counts of the file; the scored
// file is in FOLDER.
import { browser } from "../node/browser.mjs";
import { open, results, saved } from "../node/helpers.mjs";
import { readFile } from "node:fs/promises";

const [url, file, folder] = process.argv.slice(2);
if (!folder) {
  console.error("usage: node browser.mjs URL FILE.csv FOLDER");
  process.exit(2);
}
const chromium = await browser();
try {
  const page = await open(chromium, url);
  const answers = [];
  page.context().on("response", (r) => { if (r.request().method() === "POST") answers.push([new URL(r.url()).pathname, r.request().headers()["content-type"], r.status()]); });
  await page.fill("#review", "It broke after two days and nobody answers. Waste of money.");
  await page.waitForSelector(".said:not(.old) strong");
  const verdict = await page.textContent(".said strong");
  await page.fill("#review", "");
  const dropped = await page.evaluateHandle((text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], "reviews.csv", { type: "text/csv" }));
    return data;
  }, await readFile(file, "utf8"));
  await page.dispatchEvent("body", "drop", { dataTransfer: dropped });
  await page.click("#start:not([disabled])");
  const { split } = await results(page);
  const { name } = await saved(page, folder);
  console.log(JSON.stringify({ verdict, split, name, answers }));
} finally {
  await chromium.close();
}
