"""The tagger of aspects: layers of a base under one linear layer, which gives each token logits of
LABELS, and the rule that reads spans from them (decode). Package reviews/aspects
has the same rule in Go; the golden mentions of a manifest keep both equal.
"""

import copy
import json
import pathlib
import sys

import numpy as np
import torch
from transformers import DistilBertModel, MPNetModel

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from tokens import Tokens
from train import WORK

HERE = WORK / "aspects"
POLARITIES = ("positive", "negative", "neutral")
LABELS = ["O", *(f"{part}-{p}" for p in POLARITIES for part in "BI")]
OUTSIDE = 0


def begin(polarity: int) -> int:
    return 1 + 2 * polarity


def inside(polarity: int) -> int:
    return 2 + 2 * polarity


class Tagger(torch.nn.Module):
    def __init__(self, body: DistilBertModel | MPNetModel):
        super().__init__()
        self.body, self.out = body, torch.nn.Linear(body.config.hidden_size, len(LABELS))

    def forward(self, ids, mask):  # (B, T), (B, T) -> (B, T, 7)
        return self.out(self.body(input_ids=ids, attention_mask=mask).last_hidden_state)


def narrow(layer, width: int):
    """Keep width hidden units of a layer's feed-forward network: those with the largest product of
    the norms of the weights that lead to and from them.
    """
    lin1, lin2 = layer.ffn.lin1, layer.ffn.lin2
    weight = lin1.weight.norm(dim=1) * lin2.weight.norm(dim=0)
    kept = weight.topk(width).indices.sort().values
    lin1.weight = torch.nn.Parameter(lin1.weight.data[kept])
    lin1.bias = torch.nn.Parameter(lin1.bias.data[kept])
    lin2.weight = torch.nn.Parameter(lin2.weight.data[:, kept])
    lin1.out_features = lin2.in_features = width


def load(
    folder: pathlib.Path, layers: list[int] | None = None, width: int | None = None
) -> Tagger:
    """Load the output of save; or, from a model's folder, the model under a new head; of a
    DistilBERT the named layers, with feed-forward networks of that width.
    """
    if not (folder / "config.json").exists():
        raise SystemExit(f"{folder} holds no config.json; want a tagger's folder (make aspects)")
    if json.loads((folder / "config.json").read_text())["model_type"] == "mpnet":
        body = MPNetModel.from_pretrained(
            folder, add_pooling_layer=False, attention_probs_dropout_prob=0.0
        )
    else:
        body = DistilBertModel.from_pretrained(
            folder, attn_implementation="eager", attention_dropout=0.0, dropout=0.0
        )
    if layers is not None:
        deep = body.config.n_layers
        if max(layers) >= deep:
            raise SystemExit(f"{folder} has {deep} layers; the highest wanted is {max(layers)}")
        body.transformer.layer = torch.nn.ModuleList(body.transformer.layer[i] for i in layers)
        body.config = copy.deepcopy(body.config)
        body.config.n_layers = len(layers)
        if width is not None and width < body.config.hidden_dim:
            for layer in body.transformer.layer:
                narrow(layer, width)
            body.config.hidden_dim = width
    model = Tagger(body)
    if (folder / "tagger.pt").exists():
        model.out.load_state_dict(torch.load(folder / "tagger.pt", map_location="cpu"))
    return model


def rounded(x: torch.Tensor) -> torch.Tensor:
    """Return x with each text (B, ...) rounded to 256 steps from its least value, or 0, to its
    largest, as the int8 graph rounds what a matrix multiplies; gradients pass unchanged.
    """
    with torch.no_grad():
        values = x.flatten(1).float()
        least, most = values.amin(1).clamp(max=0), values.amax(1).clamp(min=0)
        step = ((most - least) / 255).clamp(min=1e-12)
        zero = (-least / step).round().int()
    return torch.fake_quantize_per_channel_affine(x.float(), step, zero, 0, 0, 255)


