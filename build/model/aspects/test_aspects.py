"""The aspect tagger's scripts on invented sentences and tiny random models, and its rules.

    build/model/.venv/bin/python build/model/aspects/test_aspects.py        # seconds

Needs no data; all is written to a temporary folder.
"""

import contextlib
import io
import itertools
import json
import os
import pathlib
import random
import shutil
import string
import sys
import tempfile
import unittest

SCRATCH = tempfile.TemporaryDirectory()
FOLDER = pathlib.Path(SCRATCH.name)
os.environ["WORK"], os.environ["DATA"] = str(FOLDER / "work"), str(FOLDER)

import numpy as np  # the scripts read WORK when they are imported
import onnx
import torch
from onnxruntime.capi.onnxruntime_pybind11_state import InvalidProtobuf
from transformers import DistilBertConfig, DistilBertModel, MPNetConfig, MPNetModel

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import exits
import export as sentiment
import mpnet
from aspects import data, evaluate, export, tagger, train
from tokens import Tokens

GOOD = "great lovely sturdy perfect superb".split()
BAD = "awful broken flimsy useless noisy".split()
PARTS = "handle lid cable switch lens zipper".split()
REST = "the is was and but a it very box we".split()


def sentence(rng: random.Random) -> dict:
    """Returns a sentence such as "the lid is great but the zipper is awful.", with its parts
    marked."""
    text, aspects = "", []
    for _ in range(rng.randint(0, 2)):
        good = rng.random() < 0.5
        text += ("but " if text else "") + "the "
        part = rng.choice(PARTS)
        aspects.append([len(text), len(text + part), "positive" if good else "negative"])
        text += f"{part} is {rng.choice(GOOD if good else BAD)} "
    return {"text": (text or "it was a box ").strip() + ".", "aspects": aspects}


def invented_data(count: int):
    rng = random.Random(3)
    rows = [
        sentence(rng)
        | {
            "set": rng.choice(["laptop14", "tshirt", "bing/lamp", "mams"]),
            "split": "dev" if i % 5 == 0 else "train",
        }
        for i in range(count)
    ]
    rows[0]["self"] = [[0, 2, "positive"]]
    (FOLDER / "absa").mkdir(exist_ok=True)
    (FOLDER / "absa/train.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
    review = {"set": "dsc24", "text": "the lid is great. " * 12}
    (FOLDER / "work").mkdir(exist_ok=True)
    (FOLDER / "work/train.jsonl").write_text((json.dumps(review) + "\n") * 30)


def tiny(name: str, layers: int, seed: int = 1) -> pathlib.Path:
    """Write a random DistilBERT with a vocabulary of letters."""
    letters = string.ascii_lowercase
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *GOOD, *BAD, *PARTS, *REST, "."]
    pieces += [c for c in letters if c not in REST] + ["##" + c for c in letters]
    torch.manual_seed(seed)
    config = DistilBertConfig(
        vocab_size=len(pieces), dim=32, hidden_dim=64, n_layers=layers, n_heads=2,
        max_position_embeddings=200,
    )
    folder = FOLDER / "work" / name
    DistilBertModel(config).save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n")
    return folder


def tiny_mpnet(base: pathlib.Path):
    """Write a random MPNet with the vocabulary of base."""
    torch.manual_seed(1)
    config = MPNetConfig(
        vocab_size=Tokens(base).size, hidden_size=48, intermediate_size=96, num_hidden_layers=2,
        num_attention_heads=2, max_position_embeddings=200, pad_token_id=0,
    )  # fmt: skip
    folder = FOLDER / "work/mpnet"
    MPNetModel(config, add_pooling_layer=False).save_pretrained(folder)
    shutil.copy(base / "vocab.txt", folder)


def served(source: pathlib.Path, target: pathlib.Path):
    """Write a model folder with a fused int8 sentiment model and the parts of a manifest that are
    read."""
    target.mkdir()
    config = sentiment.to_onnx(source, target / "model.onnx")
    sentiment.fuse(target / "model.onnx", target / "model.onnx", config)
    sentiment.quantize(target / "model.onnx", target / "model.onnx")
    graph = exits.cascade(onnx.load(target / "model.onnx"), {})
    onnx.save(graph, target / "model.onnx")
    shutil.copy(source / "vocab.txt", target)
    files = [sentiment.entry(target / name) for name in ("model.onnx", "vocab.txt")]
    manifest = {
        "schema": 2,
        "files": files,
        "inputs": {"dtype": sentiment.DTYPE},
        "tokenizer": {"file": "vocab.txt", "emoji": "names"},
    }
    (target / "manifest.json").write_text(json.dumps(manifest))


