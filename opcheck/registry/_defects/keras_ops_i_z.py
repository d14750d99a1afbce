"""Defects of functions of `keras.ops` from `i` to `z`."""

from __future__ import annotations

from opcheck.known import KnownDefect

KNOWN_DEFECTS: tuple[KnownDefect, ...] = (
    KnownDefect(
        "keras.ops.image.perspective_transform-points",
        "keras.ops.image.perspective_transform/points-*",
        "missing",
        "start_points: missing (disconnected); end_points: missing (disconnected)",
        reason="Where a pixel is sampled moves with the corners, and bilinear values with it, but the gradient of ImageProjectiveTransformV3 has none for its transforms.",
    ),
)
