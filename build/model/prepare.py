"""Read labelled reviews, clean them, drop repeats, split them.

    build/model/.venv/bin/python build/model/prepare.py                       # the folders of DATA/train
    build/model/.venv/bin/python build/model/prepare.py Beauty.jsonl.gz train.csv

DATA (default ../shared/data beside the repository) holds train/; files on the command line are read
as well: Amazon Reviews 2018 or 2023 as JSON lines (.json, .jsonl), amazon_polarity as CSV, what
readers corrected on the page (*-corrections.jsonl), each plain or .gz. Stars 1-2 are negative, 4-5
positive, 3 is half of each. A correction counts more than stars: other rows of its text go, and one
to "unsure" leaves no row at all.

Writes WORK/{train,valid}.jsonl, one {"text", "label", "stars", "set", "category"} a line (label 1
is positive), and report.json: what each step removed. A review's split depends only on its text, so
that another run, another order of the files or more files never move it from validation to
training; a piece cut from a review stays on its side.

Two passes, so that millions of rows fit: the first cleans every row into a scratch file and keeps
about 90 bytes of hashes of it, the second writes the rows that are left. Nothing here is committed:
it is review text.
"""

import argparse
import array
import collections
import csv
import gzip
import hashlib
import html
import json
import math
import os
import pathlib
import re
import sys
import zlib

import numpy as np
from datasketch import MinHash, MinHashLSH
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = pathlib.Path(os.environ.get("WORK", ROOT / "build/model/work"))

VALID_PERCENT = 4  # of the texts, by hash
MIN_SIMILARITY = 0.8  # Jaccard similarity of word 4-grams above which two texts are duplicates
PERMUTATIONS = (
    64  # of MinHash: standard error of the similarity 1/sqrt(64) = 0.125, fine for dropping
)
SHORT = 8  # words; shorter texts are compared for exact repeats only: they have too few 4-grams
CUT_WORDS = (5, 25)  # single sentences cut from reviews: like the short texts that people type
CUT_AGREE = (
    0.5  # |VADER compound| from which a sentence is taken to agree with its review's label
)
CUT_MAX = 15_000  # sentences of each label; cheap to train on (18 tokens), but weakly labelled
TITLE_WORDS = (3, 25)
TITLE_MAX = 30_000  # titles alone: short too, and labelled by their authors

HALF = 0.5  # label of three stars: trained on as it is, never counted as right or wrong
STARS = {1.0: 0, 2.0: 0, 3.0: HALF, 4.0: 1, 5.0: 1}
LABEL_OF_SENTIMENT = {"negative": 0, "unsure": None, "positive": 1}


def data_folder() -> pathlib.Path:
    """Return DATA, or the default folder beside the repository."""
    return pathlib.Path(os.environ.get("DATA", ROOT / "../shared/data"))


def detokenise(text: str) -> str:
    """Undo Penn Treebank tokenisation: "do n't" -> "don't", " ." -> ".", `` -> "."""
    text = re.sub(
        r"& (#?\s?\w+) ;", lambda m: "&" + m[1].replace(" ", "") + ";", text
    )  # & # 34 ; -> &#34;
    text = text.replace("``", '"').replace("''", '"')
    text = re.sub(r" (n't|'s|'m|'re|'ve|'ll|'d)\b", r"\1", text, flags=re.I)
    text = re.sub(
        r"\b(can(?= not\b)|gon(?= na\b)|wan(?= na\b)|got(?= ta\b)|gim(?= me\b)) ",
        r"\1",
        text,
        flags=re.I,
    )
    text = re.sub(r" ([.,!?;:%)\]}])", r"\1", text)
    text = re.sub(r"([(\[{$#]) ", r"\1", text)
    return re.sub(r'" ([^"]*?) "', r'"\1"', text)


def clean(text: str) -> str:
    text = html.unescape(html.unescape(text))  # some sets are escaped twice
    text = re.sub(r"<br\s*/?>|</?(p|b|i|span|div|a)\b[^>]*>", " ", text, flags=re.I)
    return " ".join(text.split())


def lines(path: pathlib.Path):
    opened = (
        gzip.open(path, "rt", encoding="utf-8", errors="replace", newline="")
        if path.suffix == ".gz"
        else path.open(encoding="utf-8", errors="replace", newline="")
    )
    with opened as f:
        yield from f


