"""Defects of Keras activations and losses."""

from __future__ import annotations

from opcheck.known import KnownDefect

_OTHER_CLASSES = "The loss does not depend on the shares of other classes, slope 0, but the gradient of the power at a share of 0 is infinity, times 0 for these."

KNOWN_DEFECTS: tuple[KnownDefect, ...] = (
    KnownDefect(
        "activations-celu-zero",
        "tf.keras.activations.celu/*-x=*zero*/float64/special",
        "wrong",
        "x: wrong",
        reason="The slope at 0 is 1 from both sides, but max(x, 0) + alpha * (exp(min(x, 0) / alpha) - 1) counts it twice there, once from each term.",
        size=1.0,
    ),
    KnownDefect(
        "losses-CategoricalGeneralizedCrossEntropy-zero",
        "tf.keras.losses.CategoricalGeneralizedCrossEntropy/*-1=low/float64/special",
        "nan",
        "y_pred: nan",
        reason=_OTHER_CLASSES,
    ),
    KnownDefect(
        "losses-categorical_generalized_cross_entropy-zero",
        "tf.keras.losses.categorical_generalized_cross_entropy/*-y_pred=low/float64/special",
        "nan",
        "y_pred: nan",
        reason=_OTHER_CLASSES,
    ),
)
