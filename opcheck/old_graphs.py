"""Ops that TensorFlow has retired: they run in graphs that say an older version made them.

Such a graph runs in a session, so its values and gradients go in and out as arrays.
"""

from __future__ import annotations

from typing import Any

from opcheck.backend import tf

v1 = tf.compat.v1


def batch_norm_with_global_normalization(
    t: Any, m: Any, v: Any, beta: Any, gamma: Any, **attributes: Any
) -> Any:
    """`BatchNormWithGlobalNormalization`, retired in version 9 of the graphs."""
    return _in_old_graph("BatchNormWithGlobalNormalization", 8, attributes, t, m, v, beta, gamma)


def _in_old_graph(name: str, version: int, attributes: dict[str, Any], *inputs: Any) -> Any:
    """The output of an op, and its gradient, both computed in a graph of that version."""
    graph = tf.Graph()
    with graph.as_default():
        definition = v1.GraphDef(versions={"producer": version})
        node = definition.node.add(name="op", op=name)
        node.attr["T"].type = inputs[0].dtype.as_datatype_enum
        for attribute, value in attributes.items():
            setattr(node.attr[attribute], "b" if isinstance(value, bool) else "f", value)
        for place, tensor in enumerate(inputs):
            node.input.append(f"x{place}")
            holder = definition.node.add(name=f"x{place}", op="Placeholder")
            holder.attr["dtype"].type = tensor.dtype.as_datatype_enum
            holder.attr["shape"].shape.CopyFrom(tensor.shape.as_proto())
        (output,) = tf.graph_util.import_graph_def(definition, return_elements=["op:0"], name="")
        holders = [graph.get_tensor_by_name(f"x{place}:0") for place in range(len(inputs))]
        cotangent = v1.placeholder(output.dtype, output.shape)
        gradients = v1.gradients(output, holders, cotangent)

    def run(fetched: Any, *fed: Any) -> Any:
        with v1.Session(graph=graph) as session:
            arrays = {holder: x.numpy() for holder, x in zip([*holders, cotangent], fed)}
            return session.run(fetched, arrays)

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def function(*tensors: Any) -> Any:
        def backward(upstream: Any) -> Any:
            return [tf.constant(g) for g in run(gradients, *tensors, upstream)]

        return tf.constant(run(output, *tensors)), backward

    return function(*inputs)
