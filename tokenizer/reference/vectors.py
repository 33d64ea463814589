"""Writes tokenizer/testdata/vectors.jsonl, emoji.jsonl, settings.jsonl, pairs.jsonl and odd.txt:
the results that `go test` compares the tokenizer with.

    build/model/.venv/bin/python tokenizer/reference/vectors.py

A line is {"text" (or "base64", if the bytes are not UTF-8), "uncased", "odd", "cased"}: the IDs
without [CLS] and [SEP], and byte ranges, of vocab.txt lower-cased, of odd.txt lower-cased, and of
odd.txt as it is. odd.txt is a made-up vocabulary of features that bert-base-uncased lacks: pieces
of more than 16, 31 and 64 bytes, capitals, accents, marks, and no [MASK].

emoji.jsonl has texts whose emoji are read as words (emoji.txt), of vocab.txt lower-cased and as it
is: they are replaced before the reference sees the text, and the words have the emoji's range.

settings/ has tokenizer.json files of odd.txt with other settings, and settings.jsonl their IDs and
ranges, by file. pairs.jsonl has one text or two, with special tokens or without, and the
reference's result for them.
"""

import base64
import json
import pathlib

import reference

HERE = pathlib.Path(__file__).parent
TESTDATA = HERE.parent / "testdata"

LONG = "donaudampfschifffahrtsgesellschaft"
MARKS = "\u0301\u0323\u0345\u05b0\u08d4\u08d9\u08e0\u1b44\u1baa\u302e\u302f\U00011442\U00011446\U0001d165\U0001d16d\U0001e000\U0001e94a"

