"""Public functions of sparse and ragged tensors, which rows write as data.

`{"indices": ..., "values": ..., "dense_shape": ...}` stands for a `tf.SparseTensor`, and
`{"values": ..., "row_lengths": ...}` for a `tf.RaggedTensor`. With `slices` in place of
`values` the first is a `tf.IndexedSlices`.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from opcheck.backend import tf


def of_composites(function: Any, **arguments: Any) -> Any:
    """The tensors in what a public function gives.

    Args:
        function: its dotted name.
        arguments: its arguments, with sparse and ragged tensors as data.
    """
    made = {name: _made(value) for name, value in arguments.items()}
    return tf.nest.flatten(_named(function)(**made), expand_composites=True)


def drawn_alike(function: Any, **arguments: Any) -> Any:
    """What a public function gives that draws, from one seed at every call."""
    tf.random.set_seed(1)
    return _named(function)(**arguments)


def mapped(function: Any, tensors: Any) -> Any:
    """The tensors in what `tf.sparse.map_values` and the like give for a product of tensors."""
    given = [_made(tensor) for tensor in tensors]
    return tf.nest.flatten(_named(function)(tf.multiply, *given), expand_composites=True)


def _named(function: str) -> Any:
    """The function of a dotted name: `tf.sparse.softmax`."""
    return functools.reduce(getattr, function.split(".")[1:], tf)


def _made(value: Any) -> Any:
    """A value with the sparse and ragged tensors in it made."""
    if isinstance(value, list):
        return [_made(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "row_lengths" in value:
        return tf.RaggedTensor.from_row_lengths(value["values"], value["row_lengths"])
    if "slices" in value:
        places, shape = tf.constant(value["indices"]), tf.constant(value["dense_shape"])
        return tf.IndexedSlices(value["slices"], places, shape)
    indices = np.array(value["indices"], np.int64)
    return tf.SparseTensor(indices, value["values"], value["dense_shape"])
