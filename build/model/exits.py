"""Heads after lower layers: what a text is called where that is already clear, without the layers
above.

An exit reads the hidden states after its layer, which stay as the full model's training makes them:
nothing of its loss goes below it, so the full model is the same with exits as without. (Trained
jointly, exits cost the full model up to 3 points.) It learns the label and what the full model says
of the text, half and half (Hinton et al. 2015).
"""

import torch
import torch.nn.functional as F

LAYERS = (3, 4, 5, 6, 8)
QUERIES = 4  # weighted means of the hidden states that an exit looks at, beside [CLS]
WIDTH = 192
STARS = 5
RATE = 3e-4


class Exit(torch.nn.Module):
    def __init__(self, dim: int):
        super().__init__()
        self.weigh = torch.nn.Linear(dim, QUERIES)
        self.mix = torch.nn.Linear((QUERIES + 1) * dim, WIDTH)
        self.out = torch.nn.Linear(WIDTH, 2 + STARS)
        self.register_buffer("one", torch.ones(dim), persistent=False)

    def forward(self, hidden, mask):  # (B, T, D), (B, T) of 0 and 1 -> (B, 7): as Top's
        hidden = (
            hidden * self.one
        )  # ONNX Runtime fuses the next layer's attention only if no other MatMul reads its input
        away = (1.0 - mask.to(hidden.dtype)) * -10000.0  # (B, T)
        weights = F.softmax(self.weigh(hidden) + away.unsqueeze(-1), dim=1)  # (B, T, Q)
        means = torch.matmul(weights.transpose(1, 2), hidden)  # (B, Q, D)
        seen = (
            torch.cat([hidden[:, :1], means], dim=1).flatten(1).unsqueeze(1)
        )  # (B, 1, (Q + 1) D): as MatMul it becomes int8
        return self.out(F.gelu(self.mix(seen))).squeeze(1)


class Top(torch.nn.Module):
    """The head after the last layer: from [CLS] the two logits of the sentiment and five of the
    stars.
    """

    def __init__(self, dim: int, dropout: float):
        super().__init__()
        self.pre = torch.nn.Linear(dim, dim)
        self.drop = torch.nn.Dropout(dropout)
        self.out = torch.nn.Linear(dim, 2 + STARS)

    def forward(self, hidden):  # (B, T, D) -> (B, 7)
        return self.out(self.drop(F.relu(self.pre(hidden[:, 0]))))


def label_loss(out, labels, stars, prior, smoothing: float):
    """out (B, 7) against labels (B) in 0..1 and stars (B, 5), rows of zeros where they are not
    known.

    Known stars are learned under the training rows' own prior, so that the logits hold for equally
    many of each (Menon et al. 2021, logit adjustment), by cross-entropy and by the squared distance
    of the cumulative distributions (Hou et al. 2016), which knows that 1 is nearer to 2 than to 5.
    Elsewhere the label says which side of three they are.
    """
    out = out.float()
    target = torch.stack([1 - labels, labels], 1) * (1 - smoothing) + smoothing / 2
    sentiment = F.cross_entropy(out[:, :2], target)
    known = stars.sum(1) > 0.5
    log = F.log_softmax(out[:, 2:] + prior, 1)
    apart = ((log.exp().cumsum(1) - stars.cumsum(1)) ** 2).sum(1)
    exact = -(stars * log).sum(1) + apart
    free = F.log_softmax(out[:, 2:], 1)
    side = -torch.where(labels > 0.5, free[:, 3:].logsumexp(1), free[:, :2].logsumexp(1))
    return sentiment + torch.where(known, exact, 0.3 * side).mean() * 0.5


class Exits(torch.nn.Module):
    def __init__(self, dim: int, layers: int):
        super().__init__()
        self.heads = torch.nn.ModuleDict({str(n): Exit(dim) for n in LAYERS if n < layers})

    def loss(self, hidden, mask, labels, stars, prior, out, smoothing: float):
        """hidden: the states after each layer, those of the embeddings first; out (B, 7) of the
        full model.
        """
        whole = out.detach().float()
        sentiment, of_stars = F.softmax(whole[:, :2], dim=-1), F.softmax(whole[:, 2:], dim=-1)
        total = whole.new_zeros(())
        for name, head in self.heads.items():
            own = head(hidden[int(name)].detach(), mask).float()
            total = (
                total
                + 0.5 * F.cross_entropy(own[:, :2], sentiment)
                + 0.5 * F.cross_entropy(own[:, 2:], of_stars)
            )
            total = total + 0.5 * label_loss(own, labels, stars, prior, smoothing)
        return total


