"""Add the trained tagger to a model folder: aspects.onnx, and what the manifest says of it.

    DATA=folder build/model/.venv/bin/python build/model/aspects/export.py --model api/model/default

The graph is made as the sentiment model's (fused, dynamic int8) with the one input input_ids, for
windows run alone, and the one output tags (1, T, 7). Where the folder's graph has the same
quantized word embeddings, aspects.onnx lacks them: it ends within a field that the ranges "shared"
of model.onnx complete (split), and the program runs the concatenation. Otherwise it is whole.

The dev sentences give a bias to each polarity (polarity_biases), which is added to that of the
linear layer; run as the product runs them, they give the temperature and the least probability of
a mention. The golden mentions are found, and the manifest gets a new id. Stages stay in
WORK/aspects/onnx.
"""

import argparse
import concurrent.futures
import json
import pathlib
import sys
import tempfile
import warnings

import numpy as np
import onnx
import onnxruntime as ort
import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import export as sentiment
from aspects import data, golden
from aspects.tagger import (
    HERE,
    LABELS,
    OUTSIDE,
    POLARITIES,
    Tagger,
    begin,
    decode,
    inside,
    load,
    probability,
    spans,
    word_starts,
)
from aspects.train import CHOSEN_BY, by_set, logits, mean, summary
from tokens import Tokens

NAME = "aspects.onnx"
TEMPERATURES = np.arange(0.5, 3.01, 0.05)
PRECISION = 0.55  # a mention that is hardly more likely right than wrong is dropped
MIN_MARGIN = 0.1  # golden texts: minimum distance of a span's probability above the threshold
MIN_TAG_PROBABILITY = 0.6  # golden texts: minimum probability of a word's tag
GRAPH, INITIALIZER, TENSOR_NAME = 7, 5, 8  # fields of ModelProto, GraphProto, TensorProto


class Graph(torch.nn.Module):
    def __init__(self, model: Tagger):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask):  # (B, T), (B, T) -> (B, T, 7)
        return self.model(input_ids.long(), attention_mask.long())


def to_onnx(model: Tagger, out: pathlib.Path, dtype: str):
    ids = torch.ones((2, 8), dtype=getattr(torch, dtype))
    axes = {0: "batch", 1: "length"}
    names = ["input_ids", "attention_mask", "tags"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Graph(model.eval()),
            (ids, torch.ones_like(ids)),
            str(out),
            input_names=names[:2],
            output_names=names[2:],
            dynamic_axes=dict.fromkeys(names, axes),
            opset_version=sentiment.OPSET,
            dynamo=False,
        )


