"""The served model as torch weights, for training to go on from where no checkpoint is left.

    build/model/.venv/bin/python build/model/restore.py  # WORK/served, from api/model/default
    build/model/.venv/bin/python build/model/train.py --base build/model/work/served

Each 8-bit weight is its integer times its scale: what quantizing moved stays moved, which costs
less accuracy than the sampling of a thousand texts shows. Exits that export.py did not choose are
not in the graph and begin anew. The result is checked against the graph.
"""

import argparse
import pathlib

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from transformers import DistilBertConfig, DistilBertModel

from exits import attention_layers, flatten
from export import run, session
from golden import TEXTS
from tokens import Tokens, model_folder
from train import ROOT, WORK, Judge, write

MAX_MEAN_DIFFERENCE = 0.3  # of the logit that differs most: caused by 8-bit activations


def dequantized(tensors: dict[str, np.ndarray], name: str) -> np.ndarray:
    """Return the floats of the tensor NAME_quantized; in a matrix, each column has its own
    scale."""
    integers = tensors[f"{name}_quantized"].astype(np.float32)
    return (integers - tensors[f"{name}_zero_point"]) * tensors[f"{name}_scale"]


def weights(graph: onnx.GraphProto) -> dict[str, np.ndarray]:
    """Return the weights by their names in Judge, from a graph that export.py quantized."""
    tensors = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    found = {
        name.removeprefix("model."): value
        for name, value in tensors.items()
        if name.startswith("model.") and name.endswith((".weight", ".bias"))
    }
    for name in tensors:
        if name.startswith("model.body.embeddings.") and name.endswith("_quantized"):
            name = name.removesuffix("_quantized")
            found[name.removeprefix("model.")] = dequantized(tensors, name)
    layer = 0
    for node in graph.node:
        if node.op_type == "QAttention":
            matrix = dequantized(tensors, node.input[1].removesuffix("_quantized"))  # (D, 3 D)
            parts = zip("qkv", np.split(matrix, 3, 1), np.split(tensors[node.input[2]], 3))
            for part, weight, bias in parts:
                place = f"body.transformer.layer.{layer}.attention.{part}_lin"
                found[f"{place}.weight"], found[f"{place}.bias"] = weight.T, bias
            layer += 1
        elif node.op_type == "MatMulInteger":
            matrix = dequantized(tensors, node.input[1].removesuffix("_quantized"))
            found[place_of(node.name)] = matrix.T
    return found


def place_of(node: str) -> str:
    """Return the name of the weight that a node multiplies by, such as
    /model/body/transformer/layer.3/ffn/lin1/MatMul_quant.
    """
    path = node.strip("/").removesuffix("_quant").removesuffix("_MatMul").split("/")[:-1]
    place = ".".join(path).removeprefix("model.")
    return f"{'exits.' if place.startswith('heads.') else ''}{place}.weight"


def heads(graph: onnx.GraphProto) -> int:
    attention = next(node for node in graph.node if node.op_type == "QAttention")
    return next(a.i for a in attention.attribute if a.name == "num_heads")


def restored(model: onnx.ModelProto) -> Judge:
    """Return the judge whose quantized graph, without branches, model is."""
    found = {name: torch.from_numpy(w.copy()) for name, w in weights(model.graph).items()}
    words, positions = (
        found[f"body.embeddings.{kind}_embeddings.weight"] for kind in ("word", "position")
    )
    judge = Judge(
        DistilBertModel(
            DistilBertConfig(
                vocab_size=len(words),
                max_position_embeddings=len(positions),
                dim=words.shape[1],
                hidden_dim=len(found["body.transformer.layer.0.ffn.lin1.weight"]),
                n_layers=attention_layers(model),
                n_heads=heads(model.graph),
                dropout=0.0,
                attention_dropout=0.0,
            )
        )
    )
    missing, unknown = judge.load_state_dict(found, strict=False)
    missing = [name for name in missing if not name.startswith("exits.")]
    if missing or unknown:
        raise SystemExit(f"the graph lacks {missing} and has {unknown}, which no judge has")
    return judge.eval()


@torch.no_grad()
def difference(judge: Judge, path: pathlib.Path, tokens: Tokens) -> float:
    """Return how much judge and the graph of path differ, without exits: the mean over the golden
    texts of the largest difference of a logit.
    """
    graph, off = session(path), []
    for text in TEXTS:
        for window in tokens.windows(text, 256, 1):
            ids = torch.tensor([window])
            own, _ = judge(ids, torch.ones_like(ids))
            off.append(np.abs(own.numpy()[0] - run(graph, window)[0]).max())
    return float(np.mean(off))


def main(source: pathlib.Path, out: pathlib.Path):
    flat, scratch = flatten(onnx.load(source / "model.onnx")), WORK / "restored.onnx"
    judge, tokens = restored(flat), Tokens(source)
    WORK.mkdir(parents=True, exist_ok=True)
    onnx.save(flat, scratch)
    off = difference(judge, scratch, tokens)
    scratch.unlink()
    if not off < MAX_MEAN_DIFFERENCE:
        raise SystemExit(f"the logits are {off:.2f} from those of {source}")
    write(judge, tokens, out)
    print(f"{out}: logits {off:.3f} from those of {source}")


if __name__ == "__main__":
    p = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    p.add_argument("--source", type=model_folder, default=ROOT / "api/model/default")
    p.add_argument("--out", type=pathlib.Path, default=WORK / "served")
    a = p.parse_args()
    main(a.source, a.out)
