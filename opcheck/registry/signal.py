"""Public functions of `tf.signal` that Python wraps around ops; others are in `spectral`."""

from __future__ import annotations

from opcheck.domains import between, complex_normal, filled, normal
from opcheck.spec import choices, function

ROWS = (
    function(
        "opcheck.compositions.kaiser_window",
        length=choices(1, 4, 5),
        beta=between(2.0, 14.0)(),
        is_derived=False,
        covers=("tf.signal.kaiser_window",),
    ),
    function(
        "opcheck.compositions.kaiser_window",
        length=4,
        beta=between(2.0, 14.0)(),
        is_derived=True,
        variant="derived",
        covers=("tf.signal.kaiser_bessel_derived_window",),
    ),
    # A rectangle. The formula holds from 0 on alone, where its two sides make a kink.
    function(
        "opcheck.compositions.kaiser_window",
        length=4,
        beta=filled(0.0)(),
        is_derived=choices(False, True),
        variant="rectangle",
        covers=("tf.signal.kaiser_window",),
    ),
    function(
        "opcheck.compositions.mel_weights",
        sample_rate=between(8000.0, 9000.0)(),
        lower_edge=between(100.0, 150.0)(),
        upper_edge=between(3000.0, 3500.0)(),
        covers=("tf.signal.linear_to_mel_weight_matrix",),
    ),
    function("tf.signal.ifftshift", x=normal(2, 3), axes=choices(None, [1])),
    function(
        "tf.signal.inverse_mdct",
        mdcts=normal(2, 4),
        window_fn=None,
        norm=choices(None, "ortho"),
        variant="no-window",
    ),
    function("tf.signal.inverse_mdct", mdcts=normal(2, 4), norm=choices(None, "ortho")),
    # A length beyond what the input has is filled with zeros.
    function("tf.signal.irfft", input_tensor=complex_normal(3), fft_length=choices(None, [5], [8])),
    function(
        "tf.signal.irfft2d",
        input_tensor=complex_normal(2, 3),
        fft_length=choices(None, [3, 5], [2, 8]),
    ),
    function("tf.signal.irfft3d", input_tensor=complex_normal(2, 1, 2), fft_length=[2, 1, 2]),
    function("tf.signal.rfft2d", input_tensor=normal(2, 3), fft_length=choices(None, [3, 4])),
    function("tf.signal.rfft3d", input_tensor=normal(2, 1, 3), fft_length=[2, 1, 3]),
    # A length below what the input has cuts it off.
    *(
        function(f"tf.signal.{name}", input_tensor=domain, fft_length=length, variant="cropped")
        for name, domain, length in (
            ("irfft", complex_normal(4), [4]),
            ("irfft2d", complex_normal(3, 3), [3, 2]),
            ("rfft", normal(5), [4]),
            ("rfft2d", normal(3, 4), [3, 3]),
        )
    ),
    function("tf.signal.mfccs_from_log_mel_spectrograms", log_mel_spectrograms=normal(2, 3)),
)
