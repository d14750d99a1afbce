"""Names of `tf.math`, `tf.nn` and `tf.signal` that take more than tensors of floats."""

from __future__ import annotations

from typing import Any

from opcheck.backend import tf
from opcheck.compositions.graphs import compiled

# Two rows of indices into the rows of a table, the first with one that comes twice.
_PLACES = [[0, 0], [0, 1], [1, 0], [1, 1]]


class _Cell:
    """A recurrent cell of two units without weights."""

    state_size = output_size = 2

    def get_initial_state(
        self, inputs: Any = None, batch_size: Any = None, dtype: Any = None
    ) -> Any:
        return tf.zeros([batch_size, 2], dtype)

    def build(self, input_shape: Any) -> None:
        pass

    def call(self, inputs: Any, state: Any) -> Any:
        following = tf.tanh(inputs - 0.5 * state)
        return following * inputs, following

    __call__ = call


def cell_on_device(x: Any, state: Any) -> Any:
    """`tf.nn.RNNCellDeviceWrapper` around a cell."""
    return tf.nn.RNNCellDeviceWrapper(_Cell(), "/cpu:0", dtype=x.dtype)(x, state)


def cell_with_dropout(
    x: Any, state: Any, input_keep: Any, output_keep: Any, state_keep: Any, is_variational: Any
) -> Any:
    """`tf.nn.RNNCellDropoutWrapper` around a cell, with the same noise at each call."""
    tf.random.set_seed(1)
    wrapped = tf.nn.RNNCellDropoutWrapper(
        _Cell(),
        input_keep_prob=input_keep,
        output_keep_prob=output_keep,
        state_keep_prob=state_keep,
        variational_recurrent=is_variational,
        input_size=tf.TensorShape([2]),
        dtype=x.dtype,
        seed=1,
    )
    return wrapped(x, state)


def cell_with_residual(x: Any, state: Any, is_scaled: Any) -> Any:
    """`tf.nn.RNNCellResidualWrapper` around a cell, with its sum or another one."""
    residual = (lambda inputs, outputs: 2.0 * inputs - outputs) if is_scaled else None
    return tf.nn.RNNCellResidualWrapper(_Cell(), residual, dtype=x.dtype)(x, state)


def ctc_loss_of_sparse(logits: Any, logits_time_major: Any, blank_index: Any) -> Any:
    """`tf.nn.ctc_loss` of sparse labels, which another op computes than that of dense ones."""
    labels = tf.SparseTensor([[0, 0], [0, 1], [1, 0]], tf.constant([1, 2, 1]), [2, 2])
    return tf.nn.ctc_loss(
        labels, logits, None, [3, 2], logits_time_major=logits_time_major, blank_index=blank_index
    )


def dequantized(min_range: Any, max_range: Any, mode: Any, axis: Any) -> Any:
    """`tf.quantization.dequantize` of the levels of an eight-bit range."""
    levels = tf.bitcast(tf.constant([[0, 100, 255], [7, 128, 64]], tf.uint8), tf.quint8)
    return tf.quantization.dequantize(levels, min_range, max_range, mode, axis=axis)


def dropout_of_sampler(x: Any, rate: Any, noise_shape: Any) -> Any:
    """`tf.nn.experimental.general_dropout` with noise that stays."""

    def sampler(shape: Any, dtype: Any) -> Any:
        return tf.random.stateless_uniform(shape, [1, 2], dtype=dtype)

    return tf.nn.experimental.general_dropout(x, rate, sampler, noise_shape)


def embedding_of_sparse(
    params: Any, weights: Any, combiner: Any, max_norm: Any, allow_fast_lookup: Any
) -> Any:
    """`tf.nn.embedding_lookup_sparse`: sums of weighted rows of a table."""
    ids = tf.SparseTensor(_PLACES, tf.constant([1, 0, 2, 1], tf.int64), [2, 2])
    if weights is not None:
        weights = tf.SparseTensor(_PLACES, weights, [2, 2])
    return tf.nn.embedding_lookup_sparse(
        params, ids, weights, combiner, max_norm, allow_fast_lookup=allow_fast_lookup
    )


def embedding_of_sparse_safely(
    params: Any, weights: Any, combiner: Any, default_id: Any, max_norm: Any
) -> Any:
    """`tf.nn.safe_embedding_lookup_sparse`: an index of -1 is dropped, a row may be empty."""
    ids = tf.SparseTensor(_PLACES, tf.constant([1, 0, -1, 1], tf.int64), [3, 2])
    if weights is not None:
        weights = tf.SparseTensor(_PLACES, weights, [3, 2])
    return tf.nn.safe_embedding_lookup_sparse(params, ids, weights, combiner, default_id, max_norm)


def kaiser_window(beta: Any, length: Any, is_derived: Any) -> Any:
    """`tf.signal.kaiser_window`, or the Kaiser-Bessel-derived one, as a function of its shape."""
    if is_derived:
        return tf.signal.kaiser_bessel_derived_window(length, beta, beta.dtype)
    return tf.signal.kaiser_window(length, beta, beta.dtype)


@compiled
def least_compiled(x: Any, count: Any, axis: Any) -> Any:
    """`tf.math.approx_min_k`, which on a CPU is compiled or not run at all."""
    return tf.math.approx_min_k(x, count, axis)[0]


def mel_weights(sample_rate: Any, lower_edge: Any, upper_edge: Any) -> Any:
    """`tf.signal.linear_to_mel_weight_matrix` as a function of its frequencies."""
    return tf.signal.linear_to_mel_weight_matrix(
        3, 5, sample_rate, lower_edge, upper_edge, dtype=sample_rate.dtype
    )


def quantized_range(x: Any, min_range: Any, max_range: Any, mode: Any) -> Any:
    """`tf.quantization.quantize`: its levels are whole numbers, its range is not."""
    levels, low, high = tf.quantization.quantize(
        x, min_range, max_range, tf.quint8, mode, ensure_minimum_range=0.01
    )
    return tf.cast(levels, tf.int32), low, high


def quantized_concat_of_ranges(input_mins: Any, input_maxes: Any) -> Any:
    """`tf.quantization.quantized_concat`: levels of two ranges brought to the wider of them."""
    levels = tf.bitcast(tf.constant([[0, 100, 255]], tf.uint8), tf.quint8)
    joined, low, high = tf.quantization.quantized_concat(
        concat_dim=0, values=[levels, levels], input_mins=input_mins, input_maxes=input_maxes
    )
    return tf.cast(joined, tf.int32), low, high


def spaced_convolution(x: Any, filters: Any, padding: Any) -> Any:
    """`tf.nn.with_space_to_batch` around a convolution."""

    def convolution(spaced: Any, counts: Any, inner_padding: Any) -> Any:
        return tf.nn.conv2d(spaced, filters, 1, inner_padding)

    return tf.nn.with_space_to_batch(x, [2, 1], padding, convolution, filter_shape=[2, 2])
