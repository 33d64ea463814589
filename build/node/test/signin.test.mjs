// Sign-in at an OpenID provider, also during a run; stored data belongs to the user, and tokens
// stay in their tab.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, beforeEach, test } from "node:test";
import { stage } from "../fixture.mjs";
import { provider } from "../oidc.mjs";
import { axe, open, results } from "../helpers.mjs";

const id = await provider("page");
const { chromium, server, folder } = await stage((folder) => ["-history", join(folder, "history.db"), "-oidc-issuer", id.url, "-oidc-client", "page", "-jobs", join(folder, "jobs")]);
after(() => id.stop());
beforeEach(() => Object.assign(id, { seconds: 3600, refresh: true, wrong: {} }));

// visit opens the page; the browser reports each 401 on its console, which is not an error here.
async function visit(options) {
  const page = await open(chromium, server.url, options);
  page.removeAllListeners("console");
  return page;
}

// signIn presses the button and acts at the provider as a person would.
async function signIn(page, button = "#sign-in", press = "#yes") {
  const [popup] = await Promise.all([page.context().waitForEvent("page"), page.click(button)]);
  await popup.waitForSelector(press);
  await Promise.all([popup.waitForEvent("close"), popup.click(press)]);
}

async function ask(page, text = "I love it, the best kettle I ever had.") {
  await page.fill("#review", text);
  await page.waitForSelector("#locked");
}

const verdict = (page) => page.waitForFunction(() => document.querySelector(".said:not(.old) strong")?.textContent === "Positive");
const tokens = (page) => page.evaluate(() => JSON.parse(sessionStorage.getItem("tokens")));

test("a run waits for a sign-in and goes on; the page is not left, and a reload stays signed in", async () => {
  const page = await visit();
  const path = join(folder, "many.csv");
  await writeFile(path, "stars,review\n" + Array.from({ length: 300 }, (_, i) => `${1 + i % 5},Number ${i}: it works well and I love it.`).join("\n") + "\n");
  await page.setInputFiles("#file", path);
  await page.waitForSelector("#locked");
  assert.match(await page.innerText("#locked"), /requires you to sign in.*Nothing is lost.*Sign in at 127\.0\.0\.1:\d+/s);
  await page.click("#start:not([disabled])");
  await signIn(page);
  await page.waitForSelector("#locked", { state: "detached" });
  await results(page);
  const asked = id.asked.at(-1);
  assert.equal(asked.code_challenge_method, "S256");
  assert.equal(asked.redirect_uri, server.url + "/signed-in.html");
  assert.ok(asked.state.length > 20 && asked.nonce.length > 20 && asked.state !== asked.nonce);

  // Tokens are in this tab and nowhere else.
  assert.ok((await tokens(page)).id);
  assert.deepEqual(await page.evaluate(async () => [localStorage.length, document.cookie, (await indexedDB.databases()).length]), [0, "", 0]);
  const other = await page.context().newPage();
  await other.goto(server.url);
  assert.equal(await tokens(other), null);
  await other.close();
  await page.click("#new");
  await page.reload();
  await page.waitForSelector("#app-wasm-loader", { state: "detached" });
  await page.fill("#review", "I love it, the best kettle I ever had.");
  await verdict(page);
  assert.ok(!server.log().includes((await tokens(page)).id.split(".")[2]), "the log holds a token");
  await page.close();
});