def without_mask(path: pathlib.Path):
    """Remove the attention mask of a fused graph: windows are run alone and without padding."""
    model = onnx.load(path)
    graph = model.graph
    masks = set()
    for node in graph.node:
        at = {"Attention": 3, "EmbedLayerNormalization": 7}.get(node.op_type)
        if at is not None and len(node.input) > at:
            masks.add(node.input[at])
            node.input[at] = ""
    while True:
        used = {name for node in graph.node for name in node.input}
        used |= {output.name for output in graph.output}
        idle = [node for node in graph.node if not used & set(node.output)]
        if not idle:
            break
        for node in idle:
            graph.node.remove(node)
    if "attention_mask" in used:
        raise SystemExit(f"{path} still reads attention_mask: a fusion has changed")
    kept = [i for i in graph.input if i.name != "attention_mask"]
    del graph.input[:]
    graph.input.extend(kept)
    onnx.save(model, path)


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the number at data[at:] and the offset of the next field."""
    n = shift = 0
    while True:
        byte = data[at]
        n, shift, at = n | (byte & 0x7F) << shift, shift + 7, at + 1
        if byte < 0x80:
            return n, at


def as_varint(n: int) -> bytes:
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes([*out, n])


def fields(data: bytes, start: int, end: int):
    """Yield (number, start, start of the content, end) of each field of a protobuf message."""
    at = start
    while at < end:
        begin = at
        key, at = varint(data, at)
        wire = key & 7
        if wire == 2:
            length, at = varint(data, at)
            content, at = at, at + length
        else:
            content = at
            at = {0: lambda: varint(data, at)[1], 1: lambda: at + 8, 5: lambda: at + 4}[wire]()
        yield key >> 3, begin, content, at


def initializers(data: bytes) -> dict[str, tuple[int, int]]:
    """Return the places of the initializers in a serialized model: {name: (offset, bytes)}, whole
    fields."""
    found = {}
    for number, _, content, end in fields(data, 0, len(data)):
        if number != GRAPH:
            continue
        for inner, start, body, stop in fields(data, content, end):
            if inner != INITIALIZER:
                continue
            for name, _, a, b in fields(data, body, stop):
                if name == TENSOR_NAME:
                    found[data[a:b].decode()] = (start, stop - start)
    return found


def word_embeddings(model: onnx.ModelProto) -> list[str]:
    """Return the names of the quantized word embeddings, their scale and their zero point."""
    for node in model.graph.node:
        if node.op_type == "QEmbedLayerNormalization":
            return [node.input[2], node.input[8], node.input[13]]
    return []


def common(whole: onnx.ModelProto, other: onnx.ModelProto) -> dict[str, str]:
    """Map the word embeddings that both graphs have from their names in whole to those in other."""
    own = {t.name: t for t in whole.graph.initializer}
    theirs = {t.name: t for t in other.graph.initializer}
    names = dict(zip(word_embeddings(whole), word_embeddings(other)))
    same = (own[a].dims == theirs[b].dims and content(own[a]) == content(theirs[b])
            for a, b in names.items())
    return names if all(same) else {}


def content(tensor: onnx.TensorProto) -> bytes:
    return onnx.numpy_helper.to_array(tensor).tobytes()


def split(
    whole: onnx.ModelProto, other: bytes, shared: dict[str, str]
) -> tuple[bytes, list[list[int]]]:
    """whole without the initializers shared, and where these are in the serialized model other:
    (offset, bytes) each. shared has their names, from those in whole to those in other.

    A second "graph" field ends the bytes, as long as the ranges together: a parser of protobuf
    merges the two, so that the bytes followed by the ranges are the whole model.
    """
    if not shared:
        return whole.SerializeToString(), []
    places = initializers(other)
    ranges = [list(places[name]) for name in shared.values()]
    part = onnx.ModelProto()
    part.CopyFrom(whole)
    kept = [t for t in whole.graph.initializer if t.name not in shared]
    del part.graph.initializer[:]
    part.graph.initializer.extend(kept)
    if taken := {t.name for t in kept} & set(shared.values()):
        raise SystemExit(f"{taken} are names of other initializers of the tagger")
    for node in part.graph.node:
        node.input[:] = [shared.get(name, name) for name in node.input]
    header = bytes([GRAPH << 3 | 2]) + as_varint(sum(n for _, n in ranges))
    return part.SerializeToString() + header, ranges


def joined(part: bytes, shared: list[list[int]], other: bytes) -> bytes:
    """Return the graph that runs: a part joined with its ranges of the other model."""
    return part + b"".join(other[at : at + n] for at, n in shared)


def session(graph: bytes) -> ort.InferenceSession:
    """Open a session of a graph in memory with the settings of the sentiment model's."""
    with tempfile.NamedTemporaryFile(suffix=".onnx") as file:
        file.write(graph)
        file.flush()
        return sentiment.session(pathlib.Path(file.name))


def run(s: ort.InferenceSession, window: list[int], dtype: str) -> np.ndarray:
    """Return the logits (T, 7) of a window, run alone."""
    return s.run(["tags"], {"input_ids": np.array([window], dtype=dtype)})[0][0]


def run_all(s: ort.InferenceSession, windows: list[list[int]], dtype: str) -> list[np.ndarray]:
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda w: run(s, w, dtype), windows))


def judged(every: list[data.Sentence], logits: list[np.ndarray], temperature: float):
    """Return the probability of each found span, and whether it is right, polarity included."""
    found = list(spans_of(every, logits))
    p = np.array([probability(words, tags, temperature) for words, tags, _ in found])
    return p, np.array([right for *_, right in found], bool)


def spans_of(every: list[data.Sentence], logits: list[np.ndarray]):
    """Yield the logits and tags of each span's words, and whether the span is right."""
    for s, x in zip(every, logits):
        for first, n, polarity, words, tags in spans(x, s.starts):
            if (first, n) not in s.own:
                yield words, tags, (first, n, polarity) in s.spans


