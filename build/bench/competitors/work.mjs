// The JavaScript measurements, for Node and a worker of Chromium: each candidate runs over all
// texts or a whole file repeatedly, for a second on average, and returns a hash of its result, so
// that a wrong result is not taken for a fast one.
import { Tokenizer } from "@huggingface/tokenizers";
import { BertTokenizer } from "@huggingface/transformers";
import Papa from "papaparse";
import { inferSchema, initParser } from "udsv";

const decoder = new TextDecoder();

// seconds returns the mean duration of a pass: as many as fit into a second, after one warm-up.
function seconds(pass) {
  pass();
  const start = performance.now();
  let passes = 0;
  do { pass(); passes++; } while (performance.now() - start < 1000);
  return (performance.now() - start) / 1000 / passes;
}

// hash returns FNV-1a over IDs, as on the Go side.
function hash(ids) {
  let h = 0x811c9dc5;
  for (const id of ids) for (let s = 0; s < 32; s += 8) h = Math.imul(h ^ ((id >>> s) & 255), 0x01000193) >>> 0;
  return h;
}

// tokens returns { name: { seconds, hashes } } for each tokenizer.
export function tokens(texts, json) {
  const config = { do_lower_case: true, tokenizer_class: "BertTokenizer" };
  const small = new Tokenizer(json, config), large = new BertTokenizer(json, config);
  const ways = {
    "@huggingface/tokenizers": (text) => small.encode(text, { add_special_tokens: false }).ids,
    "@huggingface/transformers": (text) => large.encode(text, { add_special_tokens: false }),
  };
  const out = {};
  for (const [name, encode] of Object.entries(ways)) {
    out[name] = { seconds: seconds(() => { for (const text of texts) encode(text); }), hashes: texts.map((text) => hash(encode(text))) };
  }
  return out;
}

// csv measures the readers of Go and of JavaScript on the bytes of a file, whose result is rows of
// strings. Papa Parse and uDSV read strings, so decoding is included. One pass of each in turn, as
// in measure.go.
export function csv(bytes, readers) {
  const ways = {
    ...readers,
    "Papa Parse": () => Papa.parse(decoder.decode(bytes), { delimiter: ",", skipEmptyLines: true }).data,
    "uDSV": () => {
      const text = decoder.decode(bytes);
      const schema = inferSchema(text); // uses the first row as names
      const rows = initParser(schema).stringArrs(text);
      rows.push(schema.cols.map((c) => c.name));
      return rows;
    },
  };
  const out = {};
  for (const [name, read] of Object.entries(ways)) {
    const rows = read();
    out[name] = Array.isArray(rows) ? { rows: rows.length, fields: rows.reduce((n, row) => n + row.length, 0) } : rows;
    out[name].seconds = 0;
  }
  let passes = 0, spent = 0;
  do {
    for (const [name, read] of Object.entries(ways)) {
      gc(); // so that no candidate collects the garbage of another
      const start = performance.now();
      read();
      const took = (performance.now() - start) / 1000;
      out[name].seconds += took;
      spent += took;
    }
    passes++;
  } while (spent < Object.keys(ways).length);
  for (const name in out) out[name].seconds /= passes;
  return out;
}
