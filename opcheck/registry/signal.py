"""Public functions of `tf.signal` that Python wraps around ops; others are in `spectral`."""

from __future__ import annotations

from opcheck.domains import between, complex_normal, normal
from opcheck.spec import DTYPE, choices, function

ROWS = (
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
    *(
        function(
            f"tf.signal.{name}_window",
            window_length=choices(*lengths),
            beta=between(2.0, 14.0)(),
            dtype=DTYPE,
        )
        for name, lengths in (("kaiser", (1, 4, 5)), ("kaiser_bessel_derived", (4,)))
    ),
    # At 0 the window is a rectangle.
    function(
        "tf.signal.kaiser_window",
        window_length=4,
        beta=between(0.0, 1.0)(),
        dtype=DTYPE,
        variant="flat",
    ),
    function(
        "tf.signal.linear_to_mel_weight_matrix",
        num_mel_bins=3,
        num_spectrogram_bins=5,
        sample_rate=between(8000.0, 9000.0)(),
        lower_edge_hertz=between(100.0, 150.0)(),
        upper_edge_hertz=between(3000.0, 3500.0)(),
        dtype=DTYPE,
    ),
    function("tf.signal.mfccs_from_log_mel_spectrograms", log_mel_spectrograms=normal(2, 3)),
)
