"""Defects of public functions of `tf.math`, `tf.nn`, `tf.signal`, `tf.random`, `tf.quantization`."""

from __future__ import annotations

from opcheck.known import KnownDefect

_CROPPED = "A transform of the first entries is linear with slope 0 in the rest; the gradient has the cropped shape."
_FAR_OUT = "The slope is close to -f / (2x), but it is computed as a difference of terms that far out are equal to the last digit and cancel to 0."
_HUGE_COUNT = "Beyond 2^53 every number is whole, so that a sample moves with its rate, slope close to 1, but the op has no gradient."
_NORM = "Every vector of length up to 1 is a subgradient of the norm at 0, 0 among them, but the gradient x / |x| is 0 / 0."
_RANGE = "The ends of the range of the result are those of the inputs, or multiples of them, but no gradient is registered."
_SILU = "The function broadcasts its slopes and its features, but its own gradient sums over all entries for the slopes, whatever their shape, and not at all for the features."
_SPREAD = "Where all entries are equal the spread is 0, its least, and 0 is a subgradient, but the gradient of the root of the variance is infinity times 0."
_TIES = "At a tie the slopes of the tied entries add up to 1, but the gradient gives the whole cotangent to each entry within 1e-5 of the maximum."
_VOLUME = (
    "The Fourier transform is linear, as in one and two dimensions, but no gradient is registered."
)

