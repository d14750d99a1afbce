"""Defects of Keras layers."""

from __future__ import annotations

from opcheck.known import KnownDefect

_COLOURS = "The way back from hue, saturation and value is smooth almost everywhere, but the op HSVToRGB is declared non-differentiable."
_FLAT = "The stretch of a flat image divides by a range of zero; the branch that is taken is right, but the gradient of the other one is infinity times 0."
_TIED = "At a tie the slopes of the tied entries add up to 1, but the gradient gives the whole cotangent to each entry within 1e-5 of the maximum."
_RESAMPLED = "The transpose of sampling spreads each output over the pixels it was sampled from; the op samples with the inverse transform, which equals it for translations alone."
_UNSTARTED = "Where a path may not start its weight is that of log(1e-307), not of minus infinity: beyond logits of 707 such paths carry the loss, and the gradient leaves them out."

KNOWN_DEFECTS: tuple[KnownDefect, ...] = (
    KnownDefect(
        "layers-AutoContrast-flat",
        "tf.keras.layers.AutoContrast/*-0=[lhe]*/float64/special",
        "nan",
        "input: nan",
        reason=_FLAT,
    ),
    KnownDefect(
        "layers-CategoryEncoding-weights",
        "tf.keras.layers.CategoryEncoding/*",
        "missing",
        "count_weights: missing (unregistered)",
        reason="A count is the sum of its weights, slope 1, but no gradient is registered for DenseBincount.",
        size=1.0,
    ),
    KnownDefect(
        "layers-Masking-zeros",
        "tf.keras.layers.Masking/*-0=*zeros/float64/special",
        "wrong",
        "input: wrong",
        reason="A time step equal to the mask's value 0 is set to 0, which is the identity, slope 1, but the gradient is 0.",
        size=1.0,
    ),
    KnownDefect(
        "layers-MaxPooling3D-tied-all",
        "tf.keras.layers.MaxPooling3D/*-0=[ez]*[ls]/float32/special",
        "wrong",
        "input: wrong",
        reason=_TIED,
    ),
    KnownDefect(
        "layers-MaxPooling3D-tied-two",
        "tf.keras.layers.MaxPooling3D/*-0=ti*/float32/special",
        "wrong",
        "input: wrong",
        reason=_TIED,
    ),
    KnownDefect(
        "layers-RandAugment-flat",
        "tf.keras.layers.RandAugment/*-0=[le]*/float32/special",
        "nan",
        "input: nan",
        reason=_FLAT,
    ),
    KnownDefect(
        "layers-RandomColorJitter",
        "tf.keras.layers.RandomColorJitter/*",
        "missing",
        "input: missing (declared non-differentiable)",
        reason=_COLOURS,
        size=1.0,
    ),
    KnownDefect(
        "layers-RandomHue",
        "tf.keras.layers.RandomHue/*",
        "missing",
        "input: missing (declared non-differentiable)",
        reason=_COLOURS,
        size=1.0,
    ),
    KnownDefect(
        "layers-RandomRotation",
        "tf.keras.layers.RandomRotation/*",
        "wrong",
        "input: wrong",
        reason=_RESAMPLED,
        size=0.4,
    ),
    KnownDefect(
        "layers-RandomSaturation",
        "tf.keras.layers.RandomSaturation/*",
        "missing",
        "input: missing (declared non-differentiable)",
        reason=_COLOURS,
        size=1.0,
    ),
    KnownDefect(
        "layers-RandomShear",
        "tf.keras.layers.RandomShear/*",
        "wrong",
        "input: wrong",
        reason=_RESAMPLED,
        size=0.5,
    ),
    KnownDefect(
        "layers-RandomTranslation-edges",
        "tf.keras.layers.RandomTranslation/edges-*",
        "wrong",
        "input: wrong",
        reason="Pixels repeated or mirrored at the edge add up their slopes; the gradient fills in at the edge as the forward sampling does.",
        size=0.8,
    ),
    KnownDefect(
        "layers-RandomZoom",
        "tf.keras.layers.RandomZoom/*",
        "wrong",
        "input: wrong",
        reason=_RESAMPLED,
        size=0.4,
    ),
    KnownDefect(
        "layers-Resizing-area",
        "tf.keras.layers.Resizing/*-interpolation=area/*",
        "missing",
        "input: missing (unregistered)",
        reason="Averaging over areas is linear in the image, but no gradient is registered for ResizeArea.",
        size=1.0,
    ),
    KnownDefect(
        "layers-SpectralNormalization-training",
        "tf.keras.layers.SpectralNormalization/*-training=True/*",
        "wrong",
        "spectral_normalization/dense/kernel: wrong",
        reason="The kernel k is overwritten by k / sigma(k) before it is read, so the gradient is the one by k / sigma(k) and lacks the derivative of the division.",
        size=0.7,
    ),
    KnownDefect(
        "losses-CTC-huge",
        "tf.keras.losses.CTC/1x2x3-1=huge/float32/special",
        "wrong",
        "y_pred: wrong",
        reason=_UNSTARTED,
    ),
    KnownDefect(
        "losses-ctc-function-huge",
        "tf.keras.losses.ctc/1x2x3-y_pred=huge/float32/special",
        "wrong",
        "y_pred: wrong",
        reason=_UNSTARTED,
    ),
)