# A reader yields (raw, text, title or None, label or None, stars or None, category); raw is what
# exclude.sha1 hashes.


def dsc24(path):
    for line in lines(path):
        raw, tab, label = line.rstrip("\r\n").rpartition("\t")
        if label.strip() not in ("1", "-1"):
            raise SystemExit(
                f"{path}: label {label.strip()[:20]!r} after the last tab; want 1 or -1"
            )
        yield (
            raw,
            detokenise(raw),
            None,
            int(label.strip() == "1"),
            None,
            path.name.removesuffix("_train.tsv"),
        )


def hatn5(path):
    for line in lines(path):
        title, stop, body = line.partition(". ")
        yield (
            line,
            line,
            title if stop and body.strip() else None,
            int(path.name == "review_positive"),
            None,
            path.parent.name,
        )


def sst2(path):
    for n, line in enumerate(lines(path), 1):
        label, _, raw = line.rstrip("\r\n").partition("\t")
        if n == 1:
            continue
        if label not in ("0", "1"):
            raise SystemExit(f"{path} line {n}: label {label[:20]!r}; want 0 or 1")
        yield raw, detokenise(raw), None, int(label), None, "film"


def amazon(path):
    """Read JSON lines of Amazon Reviews 2018 (overall, summary, reviewText) or 2023 (rating, title,
    text).
    """
    category = re.sub(r"(\.jsonl?)?(\.gz)?$", "", path.name)
    for n, line in enumerate(lines(path), 1):
        try:
            row = json.loads(line)
        except ValueError as e:
            raise SystemExit(f"{path} line {n}: not JSON: {e}") from e
        stars = row.get("rating", row.get("overall")) if isinstance(row, dict) else None
        if stars is None:
            raise SystemExit(f'{path} line {n}: no "rating" (2023) and no "overall" (2018)')
        if stars not in STARS:
            raise SystemExit(f"{path} line {n}: {stars!r} stars; want 1 to 5")
        title, body = (
            row.get("title", row.get("summary")) or "",
            row.get("text", row.get("reviewText")) or "",
        )
        yield body, join(title, body), title, STARS[stars], float(stars), category


def polarity(path):
    """Read a CSV of amazon_polarity: label 1 (negative) or 2 (positive), title, text; no header."""
    for n, row in enumerate(csv.reader(lines(path)), 1):
        if len(row) != 3 or row[0] not in ("1", "2"):
            raise SystemExit(
                f"{path} record {n}: want three fields, label (1 or 2), title and text"
            )
        yield row[2], join(row[1], row[2]), row[1], int(row[0] == "2"), None, "polarity"


def corrections(path):
    """Read JSON lines saved by the page: title, text, and the sentiment that a reader gave it."""
    for n, line in enumerate(lines(path), 1):
        try:
            row = json.loads(line)
            label, title, body = LABEL_OF_SENTIMENT[row["sentiment"]], row["title"], row["text"]
        except (ValueError, KeyError, TypeError) as e:
            raise SystemExit(
                f'{path} line {n}: {e!r}; want "title", "text" and a "sentiment" of '
                f"{', '.join(LABEL_OF_SENTIMENT)}"
            ) from e
        yield body, join(title, body), title, label, None, "corrections"


def labelled_csv(path):
    """Read a CSV with a header: title, review, and a label (1 positive, 0 or -1 negative) or stars,
    1 to 5, halves included.
    """
    with path.open(encoding="utf-8", newline="") as f:
        for n, row in enumerate(csv.DictReader(f), 2):
            title, body = row.get("title") or "", row["review"] or ""
            if "stars" in row:
                stars = float(row["stars"])
                if not 1 <= stars <= 5:
                    raise SystemExit(f"{path} record {n}: {stars} stars; want 1 to 5")
                yield (
                    body,
                    join(title, body),
                    title,
                    0 if stars < 2.5 else 1 if stars > 3.5 else HALF,
                    stars,
                    path.stem,
                )
            else:
                if row["label"] not in ("1", "0", "-1"):
                    raise SystemExit(
                        f"{path} record {n}: label {row['label'][:20]!r}; want 1, 0 or -1"
                    )
                yield body, join(title, body), title, int(row["label"] == "1"), None, path.stem


