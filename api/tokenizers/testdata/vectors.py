"""Writes the tokenizer.json files here and vectors.jsonl: what the reference makes of texts with them.

    build/model/.venv/bin/python api/tokenizers/testdata/vectors.py

Tiny models, trained on invented sentences, with the settings of well-known ones. Training them again may give other
scores and vocabularies; the vectors are of the files written with them. A line is {"file", "text", "pair" (or null),
"special", "ids", "types", "offsets" (bytes)}.
"""

import json
import pathlib
import random
import struct
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent.parent / "tokenizer" / "reference"))
import reference
from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

WORDS = """the lid handle blender cracked broke works working worked lovely love loved great greatly bad badly seller answered after before
two three weeks days price cheap cheaper money back return returned refund never always would buy again it is was not very and but
this that with for from cable charger battery lasts lasted hours bright brighter colour picture sturdy thin thick easy easily set""".split()

HAND = ["", " ", "  ", "a", "Great blender!", "I didn't like it.  It's 5/5!! 😍 café naïve", " lead", "trail ", "a  b   c", "<s> x </s>", "x<mask> y", "x  <mask>  y", "<s>",
        "it's we'll they've I'd I'm DON'T", "\n\nnew\nlines\t tab \n", "\u00a0nbsp\u3000wide\u2028sep", "x" * 300, "中文字 한국어 ｶﾞ ﬁ ½ ①", "e\u0301 é \u212b İSTANBUL ΟΔΟΣ", "👩‍💻🏳️‍🌈", "a\x00b\u200dc",
        "123 45a6 ²", "...!!! ?! a.b", "_x_ a_b", "▁a ▁ b▁", "the lid cracked after two weeks and the seller never answered"]


def train(model, trainer, corpus, normalizer=None, cut=None):
    t = Tokenizer(model)
    if normalizer:
        t.normalizer = normalizer
    if cut:
        t.pre_tokenizer = cut
    t.train_from_iterator(corpus, trainer)
    return t


def charsmap(becomes):
    """SentencePiece's table, small: a double array over the keys' bytes, then the texts (see precompiled.go)."""
    texts, units, used = b"", {}, {0}

    def place(at, label, keys):
        """Puts the node of keys, what follows its bytes, at a unit, and its children where they are free."""
        nonlocal texts
        children = {}
        for key, value in keys.items():
            children.setdefault(key[0] if key else 0, {})[key[1:]] = value
        base = next(b for b in range(1, 1 << 20) if all(b ^ c not in used for c in children))
        used.update(base ^ c for c in children)
        units[at] = (at ^ base) << 10 | (0 in children) << 8 | label
        for c, below in children.items():
            if c == 0:
                units[base] = 1 << 31 | len(texts)
                texts += below[b""].encode() + b"\0"
            else:
                place(base ^ c, c, below)

    place(0, 0, {key.encode(): value for key, value in becomes.items()})
    array = b"".join(struct.pack("<I", units.get(i, 1 << 31)) for i in range(max(units) + 256))
    return struct.pack("<I", len(array)) + array + texts


CHARSMAP = {"ﬁ": "fi", "①": "1", "½": "1⁄2", "\u3000": " ", "\u00a0": " ", "\n": " ", "\t": " ", "\u200d": " ", "\u200b": "", "e\u0301": "é", "ｶﾞ": "ガ", "ｶ": "カ", "ß": "ss", "\u212b": "Å"}


def tokenizers(corpus):
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    bert = processors.TemplateProcessing(single="<s> $A </s>", pair="<s> $A </s> $B:1 </s>:1", special_tokens=[("<s>", 0), ("</s>", 2)])

    roberta = train(models.BPE(), trainers.BpeTrainer(vocab_size=360, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False),
                    corpus, cut=pre_tokenizers.ByteLevel(add_prefix_space=False))
    roberta.add_special_tokens([AddedToken("<mask>", lstrip=True)])
    roberta.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    yield "roberta", roberta

    llama = train(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True),
                  trainers.BpeTrainer(vocab_size=420, special_tokens=special + [f"<0x{b:02X}>" for b in range(256)], show_progress=False),
                  corpus, normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]))
    llama.post_processor = bert
    yield "llama", llama

    clip = train(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"), trainers.BpeTrainer(vocab_size=160, special_tokens=special, end_of_word_suffix="</w>", show_progress=False),
                 corpus, normalizers.Lowercase(), pre_tokenizers.Whitespace())
    yield "clip", clip

    prefix = train(models.BPE(unk_token="<unk>", continuing_subword_prefix="##", fuse_unk=True), trainers.BpeTrainer(vocab_size=160, special_tokens=special, continuing_subword_prefix="##", show_progress=False),
                   corpus, cut=pre_tokenizers.Whitespace())
    prefix.post_processor = processors.BertProcessing(("</s>", 2), ("<s>", 0))
    yield "prefix", prefix

    for name, scheme, normalizer in [("t5", "always", None), ("xlm", "first", normalizers.NFKC())]:
        t = train(models.Unigram(), trainers.UnigramTrainer(vocab_size=150, special_tokens=special, unk_token="<unk>", show_progress=False),
                  corpus, normalizer, pre_tokenizers.Metaspace("▁", prepend_scheme=scheme))
        t.post_processor = bert
        yield name, t

    settings = json.loads(t.to_str())
    for name, normalizer, cut in [
        ("xlmr", [normalizers.Precompiled(charsmap(CHARSMAP)), normalizers.Replace(Regex(" {2,}"), " ")], [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace("▁")]),
        ("albert", [normalizers.NFKD(), normalizers.Lowercase(), normalizers.Strip(left=False), normalizers.Precompiled(charsmap(CHARSMAP))], [pre_tokenizers.Metaspace("▁")]),
    ]:
        t = Tokenizer.from_str(json.dumps(settings))
        t.normalizer, t.pre_tokenizer = normalizers.Sequence(normalizer), pre_tokenizers.Sequence(cut)
        yield name, t


def main():
    reference.check_version()
    r = random.Random(3)
    corpus = [" ".join(r.choice(WORDS) for _ in range(10)) + r.choice([".", "!", "?", " 5/5", " don't", " café"]) for _ in range(2000)]
    generator = reference.Generator(1, WORDS, reference.assigned())
    texts = HAND + corpus[:10] + [generator.text() for _ in range(30)]
    with open(HERE / "vectors.jsonl", "w", newline="") as out:
        for name, t in tokenizers(corpus):
            t.save(str(HERE / f"{name}.json"), pretty=False)
            for i, text in enumerate(texts):
                for pair, special in [(None, False), (None, True), (texts[i - 1], True), (texts[i - 1], False)][: 4 if i % 8 == 0 else 1]:
                    e = t.encode(text, pair, add_special_tokens=special)
                    spans = [[0, 0] if k is None else bytes_of((text, pair)[k], o) for k, o in zip(e.sequence_ids, e.offsets)]
                    line = {"file": name, "text": text, "pair": pair, "special": special, "ids": e.ids, "types": e.type_ids, "offsets": spans}
                    print(json.dumps(line, separators=(",", ":")), file=out)


def bytes_of(text, offsets):
    return [len(text[:o].encode()) for o in offsets]


if __name__ == "__main__":
    main()
