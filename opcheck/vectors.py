"""Tensors to flat real vectors and back, and nests of tensors to labelled lists.

Everything that differentiates or compares sees float64 vectors. A complex number is a pair (real,
imaginary) here and nowhere else, interleaved as `tf.test.compute_gradient` lays it out: for
z = x + iy the Jacobian block is [[du/dx, du/dy], [dv/dx, dv/dy]], which is what TensorFlow's
convention (the gradient of a real loss is the conjugate of dL/dx - i dL/dy) gives row by row for
the cotangents 1 and i.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opcheck.backend import tf

Vector = NDArray[np.float64]


def to_real(array: Any) -> Vector:
    """The entries of an array, flat and in float64; a complex one as two neighbours."""
    flat = np.asarray(array).reshape(-1)
    if np.iscomplexobj(flat):
        return flat.astype(np.complex128).view(np.float64)
    return flat.astype(np.float64)


def from_real(vector: Vector, shape: Sequence[int], dtype: Any) -> NDArray[Any]:
    """The inverse of `to_real`: an array of `shape` and NumPy `dtype`, rounded to it."""
    if np.dtype(dtype).kind == "c":
        vector = np.ascontiguousarray(vector).view(np.complex128)
    return vector.reshape(tuple(shape)).astype(dtype)


def real_size(shape: Sequence[int], dtype: Any) -> int:
    """How many real numbers an array of this shape and dtype holds."""
    return math.prod(map(int, shape)) * (2 if np.dtype(dtype).kind == "c" else 1)


def is_differentiable(dtype: Any) -> bool:
    """Whether a TensorFlow dtype is floating or complex."""
    dtype = tf.as_dtype(dtype)
    return bool(dtype.is_floating or dtype.is_complex)


def gradient_to_real(gradient: Any) -> Vector:
    """A gradient as a tape returns it, `tf.IndexedSlices` summed into their dense tensor."""
    return to_real(tf.convert_to_tensor(gradient).numpy())


def index_label(shape: Sequence[int], dtype: Any, position: int) -> str:
    """Where a position of the flat real vector lies: `[1, 0]`, `[2].imag`, `` for a scalar."""
    part = ""
    if np.dtype(dtype).kind == "c":
        position, remainder = divmod(position, 2)
        part = ".imag" if remainder else ".real"
    if not len(shape):
        return part
    where = np.unravel_index(position, tuple(shape))
    return f"[{', '.join(str(int(i)) for i in where)}]{part}"


def labelled_tensors(nest: Any, label: str = "out") -> Iterator[tuple[str, Any]]:
    """The tensors of a nest with their paths: `out`, `out[0]`, `out.values`, `out['a'].mean`."""
    if nest is None:
        return
    if isinstance(nest, tf.Tensor):
        yield label, nest
    elif isinstance(nest, dict):
        for key in nest:
            yield from labelled_tensors(nest[key], f"{label}[{key!r}]")
    elif isinstance(nest, tuple) and hasattr(nest, "_fields"):
        for name in nest._fields:
            yield from labelled_tensors(getattr(nest, name), f"{label}.{name}")
    elif isinstance(nest, (list, tuple)):
        for position, item in enumerate(nest):
            yield from labelled_tensors(item, f"{label}[{position}]")
    elif isinstance(nest, (tf.SparseTensor, tf.IndexedSlices)):
        yield f"{label}.values", nest.values
    elif isinstance(nest, tf.RaggedTensor):
        yield f"{label}.flat_values", nest.flat_values
    else:
        yield label, nest if tf.is_tensor(nest) else tf.convert_to_tensor(nest)