def cascade(model, scales: dict[int, tuple[float, float]], margin: float):
    """The ONNX graph with outputs all and exit3, exit4, ..., (B, 7) each, as one with the outputs
    logits (B, 2) and stars (B, 5), which leaves at the first exit of scales whose logits, times its
    scale, are at least margin apart, and otherwise goes on. scales has a factor for an exit's
    logits and one for its stars. In a Run of several texts all go on if one does: the product runs
    one window at a time."""
    import numpy as np
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    graph = model.graph
    maker = {name: node for node in graph.node for name in node.output}
    order = {id(node): i for i, node in enumerate(graph.node)}

    def needed(output: str, have: set[int]):
        """Nodes that output depends on, in order, without those in have."""
        found, todo = set(), [output]
        while todo:
            node = maker.get(todo.pop())
            if node is not None and order[id(node)] not in found | have:
                found.add(order[id(node)])
                todo += node.input
        return found

    used = set()

    def constant(name: str, value):
        value = np.array(value)
        graph.initializer.append(
            numpy_helper.from_array(
                value.astype(np.float32 if value.dtype.kind == "f" else np.int64), name
            )
        )
        return name

    def part(name: str, source: str, start: int, end: int):
        """The node that makes name of columns of source."""
        bounds = [
            constant(f"{name}_{what}", [at])
            for what, at in (("start", start), ("end", end), ("axis", 1))
        ]
        return helper.make_node("Slice", [source, *bounds], [name])

    def branch(exits: list[int], have: set[int], output: str):
        """Nodes that make output."""
        if not exits:
            wanted = needed("all", have)
            used.update(wanted)
            nodes = [graph.node[i] for i in sorted(wanted)]
            return [*map(copy, nodes), helper.make_node("Identity", ["deep"], [output])]
        layer, name = exits[0], f"exit{exits[0]}"
        wanted = needed(name, have)
        used.update(wanted)
        nodes = [copy(graph.node[i]) for i in sorted(wanted)]
        value = lambda part: f"{name}_{part}"
        sentiment, stars = scales[layer]
        nodes += [
            helper.make_node(
                "Mul",
                [name, constant(value("scale"), [sentiment] * 2 + [stars] * STARS)],
                [value("scaled")],
            ),
            part(value("logits"), value("scaled"), 0, 2),
            helper.make_node("ReduceMax", [value("logits")], [value("high")], axes=[1], keepdims=0),
            helper.make_node("ReduceMin", [value("logits")], [value("low")], axes=[1], keepdims=0),
            helper.make_node("Sub", [value("high"), value("low")], [value("apart")]),
            helper.make_node("ReduceMin", [value("apart")], [value("least")], keepdims=0),
            helper.make_node(
                "Less", [value("least"), constant(value("margin"), margin)], [value("unsure")]
            ),
        ]
        on, off = value("on"), value("off")
        tensor = lambda n: helper.make_tensor_value_info(n, TensorProto.FLOAT, ["batch", 2 + STARS])
        then = helper.make_graph(branch(exits[1:], have | wanted, on), on, [], [tensor(on)])
        leave = helper.make_graph(
            [helper.make_node("Identity", [value("scaled")], [off])], off, [], [tensor(off)]
        )
        return [
            *nodes,
            helper.make_node(
                "If", [value("unsure")], [output], then_branch=then, else_branch=leave
            ),
        ]

    def copy(node):
        twin = onnx.NodeProto()
        twin.CopyFrom(node)
        twin.output[:] = ["deep" if name == "all" else name for name in twin.output]
        return twin

    given = {t.name for t in graph.initializer}
    nodes = branch(sorted(scales), set(), "both")
    nodes += [part("logits", "both", 0, 2), part("stars", "both", 2, 2 + STARS)]
    inputs = {name for i in used for name in graph.node[i].input}
    kept = [t for t in graph.initializer if t.name in inputs or t.name not in given]
    answers = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", n])
        for name, n in (("logits", 2), ("stars", STARS))
    ]
    whole = helper.make_graph(nodes, graph.name, graph.input, answers, kept)
    return helper.make_model(
        whole,
        opset_imports=model.opset_import,
        ir_version=model.ir_version,
        producer_name="reviewlens",
    )
