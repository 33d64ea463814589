"""Heads after lower layers: what a text is called where that is already clear, without the layers above.

An exit reads the hidden states after its layer, which stay as the full model's training makes them: nothing of its
loss goes below it, so the full model is the same with exits as without. (Trained jointly, exits cost the full model up to 3 points.)
It learns the label and what the full model says of the text, half and half (Hinton et al. 2015).
"""

import torch
import torch.nn.functional as F

LAYERS = (2, 3, 4)
QUERIES = 4  # weighted means of the hidden states that an exit looks at, beside [CLS]
WIDTH = 192
RATE = 3e-4


class Exit(torch.nn.Module):
    def __init__(self, dim: int):
        super().__init__()
        self.weigh = torch.nn.Linear(dim, QUERIES)
        self.mix = torch.nn.Linear((QUERIES + 1) * dim, WIDTH)
        self.out = torch.nn.Linear(WIDTH, 2)
        self.register_buffer("one", torch.ones(dim), persistent=False)

    def forward(self, hidden, mask):  # (B, T, D), (B, T) of 0 and 1 -> (B, 2)
        hidden = hidden * self.one  # ONNX Runtime fuses the next layer's attention only if no other MatMul reads its input
        away = (1.0 - mask.to(hidden.dtype)) * -10000.0  # (B, T)
        weights = F.softmax(self.weigh(hidden) + away.unsqueeze(-1), dim=1)  # (B, T, Q)
        means = torch.matmul(weights.transpose(1, 2), hidden)  # (B, Q, D)
        seen = torch.cat([hidden[:, :1], means], dim=1).flatten(1).unsqueeze(1)  # (B, 1, (Q + 1) D): as MatMul it becomes int8
        return self.out(F.gelu(self.mix(seen))).squeeze(1)


class Exits(torch.nn.Module):
    def __init__(self, dim: int, layers: int):
        super().__init__()
        self.heads = torch.nn.ModuleDict({str(n): Exit(dim) for n in LAYERS if n < layers})

    def loss(self, hidden, mask, labels, logits, smoothing: float):
        """hidden: the states after each layer, those of the embeddings first; logits (B, 2) of the full model."""
        target = F.softmax(logits.detach().float(), dim=-1)
        total = logits.new_zeros(())
        for name, head in self.heads.items():
            own = head(hidden[int(name)].detach(), mask).float()
            total = total + 0.5 * F.cross_entropy(own, target) + 0.5 * F.cross_entropy(own, labels, label_smoothing=smoothing)
        return total


def cascade(model, scales: dict[int, float], margin: float):
    """The ONNX graph with outputs logits and exit2, exit3, ... as one with the output logits alone, which leaves at the
    first exit of scales whose logits, times its scale, are at least margin apart, and otherwise goes on. In a Run of
    several texts all go on if one does: the product runs one window at a time."""
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
        graph.initializer.append(numpy_helper.from_array(np.array(value, np.float32), name))
        return name

    def branch(exits: list[int], have: set[int], output: str):
        """Nodes that make output."""
        if not exits:
            wanted = needed("logits", have)
            used.update(wanted)
            nodes = [graph.node[i] for i in sorted(wanted)]
            return [*map(copy, nodes), helper.make_node("Identity", ["deep"], [output])]
        layer, name = exits[0], f"exit{exits[0]}"
        wanted = needed(name, have)
        used.update(wanted)
        nodes = [copy(graph.node[i]) for i in sorted(wanted)]
        value = lambda part: f"{name}_{part}"
        nodes += [
            helper.make_node("Mul", [name, constant(value("scale"), scales[layer])], [value("logits")]),
            helper.make_node("ReduceMax", [value("logits")], [value("high")], axes=[1], keepdims=0),
            helper.make_node("ReduceMin", [value("logits")], [value("low")], axes=[1], keepdims=0),
            helper.make_node("Sub", [value("high"), value("low")], [value("apart")]),
            helper.make_node("ReduceMin", [value("apart")], [value("least")], keepdims=0),
            helper.make_node("Less", [value("least"), constant(value("margin"), margin)], [value("unsure")]),
        ]
        on, off = value("on"), value("off")
        tensor = lambda n: helper.make_tensor_value_info(n, TensorProto.FLOAT, ["batch", 2])
        then = helper.make_graph(branch(exits[1:], have | wanted, on), on, [], [tensor(on)])
        leave = helper.make_graph([helper.make_node("Identity", [value("logits")], [off])], off, [], [tensor(off)])
        return [*nodes, helper.make_node("If", [value("unsure")], [output], then_branch=then, else_branch=leave)]

    def copy(node):
        twin = onnx.NodeProto()
        twin.CopyFrom(node)
        twin.output[:] = ["deep" if name == "logits" else name for name in twin.output]  # the whole graph's output is called logits
        return twin

    nodes = branch(sorted(scales), set(), "logits")
    inputs = {name for i in used for name in graph.node[i].input}
    kept = [t for t in graph.initializer if t.name in inputs or t.name.startswith("exit") and t.name.endswith(("_scale", "_margin"))]
    answer = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 2])
    whole = helper.make_graph(nodes, graph.name, graph.input, [answer], kept)
    return helper.make_model(whole, opset_imports=model.opset_import, ir_version=model.ir_version, producer_name="reviewlens")