test("what the server keeps is the person's, and signing out ends it", async () => {
  const page = await visit();
  await page.click("#history");
  await page.waitForSelector("#locked");
  assert.match(await page.innerText("#locked"), /to see the runs that the server keeps for you/);
  await signIn(page);
  await page.waitForSelector("#no-runs");
  await page.click(".name");
  const path = join(folder, "few.csv");
  await writeFile(path, "stars,review\n5,I love it.\n1,It broke and nobody answers.\n");
  await page.setInputFiles("#file", path);
  await page.click("#start:not([disabled])");
  await results(page);
  await page.click("#in-history a");
  await page.waitForSelector("#keep-there");
  assert.match(await page.innerText("#keep-there"), /those who sign in as you/);
  await page.click("#upload");
  await page.waitForSelector("#link");
  const address = page.url();

  id.wrong.claims = { sub: "bob" };
  const other = await visit();
  await other.goto(address);
  await other.waitForSelector("#locked");
  await signIn(other);
  await other.waitForSelector("#past-trouble");
  assert.match(await other.innerText("#past-trouble"), /no such run: neither on this device nor, for you, on the server/);
  await other.close();
  id.wrong = {};

  const [popup] = await Promise.all([page.context().waitForEvent("page"), page.click("#sign-out")]);
  if (!popup.isClosed()) await popup.waitForEvent("close");
  assert.equal(id.ended, 1);
  assert.equal(await tokens(page), null);
  await page.click("#back");
  await page.waitForSelector("#locked");
  assert.match(await page.innerText("#runs .run"), /on this device\s/);
  await page.close();
});

test("a file that was left to the server is found in another tab, which asks who is there", async () => {
  const page = await visit();
  const path = join(folder, "left.csv");
  await writeFile(path, "stars,review\n5,I love it.\n1,It broke and nobody answers.\n");
  await page.setInputFiles("#file", path);
  await page.waitForSelector("#locked");
  await signIn(page);
  await page.waitForSelector("#start:not([disabled])");
  await page.click("#leave-it summary");
  await page.click("#leave");
  await page.waitForSelector("#watch.done");
  const address = page.url();

  const other = await page.context().newPage();
  await other.goto(server.url);
  await other.waitForSelector("#locked");
  assert.match(await other.innerText("#locked"), /to see the files that you left to the server.*Sign in at 127\.0\.0\.1:\d+/s);
  assert.match(await other.innerText("#jobs"), /left\.csv · waits for a sign-in or a key/);
  await other.goto(address);
  await other.waitForSelector("#locked");
  assert.equal(await other.locator("#job-trouble").count(), 0);
  assert.deepEqual(await axe(other, "a job that waits for a sign-in"), []);
  await signIn(other);
  await other.waitForSelector("#watch.done");
  assert.equal(await other.locator("#locked").count(), 0);

  // Another user does not see the job; its owner finds it after signing in again.
  await other.evaluate(() => sessionStorage.removeItem("tokens"));
  await other.reload();
  await other.waitForSelector("#locked");
  id.wrong.claims = { sub: "bob" };
  await signIn(other);
  await other.waitForSelector("#no-job");
  await other.click(".name");
  await other.waitForSelector("#jobs", { state: "detached" });
  const kept = await other.evaluate(() => JSON.parse(localStorage.getItem("jobs")));
  assert.equal(kept.length, 1);
  assert.ok(Date.parse(kept[0].expires) > Date.now(), kept[0].expires);
  id.wrong = {};
  await other.evaluate(() => sessionStorage.removeItem("tokens"));
  await other.reload();
  await other.waitForSelector("#locked");
  await signIn(other);
  await other.waitForSelector("#jobs li");
  await other.waitForFunction(() => /left\.csv · 2 reviews/.test(document.querySelector("#jobs li")?.textContent ?? ""));
  await other.evaluate(() => localStorage.setItem("jobs", JSON.stringify([...JSON.parse(localStorage.getItem("jobs")), { key: "old", id: "old", name: "old.csv", expires: "2020-01-01T00:00:00Z" }])));
  await other.close();

  await page.click("#delete-job");
  await page.waitForSelector("#no-job");
  assert.equal(await page.evaluate(() => localStorage.getItem("jobs")), "[]"); // expired entries are deleted, too
  await page.close();
});