HAND = [
    "", " ", "\t\r\n", "a", "A", "Great blender!", "It's OK, I guess...", "don't won't can't shouldn't've", "U.S.A. and U.K.",
    "Costs $1,299.99 (or €1.099,00; £999; ¥120 000).", "5/5 stars ★★★★★", "100% cotton, 50cm x 70cm, 2.5\" wide",
    "See https://www.example.com/a/b?c=d&e=f#g_h-i or mail me@example.org", "C++ & C# vs. F#; a=b==c!=d <br /> &quot;x&quot;",
    "snake_case camelCase kebab-case ALLCAPS MiXeD", "x" * 15, "x" * 16, "x" * 17, "a" * 99, "a" * 100, "a" * 101, "a" * 1000,
    "é" * 100, "é" * 101, "e\u0301" * 100, "e\u0301" * 101, "한" * 33, "한" * 34, "字" * 101, "a" * 50 + "\u200d" * 60 + "b" * 50,
    "a" * 100 + "\u0301", "a" * 100 + "\u08d4", "a" * 99 + "\u08d4\u1b44", "a" * 100 + ".", "." * 101, "a" * 100 + "字" + "b" * 101,
    "unaffable", "embeddings", "internationalization", "antidisestablishmentarianism", "supercalifragilisticexpialidocious",
    LONG, LONG * 2, LONG.upper(), LONG + "s", "x" + LONG, LONG[:17], LONG[:16], LONG[:31], LONG[:32],
    "##ing ## # ###", "[SEP]", "[CLS] a [SEP]", "a[SEP]b", "[sep]", "[Sep]", "[SEP", "SEP]", "[[SEP]]", "[ SEP ]", "[SEP][SEP]",
    "[MASK]", "[mask]", "[PAD][UNK]", "[unused1]", "[S\u200dEP]", "[SE\u0301P]", "é[MASK]é", "\u08d4[SEP]\u1b44", "[SEP]\x00[CLS]",
    "\x00a\x00", "a\x00b", "a\x07b\x08c", "a\x7fb", "a\x85b", "a\x0bb\x0cc", "a\x1cb\x1db\x1eb\x1fb", "a\u00adb", "a\u200bb",
    "a\u200db", "a\ufeffb", "\ufeffGreat", "a\ufffdb", "a\u2028b\u2029c", "a\u00a0b\u1680c\u2000d\u202fe\u205ff\u3000g", "a\u180eb", "a\ue000b\U000f0000c",
    "a\u0378b", "\U000e0041", "\ufdd0 \uffff \U0010ffff", "Café naïve Ångström Łódź São Tomé", "Cafe\u0301 nai\u0308ve A\u030angstro\u0308m",
    "İstanbul ISTANBUL ıstanbul", "ΟΔΟΣ οδός Σ σ ς", "straße STRASSE ẞ", "ﬁne ﬀ ﬃ ŉ ǆ ǅ Ǆ", "K Å Ω ℵ", "ⅣⅣ ⅳ Ⓐⓐ ＡＢＣ１２３", "½ ² ³ ™ ℠ № ℃",
    "≠ ≮ ≯ ∤ a≠b", "\u037e \u1fef \u2329\u232a \u0387", "“quoted” ‘single’ «guillemets» ‹x› „low“ – — … ‽ ⁉", "§ ¶ † ‡ • ‰ ′ ″ ‾ ⁄",
    "`x` ~y~ ^z^ a|b {c} <d>", "$ + < = > ^ ` | ~", "© ® ° ± × ÷ ¬ ¤ ¦ ¨ ¯ ´ ¸ ¡hola! ¿qué?",
    "很好用，质量不错。", "とても良い商品です。カメラ", "カメラ ｶﾒﾗ ガ ｶﾞ", "정말 좋아요! 각 가 힣", "ᄒ\u1161\u11ab", "豈 更 \U0002f800 \uf900x", "中a文b字1", "〇 々 〆 ㈱ ㍿",
    "Отличный товар, рекомендую! ЙЁЪ йё", "Ελληνικά ΆΈΉ άέή", "עברית שָׁלוֹם", "العربية مُحَمَّد ﷺ ﷼ ﻻ", "हिन्दी बहुत अच्छा", "ภาษาไทย ดีมาก", "தமிழ் நன்று",
    "தி தீ து", "ქართული ᲥᲐᲠᲗᲣᲚᲘ", "Հայերեն ՀԱՅԵՐԵՆ", "Ꭰꭰ ᏸ Ᏸ", "𐐀𐐨 𞤀𞤢 𝐀𝐁 𝒳 🅰", "Tiếng Việt rất tốt Ộ ộ ộ̣",
    "😀", "😀😀", "Love it 😍!!!", "👍🏽 👩‍💻 👨‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 ❤️ 1️⃣ #️⃣", "🫠 🫨 🪿 🫎 🩷 🛜 🫩 🪾", "so good😍so bad😡", "☺ ☹ ✓ ✔ ✗ ♥ ♡ → ←", "(╯°□°)╯︵ ┻━┻ ¯\\_(ツ)_/¯",
    "a\u0301\u0323b", "a\u0323\u0301b", "a\u08d4\u1b44b", "a\u1b44\u08d4b", "a\u08d4\u0301\u1b44b", "a\u08d4\u0903\u1b44b", "a\u08d4\u093f\u1b44b", "a\u08d4\u0941\u1b44b",
    "a\u08d4\u200d\u1b44b", "a\u08d4 \u1b44b", "a\u08d4字\u1b44b", "\u08d4\u1b44", "a\U0001d16d\U0001d165\u08d4\u302f\U00011446\u1b44", "\U0001d15e\U0001d16d \U0001d15f \U0001d1c0", "\U0001d157\U0001d16d\U0001d165",
    "\u0344 \u0f73 \u0f75 \u0f81", "q\u0307\u0323 \u1e0b\u0323", "x\u034fy", "ǭ ǖ ṩ ẛ ẛ̣ Ḕ", "ᾂ ᾳ ᾼ ΐ Ὦ", "\u0958 \u09dc \ufb2a \ufb49", "\u212b\u2126\u212a", "\u1e9b\u0323",
    b"\xff", b"a\xffb", b"a\xff b", b"\xc3", b"caf\xc3", b"caf\xe9 au lait", b"\xe2\x82", b"\xe2\x82x", b"\xf0\x9f\x98", b"\xf0\x9f\x98 \x80", b"\xed\xa0\x80x", b"a\xed\xa0\xbd\xed\xb8\x80b",
    b"\xf4\x90\x80\x80", b"\xc0\x80", b"\xc0\xafx", b"\xf8\x88\x80\x80\x80", b"\x80\x81\x82", b"good\x96bad", b"\x93quoted\x94", b"[SEP\xff]", b"\xff[SEP]\xff", b"\xef\xbf\xbd\xef\xbf", b"\xef\xbb\xbfbom",
    "The lid cracked after two weeks, and the seller never answered. " * 40, "Sehr gut! Très bien! ¡Muy bueno! " * 30, "好" * 300, "a " * 600, "word" * 30 + " " + "!" * 300,
]
NAMED = [b"<s> great </s>", b"a<new>b <new> <NEW> <new", b"<s>! <s>!! !<s>", b"#tag #tags ##tag [SEP] [PAD] [CLS]", b"<<s>> <unk>@@a @@ @ a@@b", b"great!<s", b"a" * 20 + b" " + b"a" * 21]

