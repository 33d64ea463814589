// The worker in Chromium: runs work.mjs and the WASM program of ./wasm on the files of the page's
// server.
import { csv, tokens } from "./work.mjs";

const bytes = async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer());

self.onmessage = async ({ data: files }) => {
  try {
    const go = new Go();
    const { instance } = await WebAssembly.instantiateStreaming(fetch("/peers.wasm"), go.importObject);
    go.run(instance);
    const texts = await bytes("/texts.txt");
    const out = { tokens: JSON.parse(goTokens(texts, await bytes("/vocab.txt"), await bytes("/tokenizer.json"))), csv: {} };
    Object.assign(out.tokens, tokens(new TextDecoder().decode(texts).split("\n"), await (await fetch("/tokenizer.json")).json()));
    for (const file of files) {
      const data = await bytes("/" + file);
      out.csv[file] = csv(data, self.goReaders(data));
    }
    self.postMessage({ out });
  } catch (error) {
    self.postMessage({ error: String(error.stack ?? error) });
  }
};