def round_inputs(model: Tagger):
    """Make every matrix of the model multiply rounded values, to train it for int8."""
    for layer in model.modules():
        if isinstance(layer, torch.nn.Linear):
            layer.register_forward_pre_hook(lambda _, given: (rounded(given[0]),))


def save(model: Tagger, tokens: Tokens, settings: dict, folder: pathlib.Path):
    folder.mkdir(parents=True, exist_ok=True)
    model.body.save_pretrained(folder)
    tokens.save(folder)
    torch.save(model.out.state_dict(), folder / "tagger.pt")
    (folder / "settings.json").write_text(json.dumps(settings, indent=1) + "\n")


def word_starts(tokens: Tokens, window: list[int]) -> list[bool]:
    """Return whether each token of a window begins a word. A word is a first piece and the pieces
    with ## after it; punctuation stands alone. [CLS] and [SEP] begin none. The first piece of a
    window begins a word even if a longer text was cut inside a word.
    """
    pieces = [tokens.reference.id_to_token(i) for i in window]
    last = len(window) - 1
    return [
        0 < i < last and (i == 1 or not piece.startswith("##")) for i, piece in enumerate(pieces)
    ]


def padded(windows: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return IDs (B, T) and mask (B, T) of windows, padded to the longest."""
    width = max(map(len, windows))
    ids = torch.zeros(len(windows), width, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for i, window in enumerate(windows):
        ids[i, : len(window)], mask[i, : len(window)] = torch.tensor(window), 1
    return ids, mask


def best_path(logits: np.ndarray) -> list[int]:
    """Return the tags (N) with the largest sum of logits (N, 7) in which an I follows a B or an I
    of its polarity; of equal sums, the tag that is first in LABELS.
    """
    allowed = [list(range(len(LABELS))) for _ in LABELS]  # allowed predecessors of a tag
    for p in range(len(POLARITIES)):
        allowed[inside(p)] = [begin(p), inside(p)]
    score = logits[0].astype(np.float64)
    for p in range(len(POLARITIES)):
        score[inside(p)] = -np.inf
    back = []
    for row in logits[1:].astype(np.float64):
        came = [max(before, key=lambda tag: (score[tag], -tag)) for before in allowed]
        score = score[came] + row
        back.append(came)
    path = [int(np.argmax(score))]
    for came in reversed(back):
        path.append(came[path[-1]])
    return path[::-1]


def spans(logits: np.ndarray, starts: list[bool]):
    """Yield the spans of a window from its logits (T, 7): first token, tokens, polarity, logits of
    the words (N, 7) and their tags. A word has the tag of its first piece; the other pieces' logits
    are ignored.
    """
    words = [i for i, start in enumerate(starts) if start]
    if not words:
        return
    ends = [*words[1:], len(starts) - 1]  # exclusive ends of words; the last is the index of [SEP]
    read = logits[words].astype(np.float64)
    path, at = best_path(read), 0
    while at < len(path):
        tag, first = path[at], at
        at += 1
        if tag == OUTSIDE:
            continue
        polarity = (tag - 1) // 2
        while at < len(path) and path[at] == inside(polarity):
            at += 1
        tokens = ends[at - 1] - words[first]
        yield words[first], tokens, POLARITIES[polarity], read[first:at], path[first:at]


def probability(logits: np.ndarray, tags: list[int], temperature: float) -> float:
    """Return the probability of a span: the least of its words' tags, softmax(logits /
    temperature)."""
    scaled = logits / temperature
    share = np.exp(scaled - scaled.max(1, keepdims=True))
    share /= share.sum(1, keepdims=True)
    return float(share[range(len(tags)), tags].min())


def decode(logits: np.ndarray, starts: list[bool], temperature: float) -> list[tuple]:
    """Return the spans of a window: first token, tokens, polarity, probability."""
    return [
        (first, n, polarity, probability(words, tags, temperature))
        for first, n, polarity, words, tags in spans(logits, starts)
    ]
