// What is measured in JavaScript, in Node and in a worker of Chromium alike: each way is run over all texts, or a whole
// file, again and again, for a second on average, and answers with its best-known hash so that nobody is fast by being wrong.
import { Tokenizer } from "@huggingface/tokenizers";
import { BertTokenizer } from "@huggingface/transformers";
import Papa from "papaparse";
import { inferSchema, initParser } from "udsv";

const decoder = new TextDecoder();

// seconds is how long one pass takes: the mean of those that fit into a second, after one to warm up.
function seconds(pass) {
  pass();
  const begun = performance.now();
  let passes = 0;
  do { pass(); passes++; } while (performance.now() - begun < 1000);
  return (performance.now() - begun) / 1000 / passes;
}

// hash is FNV-1a over IDs, as the Go side has it.
function hash(ids) {
  let h = 0x811c9dc5;
  for (const id of ids) for (let s = 0; s < 32; s += 8) h = Math.imul(h ^ ((id >>> s) & 255), 0x01000193) >>> 0;
  return h;
}

// tokens: { name: { seconds, hashes } } for each tokenizer.
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

// csv: what the readers of Go and those of JavaScript make of the bytes of a file: rows of strings. Papa Parse and uDSV read
// strings, so decoding is theirs to do. A pass of each in turn, as in measure.go.
export function csv(bytes, readers) {
  const ways = {
    ...readers,
    "Papa Parse": () => Papa.parse(decoder.decode(bytes), { delimiter: ",", skipEmptyLines: true }).data,
    "uDSV": () => {
      const text = decoder.decode(bytes);
      const schema = inferSchema(text); // takes the first row for names
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
      gc(); // nobody clears up after another
      const begun = performance.now();
      read();
      const took = (performance.now() - begun) / 1000;
      out[name].seconds += took;
      spent += took;
    }
    passes++;
  } while (spent < Object.keys(ways).length);
  for (const name in out) out[name].seconds /= passes;
  return out;
}
