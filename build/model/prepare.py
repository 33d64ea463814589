"""Read the labelled reviews in DATA, clean them, drop repeats, split them.

    DATA=../shared/data build/model/.venv/bin/python build/model/prepare.py

Writes build/model/work/{train,valid}.jsonl, one {"text", "label", "set", "category"} a line (label 1 is positive),
and report.json: what each step removed. A row's split depends only on its text, so that another run, or another
order of the files, never moves a row from validation to training. Nothing here is committed: it is review text.
"""

import argparse
import collections
import hashlib
import html
import json
import os
import pathlib
import re
import zlib

import numpy as np
from datasketch import MinHash, MinHashLSH
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

ROOT = pathlib.Path(__file__).resolve().parents[2]
WORK = ROOT / "build/model/work"

VALID_PERCENT = 4  # of the texts, by hash
NEAR = 0.8  # Jaccard similarity of word 4-grams above which two texts are one
PERMUTATIONS = 64  # of MinHash: standard error of the similarity 1/sqrt(64) = 0.125, fine for dropping
SHORT = 8  # words; shorter texts only meet exact repeats: they have too few 4-grams
CUT_WORDS = (5, 25)  # single sentences cut from reviews: the short texts that people type
CUT_AGREE = 0.5  # |VADER compound| from which a sentence counts as saying what its review's label says
CUT_MAX = 30_000  # sentences; cheap to train on (18 tokens), but weakly labelled


def detokenise(text: str) -> str:
    """Undo Penn Treebank tokenisation: "do n't" -> "don't", " ." -> ".", `` -> "."""
    text = re.sub(r"& (#?\s?\w+) ;", lambda m: "&" + m[1].replace(" ", "") + ";", text)  # & # 34 ; -> &#34;
    text = text.replace("``", '"').replace("''", '"')
    text = re.sub(r" (n't|'s|'m|'re|'ve|'ll|'d)\b", r"\1", text, flags=re.I)
    text = re.sub(r"\b(can|gon|wan|got|gim) (not|na|ta|me)\b", r"\1\2", text, flags=re.I)
    text = re.sub(r" ([.,!?;:%)\]}])", r"\1", text)
    text = re.sub(r"([(\[{$#]) ", r"\1", text)
    return re.sub(r'" ([^"]*?) "', r'"\1"', text)


def clean(text: str) -> str:
    text = html.unescape(html.unescape(text))  # some sets escaped twice
    text = re.sub(r"<br\s*/?>|</?(p|b|i|span|div|a)\b[^>]*>", " ", text, flags=re.I)
    return " ".join(text.split())


def dsc24(data):
    for path in sorted(data.glob("train/dsc24/*_train.tsv")):
        for line in path.open(encoding="utf-8", errors="replace"):
            raw, tab, label = line.rstrip("\n").rpartition("\t")
            if tab and label.strip() in ("1", "-1"):
                yield raw, detokenise(raw), int(label.strip() == "1"), path.name.removesuffix("_train.tsv")


def hatn5(data):
    for path in sorted(data.glob("train/hatn5/*/review_*")):
        for line in path.open(encoding="utf-8", errors="replace"):
            yield line, line, int(path.name == "review_positive"), path.parent.name


def sst2(data):
    path = data / "train/sst2/train.tsv"
    for line in path.open(encoding="utf-8").readlines()[1:] if path.exists() else []:
        label, _, raw = line.rstrip("\n").partition("\t")
        yield raw, detokenise(raw), int(label), "film"


SETS = {"dsc24": dsc24, "hatn5": hatn5, "sst2": sst2}


def key(text: str) -> str:
    """What two texts must share to be exact repeats: letters and digits, whatever the case."""
    return re.sub(r"[\W_]+", " ", text.lower()).strip()


def split(text: str) -> str:
    return "valid" if int(hashlib.sha256(key(text).encode()).hexdigest()[:8], 16) % 100 < VALID_PERCENT else "train"


def grams(words, n=4):
    return [" ".join(words[i : i + n]) for i in range(len(words) - n + 1)]


def near_repeat(lsh, name, words) -> bool:
    """True if the text resembles one seen before; otherwise it is remembered."""
    sketch = MinHash(num_perm=PERMUTATIONS, hashfunc=lambda b: zlib.crc32(b))
    sketch.update_batch([g.encode() for g in set(grams(words))])
    if lsh.query(sketch):
        return True
    lsh.insert(name, sketch)
    return False


