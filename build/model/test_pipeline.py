"""Tests the whole pipeline on synthetic rows and a tiny random DistilBERT, and the parts that can
fail silently.

    build/model/.venv/bin/python build/model/test_pipeline.py        # under a minute on one core

Needs no data and touches neither build/model/work nor api/model/default: all files are in a
temporary folder.
"""

import contextlib
import gzip
import hashlib
import io
import json
import os
import pathlib
import random
import shutil
import string
import tempfile
import unittest
import unittest.mock

SCRATCH = tempfile.TemporaryDirectory()
HERE = pathlib.Path(SCRATCH.name)
os.environ["WORK"] = str(HERE / "work")

import numpy as np  # the scripts read WORK when they are imported
import onnx
import torch
from transformers import BertConfig, BertModel, DistilBertConfig, DistilBertModel

import average
import base
import check
import evaluate
import exits
import export
import prepare
import restore
import train
from tokens import Tokens

GOOD = "great lovely sturdy perfect superb quiet handy pretty strong quick".split()
BAD = "awful broken flimsy useless poor noisy cheap ugly weak slow".split()
THINGS = "kettle lamp cable chair torch radio bag knife clock pan drill mat".split()
REST = "the a it we was is very so and after week day with for my on arrived box colour handle switch box lid".split()


