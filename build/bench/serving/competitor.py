"""Score reviews as Python users do, for `make bench-serving`: competitor.py
onnxruntime|transformers FOLDER

Reads one turn per line on stdin and writes one answer per line on stdout, as described in package
main next to this file. onnxruntime is a session and a PyPI tokenizer that pads to the longest text
of a batch; transformers is its pipeline, on torch.
"""

import concurrent.futures
import json
import pathlib
import sys
import time

import numpy as np

WAY, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
TEXTS = [r["text"] for r in json.loads((FOLDER / "texts.json").read_text())]
LENGTH = 512


def batches(texts, turn):
    order = list(range(len(texts)))
    if turn["sorted"]:
        order.sort(key=lambda i: -len(texts[i]))
    return [order[i : i + turn["batch"]] for i in range(0, len(order), turn["batch"])]


def onnxruntime_scorer(turn):
    import onnxruntime
    from tokenizers import Tokenizer

    folder = FOLDER / turn["file"]
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(LENGTH)
    tokenizer.enable_padding()
    options = onnxruntime.SessionOptions()
    if not turn["documented"]:
        options.intra_op_num_threads, options.inter_op_num_threads = turn["threads"], 1
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"])

    def run(texts):
        encoded = tokenizer.encode_batch(texts)
        ids = np.array([e.ids for e in encoded], np.int64)
        mask = np.array([e.attention_mask for e in encoded], np.int64)
        (logits,) = session.run(None, {"input_ids": ids, "attention_mask": mask})
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        return (e / e.sum(axis=1, keepdims=True))[:, 1]

    def score(texts, turn):
        positive = np.zeros(len(texts))

        def one(batch):
            positive[batch] = run([texts[i] for i in batch])

        if turn["streams"] == 1:
            for batch in batches(texts, turn):
                one(batch)
        else:
            with concurrent.futures.ThreadPoolExecutor(turn["streams"]) as pool:
                list(pool.map(one, batches(texts, turn)))
        return positive.tolist()

    return score


def transformers_scorer(turn):
    import torch
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    torch.set_num_threads(turn["threads"])
    folder = str(FOLDER / turn["file"])
    pipe = transformers.pipeline("text-classification", model=folder, tokenizer=folder, device="cpu", top_k=None)

    def score(texts, turn):
        order = [i for batch in batches(texts, turn) for i in batch]
        positive = [0.0] * len(texts)
        answers = pipe([texts[i] for i in order], batch_size=turn["batch"], truncation=True, max_length=LENGTH)
        for i, answer in zip(order, answers, strict=True):
            positive[i] = next(a["score"] for a in answer if a["label"] == "positive")
        return positive

    return score


def main():
    make = {"onnxruntime": onnxruntime_scorer, "transformers": transformers_scorer}[WAY]
    made, score = None, None
    for line in sys.stdin:
        turn = json.loads(line)
        wanted = (turn["file"], turn["threads"], turn["documented"])
        if wanted != made:
            score, made = make(turn), wanted
        texts = TEXTS[turn["from"] : turn["from"] + turn["count"]]
        score(texts[:8], turn)  # a warm-up
        start = time.perf_counter()
        for _ in range(turn["passes"]):
            positive = score(texts, turn)
        print(json.dumps({"seconds": time.perf_counter() - start, "positive": positive}), flush=True)


main()
