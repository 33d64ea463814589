// A reporter for node --test that writes one JSON object per line, in the form of go test -json: one
// parser (build/stress) reads both.
import { relative } from "node:path";

export default async function* report(source) {
  for await (const { type, data } of source) {
    if (type !== "test:pass" && type !== "test:fail") continue;
    // node reports each file as a test that contains its tests
    const file = data.file ? relative(process.cwd(), data.file) : "";
    const suite = data.details?.type === "suite" || data.name === file || data.name === data.file;
    const error = data.details?.error;
    const output = error ? String(error.cause?.stack ?? error.cause ?? error.stack ?? error) : "";
    yield JSON.stringify({
      Action: data.skip === undefined || data.skip === false ? type.slice("test:".length) : "skip",
      Package: file,
      Test: suite ? "" : data.name,
      Elapsed: (data.details?.duration_ms ?? 0) / 1000,
      Output: output,
    }) + "\n";
  }
}