# Training labels of clear emoji, alone and after a word that agrees; the others are known by their
# words alone.
CLEAR_EMOJI = {
    1: "😍😊😀😃😁🥰🤩😘👍👌👏🙌❤💖💯🎉✅🏆😻🤗",
    0: "😡😠👎🤬😤😞😢😭🤮🤢💔❌🚫💩😒🙄😩😖🗑😾",
}
AGREEING_WORDS = {
    1: (
        "great",
        "love it",
        "good",
        "perfect",
        "happy",
        "nice",
        "works well",
        "thanks",
        "awesome",
        "excellent",
    ),
    0: (
        "bad",
        "hate it",
        "terrible",
        "broken",
        "angry",
        "awful",
        "does not work",
        "never again",
        "waste",
        "poor",
    ),
}


def emoji():
    """Yield short texts of clear emoji, generated by rule: one, repeated, two kinds, before or
    after words that agree.
    """
    for label, marks in CLEAR_EMOJI.items():
        for i, mark in enumerate(marks):
            for n in (1, 2, 3, 5):
                yield mark * n, label
            for j in (1, 3, 7):
                yield mark + marks[(i + j) % len(marks)], label
            for say in AGREEING_WORDS[label]:
                yield f"{say} {mark}", label
            for say in AGREEING_WORDS[label][:4]:
                yield f"{mark * 2} {say.capitalize()}!", label


def join(title: str, body: str) -> str:
    """Join as the manifest does, "{title}. {text}", like api and browser join a title column and a
    text column.
    """
    return f"{title}. {body}" if title.strip() and body.strip() else title + body


def sources(data: pathlib.Path, files: list[pathlib.Path]):
    """Yield (set, path, reader) of each source."""
    out = [("dsc24", p, dsc24) for p in sorted(data.glob("train/dsc24/*_train.tsv"))]
    out += [("hatn5", p, hatn5) for p in sorted(data.glob("train/hatn5/*/review_*"))]
    out += [("sst2", p, sst2) for p in data.glob("train/sst2/train.tsv")]
    out += [(p.stem, p, labelled_csv) for p in sorted(data.glob("train/more/*.csv"))]
    for path in files:
        kind = path.name.removesuffix(".gz").rpartition(".")[2]
        if kind not in ("json", "jsonl", "csv"):
            raise SystemExit(
                f"{path}: unknown format; want .jsonl or .json (Amazon 2018, 2023; "
                "-corrections.jsonl) or .csv (amazon_polarity), plain or .gz"
            )
        if not path.is_file():
            raise SystemExit(f"{path} is not there")
        if path.name.removesuffix(".gz").endswith("-corrections.jsonl"):
            out.insert(0, ("corrections", path, corrections))
        else:
            out.append(("polarity", path, polarity) if kind == "csv" else ("amazon", path, amazon))
    if not out:
        raise SystemExit(
            f"{data}/train is not there or empty; set DATA to the folder that holds train/, or "
            "name files"
        )
    return out


def key(text: str) -> str:
    """Return the letters and digits of a text in lower case; texts with equal keys are exact
    repeats."""
    return re.sub(r"[\W_]+", " ", text.lower()).strip()


def digest(text: str) -> int:
    """Return the first 64 bits of the SHA-256 of the key. Two of 3 million texts collide once in 4
    million runs.
    """
    return int.from_bytes(hashlib.sha256(key(text).encode()).digest()[:8], "big")


def is_valid(hashed):
    """Return whether a digest, or each of an array, belongs to validation."""
    return (hashed >> 32) % 100 < VALID_PERCENT


def grams(words, n=4):
    return {" ".join(words[i : i + n]) for i in range(len(words) - n + 1)}