def quiet(call, *arguments):
    """Return the result of call and its output."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        return call(*arguments), out.getvalue()


class Scripts(unittest.TestCase):
    def test_from_sentences_to_a_served_file(self):
        invented_data(300)
        train.TOKENS_PER_BATCH, train.LENGTH, train.WINDOWS = 128, 48, (16, 24)
        tiny_mpnet(tiny("model", 4))
        quiet(train.train, train.arguments("teacher --epochs 2 --rate 2e-3".split()))
        quiet(train.train, train.arguments("deep --layers 0 1 3 --epochs 2 --rate 2e-3".split()))
        student = "served --layers 0 2 --width 40 --epochs 2 --rate 3e-3 --texts 20".split()
        _, output = quiet(train.train, train.arguments(student))
        self.assertIn("20 windows taught", output)
        _, output = quiet(train.train, train.arguments([*student, "--epochs", "3", "--resume"]))
        self.assertNotIn("epoch 2:", output)
        self.assertIn("epoch 3:", output)
        model = tagger.load(tagger.HERE / "tagger")
        self.assertEqual(model.body.config.n_layers, 2)
        words = tagger.load(FOLDER / "work/model").body.embeddings.word_embeddings.weight
        self.assertTrue(torch.equal(model.body.embeddings.word_embeddings.weight, words))

        served(FOLDER / "work/model", FOLDER / "same")
        served(tiny("other", 3, seed=2), FOLDER / "unlike")
        dev = data.sentences(Tokens(FOLDER / "same"), "dev")
        answers = []
        for name, ranges in (("same", 3), ("unlike", 0)):
            folder = FOLDER / name
            before = (folder / "model.onnx").read_bytes()
            for _ in range(2):  # the second replaces the first
                quiet(export.export, tagger.HERE / "tagger", folder)
            self.assertEqual(before, (folder / "model.onnx").read_bytes())
            manifest = json.loads((folder / "manifest.json").read_text())
            aspects, part = manifest["aspects"], (folder / "aspects.onnx").read_bytes()
            self.assertEqual(manifest["id"], sentiment.identify(manifest))
            self.assertEqual([f["name"] for f in manifest["files"]], sorted_files := [
                "model.onnx", "vocab.txt", "aspects.onnx",
            ])  # fmt: skip
            self.assertEqual(manifest["files"][2], sentiment.entry(folder / sorted_files[2]))
            self.assertEqual(len(aspects.get("shared", [])), ranges)
            s = export.session(export.joined(part, aspects.get("shared", []), before))
            self.assertEqual([i.name for i in s.get_inputs()], ["input_ids"])
            answers.append(export.run_all(s, [d.ids for d in dev], sentiment.DTYPE))
            if ranges:
                with self.assertRaises(InvalidProtobuf):
                    export.session(part)  # it is not a whole model
            for text in aspects["golden"]:
                for span in text["spans"]:
                    self.assertGreater(span["probability"], aspects["certain"])
        for a, b in zip(*answers):
            np.testing.assert_array_equal(a, b)
        exact = train.measure(model, dev, False)
        self.assertGreater(exact["mixed"]["span_f1"], 80, "it has not learned the sentences")
        own = train.logits(model, dev, False)
        self.assertLess(max(np.abs(a - b).max() for a, b in zip(own, answers[0])), 1)

        _, output = quiet(evaluate.main, FOLDER / "same", [tagger.HERE / "deep"])
        self.assertIn("| set | sentences | aspects | served | shown | tagger | deep |", output)
        self.assertIn("times the processor time", output)


class Parts(unittest.TestCase):
    def test_rounded_values_are_those_of_int8(self):
        x = torch.randn(2, 30, 50, generator=torch.Generator().manual_seed(1))
        x[1] = 10 * x[1].abs() + 1
        x[0, 0, 0] = 0
        x.requires_grad_()
        y = tagger.rounded(x)
        for of, low in ((0, x[0].min()), (1, torch.tensor(0.0))):  # 0 is one of the steps
            step = (x[of].max() - low) / 255
            self.assertLessEqual(len(y[of].unique()), 256)
            self.assertLess((y[of] - x[of]).abs().max(), 1.01 * step)
            self.assertTrue(torch.allclose((y[of] / step).round() * step, y[of], atol=1e-4))
        self.assertEqual(y[0, 0, 0], 0)
        y.sum().backward()
        self.assertTrue(torch.equal(x.grad, torch.ones_like(x)))

    def test_reordered_words_mean_the_same(self):
        own = ["<s>", "<pad>", "</s>", "b", "a", "<mask>", "[UNK]", "c"]
        ours = ["[PAD]", "c", "[CLS]", "[SEP]", "[MASK]", "a", "b", "[UNK]"]
        config = MPNetConfig(
            vocab_size=len(own), hidden_size=16, intermediate_size=32, num_hidden_layers=2,
            num_attention_heads=2, max_position_embeddings=20, pad_token_id=1,
        )  # fmt: skip
        model = MPNetModel(config, add_pooling_layer=False).eval()
        rows = mpnet.places(own, ours)
        new = mpnet.reordered(model, rows)
        ids = torch.tensor([[2, 5, 6, 7, 3], [2, 6, 3, 0, 0]])
        mask = (ids != 0).long()
        with torch.no_grad():
            want = model(rows[ids], attention_mask=mask).last_hidden_state[mask.bool()]
            got = new(ids, attention_mask=mask).last_hidden_state[mask.bool()]
        self.assertTrue(torch.equal(got, want))


class Rules(unittest.TestCase):
    def setUp(self):
        self.tokens = Tokens(tiny("letters", 1))

    def test_words_begin_at_first_pieces(self):
        window = self.tokens.window(self.tokens.pieces("the cablex is 'ok'."))
        pieces = [self.tokens.reference.id_to_token(i) for i in window]
        starts = tagger.word_starts(self.tokens, window)
        self.assertEqual(
            [p for p, start in zip(pieces, starts) if start],
            ["the", "cable", "is", "[UNK]", "o", "[UNK]", "."],
        )
        cut = self.tokens.window(window[3:5])  # begins inside a word
        self.assertEqual(tagger.word_starts(self.tokens, cut), [False, True, True, False])

    def test_best_path_is_the_best_of_all(self):
        rng = np.random.default_rng(1)

        def allowed(path):
            return all(
                tag == 0 or tag % 2 or i > 0 and path[i - 1] in (tag, tag - 1)
                for i, tag in enumerate(path)
            )

        for n in (1, 2, 4):
            for _ in range(20):
                logits = rng.normal(0, 2, (n, 7)).astype(np.float32)
                paths = filter(allowed, itertools.product(range(7), repeat=n))
                want = max(paths, key=lambda path: sum(logits[i, t] for i, t in enumerate(path)))
                self.assertEqual(tagger.best_path(logits), list(want))
        self.assertEqual(tagger.best_path(np.zeros((3, 7))), [0, 0, 0], "equal sums: the first tag")

    def test_decode(self):
        def logits(*tags):  # of each token, with 3 for its tag
            return np.array([[3.0 * (i == tag) for i in range(7)] for tag in tags])

        p = float(np.exp(3) / (np.exp(3) + 6))
        for tags, starts, want in (
            ((0, 0), "--", []),
            ((1, 0, 1), "-w-", []),  # [CLS] is ignored
            ((0, 1, 0), "-w-", [(1, 1, "positive")]),
            ((0, 3, 0, 0), "-w+-", [(1, 2, "negative")]),  # the second piece's tag is ignored
            ((0, 5, 6, 0, 0), "-www-", [(1, 2, "neutral")]),
            ((0, 1, 1, 2, 0), "-www-", [(1, 1, "positive"), (2, 2, "positive")]),
            ((0, 0, 3, 4, 4, 0), "-ww+w-", [(2, 3, "negative")]),
        ):
            found = tagger.decode(logits(*tags), [c == "w" for c in starts], 1.0)
            self.assertEqual([span[:3] for span in found], want, (tags, starts))
            for *_, probability in found:
                self.assertAlmostEqual(probability, p)
        weak = logits(0, 1, 2, 0)
        weak[2, 2] = 1.0
        (span,) = tagger.decode(weak, [False, True, True, False], 2.0)
        self.assertAlmostEqual(span[3], float(np.exp(0.5) / (np.exp(0.5) + 6)))

    def test_tags_of_a_sentence(self):
        text = "👍 cablex, lid"
        row = {"text": text, "set": "a", "aspects": [[2, 8, "positive"], [10, 13, "negative"]]}
        s = data.sentence(self.tokens, row | {"self": [[8, 9, "neutral"]]})
        read = [self.tokens.reference.id_to_token(i) for i in s.ids]
        at = read.index("cable")
        self.assertEqual(read[at + 1], "##x")
        self.assertEqual([s.offsets[at], s.offsets[-2]], [(2, 7), (10, 13)])
        self.assertEqual(s.offsets[1], (0, 1), "the words of an emoji have its place")
        self.assertEqual(s.spans, [(at, 2, "positive"), (len(read) - 2, 1, "negative")])
        self.assertEqual(s.own, {(at + 2, 1)})
        self.assertEqual(s.tags[at : at + 2], [1, data.IGNORED])
        self.assertEqual([s.tags[-2], s.tags[-1], s.tags[0]], [3, data.IGNORED, data.IGNORED])
        self.assertTrue(s.mixed)
        ids, tags = data.join([s, s])
        self.assertEqual(ids, self.tokens.window(s.ids[1:-1] * 2))
        self.assertEqual(tags[1 : len(s.ids) - 1], tags[len(s.ids) - 1 : -1])

    def test_rows_that_teach_only_polarity(self):
        """Rows of a set beyond its share say which polarity their spans have, and nothing else."""
        row = {"text": "the cablex is great", "set": "mams", "aspects": [[4, 10, "negative"]]}
        s = data.sentence(self.tokens, row)
        at = s.tags.index(3)
        texts = [text for seed in range(40) for text in data.epoch([s], seed, 64)]
        whole, part = (next(t for t in texts if t[1][at] == tag) for tag in (3, -3))
        self.assertEqual({t for i, t in enumerate(part[1]) if i != at}, {data.IGNORED})
        for of, negative in ((whole, 0), (part, 4)):
            ((_, _, targets, excluded),) = train.batches([of], 1)
            self.assertEqual(int((excluded[0, at] < 0).sum()), negative)
            self.assertEqual(int(targets[0, at].argmax()), 3)
            self.assertAlmostEqual(float(targets[0, at].sum()), 1, places=5)
            # no target where the tag is excluded: the loss would be infinite
            self.assertEqual(float((targets * (excluded < 0)).sum()), 0)
        self.assertEqual(train.alternatives()[-2].tolist(), [0, 0, 1, 0, 1, 0, 1])
        self.assertEqual(train.alternatives()[-5].tolist(), [0, 1, 0, 1, 0, 1, 0])

    def test_narrow_layers(self):
        """A narrow layer keeps the units with the heaviest weights."""
        body = DistilBertModel(DistilBertConfig(vocab_size=9, dim=8, hidden_dim=6, n_layers=1,
                                                n_heads=2, max_position_embeddings=8))  # fmt: skip
        layer = body.transformer.layer[0]
        with torch.no_grad():
            layer.ffn.lin1.weight[[1, 4]] *= 50
        want = layer.ffn.lin1.weight[[1, 4]].clone(), layer.ffn.lin2.weight[:, [1, 4]].clone()
        tagger.narrow(layer, 2)
        self.assertTrue(torch.equal(layer.ffn.lin1.weight, want[0]))
        self.assertTrue(torch.equal(layer.ffn.lin2.weight, want[1]))
        self.assertEqual(layer.ffn(torch.zeros(1, 3, 8)).shape, (1, 3, 8))

    def test_unmarked_places_of_known_terms(self):
        def row(text, *marked):
            aspects = [[text.index(m), text.index(m) + len(m), "positive"] for m in marked]
            return data.sentence(self.tokens, {"text": text, "set": "tshirt", "aspects": aspects})

        every = [
            row("the lid is great", "lid"),
            row("lovely lid", "lid"),
            row("a lid box", "box"),
            row("lidx"),
        ]
        self.assertEqual(data.ignore_unmarked(every), 1)
        lid = every[2].ids.index(self.tokens.reference.token_to_id("lid"))
        self.assertEqual([every[2].tags[lid], every[2].tags[lid + 1]], [data.IGNORED, 1])
        self.assertEqual(every[3].tags[1], 0, "another word that begins alike")
        self.assertEqual(every[0].tags[2], 1)

    def test_figures(self):
        row = {"text": "the lid is it", "set": "a", "aspects": [[4, 7, "positive"]]}
        s = data.sentence(self.tokens, row | {"self": [[11, 13, "neutral"]]})
        for found, want in (
            ([(2, 1, "positive")], [1, 1, 1, 1]),
            ([(2, 1, "negative")], [1, 1, 1, 0]),
            ([(2, 2, "positive")], [1, 1, 0, 0]),
            ([(4, 1, "neutral")], [1, 0, 0, 0]),  # the thing itself: neither right nor wrong
            ([], [1, 0, 0, 0]),
        ):
            self.assertEqual(data.counts(found, s).tolist(), want)
        self.assertEqual(
            data.figures(np.array([4, 6, 3, 2])),
            {"exact_f1": 40.0, "span_f1": 60.0, "polarity": 66.67, "spans": 4},
        )

    def test_bad_data(self):
        path = FOLDER / "bad.jsonl"
        good = {"text": "a lid", "aspects": [[2, 5, "positive"]], "set": "a", "split": "dev"}
        for change in (
            {"aspects": [[2, 9, "positive"]]},
            {"aspects": [[2, 5, "mixed"]]},
            {"aspects": [[2, 5]]},
            {"split": "test"},
            {"self": [[5, 2, "neutral"]]},
        ):
            path.write_text(json.dumps(good) + "\n" + json.dumps(good | change) + "\n")
            with self.assertRaises(SystemExit) as caught:
                data.rows(path)
            self.assertIn("line 2: ", str(caught.exception), change)
        path.write_text('{"text": \n')
        with self.assertRaises(SystemExit):
            data.rows(path)
        with self.assertRaises(SystemExit) as caught:
            tagger.load(FOLDER / "absent")
        self.assertIn("holds no config.json", str(caught.exception))


if __name__ == "__main__":
    unittest.main(warnings="ignore")
