"""Names of `keras.ops`."""

from __future__ import annotations

from opcheck.domains import distinct, integers, normal
from opcheck.exclusions import Why, exclude

EXCLUSIONS = (
    exclude(
        Why.NO_TENSOR,
        (
            "keras.ops.convert_to_numpy",
            "keras.ops.dtype",
            "keras.ops.is_tensor",
            "keras.ops.ndim",
            "keras.ops.shape",
        ),
        normal(2),
    ),
    exclude(
        Why.NO_FLOATING_RESULT,
        (
            "keras.ops.all",
            "keras.ops.any",
            "keras.ops.argmax",
            "keras.ops.argmin",
            "keras.ops.argsort",
            "keras.ops.count_nonzero",
            "keras.ops.isfinite",
            "keras.ops.isinf",
            "keras.ops.isnan",
            "keras.ops.isneginf",
            "keras.ops.isposinf",
            "keras.ops.isreal",
            "keras.ops.logical_not",
            "keras.ops.nanargmax",
            "keras.ops.nanargmin",
            "keras.ops.nonzero",
            "keras.ops.signbit",
            "keras.ops.size",
        ),
        distinct(3),
    ),
    exclude(Why.NO_FLOATING_RESULT, "keras.ops.argpartition", distinct(3), 1),
    exclude(
        Why.NO_FLOATING_RESULT,
        (
            "keras.ops.allclose",
            "keras.ops.equal",
            "keras.ops.greater",
            "keras.ops.greater_equal",
            "keras.ops.isclose",
            "keras.ops.isin",
            "keras.ops.less",
            "keras.ops.less_equal",
            "keras.ops.logical_and",
            "keras.ops.logical_or",
            "keras.ops.logical_xor",
            "keras.ops.not_equal",
        ),
        normal(3),
        normal(3),
    ),
    exclude(Why.NO_FLOATING_RESULT, "keras.ops.digitize", normal(3), [0.0, 1.0]),
    exclude(Why.NO_FLOATING_RESULT, "keras.ops.in_top_k", [0, 1], normal(2, 3), 1),
    exclude(Why.NO_FLOATING_RESULT, "keras.ops.matrix_rank", normal(2, 2)),
    exclude(Why.NO_FLOATING_RESULT, "keras.ops.searchsorted", [0.0, 1.0, 2.0], normal(3)),
    exclude(
        Why.NO_FLOATING_RESULT,
        (
            "keras.ops.bitwise_and",
            "keras.ops.bitwise_left_shift",
            "keras.ops.bitwise_or",
            "keras.ops.bitwise_right_shift",
            "keras.ops.bitwise_xor",
            "keras.ops.gcd",
            "keras.ops.lcm",
            "keras.ops.left_shift",
            "keras.ops.right_shift",
        ),
        integers(1, 5)(3),
        integers(1, 5)(3),
    ),
    exclude(
        Why.NO_FLOATING_RESULT,
        (
            "keras.ops.bitwise_invert",
            "keras.ops.bitwise_not",
        ),
        integers(1, 5)(3),
    ),
    exclude(
        Why.NO_FLOATING_INPUT,
        (
            "keras.ops.hamming",
            "keras.ops.hanning",
        ),
        4,
    ),
    exclude(
        Why.NO_FLOATING_INPUT,
        (
            "keras.ops.empty",
            "keras.ops.eye",
            "keras.ops.identity",
            "keras.ops.ones",
            "keras.ops.tri",
            "keras.ops.zeros",
        ),
        3,
    ),
    exclude(
        Why.NO_FLOATING_INPUT,
        (
            "keras.ops.multi_hot",
            "keras.ops.one_hot",
        ),
        integers(0, 3)(2),
        3,
    ),
)
