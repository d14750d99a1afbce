"""Keras activations: functions of one tensor, most of them entry by entry."""

from __future__ import annotations

from opcheck.domains import normal
from opcheck.spec import FLOATS, Row, choices, function


def _row(name: str, **arguments: object) -> Row:
    return function(f"tf.keras.activations.{name}", x=normal(2, 4), dtypes=FLOATS, **arguments)


ROWS = (
    _row("celu", alpha=choices(1.0, 0.5)),
    _row("elu", alpha=choices(1.0, 0.5)),
    _row("exponential", unjudged_at=("x=huge",)),
    _row("gelu", approximate=choices(False, True)),
    _row("glu", axis=choices(-1, 0)),
    _row("hard_shrink", threshold=choices(0.5, 1.0)),
    _row("hard_sigmoid"),
    _row("hard_silu"),
    _row("hard_tanh"),
    _row("leaky_relu", negative_slope=choices(0.2, 0.5)),
    _row("linear"),
    _row("log_sigmoid"),
    _row("log_softmax", axis=choices(-1, 0)),
    _row("mish"),
    _row(
        "relu",
        negative_slope=choices(0.0, 0.2),
        max_value=choices(None, 1.5),
        threshold=choices(0.0, 0.5),
    ),
    _row("relu6"),
    _row("selu"),
    _row("sigmoid"),
    _row("silu"),
    _row("soft_shrink", threshold=choices(0.5, 1.0)),
    _row("softmax", axis=choices(-1, 0)),
    _row("softplus"),
    _row("softsign"),
    _row("sparse_plus"),
    _row("sparse_sigmoid"),
    # Where x - 1 is x, the function finds no share to give and is infinite.
    # It jumps where the support grows: the sums of all shorter supports count too.
    _row("sparsemax", axis=choices(-1, 0), unjudged_at=("x=huge", "x=whole")),
    _row("squareplus", b=choices(4.0, 1.0)),
    _row("tanh"),
    _row("tanh_shrink"),
    _row("threshold", threshold=0.5, default_value=0.25),
)
