"""Make a classifier of random weights as Hugging Face's exporters leave one, with the scores that
it gives, for api/infer's tests.

    build/model/.venv/bin/python build/model/random_bert.py api/infer/testdata/bert          # committed: 2 layers of 8, token types
    build/model/.venv/bin/python build/model/random_bert.py --tokenizer roberta api/infer/testdata/roberta    # committed: RoBERTa, BPE
    build/model/.venv/bin/python build/model/random_bert.py --tokenizer xlmr api/infer/testdata/xlmr          # committed: RoBERTa, Unigram
    build/model/.venv/bin/python build/model/random_bert.py --base FOLDER                     # DistilBERT-base's 66 million weights
    build/model/.venv/bin/python build/model/random_bert.py --base --int8 FOLDER

The weights are the same each time. scores.json has the probabilities that Python's onnxruntime
gives, one text a Run.
"""

import argparse
import json
import pathlib
import shutil

import numpy as np
import onnxruntime as ort
import torch
from tokenizers import Tokenizer
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertTokenizerFast,
    DistilBertConfig,
    DistilBertForSequenceClassification,
    RobertaConfig,
    RobertaForSequenceClassification,
)

from tokens import Tokens

TEXTS = [
    "good",
    "bad",
    "a good lid",
    "The lid broke, twice!",
    "Works as it should.",
    "it is not good at all and i would not buy it again " * 4,
]
WORDS = "a i it is the and not at all as good bad lid broke twice works should would buy again , . !".split()
LETTERS = "abcdefghijklmnopqrstuvwxyz"
TOKENIZERS = pathlib.Path("api/tokenizers/testdata")


def vocabulary(out: pathlib.Path, base: bool):
    if base:
        Tokens().save(out)
    else:
        pieces = [
            "[PAD]",
            "[UNK]",
            "[CLS]",
            "[SEP]",
            "[MASK]",
            *WORDS,
            *(c for c in LETTERS if c not in WORDS),
            *("##" + c for c in LETTERS),
        ]
        (out / "vocab.txt").write_text("\n".join(pieces) + "\n")


class Logits(torch.nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, *inputs):
        names = ("input_ids", "attention_mask", "token_type_ids")
        return self.model(**dict(zip(names, inputs, strict=False))).logits


def main(out: pathlib.Path, base: bool, int8: bool, other: str):
    torch.manual_seed(1)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    if other:
        shutil.copy(TOKENIZERS / f"{other}.json", out / "tokenizer.json")
        tokenizer = Tokenizer.from_file(str(out / "tokenizer.json"))
        encode = lambda text: tokenizer.encode(text, add_special_tokens=False).ids
        cls, sep, ids = (
            tokenizer.token_to_id("<s>"),
            tokenizer.token_to_id("</s>"),
            tokenizer.get_vocab_size(),
        )
    else:
        vocabulary(out, base)
        tokenizer = BertTokenizerFast(vocab=str(out / "vocab.txt"))
        encode = lambda text: tokenizer(text, add_special_tokens=False)["input_ids"]
        cls, sep, ids = tokenizer.cls_token_id, tokenizer.sep_token_id, len(tokenizer)
    padding = 0  # positions lost to padding
    if other:
        padding = 2
        config = RobertaConfig(
            vocab_size=ids, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16, pad_token_id=1, type_vocab_size=1,
            max_position_embeddings=50, id2label={0: "negative", 1: "positive"}, initializer_range=0.5,
        )  # fmt: skip
        model = RobertaForSequenceClassification._from_config(config, attn_implementation="eager")
    elif base:  # the labels as sst-2's have them, and the other way round in the small one
        config = DistilBertConfig(vocab_size=ids, id2label={0: "NEGATIVE", 1: "POSITIVE"})
        model = DistilBertForSequenceClassification._from_config(
            config, attn_implementation="eager"
        )
    else:
        config = BertConfig(
            vocab_size=ids, hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16,
            max_position_embeddings=48, id2label={0: "positive", 1: "negative"}, initializer_range=0.5,
        )  # fmt: skip
        model = BertForSequenceClassification._from_config(config, attn_implementation="eager")
    with torch.no_grad():
        (model.classifier.out_proj if other else model.classifier).weight.mul_(
            20 if base else 0.5 if other else 2
        )  # otherwise random logits are all alike, or all confident
    model.eval().config.save_pretrained(out)
    names = ["input_ids", "attention_mask"] + ([] if base or other else ["token_type_ids"])
    torch.onnx.export(
        Logits(model), tuple(torch.ones((1, 8), dtype=torch.int64) for _ in names), str(out / "model.onnx"), input_names=names,
        output_names=["logits"], dynamic_axes={n: {0: "batch", 1: "length"} for n in names} | {"logits": {0: "batch"}}, opset_version=17, dynamo=False,
    )  # fmt: skip
    if int8:
        from onnxruntime.quantization import QuantType, quantize_dynamic

        quantize_dynamic(
            str(out / "model.onnx"),
            str(out / "int8.onnx"),
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
        )
        (out / "int8.onnx").replace(out / "model.onnx")
    session = ort.InferenceSession(str(out / "model.onnx"), providers=["CPUExecutionProvider"])
    positive = next(i for i, name in config.id2label.items() if name.lower() == "positive")
    scores = []
    for text in TEXTS:
        pieces = encode(text)
        body = min(config.max_position_embeddings - padding, 512) - 2
        n = -(-len(pieces) // body)
        logits = []
        for i in range(n):
            ids = np.array(
                [[cls, *pieces[i * len(pieces) // n : (i + 1) * len(pieces) // n], sep]], np.int64
            )
            given = {
                "input_ids": ids,
                "attention_mask": np.ones_like(ids),
                "token_type_ids": np.zeros_like(ids),
            }
            logits.append(session.run(None, {n: given[n] for n in names})[0][0])
        mean = np.mean(logits, axis=0)
        scores.append(
            {
                "text": text,
                "positive": round(float(1 / (1 + np.exp(mean[1 - positive] - mean[positive]))), 6),
            }
        )
    (out / "scores.json").write_text(json.dumps(scores, indent=1) + "\n")
    settings = (
        {"tokenizer_class": "PreTrainedTokenizerFast"}
        if other
        else {"tokenizer_class": "BertTokenizer", "do_lower_case": True}
    )
    (out / "tokenizer_config.json").write_text(json.dumps(settings) + "\n")


if __name__ == "__main__":
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--base", action="store_true")
    p.add_argument("--int8", action="store_true")
    p.add_argument(
        "--tokenizer", metavar="NAME", help="of api/tokenizers/testdata: RoBERTa with that"
    )
    p.add_argument("folder", type=pathlib.Path)
    a = p.parse_args()
    main(a.folder, a.base, a.int8, a.tokenizer)