EMOJI = [
    "👍", "👎👎👎", "Love it 😍!!!", "so good😍so bad😡", "👍🏽", "🏽", "a🏽b", "👩‍💻", "👨‍👩‍👧‍👦", "❤️",
    "❤", "I ❤️ it", "🏳️‍🌈 🇩🇪 1️⃣ #️⃣", "[SE🏽P] [SEP]👍[SEP]", "[👍]", "e👍\u0301\u08d4",
    "a\u08d4👍\u1b44b", "字👍字", "한👍글", "A" * 60 + "👍" + "A" * 60, "x" * 101 + "👍", "👍" * 30,
    "™ © ® ★ ☆ ☑ ✓ ✔ ✗ ✘ → ↗ ℹ ‼ ⁉", "🫠 🫨 🪿 🫎 🩷 🛜 🫩 🪾", "🅰 Ⓜ ㊗ 〽 ㊙ 🈁 🀄 🃏", "5 ⭐⭐⭐⭐⭐!",
    "\U0001f3fa\U0001f400\U0001faf9", b"\xf0\x9f\x91", b"\xf0\x9f\x91\x8d\x8d",
    b"\xf0\x9f\x91\xf0\x9f\x91\x8d", b"a\xf0\x9f\x91\x8d\xffb",
]


def odd_vocab():
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    chars = sorted(set("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789éÉñßçïσςйЙ한한字中好ガガ豈αΣ\U0001d157\U0001d158" + MARKS))
    pieces += chars + ["##" + c for c in chars] + [chr(p) for p in range(33, 127) if not chr(p).isalnum()] + ["“", "”", "€", "★", "😀", "😍"]
    for n in (2, 3, 7, 8, 9, 15, 16, 17, 18, 30, 31, 32, 33):
        pieces += [LONG[:n], "##" + LONG[:n], "x" * n, "##" + "x" * n]
    pieces += [LONG, LONG * 2, "##" + LONG, "##" + LONG * 2, "Great", "great", "Café", "café", "Отличный", "отличныи", "рекомендую", "##рекомендую", "ελληνικα", "Ελληνικά"]
    pieces += ["##s", "##es", "a" * 99, "a" * 100, "a" * 101, "##" + "a" * 50, "a\u1b44\u08d4", "##\u1b44\u08d4", "好好", "##ing", "don", "don't", ""]
    return list(dict.fromkeys(pieces))


