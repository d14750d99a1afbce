"""Names of `tf.math` and `tf.linalg`."""

from __future__ import annotations

from opcheck.domains import booleans, normal
from opcheck.exclusions import Why, exclude

EXCLUSIONS = (
    exclude(Why.NO_FLOATING_RESULT, "tf.math.in_top_k", [0, 1], normal(2, 3), 1),
    exclude(
        Why.NO_FLOATING_RESULT,
        (
            "tf.math.is_finite",
            "tf.math.is_inf",
            "tf.math.is_nan",
            "tf.math.is_non_decreasing",
            "tf.math.is_strictly_increasing",
        ),
        normal(3),
    ),
    exclude(Why.NO_FLOATING_RESULT, "tf.math.logical_xor", booleans(3), booleans(3)),
    exclude(Why.NO_FLOATING_INPUT, "tf.math.invert_permutation", [2, 0, 1]),
    exclude(Why.NO_FLOATING_INPUT, "tf.math.sobol_sample", 2, 3),
    exclude(Why.NO_FLOATING_RESULT, "tf.linalg.matrix_rank", normal(2, 2)),
)
