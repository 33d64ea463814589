"""Print measurements of PyPI tokenizers and Python's csv, as JSON: native.py FOLDER FILE.csv ..."""

import csv
import io
import json
import os
import pathlib
import sys
import time

os.environ["RAYON_NUM_THREADS"] = "1"  # one core, as for all candidates
os.environ["TOKENIZERS_PARALLELISM"] = "true"  # otherwise encode_batch warns that it is off

from tokenizers import Tokenizer  # reads the environment


def seconds(run):
    run()
    start, passes = time.perf_counter(), 0
    while passes == 0 or time.perf_counter() - start < 1:
        run()
        passes += 1
    return (time.perf_counter() - start) / passes


def fnv(ids):
    h = 0x811C9DC5
    for i in ids:
        for byte in i.to_bytes(4, "little"):
            h = (h ^ byte) * 0x01000193 & 0xFFFFFFFF
    return h


folder = pathlib.Path(sys.argv[1])
texts = (folder / "texts.txt").read_bytes().decode().split("\n")
t = Tokenizer.from_file(str(folder / "tokenizer.json"))
hashes = [fnv(e.ids) for e in t.encode_batch(texts, add_special_tokens=False)]
out = {
    "tokens": {
        "PyPI tokenizers, one by one": {"seconds": seconds(lambda: [t.encode(text, add_special_tokens=False) for text in texts]), "hashes": hashes},
        "PyPI tokenizers, as a batch": {"seconds": seconds(lambda: t.encode_batch(texts, add_special_tokens=False)), "hashes": hashes},
    },
    "csv": {},
}
for name in sys.argv[2:]:
    data = (folder / name).read_bytes()
    rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
    out["csv"][name] = {"Python csv": {
        "seconds": seconds(lambda: sum(1 for _ in csv.reader(io.StringIO(data.decode(), newline="")))),
        "rows": len(rows), "fields": sum(map(len, rows)),
    }}
json.dump(out, sys.stdout)