test("a sign-in that is over is renewed without a word, and asked for again where that fails", async () => {
  const page = await visit();
  id.seconds = 61; // renewed a minute before expiry
  await ask(page);
  await signIn(page);
  await verdict(page);
  const first = await tokens(page);
  id.seconds = 3600;
  await page.waitForFunction((id) => JSON.parse(sessionStorage.getItem("tokens")).id !== id, first.id);
  assert.notEqual((await tokens(page)).refresh, first.refresh);
  assert.equal(await page.locator("#locked").count(), 0);

  // Without a refresh token, or with one that is used up, the page asks.
  id.forget();
  await page.evaluate(() => sessionStorage.setItem("tokens", JSON.stringify({ ...JSON.parse(sessionStorage.getItem("tokens")), id: "a.b.c", until: Date.now() })));
  await page.reload();
  await page.waitForSelector("#app-wasm-loader", { state: "detached" });
  await ask(page, "I love it.");
  assert.match(await page.innerText("#locked"), /sign-in has expired|requires you to sign in/);
  await signIn(page);
  await verdict(page);
  await page.close();
});

test("a renewal without an answer is tried again once there is a network", async () => {
  const page = await visit();
  let cut = true, refused = 0;
  await page.route(id.url + "/token", async (route) => {
    if (!cut || !route.request().postData()?.includes("grant_type=refresh_token")) return route.continue();
    refused++;
    if (refused === 1) await route.abort();
    else await route.fulfill({ status: 503, headers: { "Access-Control-Allow-Origin": "*" }, body: "" });
  });
  id.seconds = 61; // renewed a second later
  await ask(page);
  await signIn(page);
  await verdict(page);
  const first = await tokens(page);
  while (refused < 1) await page.waitForTimeout(100);
  await page.waitForTimeout(300);
  await page.evaluate(() => dispatchEvent(new Event("online")));
  while (refused < 2) await page.waitForTimeout(100);
  await page.waitForTimeout(300);
  assert.equal((await tokens(page))?.id, first.id); // still signed in
  cut = false;
  id.seconds = 3600;
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await page.waitForFunction((id) => JSON.parse(sessionStorage.getItem("tokens")).id !== id, first.id, { timeout: 10_000 });
  await page.close();
});

test("an answer with another nonce, audience or issuer, or a refusal, signs nobody in", async () => {
  const page = await visit();
  await ask(page);
  for (const [wrong, why, press] of [
    [{ nonce: "of another sign-in" }, /nonce/i],
    [{ claims: { aud: "another client" } }, /aud/i],
    [{ claims: { iss: "https://example.com" } }, /iss/i],
    [{ claims: { exp: 1 } }, /exp/i],
    [{}, /refused: ann said no/, "#no"],
  ]) {
    id.wrong = wrong;
    await signIn(page, "#sign-in", press);
    await page.waitForFunction((why) => new RegExp(why, "i").test(document.querySelector("#not-signed")?.textContent ?? ""), why.source);
    assert.equal(await tokens(page), null);
  }
  // A response that was not requested here, or has another state, is rejected.
  id.wrong = {};
  const [popup] = await Promise.all([page.context().waitForEvent("page"), page.click("#sign-in")]);
  const address = new URL(await popup.getAttribute("#yes", "href"));
  address.searchParams.set("state", "of another sign-in");
  await Promise.all([popup.waitForEvent("close"), popup.goto(address.href).catch(() => {})]);
  await page.waitForTimeout(1000);
  assert.equal(await tokens(page), null);
  await page.close();
});

test("where no window opens, the tab itself goes and comes back", async () => {
  const page = await visit();
  await page.evaluate(() => (window.open = () => null));
  await page.click("#history");
  await page.waitForSelector("#locked");
  await page.click("#sign-in");
  await page.click("#yes");
  await page.waitForSelector("#sign-out");
  await page.waitForSelector("#runs .open, #no-runs"); // those on the server
  await page.waitForURL(/\/#history$/);
  assert.equal(await page.evaluate(() => sessionStorage.getItem("signing-in")), null);
  await page.close();
});

for (const colorScheme of ["light", "dark"]) {
  test(`${colorScheme}: no violation of axe's rules while a sign-in is asked for`, async () => {
    const page = await visit({ colorScheme, viewport: { width: 360, height: 740 }, reducedMotion: "reduce" });
    await ask(page);
    assert.deepEqual(await axe(page, "asked"), []);
    await signIn(page, "#sign-in", "#no");
    await page.waitForSelector("#not-signed");
    assert.deepEqual(await axe(page, "refused"), []);
    await page.close();
  });
}
