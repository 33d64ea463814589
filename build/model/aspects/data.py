"""Sentences with marked aspects as token tags.

DATA/absa/train.jsonl has one row per sentence: {"text", "aspects": [[start, end, polarity], ...],
"self": the same, "set", "split"}, offsets in characters. Words get the tags of tagger.LABELS.
"self" spans name the reviewed thing itself: they are not aspects in training, and not counted in
measurements.
"""

import collections
import dataclasses
import json
import os
import pathlib
import random

import numpy as np

from aspects.tagger import OUTSIDE, POLARITIES, begin, inside, word_starts
from tokens import Tokens

IGNORED = -100  # a tag that is ignored by the loss
# Sets in which only some of the aspects are marked: there an unmarked occurrence of a term that is
# marked elsewhere in the set means nothing. A term is known if it is marked this often, in at least
# this share of its occurrences.
PARTIAL = ("bing", "tshirt")
KNOWN_TIMES, KNOWN_SHARE = 2, 0.25
MAX_TERM_WORDS = 4  # words
SHARES = {"mams": 0.25}  # of a set's rows in an epoch: half of mams' aspects are mere mentions
POLARITY_ONLY = {"mams"}  # sets of SHARES whose other rows teach only the polarity of their spans
JOINED_SHARE = 0.12  # share of training texts that are several sentences of a set, as reviews are
MAX_JOINED = 5


@dataclasses.dataclass
class Sentence:
    text: str
    set: str  # "bing/ipod" is of the set bing
    ids: list[int]  # a window: [CLS], pieces, [SEP]
    starts: list[bool]  # word_starts of ids
    offsets: list[tuple[int, int]]  # of each token, in characters of the text
    spans: list[tuple[int, int, str]]  # first token, tokens, polarity
    own: set[tuple[int, int]]  # first token, tokens: names of the reviewed thing
    tags: list[int]  # of each token; IGNORED for tokens that do not begin a word

    @property
    def mixed(self) -> bool:
        return {"positive", "negative"} <= {polarity for *_, polarity in self.spans}


def file() -> pathlib.Path:
    folder = os.environ.get("DATA")
    if not folder:
        raise SystemExit("set DATA to the folder that holds absa/train.jsonl")
    path = pathlib.Path(folder) / "absa/train.jsonl"
    if not path.exists():
        raise SystemExit(f"{path} is not there; DATA must hold absa/train.jsonl")
    return path


def rows(path: pathlib.Path) -> list[dict]:
    out = []
    with path.open() as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
                assert row["split"] in ("train", "dev") and isinstance(row["set"], str)
                for start, end, polarity in row["aspects"]:
                    assert 0 <= start < end <= len(row["text"]) and polarity in POLARITIES
                for start, end, _ in row.get("self", []):
                    assert 0 <= start < end <= len(row["text"])
            except (AssertionError, KeyError, TypeError, ValueError) as e:
                raise SystemExit(
                    f'{path} line {number}: {e!r}; want "text", "set", "split" of train or dev and '
                    f'"aspects" of [start, end, {" or ".join(POLARITIES)}] within the text'
                ) from None
            out.append(row)
    return out


def tokenize(tokens: Tokens, text: str) -> tuple[list[int], list[tuple[int, int]]]:
    """Return Tokens.pieces with the offsets of each piece in text."""
    read, places = [], []  # the text with emoji as words, and the source of each character
    for at, c in enumerate(text):
        words = tokens.emoji.get(ord(c), c)
        read.append(words)
        places += [at] * len(words)
    found = tokens.reference.encode("".join(read), add_special_tokens=False)
    return found.ids, [(places[a], places[b - 1] + 1) for a, b in found.offsets]


def sentence(tokens: Tokens, row: dict) -> Sentence:
    pieces, offsets = tokenize(tokens, row["text"])
    ids = tokens.window(pieces)
    offsets = [(0, 0), *offsets, (0, 0)]
    starts = word_starts(tokens, ids)
    words = [i for i, start in enumerate(starts) if start]
    ends = [*words[1:], len(ids) - 1]

    def within(start: int, end: int) -> list[int]:
        """Return the indices of the words that share a character with text[start:end]."""
        return [
            n
            for n, i in enumerate(words)
            if offsets[i][0] < end and offsets[ends[n] - 1][1] > start
        ]

    tags = [OUTSIDE if start else IGNORED for start in starts]
    spans, own = [], set()
    for start, end, polarity in row["aspects"]:
        covered = within(start, end)
        if not covered or any(tags[words[n]] != OUTSIDE for n in covered):
            continue
        p = POLARITIES.index(polarity)
        for n in covered:
            tags[words[n]] = inside(p) if n > covered[0] else begin(p)
        first = words[covered[0]]
        spans.append((first, ends[covered[-1]] - first, polarity))
    for start, end, _ in row.get("self", []):
        if covered := within(start, end):
            first = words[covered[0]]
            own.add((first, ends[covered[-1]] - first))
    return Sentence(row["text"], row["set"], ids, starts, offsets, spans, own, tags)


