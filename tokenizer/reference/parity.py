"""Compares package tokenizer with the reference on millions of texts; prints differences and fails.

    build/model/.venv/bin/python tokenizer/reference/parity.py [-texts 1000000] [-seed 1] [-data ../shared/data]

Each pair of vocabulary and case tokenizes
  every code point that Python's Unicode knows, alone, inside a word and between two marks;
  the lines of the reviews in DATA, where there are any: all, or one in ten (none is kept);
  a quarter of -texts generated texts, one in eight with broken bytes.
Besides vocab.txt there is a vocabulary of each code point, as a piece and after ##: its IDs spell
the normalised text out, where vocab.txt would give [UNK] for most. It is also used to compare the
other settings, through tokenizer.json. A sample of texts is tokenized by `reviewlens tokens`, which
prints byte ranges as well, with vocab.txt and with the tokenizers of api/tokenizers/testdata.
"""

import argparse
import itertools
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unicodedata

import reference
import tables
from tokenizers import Tokenizer, normalizers

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
VOCAB = HERE.parent / "testdata" / "vocab.txt"
BATCH = 2000


def reviews(data):
    """Yields the lines of all text files below data, as bytes."""
    for path in sorted(data.rglob("*")):
        if path.is_file() and path.suffix not in (".xlsx", ".sha1", ".gz"):
            yield from (line for line in path.read_bytes().splitlines() if line)


def code_points(points):
    for c in points:
        yield c.encode()
        yield f"a{c}b ".encode() + f"A{c}".encode()
        yield f"x\u08d4{c}\u1b44\u0301y {c}{c}".encode()


def ask(program, texts):
    """Returns Go's IDs for texts, as a list of tuples."""

    def send():
        for t in texts:
            program.stdin.write(struct.pack("<I", len(t)) + t)
        # one flush per batch: both sides buffer
        program.stdin.close()

    sender = threading.Thread(target=send)
    sender.start()
    answers = []
    for _ in texts:
        (n,) = struct.unpack("<I", program.stdout.read(4))
        answers.append(struct.unpack(f"<{n}I", program.stdout.read(4 * n)))
    sender.join()
    return answers


def compare(name, command, t, texts):
    """Returns how many texts were compared with t's IDs and how many differ."""
    total = wrong = size = 0
    start = time.time()
    texts = iter(texts)
    while batch := list(itertools.islice(texts, 20 * BATCH)):
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
            got = ask(program, batch)
        for i in range(0, len(batch), BATCH):
            want = t.encode_batch([b.decode("utf-8", errors="replace") for b in batch[i : i + BATCH]], add_special_tokens=False)
            for text, g, w in zip(batch[i : i + BATCH], got[i : i + BATCH], want):
                if list(g) != w.ids:
                    wrong += 1
                    if wrong <= 10:
                        print(f"{name}: {text[:400]!r}\n  reference {w.ids[:60]}\n  here      {list(g)[:60]}")
        total += len(batch)
        size += sum(map(len, batch))
    print(f"{name:30} {total:9,} texts  {size / 1e6:7.1f} MB  {wrong:6,} differ  {time.time() - start:5.0f} s", flush=True)
    return total, wrong


def mixed(text, kept, stripped):
    """Whether a run has kept and stripped marks: Encode's ranges then differ, see its comment."""
    seen = set()
    for c in text:
        if c in kept or c in stripped:
            seen.add(c in kept)
        elif tables.klass(c) != tables.DROP:
            seen.clear()
        if len(seen) == 2:
            return True
    return False


