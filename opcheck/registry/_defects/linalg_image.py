"""Defects of the public functions of `tf.linalg`, `tf.image`, `tf.sparse` and `tf.ragged`."""

from __future__ import annotations

from collections.abc import Sequence

from opcheck.known import KnownDefect

_CONTRAST = "(x - mean) * factor + mean is linear in the image, but no gradient is registered."
_HUE = "Turning the hue is piecewise smooth in the image, but no gradient is registered."
_SATURATION = (
    "Scaling the saturation is piecewise smooth in the image, but no gradient is registered."
)
_BINS = "Each bin is the sum of its weights, slope 1, but no gradient is registered."
_MAXIMUM = (
    "With distinct values a maximum is locally one of its entries, slope 1, "
    "but no gradient is registered."
)
_ONE_OF_TWO = (
    "With distinct values one of the two is taken, slope 1, "
    "but the gradient function takes one argument too few."
)
_DETERMINANT = (
    "log |det A| is real, so the imaginary part of its cotangent must count for nothing, "
    "but it is used."
)
_BISECTION = (
    "An eigenvalue's slope in the diagonal is the square of its eigenvector, but it is found by "
    "bisection: comparisons have no gradient, and what is left is the slope of the Gershgorin "
    "bounds that the search starts from."
)


def _unregistered(
    id: str, cases: str, inputs: Sequence[str], reason: str, how: str = "unregistered"
) -> KnownDefect:
    """A linear or piecewise smooth map with no gradient at all."""
    found = "; ".join(f"{name}: missing ({how})" for name in inputs)
    return KnownDefect(id, cases, "missing", found, reason=reason, size=1.0)


KNOWN_DEFECTS: tuple[KnownDefect, ...] = (
    *(
        _unregistered(target, f"{target}/*", inputs, reason)
        for target, inputs, reason in (
            ("tf.image.adjust_contrast", ("images", "contrast_factor"), _CONTRAST),
            ("tf.image.adjust_hue", ("image",), _HUE),
            ("tf.image.adjust_saturation", ("image",), _SATURATION),
            (
                "tf.image.combined_non_max_suppression",
                ("boxes", "scores"),
                "The boxes and scores that are kept are copies, slope 1, "
                "but no gradient is registered.",
            ),
            (
                "tf.image.draw_bounding_boxes",
                ("images", "colors"),
                "A pixel off the lines is a copy and one on a line is its colour, slope 1, "
                "but no gradient is registered.",
            ),
            (
                "tf.image.extract_glimpse",
                ("input",),
                "The glimpse is a window of copies, slope 1, but no gradient is registered.",
            ),
            (
                "tf.image.non_max_suppression_with_scores",
                ("scores",),
                "The soft scores s exp(-iou^2 / (2 sigma)) are linear in the scores, "
                "but no gradient is registered.",
            ),
            ("tf.image.stateless_random_contrast", ("image",), _CONTRAST),
            ("tf.image.stateless_random_hue", ("image",), _HUE),
            ("tf.image.stateless_random_saturation", ("image",), _SATURATION),
        )
    ),
    *(
        _unregistered(id, f"opcheck.compositions.of_composites/{variant}-*", inputs, reason)
        for id, variant, inputs, reason in (
            ("tf.image.random_contrast", "contrast", ("image",), _CONTRAST),
            ("tf.image.random_hue", "hue", ("image",), _HUE),
            ("tf.image.random_saturation", "saturation", ("image",), _SATURATION),
            ("tf.sparse.bincount", "bincount-[!s]", ("weights",), _BINS),
            ("tf.sparse.bincount-sparse", "bincount-sparse", ("weights['values']",), _BINS),
            ("tf.sparse.reduce_max", "reduce_max", ("sp_input['values']",), _MAXIMUM),
            (
                "tf.sparse.reduce_sum-to-sparse",
                "reduce_sum-to-sparse",
                ("sp_input['values']",),
                "A sum is linear in its entries, but no gradient is registered for sums that are sparse.",
            ),
            (
                "tf.sparse.split",
                "split",
                ("sp_input['values']",),
                "Splitting copies the values with slope 1, but no gradient is registered.",
            ),
        )
    ),
    *(
        KnownDefect(
            f"tf.sparse.{name}",
            f"opcheck.compositions.of_composites/{name}-*",
            "crash",
            "sp_a['values']: crash (TypeError); sp_b['values']: crash (TypeError)",
            reason=_ONE_OF_TWO,
            link="https://github.com/tensorflow/tensorflow/issues/61132",
        )
        for name in ("maximum", "minimum")
    ),
    KnownDefect(
        "tf.linalg.LinearOperatorFullMatrix-determinants-complex",
        "opcheck.compositions.linear_operator/FullMatrix-determinants-*/complex128/jacobian",
        "wrong",
        "operator['FullMatrix']['matrix']: wrong",
        reason=_DETERMINANT,
        size=0.7,
    ),
    KnownDefect(
        "tf.linalg.banded_triangular_solve-diagonal",
        "tf.linalg.banded_triangular_solve/diagonal-*",
        "wrong",
        "bands: wrong (shape)",
        reason="With a single band the gradient loses the axis of bands and comes back as a vector.",
    ),
    KnownDefect(
        "tf.linalg.eigh_tridiagonal",
        "opcheck.compositions.tridiagonal_eigenvalues/*",
        "wrong",
        "alpha: wrong; beta: wrong",
        reason=_BISECTION,
        size=1.0,
    ),
    KnownDefect(
        "tf.linalg.tridiagonal_solve-complex",
        "tf.linalg.tridiagonal_solve/complex-*",
        "wrong",
        "diagonals: wrong; rhs: wrong",
        reason="The gradient solves with the adjoint of the matrix and needs conjugates, but the code takes the transpose and none.",
        size=2.0,
    ),
    _unregistered(
        "tf.image.resize-area",
        "tf.image.resize/area-*",
        ("images",),
        "Averaging over areas is linear in the image, but no gradient is registered.",
    ),
    _unregistered(
        "tf.ragged.range",
        "opcheck.compositions.of_composites/range-*",
        ("starts", "deltas"),
        "start + i delta is linear in both, but the op is declared non-differentiable.",
        how="declared non-differentiable",
    ),
    _unregistered(
        "tf.sparse.concat",
        "opcheck.compositions.of_composites/concat-*",
        ("sp_inputs[0]['values']", "sp_inputs[1]['values']"),
        "Joining tensors copies their values with slope 1, but the op is declared non-differentiable.",
        how="declared non-differentiable",
    ),
    KnownDefect(
        "conjugate_gradient-solved",
        "opcheck.compositions.conjugate_gradient/3x3_3-max_iter=1-rhs=zeros/*/special",
        "missing",
        "rhs: missing (disconnected)",
        reason="The solution is linear in the right side, but where that is 0 the loop makes no step, and its first guess does not depend on it.",
    ),
    KnownDefect(
        "ssim_multiscale-whole",
        "tf.image.ssim_multiscale/1x4x4x1-img1=whole/float32/special",
        "nan",
        "img1: nan",
        reason="Where contrasts go against each other the likeness is cut off at 0 and stays there, but the infinite slope of its power at 0 is multiplied by the 0 of the cut.",
    ),
)
