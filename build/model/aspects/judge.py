"""Draw mentions of real files for a person to judge: are they right?

    python3 build/model/aspects/judge.py FILE.csv ...          # build/work/judge/FILE.txt

Each file's reviews are drawn at random, bin/reviewlens finds what they speak of, and of that
MENTIONS are written in random order, numbered, without the model's name or its probabilities: the
aspect, the polarity, and the words around the mention, which is in brackets. Those that are said
of another product are left out, as topics leave them out. The same file and --seed give the same
mentions. They hold text of the reviews: do not commit them.

A mention is right if the words in brackets name or mean that aspect of the product that is
reviewed, and the writer feels so about it.
"""

import argparse
import csv
import json
import pathlib
import random
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[3]
OUT = ROOT / "build/work/judge"
MENTIONS = 100
REVIEWS = 120  # enough for more mentions than needed
CONTEXT = 110  # characters of context before and after


def existing(name: str) -> pathlib.Path:
    """Return the path of a file; for argparse."""
    path = pathlib.Path(name)
    if not path.is_file():
        raise argparse.ArgumentTypeError(f"there is no file {name}")
    return path


def drawn(path: pathlib.Path, column: str, rng: random.Random) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if column not in (rows.fieldnames or []):
            raise SystemExit(f"{path} has no column {column}; it has {rows.fieldnames}")
        texts = sorted({" ".join(row[column].split()) for row in rows if row[column]})
    return rng.sample(texts, min(REVIEWS, len(texts)))


def mentions(texts: list[str]):
    """Yield each text's mentions, as found by bin/reviewlens."""
    lines = "".join(json.dumps({"id": i, "text": text}) + "\n" for i, text in enumerate(texts))
    done = subprocess.run(
        [ROOT / "bin/reviewlens", "pipe", "-topics"],
        input=lines, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr)
    for answer in map(json.loads, done.stdout.splitlines()):
        text, at = texts[answer["id"]], 0
        for found in answer.get("mentions") or []:  # in the order of the text
            at = text.find(found["text"], at)
            if at < 0:
                break  # a character changed by cleaning
            if not found.get("other"):
                yield text, at, found
            at += 1


def line(text: str, start: int, found: dict) -> str:
    end = start + len(found["text"])
    before, after = text[max(0, start - CONTEXT) : start], text[end : end + CONTEXT]
    return f"{found['aspect']} {found['polarity']}: {before}[[{text[start:end]}]]{after}"


def main():
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("files", nargs="+", type=existing, metavar="FILE.csv")
    p.add_argument("--column", default="reviewText", help="that of the reviews")
    p.add_argument("--seed", default="", help="another gives another sample")
    a = p.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    for path in a.files:
        rng = random.Random(path.name + a.seed)
        every = list(mentions(drawn(path, a.column, rng)))
        rng.shuffle(every)
        out = OUT / f"{path.stem}.txt"
        lines = [f"{n}. {line(*m)}" for n, m in enumerate(every[:MENTIONS], 1)]
        out.write_text("\n".join(lines) + "\n")
        print(f"{out}: {len(lines)} of {len(every)} mentions")


if __name__ == "__main__":
    main()
