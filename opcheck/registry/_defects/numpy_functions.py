"""Defects of `tf.experimental.numpy`."""

from __future__ import annotations

from opcheck.known import KnownDefect

_SPACE = "tf.experimental.numpy"
_INFINITE_SLOPE = "The slope is infinite there, and 0 for every other output; the gradient multiplies the infinite one by their cotangents of 0, which gives NaN."
_ROOT = "The function is a norm, and 0 is a subgradient where it is 0, but the gradient of the root of a sum of squares is infinity times 0."

KNOWN_DEFECTS: tuple[KnownDefect, ...] = ()