def terms(s: Sentence) -> list[tuple[int, ...]]:
    return [tuple(s.ids[first : first + n]) for first, n, _ in s.spans]


def ignore_unmarked(sentences: list[Sentence]) -> int:
    """Exclude unmarked occurrences of known terms within one partial set from the loss; return
    their number.
    """
    marked = collections.Counter(term for s in sentences for term in terms(s))
    marked = {t: n for t, n in marked.items() if n >= KNOWN_TIMES and len(t) <= MAX_TERM_WORDS}
    places = collections.Counter()

    def found(s: Sentence):
        """Return the occurrences of known terms, longest first."""
        for n in range(MAX_TERM_WORDS, 0, -1):
            for at in range(1, len(s.ids) - n):
                end = at + n
                whole = s.starts[at] and (end == len(s.ids) - 1 or s.starts[end])
                if whole and (term := tuple(s.ids[at:end])) in marked:
                    yield at, n, term

    for s in sentences:
        places.update(term for *_, term in found(s))
    ignored = 0
    for s in sentences:
        for at, n, term in found(s):
            if marked[term] < KNOWN_SHARE * places[term]:
                continue
            if all(s.tags[i] in (OUTSIDE, IGNORED) for i in range(at, at + n)):
                ignored += any(s.tags[i] == OUTSIDE for i in range(at, at + n))
                s.tags[at : at + n] = [IGNORED] * n
    return ignored


def sentences(
    tokens: Tokens, split: str, without: str = "", plain: bool = False
) -> list[Sentence]:
    """Return the sentences of a split. without: a set, or a prefix of its name, to leave out;
    plain: use PARTIAL sets as they are.
    """
    out = [
        sentence(tokens, row)
        for row in rows(file())
        if row["split"] == split and not (without and row["set"].startswith(without))
    ]
    if split == "train" and not plain:
        for name in PARTIAL:
            ignore_unmarked([s for s in out if kind(s) == name])
    return out


def kind(s: Sentence) -> str:
    return s.set.split("/")[0]


def join(parts: list[Sentence]) -> tuple[list[int], list[int]]:
    """Return IDs and tags of the concatenated sentences in one window."""
    ids, tags = parts[0].ids[:-1], parts[0].tags[:-1]
    for s in parts[1:]:
        ids, tags = ids + s.ids[1:-1], tags + s.tags[1:-1]
    return ids + parts[0].ids[-1:], tags + [IGNORED]


def epoch(
    every: list[Sentence], seed: int, most_tokens: int, plain: bool = False
) -> list[tuple[list[int], list[int]]]:
    """Return the training texts of an epoch, (IDs, tags) each: single sentences, and several of a
    set. plain: single ones only, and none of the sets of SHARES. A negative tag, -t, says that t is
    the right one of the tags of its kind, B or I, and nothing of the others.
    """
    rng = random.Random(seed)
    by_set, texts = collections.defaultdict(list), []
    for s in every:
        if rng.random() < (0 if plain and kind(s) in SHARES else SHARES.get(kind(s), 1)):
            by_set[s.set].append(s)
        elif kind(s) in POLARITY_ONLY and not plain:
            texts.append((s.ids, [-t if t > OUTSIDE else IGNORED for t in s.tags]))
    for name in sorted(by_set):
        group, at = by_set[name], 0
        rng.shuffle(group)
        while at < len(group):
            n = rng.randint(2, MAX_JOINED) if rng.random() < JOINED_SHARE and not plain else 1
            ids, tags = join(group[at : at + n])
            texts.append((ids[: most_tokens - 1] + ids[-1:], tags[: most_tokens - 1] + [IGNORED]))
            at += n
    rng.shuffle(texts)
    return texts


def counts(found, wanted) -> np.ndarray:
    """Return the input of figures for predicted spans and those of a Sentence: the numbers of spans
    wanted, found, with the right place, with the right place and polarity.
    """
    gold = {(first, n): polarity for first, n, polarity in wanted.spans}
    kept = [s for s in found if (s[0], s[1]) in gold or (s[0], s[1]) not in wanted.own]
    placed = [s for s in kept if (s[0], s[1]) in gold]
    exact = sum(gold[s[0], s[1]] == s[2] for s in placed)
    return np.array([len(gold), len(kept), len(placed), exact])


def figures(c: np.ndarray) -> dict:
    """Return F1 of spans with polarity and of spans, and the polarity of right spans, in
    percent."""
    wanted, found, placed, exact = (int(x) for x in c)
    f1 = lambda right: round(200 * right / max(wanted + found, 1), 2)
    return {
        "exact_f1": f1(exact),
        "span_f1": f1(placed),
        "polarity": round(100 * exact / max(placed, 1), 2),
        "spans": wanted,
    }
