"""Tensor arrays, which are resources in version 3 and strings before."""

from __future__ import annotations

from typing import Any

from opcheck.backend import tf
from opcheck.compositions.graphs import in_graph, in_session, taped_within

raw = tf.raw_ops

# The last version of graphs that has arrays of versions 1 and 2.
_LAST_WITH = {"V1": 15, "V2": 25}


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
    return getattr(raw, f"TensorArray{verb}{version.removeprefix('V1')}")


class _Array:
    """A tensor array of one version and its flow, which orders what is done to it."""

    def __init__(self, version: str, dtype: Any) -> None:
        self._version, self._dtype = version, dtype
        if version == "V3":
            array = raw.TensorArrayV3(size=2, dtype=dtype)
            self._handle, self.flow = array.handle, array.flow
        else:
            # Importing a graph of an old version makes this one old, if it is empty.
            old = tf.compat.v1.GraphDef()
            old.versions.producer = _LAST_WITH[version]
            tf.graph_util.import_graph_def(old)
            self._handle = _op("", version)(size=2, dtype=dtype)
            self.flow = tf.constant(0.0)

    def put(self, verb: str, **arguments: Any) -> None:
        self.flow = _op(verb, self._version)(handle=self._handle, flow_in=self.flow, **arguments)

    def take(self, verb: str, **arguments: Any) -> Any:
        return _op(verb, self._version)(
            handle=self._handle, flow_in=self.flow, dtype=self._dtype, **arguments
        )


def _written(x: Any, version: str) -> _Array:
    array = _Array(version, x.dtype)
    for index in range(2):
        array.put("Write", index=index, value=x[index])
    return array


def _scattered(x: Any, version: str) -> _Array:
    array = _Array(version, x.dtype)
    array.put("Scatter", indices=[1, 0], value=x)
    return array


def _split(x: Any, version: str) -> _Array:
    array = _Array(version, x.dtype)
    array.put("Split", value=x, lengths=tf.constant([1, x.shape[0] - 1], tf.int64))
    return array


@in_session
def array_concat(x: Any, version: Any) -> Any:
    """`TensorArraySplit` and `TensorArrayConcat`: cut into uneven pieces, rejoined."""
    return tf.sin(_split(x, version).take("Concat").value)


@in_session
def array_gather(x: Any, version: Any) -> Any:
    """`TensorArrayScatter` and `TensorArrayGather`: rows in reverse order."""
    return tf.sin(_scattered(x, version).take("Gather", indices=[0, 1]))


@in_session
def array_read(x: Any, version: Any) -> Any:
    """`TensorArrayWrite` and `TensorArrayRead`: the two rows."""
    array = _written(x, version)
    return [array.take("Read", index=1), array.take("Read", index=0)]


# Reading an array of version 1 or 2 raises in the gradient before the writing is reached. The flow
# leads to the writing alone: it is a number that stays zero.


def _beside_flow(x: Any, array: _Array) -> Any:
    return tf.sin(x) + tf.cast(array.flow, x.dtype)


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
