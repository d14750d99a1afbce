"""Defects of layers that are steep on either side of zero."""

from __future__ import annotations

from opcheck.known import KnownDefect

KNOWN_DEFECTS: tuple[KnownDefect, ...] = (
    KnownDefect(
        "PReLU-zeros",
        "tf.keras.layers.PReLU/rising-*zero*/float64/jacobian",
        "wrong",
        "input: wrong",
        reason="Any slope between alpha and 1 is valid at 0, so 0 is none where alpha is positive; relu(x) - alpha relu(-x) adds up two slopes of 0.",
        size=0.6,
    ),
)
