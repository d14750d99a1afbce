"""Names of `tf.sparse` and `tf.ragged`."""

from __future__ import annotations

from opcheck.exclusions import Why, exclude, named
from opcheck.spec import exactly

_PLACES = exactly([[0, 1], [1, 0]], "int64")
_SHAPE = exactly([2, 2], "int64")
_NUMBERS = named(
    "tf.SparseTensor", indices=_PLACES, values=exactly([1, 2], "int64"), dense_shape=_SHAPE
)
_ROWS = exactly([0, 2, 3], "int64")

EXCLUSIONS = (
    exclude(
        Why.NO_FLOATING_INPUT, ("tf.sparse.cross", "tf.sparse.cross_hashed"), [_NUMBERS, _NUMBERS]
    ),
    exclude(Why.NO_FLOATING_INPUT, "tf.sparse.eye", 2),
    exclude(Why.NO_FLOATING_RESULT, "tf.sparse.to_indicator", _NUMBERS, 3),
    exclude(
        Why.NO_FLOATING_INPUT,
        ("tf.ragged.cross", "tf.ragged.cross_hashed"),
        [
            named("tf.ragged.constant", pylist=[[1, 2], [3]]),
            named("tf.ragged.constant", pylist=[[1], [3]]),
        ],
    ),
    exclude(Why.NO_FLOATING_INPUT, "tf.ragged.constant", [[1.5, 2.5], [3.5]]),
    exclude(Why.NO_FLOATING_INPUT, "tf.ragged.row_splits_to_segment_ids", _ROWS),
    exclude(Why.NO_FLOATING_INPUT, "tf.ragged.segment_ids_to_row_splits", [0, 0, 2]),
)
