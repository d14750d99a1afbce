"""Tensor arrays, which are resources in version 3 and strings before."""

from __future__ import annotations

from typing import Any

from opcheck.backend import tf
from opcheck.compositions.graphs import in_graph, in_session, taped_within

raw = tf.raw_ops


@in_graph
def tensor_array_read(x: Any, y: Any) -> Any:
    """`TensorArrayReadV3` in a graph that `tf.function` makes."""
    array = raw.TensorArrayV3(size=2, dtype=x.dtype, clear_after_read=False)
    flow = raw.TensorArrayWriteV3(handle=array.handle, index=0, value=x, flow_in=array.flow)
    flow = raw.TensorArrayWriteV3(handle=array.handle, index=1, value=y, flow_in=flow)
    read = raw.TensorArrayReadV3(handle=array.handle, index=1, flow_in=flow, dtype=x.dtype)
    again = raw.TensorArrayReadV3(handle=array.handle, index=0, flow_in=flow, dtype=x.dtype)
    return [read, again, read]


@taped_within
def tensor_array_taped(x: Any) -> Any:
    """`TensorArrayReadV3` within a tape in the same graph."""
    array = raw.TensorArrayV3(size=1, dtype=x.dtype)
    flow = raw.TensorArrayWriteV3(handle=array.handle, index=0, value=x, flow_in=array.flow)
    return raw.TensorArrayReadV3(handle=array.handle, index=0, flow_in=flow, dtype=x.dtype)


# ---------------------------------------------------------------------------------------------
# Every version


def _op(verb: str, version: str) -> Any:
    return getattr(tf.raw_ops, f"TensorArray{verb}{version.removeprefix('V1')}")


def _made(version: str, dtype: Any) -> Any:
    """The handle of a new array and its flow, which orders what is done to it."""
    if version == "V3":
        return _op("", version)(size=2, dtype=dtype)
    # Importing a graph of an old version makes this one old, if it is empty: of the last version
    # that has such arrays.
    old = tf.compat.v1.GraphDef()
    old.versions.producer = {"V1": 15, "V2": 25}[version]
    tf.graph_util.import_graph_def(old)
    return _op("", version)(size=2, dtype=dtype), 0.0


def _written(x: Any, version: str) -> tuple[Any, Any]:
    handle, flow = _made(version, x.dtype)
    for index in range(2):
        flow = _op("Write", version)(handle=handle, flow_in=flow, index=index, value=x[index])
    return handle, flow


def _scattered(x: Any, version: str) -> tuple[Any, Any]:
    handle, flow = _made(version, x.dtype)
    return handle, _op("Scatter", version)(handle=handle, flow_in=flow, indices=[1, 0], value=x)


def _split(x: Any, version: str) -> tuple[Any, Any]:
    handle, flow = _made(version, x.dtype)
    return handle, _op("Split", version)(
        handle=handle, flow_in=flow, value=x, lengths=[1, x.shape[0] - 1]
    )


@in_session
def array_concat(x: Any, version: Any) -> Any:
    """`TensorArraySplit` and `TensorArrayConcat`: cut into uneven pieces, rejoined."""
    handle, flow = _split(x, version)
    return tf.sin(_op("Concat", version)(handle=handle, flow_in=flow, dtype=x.dtype).value)


@in_session
def array_gather(x: Any, version: Any) -> Any:
    """`TensorArrayScatter` and `TensorArrayGather`: rows in reverse order."""
    handle, flow = _scattered(x, version)
    gather = _op("Gather", version)
    return tf.sin(gather(handle=handle, flow_in=flow, dtype=x.dtype, indices=[0, 1]))


@in_session
def array_read(x: Any, version: Any) -> Any:
    """`TensorArrayWrite` and `TensorArrayRead`: the two rows."""
    handle, flow = _written(x, version)
    read = _op("Read", version)
    return [read(handle=handle, flow_in=flow, dtype=x.dtype, index=row) for row in (1, 0)]


# Reading an array of version 1 or 2 raises in the gradient before the writing is reached. The flow
# leads to the writing alone: it is a number that stays zero.


def _beside_flow(x: Any, array: tuple[Any, Any]) -> Any:
    _, flow = array
    return tf.sin(x) + tf.cast(flow, x.dtype)


@in_session
def array_scatter_flow(x: Any, version: Any) -> Any:
    """`TensorArrayScatter` by its flow."""
    return _beside_flow(x, _scattered(x, version))


@in_session
def array_split_flow(x: Any, version: Any) -> Any:
    """`TensorArraySplit` by its flow."""
    return _beside_flow(x, _split(x, version))


@in_session
def array_write_flow(x: Any, version: Any) -> Any:
    """`TensorArrayWrite` by its flow."""
    return _beside_flow(x, _written(x, version))
