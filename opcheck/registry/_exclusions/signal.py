"""Names of `tf.signal`."""

from __future__ import annotations

from opcheck.domains import complex_normal, normal
from opcheck.exclusions import Why, exclude

EXCLUSIONS = (
    exclude(
        Why.BUILD, ("tf.signal.fftnd", "tf.signal.ifftnd"), complex_normal(2, 3), [2, 3], [0, 1]
    ),
    exclude(Why.BUILD, "tf.signal.irfftnd", complex_normal(2, 3), [2, 4], [0, 1]),
    exclude(Why.BUILD, "tf.signal.rfftnd", normal(2, 3), [2, 3], [0, 1]),
    exclude(
        Why.NO_FLOATING_INPUT,
        ("tf.signal.hamming_window", "tf.signal.hann_window", "tf.signal.vorbis_window"),
        4,
    ),
    exclude(Why.NO_TENSOR, "tf.signal.inverse_stft_window_fn", 2),
)
