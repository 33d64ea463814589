// The real browser and the real server, for tests and pictures.
import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

export const root = fileURLToPath(new URL("../../", import.meta.url));
export const program = root + "bin/reviewlens";

process.once("SIGTERM", () => process.exit(1)); // sent by the test runner to a file that takes too long: its children end, too

// maxWaitMillis bounds every wait for the page. It only ends hangs: Playwright's
// default of 30 s is too short for a page on a busy machine.
export const maxWaitMillis = 300_000;

// browser starts the Chromium on PATH (or named by CHROMIUM) with its own profile; flags are
// additional ones.
export async function browser(...flags) {
  const executablePath = process.env.CHROMIUM ?? execFileSync("sh", ["-c", "command -v chromium || command -v chromium-browser"], { encoding: "utf8" }).trim();
  const launched = await chromium.launch({ executablePath, timeout: maxWaitMillis, args: [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ...flags,
  ] });
  const newContext = launched.newContext.bind(launched);
  launched.newContext = async (options) => {
    const context = await newContext(options);
    context.setDefaultTimeout(maxWaitMillis);
    return context;
  };
  return launched;
}

// serve starts the server on a free port; stop ends it.
export async function serve(...flags) {
  if (!existsSync(program)) throw new Error("bin/reviewlens is missing: run `make build` first");
  const child = spawn(program, ["serve", "-addr", "localhost:0", "-history", "none", ...flags], { stdio: ["ignore", "pipe", "pipe"] });
  process.once("exit", () => child.kill());
  let talk = "";
  child.stderr.on("data", (data) => (talk += data));
  const url = await new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}: ${talk}`)));
    createInterface(child.stdout).on("line", (line) => {
      const found = line.match(/https?:\/\/\S+/);
      if (found) resolve(found[0].replace(/\/$/, ""));
    });
  });
  return {
    url,
    log: () => talk,
    stop: () => new Promise((resolve) => { child.removeAllListeners("exit"); child.once("exit", resolve); child.kill("SIGTERM"); }),
  };
}