class Seen:
    """The data about every row that is kept between the passes."""

    def __init__(self):
        shape = MinHashLSH(threshold=MIN_SIMILARITY, num_perm=PERMUTATIONS)
        self.bands, self.rows = (
            shape.b,
            shape.r,
        )  # texts that share all rows of one band are near repeats
        self.mix = np.random.default_rng(1).integers(
            1, 2**63, self.rows, dtype=np.uint64
        ) | np.uint64(1)
        self.key, self.label, self.group = array.array("Q"), array.array("f"), array.array("B")
        self.sketched, self.band = array.array("I"), array.array("Q")

    def add(self, text: str, label: float, group: int, sketch: bool):
        words = key(text).split()
        if sketch and len(words) >= SHORT:
            minhash = MinHash(num_perm=PERMUTATIONS, hashfunc=zlib.crc32)
            minhash.update_batch([g.encode() for g in grams(words)])
            values = np.asarray(minhash.hashvalues, np.uint64)[: self.bands * self.rows].reshape(
                self.bands, self.rows
            )
            self.sketched.append(len(self.key))
            self.band.frombytes((values * self.mix).sum(axis=1, dtype=np.uint64).tobytes())
        self.key.append(digest(text))
        self.label.append(label)
        self.group.append(group)

    def kept(self, removed: collections.Counter) -> np.ndarray:
        """Return which rows stay, (N,) bool: the first of repeats, and no text with both labels."""
        n = len(self.key)
        keys, labels = np.frombuffer(self.key, np.uint64), np.frombuffer(self.label, np.float32)
        order = np.argsort(keys, kind="stable")
        starts = np.flatnonzero(np.r_[True, keys[order][1:] != keys[order][:-1]])
        sizes = np.diff(np.r_[starts, n])
        least, most = (
            np.minimum.reduceat(labels[order], starts),
            np.maximum.reduceat(labels[order], starts),
        )
        conflict = np.zeros(n, bool)
        conflict[order] = np.repeat(least != most, sizes)
        first = np.zeros(n, bool)
        first[order[starts]] = True
        removed["label conflict"] = int(conflict.sum())
        removed["exact repeat"] = int((~first & ~conflict).sum())
        keep = first & ~conflict

        sketched = np.frombuffer(self.sketched, np.uint32)
        band = np.frombuffer(self.band, np.uint64).reshape(-1, self.bands)
        band, sketched = band[keep[sketched]], sketched[keep[sketched]]
        near = np.zeros(n, bool)
        for column in band.T:
            order = np.argsort(column, kind="stable")
            near[sketched[order[1:]][column[order][1:] == column[order][:-1]]] = True
        removed["near repeat"] = int(near.sum())
        return keep & ~near


class Pieces:
    """Short texts cut from reviews: titles, and first or last sentences whose words agree with the
    review's label.
    """

    def __init__(self, share: float):
        self.share = (
            share  # of the reviews that are tried, so that millions give no more than the maximum
        )
        self.vader = SentimentIntensityAnalyzer()
        self.found = {("cut", 0): [], ("cut", 1): [], ("title", 0): [], ("title", 1): []}

    def take(self, row: dict, title: str | None, hashed: int):
        if hashed % 9973 >= self.share * 9973 or row["label"] == HALF:
            return
        part = "valid" if is_valid(hashed) else "train"
        if title and TITLE_WORDS[0] <= len(title.split()) <= TITLE_WORDS[1]:
            self.found["title", row["label"]].append(
                (part, {**row, "text": clean(title), "set": "title"})
            )
        sentences = re.split(r"(?<=[.!?])\s+", row["text"])
        for sentence in (sentences[0], sentences[-1]) if len(sentences) > 1 else ():
            if CUT_WORDS[0] <= len(sentence.split()) <= CUT_WORDS[1]:
                compound = self.vader.polarity_scores(sentence)["compound"]
                if abs(compound) >= CUT_AGREE and (compound > 0) == (row["label"] == 1):
                    self.found["cut", row["label"]].append(
                        (part, {**row, "text": sentence, "set": "cut"})
                    )
                    break

    def balanced(self):
        """Return equally many of each label (VADER finds positive sentences more easily), each text
        once, none on both sides.
        """
        taken = {}
        for kind, most in (("cut", CUT_MAX), ("title", TITLE_MAX)):
            both = [self.found[kind, label] for label in (0, 1)]
            n = min(most, *map(len, both))
            for items in both:
                for part, row in items[:n]:
                    taken.setdefault(digest(row["text"]), []).append((part, row))
        for items in taken.values():
            if len({row["label"] for _, row in items}) == 1:
                yield min(
                    items, key=lambda item: item[0] != "train"
                )  # on both sides: it was trained on


