"""Holds package tokenizer to the reference on millions of texts; any difference is printed and fails.

    build/model/.venv/bin/python tokenizer/reference/parity.py [-texts 1000000] [-seed 1] [-data ../shared/data]

Each pair of vocabulary and case reads
  every code point that Python's Unicode knows, alone, inside a word and between two marks;
  the lines of the reviews in DATA, where there are any: all, or one in ten (none is kept);
  a quarter of -texts generated texts, one in eight with broken bytes.
Besides vocab.txt there is a vocabulary of each code point, as a piece and after ##: its IDs spell the normalised text
out, where vocab.txt would say [UNK] to most.
"""

import argparse
import itertools
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import threading
import time

import reference

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
VOCAB = HERE.parent / "testdata" / "vocab.txt"
BATCH = 2000


def reviews(data):
    """Lines of all text files below data, as bytes."""
    for path in sorted(data.rglob("*")):
        if path.is_file() and path.suffix not in (".xlsx", ".sha1", ".gz"):
            yield from (line for line in path.read_bytes().splitlines() if line)


def code_points(points):
    for c in points:
        yield c.encode()
        yield f"a{c}b ".encode() + f"A{c}".encode()
        yield f"x\u08d4{c}\u1b44\u0301y {c}{c}".encode()


def ask(program, texts):
    """The IDs that Go gives for texts, as a list of tuples."""

    def send():
        for t in texts:
            program.stdin.write(struct.pack("<I", len(t)) + t)
        # a flush a batch: both sides buffer
        program.stdin.close()

    sender = threading.Thread(target=send)
    sender.start()
    answers = []
    for _ in texts:
        (n,) = struct.unpack("<I", program.stdout.read(4))
        answers.append(struct.unpack(f"<{n}I", program.stdout.read(4 * n)))
    sender.join()
    return answers


def compare(name, answer, vocab, lowercase, texts):
    """Returns how many texts were compared and how many differ."""
    t = reference.load(vocab, lowercase)
    total = wrong = size = 0
    start = time.time()
    texts = iter(texts)
    while batch := list(itertools.islice(texts, 20 * BATCH)):
        command = [answer, "-vocab", str(vocab)] + (["-lowercase"] if lowercase else [])
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
        spelling.write_text("\n".join(reference.SPECIALS + letters + ["##" + c for c in letters]) + "\n", newline="")

        real = list(reviews(args.data)) if args.data.is_dir() else []
        if not real:
            print(f"no reviews in {args.data}: generated texts only")
        done = differ = 0
        for name, vocab, lowercase, every in [
            ("vocab.txt, uncased", VOCAB, True, 1),
            ("vocab.txt, cased", VOCAB, False, 10),
            ("each code point, uncased", spelling, True, 10),
            ("each code point, cased", spelling, False, 10),
        ]:
            generator = reference.Generator(f"{args.seed} {name}", words, points)
            generated = (generator.data() for _ in range(args.texts // 4))
            total, wrong = compare(name, answer, vocab, lowercase, itertools.chain(code_points(points), real[::every], generated))
            done, differ = done + total, differ + wrong
    print(f"{done:,} texts, {differ:,} differ")
    sys.exit(differ > 0)


if __name__ == "__main__":
    main()