def cut_sentences(rows):
    """Sentences of training reviews whose own words agree with the review's label."""
    vader = SentimentIntensityAnalyzer()
    order = sorted(rows, key=lambda r: hashlib.sha256(r["text"].encode()).digest())
    made = []
    for row in order:
        if row["set"] == "sst2":
            continue
        sentences = re.split(r"(?<=[.!?])\s+", row["text"])
        if len(sentences) < 2:
            continue
        for sentence in (sentences[0], sentences[-1]):
            n = len(sentence.split())
            if CUT_WORDS[0] <= n <= CUT_WORDS[1]:
                compound = vader.polarity_scores(sentence)["compound"]
                if abs(compound) >= CUT_AGREE and (compound > 0) == (row["label"] == 1):
                    made.append({**row, "text": sentence, "set": "cut"})
                    break
        if len(made) == CUT_MAX:
            break
    # as many of each label: VADER finds positive sentences more easily
    n = min(collections.Counter(r["label"] for r in made).values(), default=0)
    kept = collections.Counter()
    out = []
    for row in made:
        kept[row["label"]] += 1
        if kept[row["label"]] <= n:
            out.append(row)
    return out


def prepare(data: pathlib.Path, limit: int | None):
    if not (data / "train").is_dir():
        raise SystemExit(f"{data}/train is not there; set DATA to the folder that holds train/")
    exclude = set((data / "train/exclude.sha1").read_text().split())
    removed, read = collections.Counter(), collections.Counter()
    seen, rows = {}, []
    lsh = MinHashLSH(threshold=NEAR, num_perm=PERMUTATIONS)
    for name, reader in SETS.items():
        for raw, text, label, category in reader(data):
            if limit and read[name] >= limit:
                break
            read[name] += 1
            if hashlib.sha1(raw.strip().encode("utf-8", "surrogateescape")).hexdigest() in exclude:
                removed["excluded: nearly repeats an independent test set"] += 1
                continue
            text = clean(text)
            k = key(text)
            words = k.split()
            if not words:
                removed["empty"] += 1
            elif k in seen:
                other = rows[seen[k]]
                if other["label"] != label:
                    other["label"] = -1  # both go
                    removed["label conflict"] += 1
                else:
                    removed["exact repeat"] += 1
            elif name != "sst2" and len(words) >= SHORT and near_repeat(lsh, k, words):
                removed["near repeat"] += 1
            else:
                seen[k] = len(rows)
                rows.append({"text": text, "label": label, "set": name, "category": category})
    rows = [r for r in rows if r["label"] >= 0]
    parts = {"train": [], "valid": []}
    for row in rows:
        parts[split(row["text"])].append(row)
    # SST-2 is made of phrases of the same sentences: a training phrase that shares four words in a row with a
    # validation phrase would tell its label. Very short validation phrases cannot be protected so: they go.
    parts["valid"] = [r for r in parts["valid"] if r["set"] != "sst2" or len(key(r["text"]).split()) >= 4]
    known = {g for r in parts["valid"] if r["set"] == "sst2" for g in grams(key(r["text"]).split())}
    kept = [r for r in parts["train"] if r["set"] != "sst2" or not known.intersection(grams(key(r["text"]).split()))]
    removed["phrase shared with validation"] = len(parts["train"]) - len(kept)
    parts["train"] = kept
    cut = cut_sentences(kept)
    parts["train"] = kept + cut
    rng = np.random.default_rng(1)
    rng.shuffle(parts["train"])

    WORK.mkdir(parents=True, exist_ok=True)
    for part, items in parts.items():
        scratch = WORK / f"{part}.jsonl.part"
        with scratch.open("w", encoding="utf-8") as f:
            for row in items:
                f.write(json.dumps(row, ensure_ascii=False) + "\n")
        scratch.replace(WORK / f"{part}.jsonl")
    report = {
        "read": dict(read),
        "removed": dict(removed),
        **{p: dict(collections.Counter(f"{r['set']} {r['label']}" for r in items)) for p, items in parts.items()},
    }
    (WORK / "report.json").write_text(json.dumps(report, indent=1))
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, help="read at most this many rows of each set (for a quick test)")
    prepare(pathlib.Path(os.environ.get("DATA", ROOT / "../shared/data")), arguments.parse_args().rows)
