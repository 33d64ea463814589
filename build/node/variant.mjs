// A store of two models: the embedded one, which is current, and a similar one that is less
// confident.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { program, root } from "./browser.mjs";

const sorted = (v) => (Array.isArray(v) ? v.map(sorted) : v && typeof v === "object"
  ? Object.fromEntries(Object.keys(v).sort().map((k) => [k, sorted(v[k])])) : v);

// variant writes a model folder with another temperature, and returns its ID: the hash of its
// manifest as canonical JSON, as in build/model/export.py.
function variant(folder, temperature) {
  const inside = join(root, "api/model/default");
  const { id: _, ...manifest } = JSON.parse(readFileSync(join(inside, "manifest.json"), "utf8"));
  const odds = (p) => (Math.log(p / (1 - p)) * manifest.temperature) / temperature;
  manifest.golden = manifest.golden.slice(0, 2).map(({ text, positive }) => ({ text, positive: Number((1 / (1 + Math.exp(-odds(positive)))).toFixed(6)) }));
  manifest.temperature = temperature;
  const id = createHash("sha256").update(JSON.stringify(sorted(manifest))).digest("hex").slice(0, 12);
  mkdirSync(folder, { recursive: true });
  for (const { name } of manifest.files) copyFileSync(join(inside, name), join(folder, name));
  writeFileSync(join(folder, "manifest.json"), JSON.stringify({ ...manifest, id }));
  return id;
}

// twoModels writes the store in a folder, and returns its name and the IDs of both.
export function twoModels(folder) {
  const store = join(folder, "store");
  const models = (...args) =>
    execFileSync(program, ["models", ...args], { encoding: "utf8" });
  const current = JSON.parse(readFileSync(join(root, "api/model/default/manifest.json"), "utf8")).id;
  const other = variant(join(folder, "variant"), 4);
  models("publish", store, join(root, "api/model/default"));
  models("publish", store, join(folder, "variant"));
  models("activate", store, current);
  return { store, current, other, models };
}
