"""Public functions of functions, and classes of tensors, each called as its users call it."""

from __future__ import annotations

import itertools
from typing import Any

from opcheck.backend import tf
from opcheck.compositions.graphs import in_graph

_registered = itertools.count()


def array_of_rows(x: Any) -> Any:
    """`tf.TensorArray`: the rows of a tensor written one by one, in reverse order."""
    array = tf.TensorArray(x.dtype, size=x.shape[0])
    for place, row in enumerate(tf.unstack(x)):
        array = array.write(x.shape[0] - 1 - place, row * row)
    return array.stack()


def by_accumulator(x: Any) -> Any:
    """`tf.autodiff.ForwardAccumulator`: the slopes of a cube, of which a tensor is used twice."""
    with tf.autodiff.ForwardAccumulator(x, tf.ones_like(x)) as accumulator:
        kept = tf.identity(x)
        cube = (kept * kept) * kept
    return accumulator.jvp(cube)


@in_graph
def case_of_values(x: Any, number: Any) -> Any:
    """`tf.case`: the first branch whose condition holds, and a default."""
    number = tf.convert_to_tensor(number)
    return tf.case(
        [(number < 1, lambda: tf.tanh(x)), (number < 2, lambda: x * x)],
        default=lambda: x,
        exclusive=False,
    )


def custom_gradient(x: Any, y: Any) -> Any:
    """`tf.custom_gradient` with the right gradient of a product."""

    def product(a: Any, b: Any) -> Any:
        return a * b, lambda upstream: (upstream * tf.math.conj(b), upstream * tf.math.conj(a))

    return tf.custom_gradient(product)(x, tf.tanh(y))


def edit_distance_of_values(x: Any, y: Any) -> Any:
    """`tf.edit_distance` of two sparse tensors, which counts: constant where nothing is equal."""
    places = [[0, 0], [0, 1], [1, 0]]
    return tf.edit_distance(
        tf.SparseTensor(places, x, [2, 2]), tf.SparseTensor(places, y, [2, 2]), normalize=False
    )


def einsum_of_two(a: Any, b: Any, equation: Any) -> Any:
    """`tf.einsum`, which takes its tensors by their places."""
    return tf.einsum(equation, a, b)


def gradient_passed_through(x: Any) -> Any:
    """`tf.grad_pass_through`: the gradient of the identity, whatever the function; here it is."""
    return tf.tanh(tf.grad_pass_through(tf.identity)(x))


@in_graph
def gradients_in_graph(x: Any, y: Any) -> Any:
    """`tf.gradients`, whose results are differentiated once more."""
    return tf.gradients(tf.tanh(x) * y, [x, y])


def grid(x: Any, y: Any, indexing: Any) -> Any:
    """`tf.meshgrid` of two vectors, which it takes by their places."""
    return tf.meshgrid(x, y, indexing=indexing)


@in_graph
def hessians_in_graph(x: Any) -> Any:
    """`tf.hessians` of a sum of products."""
    return tf.hessians(tf.reduce_sum(x * x * x) + x[0] * x[1] * x[1], [x])


def indexed_slices(x: Any, indices: Any) -> Any:
    """`tf.IndexedSlices` made dense: rows of one index are added."""
    slices = tf.IndexedSlices(x, tf.constant(indices), dense_shape=tf.constant([4, 2]))
    return tf.convert_to_tensor(slices)


def keras_model(x: Any) -> Any:
    """A model of `keras.layers.Input`, called on a tensor."""
    inputs = tf.keras.layers.Input(x.shape[1:], dtype=x.dtype)
    return tf.keras.Model(inputs, tf.keras.ops.tanh(inputs) * inputs)(x)


def batched(x: Any) -> Any:
    """`tf.nondifferentiable_batch_function`, whose name says what the gradient is."""
    batch = tf.nondifferentiable_batch_function(1, 4, 0)
    return batch(lambda rows: rows * rows)(x)


def numpy_function(x: Any) -> Any:
    """`tf.numpy_function`: Python that no tape sees, as its documentation says."""
    return tf.numpy_function(lambda array: array * array, [x], x.dtype)


@in_graph
def parallel_stack(x: Any, y: Any) -> Any:
    """`tf.parallel_stack`, which is for graphs alone."""
    return tf.parallel_stack([x, y])


def ragged_rows(x: Any) -> Any:
    """`tf.RaggedTensor`: rows of different lengths, added up each."""
    return tf.reduce_sum(tf.RaggedTensor.from_row_lengths(x * x, [2, 0, 1]), axis=1)


@in_graph
def registered_gradient(x: Any) -> Any:
    """`tf.RegisterGradient` in place of the op's own, and `tf.no_gradient` where it is constant."""
    number = next(_registered)
    right, none = f"OpcheckSquare{number}", f"OpcheckNothing{number}"
    tf.RegisterGradient(right)(lambda op, upstream: 2.0 * op.inputs[0] * upstream)
    tf.no_gradient(none)
    graph = tf.compat.v1.get_default_graph()
    with graph.gradient_override_map({"Square": right, "Floor": none}):
        return tf.square(x) + tf.floor(x)


def sparse_entries(x: Any) -> Any:
    """`tf.SparseTensor` of some values, made dense."""
    sparse = tf.SparseTensor([[0, 1], [1, 0], [1, 2]], x * x, [2, 3])
    return tf.sparse.to_dense(sparse)


@in_graph
def through_function(x: Any, y: Any) -> Any:
    """`tf.function` of a Python function."""

    return tf.function(lambda a, b: a * tf.tanh(b))(x, y)


def variable_of_value(x: Any) -> Any:
    """`tf.Variable`: what is assigned is not differentiated, what is read is."""
    variable = tf.Variable(tf.ones_like(x))
    return variable * x


@in_graph
def vectorized_rows(x: Any, y: Any) -> Any:
    """`tf.vectorized_map` over the rows of two tensors."""
    return tf.vectorized_map(lambda rows: rows[0] * tf.tanh(rows[1]), (x, y))
