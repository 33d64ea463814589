"""Prove that prepare.py takes millions of reviews in bounded memory: invent them, run it, say time
and peak memory.

    build/model/.venv/bin/python build/model/millions.py --rows 3000000      # half an hour, 5 GB of disk while it runs

Fails (exit status 1) over 4 GiB or 2 hours.
"""

import argparse
import gzip
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np

from prepare import WORK

HERE = pathlib.Path(__file__).resolve().parent
GIB, HOURS = 4, 2
WORDS = 30_000  # of the invented language, with frequencies by Zipf's law
LENGTH = 80  # average words of a review, as in Amazon's
REPEATS = 20  # one in this many rows repeats an earlier one


def invent(path: pathlib.Path, rows: int):
    rng = np.random.default_rng(1)
    words = np.array(
        ["".join(rng.choice(list("aeiounrstlmdkp"), rng.integers(2, 9))) for _ in range(WORDS)]
    )
    weights = 1 / np.arange(1, WORDS + 1)
    weights /= weights.sum()
    kept = "a first review of nothing"
    with gzip.open(path, "wt", compresslevel=1, encoding="utf-8") as f:
        for start in range(0, rows, 10_000):
            count = min(10_000, rows - start)
            lengths = rng.geometric(1 / LENGTH, count)
            picked = words[rng.choice(WORDS, lengths.sum(), p=weights)]
            ends = np.cumsum(lengths)
            for i, (end, length) in enumerate(zip(ends, lengths)):
                text = kept if i % REPEATS == 0 else " ".join(picked[end - length : end])
                kept = text if i % (REPEATS + 1) == 0 else kept
                row = {
                    "rating": float(1 + (start + i) % 5),
                    "title": " ".join(picked[end - length : end][:4]),
                    "text": text,
                }
                f.write(json.dumps(row) + "\n")


def main(rows: int):
    WORK.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=WORK) as scratch:
        folder = pathlib.Path(scratch)
        path = folder / "Invented.jsonl.gz"
        invent(path, rows)
        print(f"{rows:,} invented reviews, {path.stat().st_size / 1e9:.2f} GB packed", flush=True)
        started = time.time()
        environment = {**os.environ, "WORK": str(folder / "work"), "DATA": str(folder / "none")}
        subprocess.run(
            [sys.executable, HERE / "prepare.py", path],
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        minutes = (time.time() - started) / 60
        gib = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
        removed = json.loads((folder / "work/report.json").read_text())["removed"]
        print(f"prepared in {minutes:.1f} minutes, {gib:.2f} GiB at most; removed {removed}")
        return minutes < 60 * HOURS and gib < GIB


if __name__ == "__main__":
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--rows", type=int, default=3_000_000)
    sys.exit(0 if main(p.parse_args().rows) else 1)
