// The fixture of a test file.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { browser, serve } from "./browser.mjs";

// stage returns a browser, a server (with its flags, given the folder) and an empty folder; they
// end after the file's tests.
export async function stage(flags = () => []) {
  let chromium, server;
  const folder = await mkdtemp(join(tmpdir(), "reviewlens-"));
  const end = async () => {
    await chromium?.close();
    await server?.stop();
    await rm(folder, { recursive: true });
  };
  try {
    [chromium, server] = await Promise.all([browser(), serve(...flags(folder))]);
  } catch (error) {
    await end();
    throw error;
  }
  after(end);
  return { chromium, server, folder };
}
