// Scores reviews with @huggingface/transformers in Node, for `make bench-serving`: competitor.mjs FOLDER
//
// Reads one turn per line on stdin and writes one answer per line on stdout, as described in
// package main next to this file. The library is installed by build/bench/competitors.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const peers = createRequire(new URL('../competitors/package.json', import.meta.url));
const { env, pipeline } = await import(peers.resolve('@huggingface/transformers').replace(/\.cjs$/, '.mjs'));

const folder = process.argv[2];
env.allowRemoteModels = false;
env.localModelPath = folder;
const reviews = JSON.parse(readFileSync(`${folder}/texts.json`, 'utf8')).map((r) => r.text);

function batches(texts, { batch, sorted }) {
  const order = texts.map((_, i) => i);
  if (sorted) order.sort((a, b) => texts[b].length - texts[a].length);
  const all = [];
  for (let i = 0; i < order.length; i += batch) all.push(order.slice(i, i + batch));
  return all;
}

// score runs batches one after the other, or as many concurrently as there are streams.
async function score(classify, texts, turn) {
  const positive = new Array(texts.length);
  const todo = batches(texts, turn);
  const stream = async () => {
    for (let some = todo.shift(); some; some = todo.shift()) {
      const answers = await classify(some.map((i) => texts[i]));
      answers.forEach(({ label, score }, j) => { positive[some[j]] = label === 'positive' ? score : 1 - score; });
    }
  };
  await Promise.all(Array.from({ length: turn.streams }, stream));
  return positive;
}

let classify, made;
for await (const line of createInterface({ input: process.stdin })) {
  const turn = JSON.parse(line);
  const wanted = `${turn.file} ${turn.threads} ${turn.documented}`;
  if (wanted !== made) {
    await classify?.dispose();
    const options = turn.documented ? {} : { session_options: { intraOpNumThreads: turn.threads, interOpNumThreads: 1 } };
    classify = await pipeline('text-classification', turn.file, { dtype: 'q8', device: 'cpu', ...options });
    made = wanted;
  }
  const texts = reviews.slice(turn.from, turn.from + turn.count);
  await score(classify, texts.slice(0, 8), turn); // a warm-up
  const start = performance.now();
  let positive;
  for (let i = 0; i < turn.passes; i++) positive = await score(classify, texts, turn);
  process.stdout.write(`${JSON.stringify({ seconds: (performance.now() - start) / 1000, positive })}\n`);
}