KNOWN_DEFECTS: tuple[KnownDefect, ...] = (
    *(
        KnownDefect(
            f"{name}-huge",
            f"{module}.{name}/*-x=huge/float64/special",
            "wrong",
            "x: wrong",
            reason=_FAR_OUT,
            size=1.0,
        )
        for module, name in (
            ("tf.math", "bessel_i0e"),
            ("tf.math", "bessel_i1e"),
            ("tf.math.special", "bessel_k0e"),
            ("tf.math.special", "bessel_k1e"),
        )
    ),
    KnownDefect(
        "bessel_i1-zeros",
        "tf.math.bessel_i1/*-x=*zero*/float64/special",
        "wrong",
        "x: wrong",
        reason="The slope I0(x) - I1(x) / x tends to 1/2 at 0; where x is 0 the gradient leaves out the quotient and gives 1.",
        size=0.5,
    ),
    KnownDefect(
        "bincount",
        "tf.math.bincount/*",
        "missing",
        "weights: missing (unregistered)",
        reason="Each bin is the sum of its weights, slope 1, but no gradient is registered.",
        size=1.0,
    ),
    KnownDefect(
        "cell_with_dropout-probabilities",
        "opcheck.compositions.cell_with_dropout/probabilities-*",
        "missing",
        "input_keep: missing (disconnected); output_keep: missing (disconnected)",
        reason="What is kept is divided by the probability, so that it falls as this grows, but the wrapper turns a tensor whose value it knows into a number of Python.",
        size=1.0,
    ),
    KnownDefect(
        "conv2d-dilated",
        "tf.nn.conv2d/dilated-*",
        "crash",
        "input: crash (InvalidArgumentError); filters: crash (InvalidArgumentError)",
        reason="A dilated convolution is bilinear and runs on the CPU, but its gradient kernels refuse dilations there.",
    ),
    KnownDefect(
        "conv2d-grouped",
        "tf.nn.conv2d/grouped-*",
        "crash",
        "input: crash (InvalidArgumentError); filters: crash (InvalidArgumentError)",
        reason="A grouped convolution is bilinear and runs on the CPU, but its gradient kernels refuse groups there.",
    ),
    KnownDefect(
        "convolution-volume",
        "tf.nn.convolution/volume-*-data_format=None/*",
        "crash",
        "input: crash (AttributeError); filters: crash (AttributeError)",
        reason="A convolution is bilinear in any number of axes, but the data format of None, which is the default, is handed on as it is, and the gradient over three axes takes it for a string.",
    ),
    KnownDefect(
        "ctc_beam_search_decoder",
        "tf.nn.ctc_beam_search_decoder/*",
        "missing",
        "inputs: missing (declared non-differentiable)",
        reason="The log-probability of the best paths is a log-sum-exp of sums of the inputs, smooth while the paths stay, but the op is declared non-differentiable.",
        size=1.0,
    ),
    KnownDefect(
        "ctc_greedy_decoder",
        "tf.nn.ctc_greedy_decoder/*",
        "missing",
        "inputs: missing (declared non-differentiable)",
        reason="The log-probability is minus the sum of the largest input of each step, slope -1 there, but the op is declared non-differentiable.",
        size=1.0,
    ),
    KnownDefect(
        "cumprod-zero",
        "tf.math.cumprod/*-x=*zero*/float64/special",
        "wrong",
        "x: wrong",
        reason="At x_i = 0 the slope is the product of the other factors; the gradient divides the product by x_i without NaN and gives 0.",
        size=1.0,
    ),
    KnownDefect(
        "dawsn-huge",
        "tf.math.special.dawsn/*-x=huge/float64/special",
        "wrong",
        "x: wrong",
        reason="The slope 1 - 2 x D(x) tends to 0; far out the kernel gives D(|x|) for negative x too, so that it comes to 2.",
    ),
    *(
        KnownDefect(
            f"dequantized-{name}",
            f"opcheck.compositions.dequantized/{cases}",
            "missing",
            fingerprint,
            reason="Each level is a number times the width of the range, added to its lower end or not, but no gradient is registered.",
            size=1.0,
        )
        for name, cases, fingerprint in (
            ("columns", "columns-*", "max_range: missing (unregistered)"),
            (
                "minimum",
                "*-mode=MIN_*",
                "min_range: missing (unregistered); max_range: missing (unregistered)",
            ),
            ("scaled", "scalar_*-mode=SCALED/*", "max_range: missing (unregistered)"),
        )
    ),
    *(
        KnownDefect(
            f"{name}-cropped",
            f"tf.signal.{name}/cropped-*",
            "crash",
            "input_tensor: crash (InvalidArgumentError)",
            reason=_CROPPED,
        )
        for name in ("irfft", "irfft2d", "rfft", "rfft2d")
    ),
    *(
        KnownDefect(
            name,
            f"tf.signal.{name}/*",
            "missing",
            "input_tensor: missing (unregistered)",
            reason=_VOLUME,
            size=1.0,
        )
        for name in ("irfft3d", "rfft3d")
    ),
    KnownDefect(
        "log_poisson_loss-full-low",
        "tf.nn.log_poisson_loss/full-*-targets=low/float64/special",
        "nan",
        "targets: nan",
        reason="At 0 the branch that is taken adds nothing, but its cotangent of 0 passes through t log t of the branch that is not, where it meets infinity.",
    ),
    *(
        KnownDefect(
            f"max_pool3d-{point}",
            f"tf.nn.max_pool3d/*-input={point}/float32/special",
            "wrong",
            "input: wrong",
            reason=_TIES,
        )
        for point in ("equal", "tie", "tiny")
    ),
    KnownDefect(
        "mel_weights",
        "opcheck.compositions.mel_weights/*",
        "missing",
        "sample_rate: missing (disconnected)",
        reason="The frequencies of the bins are multiples of the sample rate, but a tensor whose value is known is turned into a number of Python.",
        size=1.0,
    ),
    *(
        KnownDefect(
            f"{name}-huge",
            f"tf.random.{name}/*-lam=huge/float64/special",
            "missing",
            f"lam: missing ({word})",
            reason=_HUGE_COUNT,
            size=1.0,
        )
        for name, word in (
            ("poisson", "unregistered"),
            ("stateless_poisson", "declared non-differentiable"),
        )
    ),
    KnownDefect(
        "quantize_and_dequantize_v2-beyond",
        "tf.quantization.quantize_and_dequantize_v2/beyond-*",
        "wrong",
        "input_max: wrong",
        reason="An input beyond the range becomes the end of the range, with slope 1 in it, but the gradient by the ends is written as 0.",
        size=1.0,
    ),
    KnownDefect(
        "quantize_and_dequantize_v2-own-range",
        "tf.quantization.quantize_and_dequantize_v2/own-range-*",
        "wrong",
        "input: wrong",
        reason="Without a given range nothing is clipped, so the gradient passes everywhere; it is cut off at ends that the op does not read.",
        size=1.0,
    ),
    KnownDefect(
        "quantized_concat",
        "opcheck.compositions.quantized_concat_of_ranges/*",
        "missing",
        "input_mins[0]: missing (unregistered); input_maxes[1]: missing (unregistered)",
        reason=_RANGE,
        size=1.0,
    ),
    KnownDefect(
        "quantized_range",
        "opcheck.compositions.quantized_range/*-mode=MIN_COMBINED/*",
        "missing",
        "min_range: missing (unregistered); max_range: missing (unregistered)",
        reason=_RANGE,
        size=1.0,
    ),
    KnownDefect(
        "quantized_range-scaled",
        "opcheck.compositions.quantized_range/*-mode=SCALED/*",
        "missing",
        "max_range: missing (unregistered)",
        reason=_RANGE,
        size=1.0,
    ),
    KnownDefect(
        "reduce_euclidean_norm-zeros",
        "tf.math.reduce_euclidean_norm/*-input_tensor=zeros/float64/special",
        "nan",
        "input_tensor: nan",
        reason=_NORM,
    ),
    KnownDefect(
        "reduce_std-equal",
        "tf.math.reduce_std/*-input_tensor=equal/*/special",
        "nan",
        "input_tensor: nan",
        reason=_SPREAD,
    ),
    KnownDefect(
        "reduce_std-single",
        "tf.math.reduce_std/single-*",
        "nan",
        "input_tensor: nan",
        reason="One number deviates by 0 from itself, whatever it is, slope 0, but the gradient of the root of the variance is infinity times 0.",
    ),
    KnownDefect(
        "reduce_std-zeros",
        "tf.math.reduce_std/*-input_tensor=zeros/*/special",
        "nan",
        "input_tensor: nan",
        reason=_SPREAD,
    ),
    KnownDefect(
        "silu-slopes",
        "tf.nn.silu/slopes-*",
        "wrong",
        "beta: wrong (shape)",
        reason=_SILU,
    ),
    KnownDefect(
        "silu-wider-slopes",
        "tf.nn.silu/wider-slopes-*",
        "wrong",
        "features: wrong (shape); beta: wrong (shape)",
        reason=_SILU,
    ),
    KnownDefect(
        "spence-zeros",
        "tf.math.special.spence/*-x=zeros/float64/special",
        "nan",
        "x: nan",
        reason="The slope log(x) / (1 - x) is infinite at 0, and 0 for every other output; times their cotangents of 0 it gives NaN.",
    ),
    KnownDefect(
        "xdivy-zero",
        "tf.math.xdivy/*-x=*zero*/float64/special",
        "wrong",
        "x: wrong",
        reason="x / y is linear in x with the slope 1 / y, at x = 0 too, where the gradient gives 0.",
        size=1.0,
    ),
    KnownDefect(
        "xlog1py-zero",
        "tf.math.xlog1py/*-x=*zero*/float64/special",
        "wrong",
        "x: wrong",
        reason="x log(1 + y) is linear in x with the slope log(1 + y), at x = 0 too, where the gradient gives 0.",
        size=0.5,
    ),
    KnownDefect(
        "gamma-low",
        "opcheck.compositions.*gamma*_quantile/int64-2-alpha=low/float64/special",
        "nan",
        "alpha: nan",
        reason="Samples go to 0 faster than any power of alpha, so the slope is finite at 0, where RandomGammaGrad gives NaN.",
    ),
)
