"""Vectors of length one, by TensorFlow's own ops under a gradient that is written by hand."""

import tensorflow as tf


@tf.custom_gradient
def unit(x):
    length = tf.norm(x, axis=-1, keepdims=True)
    y = x / length

    def gradient(dy):
        along = tf.reduce_sum(dy * y, axis=-1, keepdims=True)
        return (dy - along * y) / length

    return y, gradient


@tf.custom_gradient
def unit_of_fixed_length(x):
    length = tf.norm(x, axis=-1, keepdims=True)
    # The length depends on x too, and this takes it for a constant.
    return x / length, lambda dy: dy / length