def ranges(name, command, t, texts, skip=lambda text: False):
    """Returns how many texts were compared with t's IDs and byte ranges and how many differ."""
    texts = [b.decode("utf-8", errors="replace") for b in texts]
    lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
    answers = subprocess.run(command, input=lines, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    wrong = 0
    for text, answer, want in zip(texts, answers, t.encode_batch(texts, add_special_tokens=False), strict=True):
        got = json.loads(answer)
        starts = list(itertools.accumulate((len(c.encode()) for c in text), initial=0))
        offsets = [[starts[a], starts[b]] for a, b in want.offsets]
        if got["ids"] != want.ids or got["offsets"] != offsets and not skip(text):
            wrong += 1
            if wrong <= 10:
                print(f"{name}: {text[:200]!r}\n  reference {want.ids[:40]} {offsets[:40]}\n  here      {got['ids'][:40]} {got['offsets'][:40]}")
    print(f"{name:30} {len(texts):9,} texts, with ranges  {wrong:6,} differ", flush=True)
    return len(texts), wrong


def main():
    flags = argparse.ArgumentParser()
    flags.add_argument("-texts", type=int, default=1_000_000)
    flags.add_argument("-seed", type=int, default=1)
    flags.add_argument("-data", type=pathlib.Path, default=pathlib.Path(os.environ.get("DATA", "../shared/data")))
    args = flags.parse_args()
    reference.check_version()

    points = reference.assigned()
    pieces = VOCAB.read_text().split("\n")
    words = [w for w in pieces[1996:12000] if re.fullmatch("[a-z]+", w)]
    with tempfile.TemporaryDirectory() as work:
        answer = os.path.join(work, "answer")
        subprocess.run(["go", "build", "-o", answer, "./tokenizer/reference/answer"], cwd=ROOT, check=True)
        spelling = pathlib.Path(work, "spelling.txt")
        letters = [c for c in points if not c.isspace()]
        spellings = reference.SPECIALS + letters + ["##" + c for c in letters]
        spelling.write_text("\n".join(spellings) + "\n", newline="")

        real = list(reviews(args.data)) if args.data.is_dir() else []
        if not real:
            print(f"no reviews in {args.data}: generated texts only")
        totals = []
        everything = [
            ("vocab.txt, uncased", ["-vocab", VOCAB, "-lowercase"], reference.load(VOCAB, True), 1, 4),
            ("vocab.txt, cased", ["-vocab", VOCAB], reference.load(VOCAB, False), 10, 4),
            ("each code point, uncased", ["-vocab", spelling, "-lowercase"], reference.load(spelling, True), 10, 4),
            ("each code point, cased", ["-vocab", spelling], reference.load(spelling, False), 10, 4),
        ]
        settings = {name: reference.load_with(spelling, **s) for name, s in reference.SETTINGS.items()}
        settings["named"] = reference.named(spellings)
        for name, t in settings.items():
            t.save(str(pathlib.Path(work, f"{name}.json")))
            everything.append((f"each code point, {name}", ["-tokenizer", pathlib.Path(work, f"{name}.json")], t, 100, 20))
        for name, flags, t, every, part in everything:
            generator = reference.Generator(f"{args.seed} {name}", words, points)
            generated = (generator.data() for _ in range(args.texts // part))
            totals.append(compare(name, [answer, *map(str, flags)], t, itertools.chain(code_points(points), real[::every], generated)))

        reviewlens = os.path.join(work, "reviewlens")
        subprocess.run(["go", "build", "-o", reviewlens, "./api/cmd/reviewlens"], cwd=ROOT, check=True)
        generator = reference.Generator(f"{args.seed} ranges", words, points)
        sample = real[:: len(real) // 10_000 + 1] + [generator.data() for _ in range(args.texts // 50)] + list(code_points(points))[::10]
        rank = tables.ordering(points)
        kept = {c for c in rank if tables.uncased.normalize_str(c) == c}
        stripped = {c for c in points if tables.uncased.normalize_str(c) == "" and tables.klass(c) == tables.LETTER} - kept
        nfkd = normalizers.NFKD()  # an older Unicode
        newer = {c for c in points if unicodedata.combining(c) and c not in rank or nfkd.normalize_str(c) != unicodedata.normalize("NFKD", c)}
        totals.append(ranges("vocab.txt, uncased", [reviewlens, "tokens", "-model", str(VOCAB)], reference.load(VOCAB, True), sample, lambda text: mixed(text, kept, stripped)))
        for file in sorted((ROOT / "api" / "tokenizers" / "testdata").glob("*.json")):
            texts, composes = sample, file.stem in ("xlm", "xlmr", "albert")  # one range for joint changes
            if composes:  # these are unknown to it
                texts = [b for b in sample if newer.isdisjoint(b.decode("utf-8", errors="replace"))]
            totals.append(ranges(file.name, [reviewlens, "tokens", "-model", str(file)], Tokenizer.from_file(str(file)), texts, lambda text: composes))
        done, differ = map(sum, zip(*totals))
    print(f"{done:,} texts, {differ:,} differ")
    sys.exit(differ > 0)


if __name__ == "__main__":
    main()