def main():
    reference.check_version()
    odd = odd_vocab()
    (TESTDATA / "odd.txt").write_text("\n".join(odd) + "\n", newline="")
    vocab = (TESTDATA / "vocab.txt").read_text().split("\n")
    kinds = {
        "uncased": reference.load(TESTDATA / "vocab.txt", True),
        "odd": reference.load(TESTDATA / "odd.txt", True),
        "cased": reference.load(TESTDATA / "odd.txt", False),
    }
    words = [w for w in vocab[1996:12000] if w.isascii() and w.isalpha()] + [LONG, "xx", "don", "Great"]
    generator = reference.Generator(1, words, reference.assigned())
    texts = [t if isinstance(t, bytes) else t.encode() for t in HAND]
    texts += [generator.data() for _ in range(500)]
    texts = list(dict.fromkeys(texts))
    with open(TESTDATA / "vectors.jsonl", "w", newline="") as out:
        for data in texts:
            print(json.dumps(line(data, kinds), separators=(",", ":")), file=out)
    kinds |= {"cased": reference.load(TESTDATA / "vocab.txt", False)}
    del kinds["odd"]
    with open(TESTDATA / "emoji.jsonl", "w", newline="") as out:
        for data in emoji_texts(generator):
            print(json.dumps(line(data, kinds, reference.emoji()), separators=(",", ":")), file=out)
    settings = {name: reference.load_with(TESTDATA / "odd.txt", **s) for name, s in reference.SETTINGS.items()} | {"named": reference.named(odd)}
    (TESTDATA / "settings").mkdir(exist_ok=True)
    for name, t in settings.items():
        t.save(str(TESTDATA / "settings" / f"{name}.json"), pretty=False)
    with open(TESTDATA / "settings.jsonl", "w", newline="") as out:
        for data in NAMED + texts[: len(HAND)] + texts[-60:]:
            print(json.dumps(line(data, settings), separators=(",", ":")), file=out)
    print(len(texts), "texts")
    with open(TESTDATA / "pairs.jsonl", "w", newline="") as out:
        for case in pairs(kinds["uncased"]):
            print(json.dumps(case, separators=(",", ":")), file=out)


def emoji_texts(generator):
    """Yields invented texts, each emoji alone and in a word, and random texts with some between."""
    yield from (t if isinstance(t, bytes) else t.encode() for t in EMOJI)
    points = [*reference.emoji()]
    for at in range(0, len(points), 25):
        yield "x".join(map(chr, points[at : at + 25])).encode()
    for _ in range(80):
        parts = [generator.data()[:200]]
        for _ in range(generator.random.randrange(1, 5)):
            parts += [chr(generator.random.choice(points)).encode(), generator.data()[:60]]
        yield b"".join(parts)


def line(data, kinds, replaced=None):
    replaced = replaced or {}
    text, starts = reference.decode(data)
    begins, ends = [], []  # in data, of each code point that the reference sees
    for c, begin, end in zip(text, starts, starts[1:]):
        n = len(replaced.get(ord(c), " "))
        begins += [begin] * n
        ends += [end] * n
    text = text.translate(replaced)
    try:
        out = {"text": data.decode()}
    except UnicodeDecodeError:
        out = {"base64": base64.b64encode(data).decode()}
    for name, t in kinds.items():
        e = t.encode(text, add_special_tokens=False)
        out[name] = {"ids": e.ids, "offsets": [[begins[a], ends[b - 1]] for a, b in e.offsets]}
    return out


def pairs(t):
    """Yields one text or two, with special tokens and without."""
    for text, pair in [("great lids", None), ("", None), ("great lids", ""), ("", "a"), ("a b c d e f g", "a b"), ("a b", "c d e f g"),
                       ("a b c d e f", "a b c d e f g"), ("a b c d e f g", "a b c d e"), ("Café au lait", "b [SEP] é")]:
        for special in (True, False):
            e = t.encode(text, pair, add_special_tokens=special)
            starts = [reference.decode((s or "").encode())[1] for s in (text, pair)]
            offsets = [[starts[k][a], starts[k][b]] for k, (a, b) in zip(e.type_ids, e.offsets)]
            yield {"text": text, "pair": pair, "special": special, "ids": e.ids, "types": e.type_ids, "offsets": offsets}


if __name__ == "__main__":
    main()
