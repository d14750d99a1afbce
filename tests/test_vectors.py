"""Tensors to flat real vectors and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from opcheck.backend import tf
from opcheck.vectors import (
    from_real,
    gradient_to_real,
    index_label,
    is_differentiable,
    labelled_tensors,
    real_size,
    to_real,
)

SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)


@given(data=st.data(), shape=SHAPES, dtype=st.sampled_from(["f4", "f8", "c8", "c16"]))
def test_there_and_back(data, shape, dtype):
    elements = {"allow_nan": False, "allow_infinity": False}
    array = data.draw(hnp.arrays(dtype, shape, elements=elements))
    vector = to_real(array)
    assert vector.dtype == np.float64
    assert vector.size == real_size(array.shape, array.dtype)
    np.testing.assert_array_equal(from_real(vector, array.shape, array.dtype), array)


def test_a_complex_number_is_two_neighbours():
    np.testing.assert_array_equal(to_real(np.array([1 + 2j, 3 - 4j])), [1, 2, 3, -4])


def test_bfloat16_goes_both_ways():
    array = tf.constant([0.5, -1.25], tf.bfloat16).numpy()
    np.testing.assert_array_equal(from_real(to_real(array), (2,), array.dtype), array)


@pytest.mark.parametrize(
    ("shape", "dtype", "position", "label"),
    [
        ((), "f8", 0, ""),
        ((3,), "f8", 2, "[2]"),
        ((2, 3), "f4", 4, "[1, 1]"),
        ((2,), "c16", 3, "[1].imag"),
        ((), "c8", 0, ".real"),
    ],
)
def test_labels(shape, dtype, position, label):
    assert index_label(shape, dtype, position) == label


def test_indexed_slices_are_summed():
    slices = tf.IndexedSlices(tf.constant([1.0, 2.0, 4.0]), [0, 1, 0], dense_shape=[3])
    np.testing.assert_array_equal(gradient_to_real(slices), [5.0, 2.0, 0.0])


def test_nests_are_labelled_by_their_paths():
    sparse = tf.SparseTensor([[0]], [1.0], [2])
    ragged = tf.ragged.constant([[1.0], [2.0, 3.0]])
    nest = {"a": (tf.constant(1.0), [tf.constant(2.0)]), "s": sparse, "r": ragged, "n": None}
    labels = [label for label, _ in labelled_tensors(nest)]
    assert labels == [
        "out['a'][0]",
        "out['a'][1][0]",
        "out['s'].values",
        "out['r'].flat_values",
    ]


def test_named_tuples_are_labelled_by_their_fields():
    labels = [label for label, _ in labelled_tensors(tf.linalg.slogdet(tf.eye(2)))]
    assert labels == ["out.sign", "out.log_abs_determinant"]


@pytest.mark.parametrize(
    ("dtype", "expected"),
    [("float16", True), ("bfloat16", True), ("complex64", True), ("int32", False), ("bool", False)],
)
def test_what_can_be_differentiated(dtype, expected):
    assert is_differentiable(dtype) is expected