def polarity_biases(every: list[data.Sentence], logits: list[np.ndarray]) -> np.ndarray:
    """Return what to add to the logits (7) of the tags, one value a polarity, so that the
    polarities of the annotated spans have the least log loss at the best temperature
    (bias-corrected temperature scaling, Alexandari et al. 2020), and as many words are outside of
    spans as without them. Only of the sets CHOSEN_BY: mams has many more neutral aspects than
    reviews have, and bing none.
    """
    begins = [begin(p) for p in range(len(POLARITIES))]
    marked = [
        (x[span[0], begins], POLARITIES.index(span[2]))
        for s, x in zip(every, logits)
        if data.kind(s) in CHOSEN_BY
        for span in s.spans
    ]
    if {polarity for _, polarity in marked} != set(range(len(POLARITIES))):
        return np.zeros(len(LABELS), np.float32)
    z = torch.tensor(np.array([x for x, _ in marked]), dtype=torch.float64)
    polarities = torch.tensor([polarity for _, polarity in marked])
    free = torch.zeros(len(POLARITIES), dtype=torch.float64, requires_grad=True)

    def loss():  # of free: the logarithm of the temperature, and the biases but that of positive
        biases = torch.cat([torch.zeros(1, dtype=torch.float64), free[1:]])
        scaled = (z + biases) / free[0].exp()
        optimiser.zero_grad()
        out = torch.nn.functional.cross_entropy(scaled, polarities)
        out.backward()
        return out

    optimiser = torch.optim.LBFGS([free], max_iter=200, line_search_fn="strong_wolfe")
    optimiser.step(loss)
    biases = np.zeros(len(LABELS), np.float32)
    for p in range(1, len(POLARITIES)):
        biases[[begin(p), inside(p)]] = float(free[p].detach())
    words = np.concatenate(
        [x[s.starts] for s, x in zip(every, logits) if data.kind(s) in CHOSEN_BY]
    ).astype(np.float64)

    def outside(biases: np.ndarray) -> float:  # the expected number of words
        return float((1 / np.exp(words + biases - words[:, :1]).sum(1)).sum())

    low, high, before = -5.0, 5.0, outside(biases * 0)
    spans = np.arange(len(LABELS)) != OUTSIDE
    for _ in range(30):
        middle = (low + high) / 2
        if outside(biases + middle * spans) > before:
            low = middle
        else:
            high = middle
    return (biases + low * spans).round(2).astype(np.float32)


def crossed(every: list[data.Sentence], logits: list[np.ndarray]) -> dict[str, dict]:
    """Return the figures by set where the biases of each half of the sentences were found on the
    other half.
    """
    found = [None] * len(every)
    for half in (0, 1):
        biases = polarity_biases(every[1 - half :: 2], logits[1 - half :: 2])
        found[half::2] = [
            decode(x + biases, s.starts, 1.0) for x, s in zip(logits[half::2], every[half::2])
        ]
    return by_set(every, found)


def calibrate(every: list[data.Sentence], logits: list[np.ndarray]) -> float:
    """Return the temperature at which the probabilities of spans have the least log loss."""
    found = list(spans_of(every, logits))
    right = np.array([right for *_, right in found], bool)

    def nll(temperature: float) -> float:
        p = np.array([probability(words, tags, temperature) for words, tags, _ in found])
        p = np.clip(p, 1e-6, 1 - 1e-6)
        return float(-np.where(right, np.log(p), np.log(1 - p)).mean())

    return round(float(min(TEMPERATURES, key=nll)), 2) if found else 1.0


def calibration_error(p: np.ndarray, right: np.ndarray, bins: int = 10) -> float:
    """Expected calibration error of the probability that a span is right, equal-width bins. Unlike
    the sentiment model's, p may be below one half.
    """
    at = np.minimum((p * bins).astype(int), bins - 1)
    gap = lambda b: abs(p[at == b].mean() - right[at == b].mean()) * (at == b).mean()
    return float(sum(gap(b) for b in set(at)))


def golden_mentions(tokens: Tokens, s, dtype: str, temperature: float, certain: float) -> list:
    """Return the golden texts on whose words the tagger is confident, with their spans."""
    out = []
    for text in golden.TEXTS:
        window = tokens.window(tokens.pieces(text))
        starts, x = word_starts(tokens, window), run(s, window, dtype).astype(np.float64)
        z = x[[i for i, start in enumerate(starts) if start]]
        top = np.sort(z, axis=1)
        sure = 1 / (1 + np.exp(top[:, -2] - top[:, -1]))  # against the second best tag
        found = decode(x, starts, temperature)
        if sure.min() < MIN_TAG_PROBABILITY or any(p < certain + MIN_MARGIN for *_, p in found):
            continue
        out.append(
            {
                "text": text,
                "spans": [
                    {"first": first, "tokens": n, "polarity": polarity, "probability": round(p, 6)}
                    for first, n, polarity, p in found
                ],
            }
        )
    return out


