// Content shared by another app with the installed page: stored by the service worker on the
// device, then opened by the page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { stage } from "../fixture.mjs";
import { open } from "../helpers.mjs";

const { chromium, server } = await stage();

// share sends a form as the system's share sheet does.
const share = (page, text, name) => page.evaluate(([text, name]) => {
  const form = Object.assign(document.createElement("form"), { action: "/share", method: "POST", enctype: "multipart/form-data" });
  const field = Object.assign(document.createElement("input"), name ? { type: "file", name: "file" } : { name: "text", value: text });
  if (name) {
    const data = new DataTransfer();
    data.items.add(new File([text], name, { type: "text/csv" }));
    field.files = data.files;
  }
  form.append(field);
  document.body.append(form);
  form.submit();
}, [text, name]);

test("a shared file is opened and a shared text judged, without the server seeing either", async () => {
  const page = await open(chromium, server.url);
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.reload();
  await page.waitForFunction(() => navigator.serviceWorker.controller);
  const posted = [];
  page.context().on("request", (r) => r.method() === "POST" && !r.url().endsWith("/share") && posted.push(r.headers()["content-type"]));
  await share(page, "stars,review\n5,Quick and quiet.\n1,It broke at once.\n", "büro.csv");
  await page.waitForSelector("#start:not([disabled])");
  assert.equal(await page.textContent("h1"), "büro.csv");
  await page.goto(server.url);
  await page.waitForSelector("#app-wasm-loader", { state: "detached" });
  await share(page, "It broke after two days and nobody answers.");
  await page.waitForSelector(".said.negative");
  assert.match(await page.inputValue("#review"), /^It broke/);
  assert.ok(posted.every((type) => type === "application/vnd.reviewlens.frame"), posted.join());
  assert.ok(!/\/share/.test(server.log()), "the share reached the server");
  await page.close();
});
