"""Names of `tf.signal`."""

from __future__ import annotations

from opcheck.exclusions import Why, exclude

EXCLUSIONS = (
    exclude(
        Why.NO_FLOATING_INPUT,
        ("tf.signal.hamming_window", "tf.signal.hann_window", "tf.signal.vorbis_window"),
        4,
    ),
    exclude(Why.NO_TENSOR, "tf.signal.inverse_stft_window_fn", 2),
)
