"""Heads after lower layers: they classify a text that is already clear, without running the layers
above.

An exit reads the hidden states after its layer, which stay as the full model's training makes them:
its loss does not propagate below it, so the full model is the same with exits as without. (Trained
jointly, exits cost the full model up to 3 points.) It learns half from the label and half from the
full model's output for the text (Hinton et al. 2015).
"""

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

LAYERS = (3, 4, 5, 6, 8)
QUERIES = 4  # weighted means of the hidden states that an exit reads in addition to [CLS]
WIDTH = 192
STARS = 5
EXIT_LR = 3e-4
LONG = 64  # tokens of a window, [CLS] and [SEP] included
BAND = 0.6  # logits, from where an exit begins to decide to where it decides alone


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
    """Return the loss of out (B, 7) against labels (B) in 0..1 and stars (B, 5), with rows of zeros
    for unknown stars.

    Known stars are learned under the training rows' own prior, so that the logits hold for equal
    numbers of each (Menon et al. 2021, logit adjustment), by cross-entropy and by the squared
    distance of the cumulative distributions (Hou et al. 2016), in which 1 is nearer to 2 than to 5.
    For other rows the label says which side of three they are on.
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


class Moderation(NamedTuple):
    """Moderation lowers the confidence of the sentiment if a window looks like three stars: its
    logits are multiplied by (1 - p3)**power, where p3 is the probability of three stars by the
    manifest's rule for the window alone. power 0 leaves them unchanged.
    """

    temperature: float = 1.0
    bias: tuple[float, ...] = (0.0,) * STARS
    power: float = 0.0


UNMODERATED = Moderation()


class Margins(NamedTuple):
    """The distances of the scaled sentiment logits of an exit from which on it begins to decide: in
    windows of fewer than LONG tokens, and in others. From BAND above that it decides alone.
    """

    short: float
    long: float

    def low(self, tokens):  # for windows of this many tokens, a number or an array
        return np.where(np.asarray(tokens) < LONG, self.short, self.long)


UNDECIDED = Margins(0.0, 0.0)


def flatten(model):
    """Return the graph that cascade made as one without branches, with the outputs all, exit3,
    exit4, ..., (B, 7) each, for its exits. The inverse of cascade.
    """
    from onnx import TensorProto, helper

    graph = type(model.graph)()
    graph.CopyFrom(model.graph)  # its nodes change
    nodes, todo = [], list(graph.node)
    while todo:
        node = todo.pop(0)
        if node.op_type != "If":
            nodes.append(node)
            continue
        (branch,) = [a.g for a in node.attribute if a.name == "then_branch"]
        todo = [*branch.node, *todo]
    maker = {name: node for node in nodes for name in node.output}
    exits = sorted(
        int(name.removeprefix("exit").removesuffix("_scaled"))
        for name in maker
        if name.startswith("exit") and name.endswith("_scaled")
    )
    outputs = ["all", *(f"exit{n}" for n in exits)]
    deepest = maker["all"] = maker.pop("deep")
    deepest.output[:] = ["all"]
    return pruned(model, nodes, maker, {
        name: helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", 2 + STARS])
        for name in outputs
    })


def cascade(
    model,
    scales: dict[int, tuple[float, float]],
    margins: Margins = UNDECIDED,
    moderation: Moderation = UNMODERATED,
):
    """Convert the ONNX graph with outputs all and exit3, exit4, ..., (B, 7) each, to one with the
    outputs logits (B, 2) and stars (B, 5), which leaves at the first confident exit of scales.

    scales has a factor for an exit's sentiment logits and one for its stars logits. An exit whose
    scaled sentiment logits are at least its margin plus BAND apart decides alone. Below that the
    layers above run, too: if its logits are at most the margin apart they decide alone, and in
    between both do, by a weight that rises evenly. So an input that moves by rounding moves the
    output by rounding: there is no point at which the exit's answer switches to the other. The
    margin depends only on the length of the Run, which is exact. In a Run of several texts the
    layers run for all if one needs them, and each keeps its own weight.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    graph = model.graph
    maker = {name: node for node in graph.node for name in node.output}
    order = {id(node): i for i, node in enumerate(graph.node)}

    def needed(output: str, have: set[int]):
        """Return the nodes that output depends on, in order, without those in have."""
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
        """Return the node that makes name from columns of source."""
        bounds = [
            constant(f"{name}_{what}", [at])
            for what, at in (("start", start), ("end", end), ("axis", 1))
        ]
        return helper.make_node("Slice", [source, *bounds], [name])

    def branch(exits: list[int], have: set[int], output: str):
        """Return the nodes that make output."""
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
        node = lambda kind, inputs, out, **how: helper.make_node(
            kind, inputs, [value(out)], **how
        )
        sentiment, stars = scales[layer]
        scale = constant(value("scale"), [sentiment] * 2 + [stars] * STARS)
        bounds = [constant(value("zero"), 0.0), constant(value("one"), 1.0)]
        nodes += [
            node("Mul", [name, scale], "scaled"),
            part(value("logits"), value("scaled"), 0, 2),
            node("ReduceMax", [value("logits")], "high", axes=[1], keepdims=1),
            node("ReduceMin", [value("logits")], "low", axes=[1], keepdims=1),
            node("Sub", [value("high"), value("low")], "apart"),
            node("Sub", [value("apart"), "margin"], "above"),
            node("Div", [value("above"), constant(value("band"), BAND)], "share"),
            node("Clip", [value("share"), *bounds], "weight"),  # (B, 1): weight of the exit
            node("ReduceMin", [value("weight")], "least", keepdims=0),
            node("Less", [value("least"), bounds[1]], "unsure"),
        ]
        on, off = value("on"), value("off")
        tensor = lambda n: helper.make_tensor_value_info(n, TensorProto.FLOAT, ["batch", 2 + STARS])
        both = [
            node("Mul", [value("scaled"), value("weight")], "own"),
            node("Sub", [bounds[1], value("weight")], "rest"),
            node("Mul", [value("above_it"), value("rest")], "others"),
            helper.make_node("Add", [value("own"), value("others")], [on]),
        ]
        then = helper.make_graph(
            [*branch(exits[1:], have | wanted, value("above_it")), *both], on, [], [tensor(on)]
        )
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

    def moderated():
        """Return the nodes that make logits from those in both, given stars."""
        if not moderation.power:
            return [part("logits", "both", 0, 2)]
        to = 1 / moderation.temperature
        node = helper.make_node
        return [
            part("sentiment", "both", 0, 2),
            node("Mul", ["stars", constant("stars_scale", [to] * STARS)], ["stars_scaled"]),
            node("Add", ["stars_scaled", constant("stars_bias", [to * b for b in moderation.bias])],
                 ["stars_moved"]),
            node("Softmax", ["stars_moved"], ["stars_shares"], axis=1),
            part("three", "stars_shares", 2, 3),
            node("Sub", [constant("three_one", 1.0), "three"], ["three_not"]),
            node("Pow", ["three_not", constant("three_power", float(moderation.power))],
                 ["three_factor"]),
            node("Mul", ["sentiment", "three_factor"], ["logits"]),
        ]  # fmt: skip

    def margin():
        """Return the nodes that make the margin of a Run, a scalar."""
        node = helper.make_node
        return [
            node("Shape", ["input_ids"], ["run_shape"]),
            node("Gather", ["run_shape", constant("run_axis", 1)], ["run_tokens"]),
            node("Less", ["run_tokens", constant("run_long", LONG)], ["run_short"]),
            node("Where", ["run_short", constant("margin_short", margins.short),
                           constant("margin_long", margins.long)], ["margin"]),
        ]  # fmt: skip

    given = {t.name for t in graph.initializer}
    nodes = [*(margin() if scales else []), *branch(sorted(scales), set(), "both")]
    nodes += [part("stars", "both", 2, 2 + STARS), *moderated()]
    inputs = {name for i in used for name in graph.node[i].input}
    kept = [t for t in graph.initializer if t.name in inputs or t.name not in given]
    answers = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", n])
        for name, n in (("logits", 2), ("stars", STARS))
    ]
    return rebuilt(model, nodes, answers, kept)


def attention_layers(model) -> int:
    """Return the number of layers of a quantized graph without branches."""
    return sum(node.op_type == "QAttention" for node in model.graph.node)


def pruned(model, nodes, maker, outputs):
    """Return a model with those of nodes on which outputs, {name: value info}, depend; maker has
    the node that makes each name.
    """
    wanted, todo = set(), list(outputs)
    while todo:
        node = maker.get(todo.pop())
        if node is not None and id(node) not in wanted:
            wanted.add(id(node))
            todo += node.input
    kept = [node for node in nodes if id(node) in wanted]
    read = {name for node in kept for name in node.input}
    weights = [t for t in model.graph.initializer if t.name in read]
    return rebuilt(model, kept, list(outputs.values()), weights)


def rebuilt(model, nodes, outputs, initializers):
    """Return model with other nodes, outputs and initializers."""
    from onnx import helper

    graph = helper.make_graph(nodes, model.graph.name, model.graph.input, outputs, initializers)
    return helper.make_model(
        graph,
        opset_imports=model.opset_import,
        ir_version=model.ir_version,
        producer_name="reviewlens",
    )
