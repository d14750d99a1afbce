"""Keras regularizers and constraints: what they give for a weight."""

from __future__ import annotations

from opcheck.domains import normal
from opcheck.spec import FLOAT32, choices, instance

ROWS = (
    # It leaves the weight as it is; other constraints are made from it.
    instance("keras.constraints.Constraint", normal(3, 2)),
    instance(
        "tf.keras.constraints.MaxNorm",
        normal(3, 2),
        max_value=choices(0.5, 8.0),
        axis=choices(0, 1),
    ),
    instance(
        "tf.keras.constraints.MinMaxNorm",
        normal(3, 2),
        min_value=choices(0.0, 4.0),
        max_value=choices(0.5, 8.0),
        rate=choices(1.0, 0.5),
    ),
    instance("tf.keras.constraints.NonNeg", normal(3, 2)),
    instance(
        "tf.keras.constraints.UnitNorm",
        normal(3, 2),
        axis=choices(0, 1),
    ),
    instance("tf.keras.regularizers.L1", normal(3, 2), l1=0.5),
    instance("tf.keras.regularizers.L1L2", normal(3, 2), l1=0.5, l2=choices(0.0, 0.25)),
    instance("tf.keras.regularizers.L2", normal(3, 2), l2=0.25),
    instance(
        "tf.keras.regularizers.OrthogonalRegularizer",
        normal(3, 2),
        factor=0.5,
        mode=choices("rows", "columns"),
        dtypes=FLOAT32,
    ),
)
