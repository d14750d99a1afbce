"""Fourier transforms, and the ops between real and complex numbers."""

from __future__ import annotations

from opcheck.domains import complex_between, complex_normal, normal
from opcheck.spec import DOUBLES, DTYPES, FLOATS, choices, function, op, sample

LINES = ((1,), (4,), (2, 3))
PLANES = ((2, 3), (2, 1, 2), (1, 4))
VOLUMES = ((2, 2, 2), (1, 2, 1, 3))

ROWS = (
    function("tf.math.angle", input=complex_between(0.5, 2.0), dtypes=DTYPES),
    op("Angle", input=complex_between(0.5, 2.0), Tout="float64", dtypes=DOUBLES),
    op("Complex", real=normal, imag=normal, Tout="complex128"),
    op("ComplexAbs", x=complex_between(0.5, 2.0), Tout="float64", dtypes=DOUBLES),
    op("Conj", input=complex_normal, dtypes=DTYPES),
    op("ConjugateTranspose", x=normal(2, 3, 2), perm=choices([2, 0, 1], [0, 2, 1]), dtypes=DTYPES),
    op("FFT", input=complex_normal, shapes=LINES, dtypes=DTYPES),
    op("FFT2D", input=complex_normal, shapes=PLANES, dtypes=DTYPES),
    op("FFT3D", input=complex_normal, shapes=VOLUMES, dtypes=DTYPES),
    op("IFFT", input=complex_normal, shapes=LINES, dtypes=DTYPES),
    op("IFFT2D", input=complex_normal, shapes=PLANES, dtypes=DTYPES),
    op("IFFT3D", input=complex_normal, shapes=VOLUMES, dtypes=DTYPES),
    op(
        "IRFFT",
        sample("even", input=complex_normal(3), fft_length=[4], Treal="float64"),
        sample("odd", input=complex_normal(3), fft_length=[5], Treal="float64"),
        sample("one", input=complex_normal(1), fft_length=[1], Treal="float64"),
        sample("batch", input=complex_normal(2, 3), fft_length=[4], Treal="float64"),
        dtypes=DOUBLES,
    ),
    # The gradients of real transforms take the input for as long as the transform needs it.
    op(
        "IRFFT",
        input=choices(complex_normal(4), complex_normal(2, 5)),
        fft_length=choices([3], [4]),
        Treal="float64",
        variant="cropped",
    ),
    op(
        "IRFFT2D",
        sample("even", input=complex_normal(3, 3), fft_length=[3, 4], Treal="float64"),
        sample("odd", input=complex_normal(2, 2), fft_length=[2, 3], Treal="float64"),
        sample("batch", input=complex_normal(2, 2, 2), fft_length=[2, 2], Treal="float64"),
        dtypes=DOUBLES,
    ),
    op(
        "IRFFT2D",
        input=complex_normal(3, 3),
        fft_length=choices([2, 2], [3, 2]),
        Treal="float64",
        variant="cropped",
    ),
    op(
        "IRFFT2D",
        input=complex_normal(3, 3),
        fft_length=[2, 4],
        Treal="float64",
        variant="rows-cropped",
    ),
    op(
        "IRFFT3D",
        input=complex_normal(2, 2, 2),
        fft_length=[2, 2, 2],
        Treal="float64",
        dtypes=DOUBLES,
    ),
    op("Imag", input=complex_normal, Tout="float64", dtypes=DOUBLES),
    op(
        "RFFT",
        sample("even", input=normal(4), fft_length=[4], Tcomplex="complex128"),
        sample("odd", input=normal(5), fft_length=[5], Tcomplex="complex128"),
        sample("one", input=normal(1), fft_length=[1], Tcomplex="complex128"),
        sample("batch", input=normal(2, 4), fft_length=[4], Tcomplex="complex128"),
    ),
    op(
        "RFFT",
        input=choices(normal(5), normal(2, 6)),
        fft_length=choices([3], [4]),
        Tcomplex="complex128",
        variant="cropped",
    ),
    op(
        "RFFT2D",
        sample("even", input=normal(3, 4), fft_length=[3, 4], Tcomplex="complex128"),
        sample("odd", input=normal(2, 3), fft_length=[2, 3], Tcomplex="complex128"),
        sample("batch", input=normal(2, 2, 2), fft_length=[2, 2], Tcomplex="complex128"),
    ),
    op(
        "RFFT2D",
        input=normal(3, 4),
        fft_length=choices([2, 3], [3, 3], [2, 4]),
        Tcomplex="complex128",
        variant="cropped",
    ),
    op("RFFT3D", input=normal(2, 2, 2), fft_length=[2, 2, 2], Tcomplex="complex128"),
    op("Real", input=complex_normal, Tout="float64", dtypes=DOUBLES),
    function("tf.signal.dct", input=normal(2, 4), type=choices(1, 2, 3, 4), dtypes=FLOATS),
    function(
        "tf.signal.dct",
        input=normal(4),
        type=choices(2, 3),
        norm="ortho",
        n=choices(None, 3, 5),
        variant="ortho",
    ),
    function("tf.signal.fftshift", x=normal(2, 3), axes=choices(None, [1]), dtypes=DTYPES),
    function(
        "tf.signal.frame",
        signal=normal(2, 7),
        frame_length=3,
        frame_step=2,
        pad_end=choices(False, True),
        dtypes=DTYPES,
    ),
    function("tf.signal.idct", input=normal(2, 4), type=choices(1, 2, 3, 4), dtypes=FLOATS),
    function(
        "tf.signal.inverse_stft",
        stfts=complex_normal(2, 3),
        frame_length=4,
        frame_step=2,
        dtypes=DTYPES,
    ),
    function("tf.signal.mdct", signals=normal(12), frame_length=4, dtypes=FLOATS),
    function(
        "tf.signal.overlap_and_add", signal=normal(2, 3, 4), frame_step=choices(2, 3), dtypes=DTYPES
    ),
    function(
        "tf.signal.rfft", input_tensor=normal(5), fft_length=choices(None, [6]), dtypes=FLOATS
    ),
    function(
        "tf.signal.stft",
        signals=normal(8),
        frame_length=4,
        frame_step=2,
        fft_length=choices(None, 8),
        dtypes=FLOATS,
    ),
)
