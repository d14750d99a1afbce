"""Ops that TensorFlow has retired: they run in graphs that say an older version made them.

Such a graph runs in a session, so its values and gradients go in and out as arrays.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from opcheck.backend import tf
from opcheck.compositions.graphs import bridge

v1 = tf.compat.v1


@bridge
def batch_norm_with_global_normalization(
    t: Any, m: Any, v: Any, beta: Any, gamma: Any, **attributes: Any
) -> Any:
    """`BatchNormWithGlobalNormalization`, retired in version 9 of the graphs."""
    return _in_old_graph("BatchNormWithGlobalNormalization", 8, attributes, t, m, v, beta, gamma)


def _in_old_graph(name: str, version: int, attributes: dict[str, Any], *inputs: Any) -> Any:
    """The output of an op, and its gradient, both computed in graphs of that version."""
    node = _Node(
        name, version, tuple(attributes.items()), inputs[0].dtype, tuple(x.shape for x in inputs)
    )

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def function(*tensors: Any) -> Any:
        def backward(upstream: Any) -> Any:
            holders, output = _imported(node)
            with output.graph.as_default():
                cotangent = v1.placeholder(output.dtype, output.shape)
                gradients = v1.gradients(output, holders, cotangent)
            with v1.Session(graph=output.graph) as session:
                found = session.run(gradients, _fed([*holders, cotangent], [*tensors, upstream]))
            return [tf.constant(gradient) for gradient in found]

        session, holders, output = _forward(node)
        return tf.constant(session.run(output, _fed(holders, tensors))), backward

    return function(*inputs)


@dataclass(frozen=True)
class _Node:
    """An op with its attributes and the dtype and shapes of its inputs, in a graph of a version."""

    name: str
    version: int
    attributes: tuple[tuple[str, Any], ...]
    dtype: Any
    shapes: tuple[Any, ...]


@functools.lru_cache(maxsize=4)
def _forward(node: _Node) -> tuple[Any, list[Any], Any]:
    """A session to run the op in, with its placeholders and its output."""
    holders, output = _imported(node)
    return v1.Session(graph=output.graph), holders, output


def _imported(node: _Node) -> tuple[list[Any], Any]:
    """The placeholders and the output of the op, in a graph of its own."""
    with tf.Graph().as_default() as graph:
        definition = v1.GraphDef(versions={"producer": node.version})
        op = definition.node.add(name="op", op=node.name)
        op.attr["T"].type = node.dtype.as_datatype_enum
        for attribute, value in node.attributes:
            setattr(op.attr[attribute], "b" if isinstance(value, bool) else "f", value)
        for place, shape in enumerate(node.shapes):
            op.input.append(f"x{place}")
            holder = definition.node.add(name=f"x{place}", op="Placeholder")
            holder.attr["dtype"].type = node.dtype.as_datatype_enum
            holder.attr["shape"].shape.CopyFrom(shape.as_proto())
        (output,) = tf.graph_util.import_graph_def(definition, return_elements=["op:0"], name="")
        return [
            graph.get_tensor_by_name(f"x{place}:0") for place in range(len(node.shapes))
        ], output


def _fed(holders: Sequence[Any], tensors: Sequence[Any]) -> dict[Any, Any]:
    return {holder: tensor.numpy() for holder, tensor in zip(holders, tensors)}
