"""The reference tokenizer, as transformers' BertTokenizerFast builds it from vocab.txt, and texts.

Used by vectors.py and parity.py. All texts are invented or generated.
"""

import bisect
import codecs
import pathlib
import random
import sys
import unicodedata

import tokenizers
from tokenizers import Tokenizer
from tokenizers.implementations import BertWordPieceTokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import BertProcessing, TemplateProcessing

VERSION = "0.23.3"
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def check_version():
    if tokenizers.__version__ != VERSION:
        sys.exit(f"tokenizers is {tokenizers.__version__}; want {VERSION}, which made tables.go")


def load(vocab, lowercase):
    """Special tokens are added tokens: found in the raw text before it is normalised."""
    t = BertWordPieceTokenizer(str(vocab), lowercase=lowercase)
    t.no_padding()
    t.no_truncation()
    return t


SETTINGS = {  # in addition to load's
    "keep": {"lowercase": True, "strip_accents": False},
    "strip": {"lowercase": False, "strip_accents": True},
    "joined": {"lowercase": True, "handle_chinese_chars": False},
    "joined-cased": {"lowercase": False, "handle_chinese_chars": False},
}


def load_with(vocab, **settings):
    """As load, with all settings: BertNormalizer's, tokenizer.json's post-processor, names, prefix."""
    t = BertWordPieceTokenizer(str(vocab), **settings)
    t.post_processor = BertProcessing(("[SEP]", t.token_to_id("[SEP]")), ("[CLS]", t.token_to_id("[CLS]")))
    return t


def named(vocab):
    """Other names, another prefix, short words, added tokens that the vocabulary has and that it lacks."""
    names = {"[UNK]": "<unk>", "[CLS]": "<s>", "[SEP]": "</s>"}
    ids = {names.get(p, "@@" + p[2:] if p[:2] == "##" and p != "##" else p): i for i, p in enumerate(vocab)}
    t = Tokenizer(WordPiece(ids, unk_token="<unk>", continuing_subword_prefix="@@", max_input_chars_per_word=20))
    t.normalizer = BertNormalizer(lowercase=True)
    t.pre_tokenizer = BertPreTokenizer()
    t.add_special_tokens(["<unk>", "<s>", "</s>", "[PAD]", "!", "<s>!", "#tag", "<new>"])
    t.post_processor = TemplateProcessing(single="<s> $A </s>", pair="<s> $A </s> $B:1 </s>:1", special_tokens=[("<s>", ids["<s>"]), ("</s>", ids["</s>"])])
    return t


def decode(data):
    """Returns text as Python reads data with errors="replace", and the byte where each code point begins."""
    wrong = []

    def note(e):
        wrong.append((e.start, e.end))
        return "\ufffd", e.end

    codecs.register_error("note", note)
    text = data.decode("utf-8", errors="note")
    assert text == data.decode("utf-8", errors="replace")
    starts, at, wrong = [], 0, dict(wrong)
    for c in text:
        starts.append(at)
        at = wrong.get(at) or at + len(c.encode())
    assert at == len(data)
    return text, starts + [at]


def emoji():
    """Returns str.translate's replacements of emoji and skin tones, see emoji.txt."""
    table = dict.fromkeys(range(0x1F3FB, 0x1F400), " ")
    file = pathlib.Path(__file__).resolve().parents[1] / "emoji.txt"
    for line in file.read_text().splitlines():
        point, words = line.split("\t")
        table[int(point, 16)] = f" {words} "
    return table


def assigned():
    """Returns the code points in Python's Unicode, without surrogates and private use."""
    return [chr(p) for p in range(0x110000) if unicodedata.category(chr(p)) not in ("Cn", "Cs", "Co")]


class Generator:
    """Random texts from a seed: words, scripts, marks, spaces, controls, brackets, broken bytes."""

    def __init__(self, seed, words, points):
        self.random = random.Random(seed)
        self.words = words
        self.points = points
        self.marks = [c for c in points if unicodedata.combining(c)]
        self.kinds = {}
        for c in points:
            self.kinds.setdefault(unicodedata.category(c), []).append(c)
        self.scripts = [(0x20, 0x7F), (0xA0, 0x250), (0x370, 0x530), (0x590, 0x700), (0x900, 0xE80), (0x1100, 0x1200),
                        (0x1D00, 0x2000), (0x2000, 0x2100), (0x2190, 0x2C00), (0x3000, 0x3200), (0x4E00, 0x4F00),
                        (0xAC00, 0xAD00), (0xF900, 0xFB00), (0xFE00, 0x10000), (0x1D100, 0x1D200), (0x1E000, 0x1E030),
                        (0x1F000, 0x1FB00), (0x20000, 0x20100), (0x2F800, 0x2FA20)]
        self.by_script = [points[bisect.bisect_left(points, chr(a)) : bisect.bisect_left(points, chr(b))] for a, b in self.scripts]

    def text(self):
        r = self.random
        out = []
        for _ in range(r.choice([1, 2, 3, 5, 8, 20])):
            kind = r.randrange(12)
            if kind < 3:
                out.append(self.word())
            elif kind == 3:
                out.append("".join(r.choices(r.choice(self.by_script), k=r.randrange(1, 9))))
            elif kind == 4:
                out.append(self.word() + "".join(r.choices(self.marks, k=r.randrange(1, 5))))
            elif kind == 5:
                out.append("".join(r.choices(self.points, k=r.randrange(1, 5))))
            elif kind == 6:
                out.append("".join(r.choices(self.kinds[r.choice(list(self.kinds))], k=r.randrange(1, 4))))
            elif kind == 7:
                out.append(r.choice(SPECIALS + ["[sep]", "[ CLS]", "[SEP", "[[SEP]]", "[MASK]]", "[unused1]", "##ing"]))
            elif kind == 8:
                out.append(r.choice("\t\n\r\x00\x0b\x1c\x7f\x85\xa0\xad\u1680\u2003\u200b\u2028\u202f\u3000\ufeff\ufffd") * r.randrange(1, 3))
            elif kind == 9:
                out.append(r.choice("áéíñçåäößøÉÀÖŁœﬁİıſKΣςЙё한각가") * r.randrange(1, 3))
            elif kind == 10:
                out.append(r.choice(["😀", "👍🏽", "👩‍💻", "🏳️‍🌈", "🫠", "🫨", "🇩🇪", "❤️", "1️⃣", "★★★★☆", "™", "½", "№", "℃"]))
            else:
                out.append(r.choice("abcxyzABC019") * r.choice([1, 2, 7, 8, 9, 15, 16, 17, 99, 100, 101]))
            if r.random() < 0.6:
                out.append(r.choice([" ", " ", " ", "\n", ", ", ". ", "-", "'", "!"]))
        return "".join(out)

    def word(self):
        r = self.random
        w = "".join(r.choices(self.words, k=r.choice([1, 1, 1, 2, 3])))
        return r.choice([w, w, w.upper(), w.capitalize()])

    def data(self):
        """Returns a text's bytes, one in eight of them broken."""
        r = self.random
        b = bytearray(self.text().encode())
        if r.random() < 0.125:
            for _ in range(r.randrange(1, 4)):
                at = r.randrange(len(b) + 1)
                b[at:at + r.randrange(2)] = r.choice([b"\xff", b"\x80", b"\xc3", b"\xe2\x82", b"\xed\xa0\x80", b"\xf0\x9f", b"\xf4\x90\x80\x80", b"\xc0\x80", b""])
        return bytes(b)