def invented(label: int, rng: random.Random, n: int = 24) -> str:
    words = [rng.choice(REST + THINGS) for _ in range(n)]
    for at in range(0, n, 3):
        words[at] = rng.choice(GOOD if label else BAD)
    return " ".join(words[: n // 2]) + ". " + " ".join(words[n // 2 :]) + "."


def invented_data(folder: pathlib.Path, rng: random.Random) -> list[pathlib.Path]:
    """Write a DATA folder of every format that is recognized by its place, and the files that are
    named."""
    train_folder = folder / "train"
    for name in ("dsc24", "hatn5/books", "sst2"):
        (train_folder / name).mkdir(parents=True)
    tsv = [
        f"{invented(i % 2, rng).replace('.', ' .')} "
        f"{'does n`t' if i % 5 else 'gon na'}\t{1 if i % 2 else -1}\n"
        for i in range(80)
    ]
    (train_folder / "dsc24/Lamps_train.tsv").write_text("".join(tsv))
    for label, name in ((0, "negative"), (1, "positive")):
        body = [f"{invented(label, rng, 6)} {invented(label, rng)}\n" for _ in range(30)]
        (train_folder / f"hatn5/books/review_{name}").write_text("".join(body))
    phrases = [f"{i % 2}\t{invented(i % 2, rng, 9)}\n" for i in range(60)]
    (train_folder / "more").mkdir()
    starred = [f'{1 + i % 5},Well,"{invented(i % 5 > 2, rng)}"\n' for i in range(60)]
    (train_folder / "more/torches.csv").write_text("stars,title,review\n" + "".join(starred))
    (train_folder / "sst2/train.tsv").write_text("label\tsentence\n" + "".join(phrases))
    excluded = tsv[0].rpartition("\t")[0].strip()
    (train_folder / "exclude.sha1").write_text(hashlib.sha1(excluded.encode()).hexdigest() + "\n")

    stars = [
        {
            "overall": float(1 + i % 5),
            "summary": invented(i % 5 > 2, rng, 4),
            "reviewText": invented(i % 5 > 2, rng),
        }
        for i in range(20)
    ]
    with gzip.open(folder / "Old.json.gz", "wt") as f:
        f.writelines(json.dumps(row) + "\n" for row in stars)
    new = [
        {"rating": row["overall"], "title": "", "text": row["reviewText"].upper()} for row in stars
    ]  # repeats of the bodies
    new.append({"rating": 5.0, "title": "Only a title", "text": ""})
    (folder / "New.jsonl").write_text("".join(json.dumps(row) + "\n" for row in new))
    (folder / "polarity.csv").write_text(
        "".join(f'"{1 + i % 2}","So","{invented(i % 2, rng)} ""quoted"""\n' for i in range(20))
    )
    return [folder / "Old.json.gz", folder / "New.jsonl", folder / "polarity.csv"]


def tiny(folder: pathlib.Path, layers: int = 3) -> pathlib.Path:
    """Write a random DistilBERT of three layers, with a vocabulary of letters."""
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *GOOD, *BAD, *THINGS, ".", ","]
    pieces += [c for c in string.ascii_lowercase + string.digits] + [
        "##" + c for c in string.ascii_lowercase + string.digits
    ]
    torch.manual_seed(1)
    config = DistilBertConfig(
        vocab_size=len(pieces), dim=32, hidden_dim=64, n_layers=layers, n_heads=2, dropout=0.1
    )
    DistilBertModel(config).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n")
    return folder


def quiet(call, *arguments):
    """Return the result of call and its output."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        return call(*arguments), out.getvalue()


def trained(**changes):
    settings = train.settings(**{"base": HERE / "tiny", "steps": 4, **changes})
    return quiet(train.train, settings)


class Pipeline(unittest.TestCase):
    def test_from_reviews_to_a_served_file(self):
        files = invented_data(HERE / "data", random.Random(5))
        tiny(HERE / "tiny")
        report = json.loads(quiet(prepare.prepare, HERE / "data", files, None)[1])
        self.assertEqual(
            report["read"],
            {"dsc24": 80, "hatn5": 60, "sst2": 60, "torches": 60, "amazon": 41, "polarity": 20},
        )
        self.assertEqual(report["removed"]["excluded: nearly repeats an independent test set"], 1)
        both = [
            json.loads(line)
            for part in ("train", "valid")
            for line in (prepare.WORK / f"{part}.jsonl").read_text().splitlines()
        ]
        self.assertEqual({3.0}, {row["stars"] for row in both if row["label"] == prepare.HALF})
        texts = [prepare.key(row["text"]) for row in both if row["set"] != "emoji"]
        self.assertEqual(len(texts), len(set(texts)), "a text occurs twice")
        for part in ("train", "valid"):
            for row in train.rows(part):
                if row["set"] not in ("cut", "title", "emoji"):
                    self.assertEqual(
                        part == "valid", prepare.is_valid(prepare.digest(row["text"])), row["text"]
                    )
        first = (prepare.WORK / "train.jsonl").read_bytes()
        quiet(prepare.prepare, HERE / "data", files, None)
        self.assertEqual(
            first, (prepare.WORK / "train.jsonl").read_bytes(), "a second run gives other rows"
        )

        exits.LAYERS, export.EXITS = (2,), ((2,),)  # the tiny model has three layers
        exits.LONG = export.LONG = 20  # tokens: half of the invented texts are longer
        trained()
        self.assertEqual(
            torch.load(train.WORK / "trunk.pt")["step"], 3, "want the state before the rate falls"
        )
        shutil.copytree(train.WORK / "model", HERE / "earlier")
        trained(resume=True, steps=3)
        self.assertEqual(torch.load(train.WORK / "trunk.pt")["step"], 6)
        shutil.copytree(train.WORK / "model", HERE / "later")
        quiet(average.main, [HERE / "earlier", HERE / "later"], 0.02)
        a, b, mean = (
            train.load(f).state_dict()
            for f in (HERE / "earlier", HERE / "later", train.WORK / "model")
        )
        for name in mean:
            if not name.startswith("exits."):
                self.assertTrue(
                    torch.allclose(mean[name], (a[name] + b[name]) / 2, atol=1e-6), name
                )

        target = HERE / "model"
        quiet(export.export, train.WORK / "model", target, 0)
        manifest = json.loads((target / "manifest.json").read_text())
        self.assertEqual(manifest["id"], export.identify(manifest))
        self.assertEqual((manifest["kind"], manifest["fast"]["layers"]), ("cascade", [2]))
        self.assertEqual(
            sorted(p.name for p in target.iterdir()), ["manifest.json", "model.onnx", "vocab.txt"]
        )
        for file in manifest["files"]:
            self.assertEqual(
                file["sha256"], hashlib.sha256((target / file["name"]).read_bytes()).hexdigest()
            )
        failures, _ = quiet(check.check, target, 50)
        # an untrained model gives every text about 0.5, so int8 flips labels
        self.assertLessEqual(set(failures), {"points of accuracy that int8 costs"})
        tokens, session = Tokens(target), export.session(target / "model.onnx")
        self.leaves_by_length(tokens)
        _, table = quiet(evaluate.tables, manifest, tokens, session, train.rows("train"))
        self.assertIn("| product reviews, all lengths |", table)
        (HERE / "data/eval").mkdir()
        shutil.copy(HERE / "data/train/more/torches.csv", HERE / "data/eval/marc_en.csv")
        with unittest.mock.patch.dict(os.environ, DATA=str(HERE / "data")):
            halves = [export.balanced(half) for half in (0, 1)]
            _, output = quiet(evaluate.stars, manifest, tokens, session)
        texts = [{row["text"] for row in half} for half in halves]
        self.assertTrue(texts[0] and texts[1] and not texts[0] & texts[1])
        self.assertIn(f"{len(halves[1])} reviews of balanced stars", output)

        shutil.copytree(target, HERE / "twin")
        _, output = quiet(evaluate.compare_models, target, HERE / "twin", train.rows("valid"))
        self.assertRegex(output, r"\b0 only the first gets right, 0 only the second \(p = 1.000\)")
        self.assertRegex(output, r"reviews a second of one stream, .*: \d+\.\d+")

        graph = (target / "model.onnx").read_bytes()
        quiet(export.reexport, target, 0)
        self.assertEqual(graph, (target / "model.onnx").read_bytes())
        self.assertEqual(manifest, json.loads((target / "manifest.json").read_text()))

        quiet(restore.main, target, HERE / "restored")
        again, exported = (
            train.load(f).state_dict() for f in (HERE / "restored", train.WORK / "model")
        )
        self.assertEqual(again.keys(), exported.keys())
        for name, weights in exported.items():
            step = 2 * float(weights.abs().max()) / 100  # of 7 bits, with a margin
            self.assertLess(float((weights - again[name]).abs().max()), max(step, 1e-6), name)

    def leaves_by_length(self, tokens: Tokens):
        """For any margins of short and long windows, the graph agrees with the computation."""
        graph, outputs = train.WORK / "onnx/int8.onnx", ["all", "exit2"]
        texts = [row["text"] for row in train.rows("valid")]
        every = export.run_all(export.session(graph), tokens, texts)
        lengths = [export.window_lengths(tokens, text) for text in texts]
        never, always, scales = 100.0, -100.0, {2: (0.5, 2.0)}
        for bounds in (exits.Margins(never, always), exits.Margins(always, never)):
            want, depth = export.early_exit(every, lengths, outputs, scales, bounds)
            self.assertEqual({0, 2}, set(np.concatenate(depth)))
            path = HERE / "by-length.onnx"
            onnx.save(exits.cascade(onnx.load(graph), scales, bounds), path)
            got = export.run_all(export.session(path), tokens, texts)
            for a, b in zip(got, want, strict=True):
                np.testing.assert_allclose(a[:, 0], b, atol=1e-5)

    def test_the_fold_is_exact(self):
        torch.manual_seed(2)
        config = BertConfig(
            vocab_size=50,
            hidden_size=24,
            num_hidden_layers=2,
            num_attention_heads=base.HEADS,
            intermediate_size=48,
        )
        bert = BertModel(config, add_pooling_layer=False).eval()
        folded, ids = base.fold(bert.state_dict()), torch.randint(0, 50, (2, 9))
        with torch.no_grad():
            off = (folded(ids).last_hidden_state - bert(ids).last_hidden_state).abs().max().item()
        self.assertLess(off, 1e-5)


class Parts(unittest.TestCase):
    def test_detokenise_and_clean(self):
        for text, want in (
            ("I do n't like it , at all .", "I don't like it, at all."),
            ("it 's `` fine '' , I 'm gon na keep it", "it's \"fine\", I'm gonna keep it"),
            ("they got me there ; I can not", "they got me there; I cannot"),
            ("12 & # 34 ; wide & amp ; black ( new )", '12 " wide & black (new)'),
            ("one<br />two &amp;#39;s <b>bold</b>", "one two 's bold"),
            ("a < b and c > d", "a < b and c > d"),
            (" tab\tand\nline ", "tab and line"),
            ("", ""),
        ):
            self.assertEqual(prepare.clean(prepare.detokenise(text)), want)

    def test_join(self):
        for title, body, want in (
            ("Good", "Works.", "Good. Works."),
            ("", "Works.", "Works."),
            ("Good", "", "Good"),
            ("", "", ""),
        ):
            self.assertEqual(prepare.join(title, body), want)

    def test_repeats_and_conflicts(self):
        words = [f"w{i}" for i in range(60)]
        near = words[:58] + ["x", "y"]
        texts = [
            (" ".join(words), 1),
            (" ".join(words).upper() + "!", 1),  # exact repeat except case and punctuation
            (" ".join(near), 1),  # near repeat
            ("short and good", 1),
            ("Short, and good.", 0),  # conflict: both are dropped
            ("another one", 0),
        ]
        seen, removed = prepare.Seen(), prepare.collections.Counter()
        for text, label in texts:
            seen.add(text, label, 0, sketch=True)
        self.assertEqual(seen.kept(removed).tolist(), [True, False, False, False, False, True])
        self.assertEqual(removed, {"label conflict": 2, "exact repeat": 1, "near repeat": 1})

    def test_corrections(self):
        """In the format of the page: a correction replaces the stars of its text."""
        folder = HERE / "corrected"
        folder.mkdir()
        corrections = [
            ("positive", "", "It is so quiet."),
            ("unsure", "Well", "It is a kettle."),
            ("negative", "", "Nobody has seen this one."),
        ]
        lines = [
            json.dumps(
                {
                    "title": title,
                    "text": text,
                    "sentiment": s,
                    "scored": "negative",
                    "positive": 0.2,
                    "model": "m",
                    "file": "f",
                    "row": 1,
                }
            )
            for s, title, text in corrections
        ]
        (folder / "kettles-corrections.jsonl").write_text("\n".join(lines) + "\n")
        stars = [
            (1.0, "", "It is so QUIET!"),
            (5.0, "Well", "it is a kettle"),
            (5.0, "", "Another kettle that I love."),
        ]
        (folder / "Stars.jsonl").write_text(
            "".join(json.dumps({"rating": s, "title": t, "text": b}) + "\n" for s, t, b in stars)
        )
        report = json.loads(
            quiet(
                prepare.prepare,
                folder,
                [folder / "Stars.jsonl", folder / "kettles-corrections.jsonl"],
                None,
            )[1]
        )
        self.assertEqual(report["read"], {"corrections": 3, "amazon": 3})
        self.assertEqual(
            report["removed"] | {"corrected by a reader": 2, "unsure to a reader": 1},
            report["removed"],
        )
        rows = [
            json.loads(line)
            for part in ("train", "valid")
            for line in (prepare.WORK / f"{part}.jsonl").read_text().splitlines()
        ]
        got = sorted(
            (row["set"], row["text"], row["label"]) for row in rows if row["set"] != "emoji"
        )
        self.assertEqual(
            got,
            [
                ("amazon", "Another kettle that I love.", 1),
                ("corrections", "It is so quiet.", 1),
                ("corrections", "Nobody has seen this one.", 0),
            ],
        )

    def test_windows(self):
        tokens = Tokens(tiny(HERE / "letters"))
        for count, want in (
            (0, [0]),
            (1, [1]),
            (6, [6]),
            (7, [3, 4]),
            (12, [6, 6]),
            (13, [4, 4, 5]),
            (100, [6, 6, 6]),  # three at most
        ):
            cut = tokens.windows("a " * count, 8, 3)
            self.assertEqual([len(w) - 2 for w in cut], want, count)
            self.assertTrue(all(w[0] == tokens.cls and w[-1] == tokens.sep for w in cut))

    def test_emoji(self):
        tokens = Tokens()
        for text, same in (
            ("😍", "smiling face with heart shaped eyes"),
            ("ok👍🏽", "ok thumbs up"),
            ("❤️!", "heart !"),
            ("👎👎", "thumbs down thumbs down"),
        ):
            self.assertEqual(tokens.pieces(text), tokens.pieces(same), text)
        for mark in "".join(prepare.CLEAR_EMOJI.values()):
            self.assertNotIn(tokens.reference.token_to_id("[UNK]"), tokens.pieces(mark), mark)

    def test_stars(self):
        self.assertEqual(train.stars(3.5), [0, 0, 0.5, 0.5, 0])
        self.assertEqual(train.stars(5), [0, 0, 0, 0, 1])
        self.assertEqual(train.stars(1), [1, 0, 0, 0, 0])
        self.assertEqual(train.stars(None), [0] * 5)

    def test_identify(self):  # the same manifest and id as in the test of api/model
        manifest = json.loads(
            '{"id": "is left out", "schema": 1, "join": "{title}. {text}", "temperature": 1.0, "tiny": 1e-07, '
            '"accuracy": {"b": [1, 2.5, null, true], "a": "<\\u00e9> & \\u2028 \\u007f \\u0001 \\" \\\\ \\b\\f\\n\\r\\t / \\ud83d\\ude00"}, '
            '"\\u00e9": "x", "z": {}, "Z": []}'
        )
        self.assertEqual(export.identify(manifest), "b13fd387f7af")

    def test_calibration(self):
        rng = np.random.default_rng(1)
        margin = rng.normal(0, 2, 20_000)
        labels = (rng.random(20_000) < 1 / (1 + np.exp(-margin))).astype(int)
        logits = np.stack([np.zeros_like(margin), 2.5 * margin], 1)  # overconfident by 2.5
        temperature = export.calibrate(logits, labels)
        self.assertAlmostEqual(temperature, 2.5, delta=0.15)
        self.assertLess(
            export.calibration_error(export.positive(logits, temperature), labels), 0.02
        )
        self.assertGreater(export.calibration_error(export.positive(logits, 1), labels), 0.05)


class BadInput(unittest.TestCase):
    def refused(self, want, call, *arguments):
        with self.assertRaises(SystemExit) as caught:
            quiet(call, *arguments)
        self.assertIn(want, str(caught.exception))
        self.assertNotIn("\n", str(caught.exception))

    def test_data(self):
        folder = HERE / "bad"
        (folder / "train/sst2").mkdir(parents=True)
        (folder / "train/sst2/train.tsv").write_text("label\tsentence\n1\tgood\n7\todd\n")
        none = HERE / "nothing"
        for name, content, want in (
            (
                "Stars.jsonl",
                '{"rating": 5.0, "text": "fine"}\n{"rating": 6.0, "text": "odd"}\n',
                "line 2: 6.0 stars",
            ),
            ("Names.jsonl", '{"score": 5.0, "text": "fine"}\n', 'line 1: no "rating"'),
            ("Cut.jsonl", '{"rating": 5.0, "te', "line 1: not JSON"),
            (
                "r-corrections.jsonl",
                '{"title": "", "text": "fine", "sentiment": "good"}\n',
                "line 1: KeyError('good'); want \"title\"",
            ),
            ("columns.csv", '"1","title and text"\n', "record 1: want three fields"),
            ("label.csv", '"3","a","b"\n', "record 1"),
            ("sheet.parquet", "", "unknown format"),
        ):
            path = HERE / name
            path.write_text(content)
            self.refused(want, prepare.prepare, none, [path], None)
        self.refused("is not there", prepare.prepare, none, [HERE / "absent.csv"], None)
        self.refused("set DATA", prepare.prepare, none, [], None)
        self.refused("line 3: label '7'", prepare.prepare, folder, [], None)
        self.assertEqual(
            [p.name for p in prepare.WORK.glob("*.part")], [], "half-written files are left"
        )

    def test_checkpoints(self):
        other = HERE / "bert"
        BertConfig().save_pretrained(other)
        self.refused("holds a bert model; want distilbert", train.load, other)
        self.refused(
            "is of another architecture",
            average.averaged,
            [tiny(HERE / "tiny"), tiny(HERE / "deeper", layers=4)],
        )
        self.refused("holds no config.json", train.load, HERE / "absent")
        self.refused("run train.py first", export.export, HERE / "absent", HERE / "target", 0)
        self.assertFalse((HERE / "target").exists())


if __name__ == "__main__":
    unittest.main(warnings="ignore")