def prepare(data: pathlib.Path, files: list[pathlib.Path], limit: int | None):
    found = sources(data, files)
    listed = data / "train/exclude.sha1"
    exclude = set(listed.read_text().split()) if listed.exists() else set()
    names = sorted({name for name, _, _ in found})
    removed, read, seen, corrected = collections.Counter(), collections.Counter(), Seen(), set()
    WORK.mkdir(parents=True, exist_ok=True)
    scratch = WORK / "rows.part"
    outs = {part: WORK / f"{part}.jsonl.part" for part in ("train", "valid")}
    try:
        with scratch.open("w", encoding="utf-8") as f:
            for name, path, reader in found:
                most = (
                    math.ceil(limit / sum(n == name for n, _, _ in found)) if limit else sys.maxsize
                )
                for _, (raw, text, title, label, stars, category) in zip(range(most), reader(path)):
                    read[name] += 1
                    if read.total() % 200_000 == 0:
                        print(f"{read.total():,} rows read", file=sys.stderr, flush=True)
                    text = clean(text)
                    if name == "corrections":
                        corrected.add(digest(text))
                    if (
                        hashlib.sha1(raw.strip().encode("utf-8", "surrogateescape")).hexdigest()
                        in exclude
                    ):
                        removed["excluded: nearly repeats an independent test set"] += 1
                    elif corrected and name != "corrections" and digest(text) in corrected:
                        removed["corrected by a reader"] += 1
                    elif label is None and name == "corrections":
                        removed["unsure to a reader"] += 1
                    elif not key(text):
                        removed["empty"] += 1
                    else:
                        # SST-2 consists of overlapping phrases by design
                        seen.add(text, label, names.index(name), sketch=name != "sst2")
                        row = {
                            "text": text,
                            "label": label,
                            "stars": stars,
                            "set": name,
                            "category": category,
                        }
                        f.write(json.dumps([row, title], ensure_ascii=False) + "\n")
        keep = seen.kept(removed)
        keys, groups = np.frombuffer(seen.key, np.uint64), np.frombuffer(seen.group, np.uint8)
        film = groups == names.index("sst2") if "sst2" in names else np.zeros(len(keys), bool)
        valid = is_valid(keys)

        def left(which):
            with scratch.open(encoding="utf-8") as f:
                for i, line in enumerate(f):
                    if which[i]:
                        yield i, *json.loads(line)

        # SST-2 consists of phrases of the same sentences: a training phrase that shares four words
        # in a row with a validation phrase would reveal its label. Validation phrases under four
        # words cannot be protected in this way and are dropped.
        known = set().union(
            *(grams(key(row["text"]).split()) for _, row, _ in left(keep & film & valid))
        )
        pieces = Pieces(min(1, (CUT_MAX + TITLE_MAX) * 10 / max(1, (keep & ~film).sum())))
        counts = {part: collections.Counter() for part in outs}
        with (
            outs["train"].open("w", encoding="utf-8") as train,
            outs["valid"].open("w", encoding="utf-8") as validation,
        ):

            def write(part, row):
                (train if part == "train" else validation).write(
                    json.dumps(row, ensure_ascii=False) + "\n"
                )
                counts[part][f"{row['set']} {row['label']}"] += 1

            for i, row, title in left(keep):
                if film[i] and not valid[i] and known & grams(key(row["text"]).split()):
                    removed["phrase shared with validation"] += 1
                elif film[i] and valid[i] and len(key(row["text"]).split()) < 4:
                    removed["validation phrase too short to protect"] += 1
                else:
                    write("valid" if valid[i] else "train", row)
                    if not film[i]:
                        pieces.take(row, title, int(keys[i]))
            for text, label in emoji():
                write(
                    "train",
                    {
                        "text": text,
                        "label": label,
                        "stars": None,
                        "set": "emoji",
                        "category": "emoji",
                    },
                )
            whole = set(keys[keep].tolist())
            for part, row in pieces.balanced():
                if digest(row["text"]) in whole:
                    removed["piece that is a whole review too"] += 1
                else:
                    write(part, row)
        for part, path in outs.items():
            path.replace(WORK / f"{part}.jsonl")
    except OSError as e:
        raise SystemExit(f"cannot write {e.filename or WORK}: {e.strerror}") from e
    finally:
        for path in (scratch, *outs.values()):
            path.unlink(missing_ok=True)
    report = {
        "read": dict(read),
        "removed": dict(removed),
        **{part: dict(sorted(c.items())) for part, c in counts.items()},
    }
    (WORK / "report.json").write_text(json.dumps(report, indent=1) + "\n")
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument(
        "files",
        nargs="*",
        type=pathlib.Path,
        help="Amazon JSON lines, corrections or amazon_polarity CSV, plain or .gz",
    )
    p.add_argument(
        "--rows",
        type=int,
        help="read about this many rows of each set, from all its files (to compare variants)",
    )
    a = p.parse_args()
    prepare(data_folder(), a.files, a.rows)