def export(source: pathlib.Path, folder: pathlib.Path):
    manifest = json.loads((folder / "manifest.json").read_text())
    graph = next(
        f["name"] for f in manifest["files"] if f["name"].endswith(".onnx") and f["name"] != NAME
    )
    other, dtype = (folder / graph).read_bytes(), manifest["inputs"]["dtype"]
    model, tokens = load(source), Tokens(folder)
    if tokens.size != model.body.config.vocab_size:
        raise SystemExit(f"{folder} has another vocabulary than {source}")
    dev = data.sentences(tokens, "dev")
    plain = logits(model, dev, bf16=False)
    biases = polarity_biases(dev, plain)
    unbiased = by_set(dev, [decode(x, s.starts, 1.0) for x, s in zip(plain, dev)])
    print(f"fp32: {summary(unbiased)}")
    print(f"fp32, with biases of the other half: {summary(crossed(dev, plain))}")
    print(f"biases: {dict(zip(LABELS, biases.tolist()))}")
    with torch.no_grad():
        model.out.bias += torch.from_numpy(biases)
    work = HERE / "onnx"
    work.mkdir(parents=True, exist_ok=True)
    to_onnx(model, work / "fp32.onnx", dtype)
    sentiment.fuse(work / "fp32.onnx", work / "fused.onnx", model.body.config)
    without_mask(work / "fused.onnx")
    sentiment.quantize(work / "fused.onnx", work / "int8.onnx")
    quantized = onnx.load(work / "int8.onnx")
    part, shared = split(quantized, other, common(quantized, onnx.load_from_string(other)))
    whole, s = sentiment.session(work / "int8.onnx"), session(joined(part, shared, other))

    windows = [tokens.window(tokens.pieces(text)) for text in golden.TEXTS]
    for text, window in zip(golden.TEXTS, windows):
        if not np.array_equal(run(whole, window, dtype), run(s, window, dtype)):
            raise SystemExit(f"the joined graph differs from the whole one on {text!r}")
    served = run_all(s, [x.ids for x in dev], dtype)
    temperature = calibrate(dev, served)
    p, right = judged(dev, served, temperature)
    certain = mention_threshold(p, right)
    table = by_set(dev, [decode(x, d.starts, 1.0) for x, d in zip(served, dev)])
    kept = p >= certain
    accuracy = {
        "sentences": len(dev),
        "exact_f1": round(mean(table), 2),
        "span_f1": round(mean(table, "span_f1"), 2),
        "polarity": round(mean(table, "polarity"), 2),
        "mixed_polarity": table["mixed"]["polarity"] if "mixed" in table else None,
        "right_of_shown": round(100 * float(right[kept].mean()), 1) if kept.any() else None,
        "calibration_error": round(100 * calibration_error(p, right), 2) if len(p) else None,
    }
    sentiment.write(folder / NAME, part)
    manifest["files"] = [f for f in manifest["files"] if f["name"] != NAME]
    manifest["files"].append(sentiment.entry(folder / NAME))
    manifest["aspects"] = {
        "file": NAME,
        **({"shared": shared} if shared else {}),
        "labels": LABELS,
        "temperature": temperature,
        "certain": certain,
        "golden": golden_mentions(tokens, s, dtype, temperature, certain),
        "accuracy": accuracy,
    }
    manifest["id"] = sentiment.identify(manifest)
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    sentiment.write(folder / "manifest.json", text.encode())
    print(f"int8: {summary(table)}")
    print(
        f"model {manifest['id']}: {NAME} {len(part) / 1e6:.2f} MB, word embeddings "
        f"{'of ' + graph if shared else 'inside'}, temperature {temperature}, least probability "
        f"{certain}, {len(manifest['aspects']['golden'])} golden texts, {accuracy}"
    )


def mention_threshold(p: np.ndarray, right: np.ndarray) -> float:
    """Return the least probability from which on spans are right more often than PRECISION; 0 if
    all are.
    """
    for at in np.arange(0.9, 0.0, -0.05):
        near = (p >= at - 0.05) & (p < at + 0.05)
        if near.sum() >= 20 and right[near].mean() < PRECISION:
            return round(float(at) + 0.05, 2)
    return 0.0


if __name__ == "__main__":
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--source", type=pathlib.Path, default=HERE / "tagger")
    p.add_argument(
        "--model", type=pathlib.Path, default=sentiment.ROOT / "api/model/default", metavar="FOLDER"
    )
    a = p.parse_args()
    export(a.source, a.model)
