"""Layers whose defects only some looks see: compiled, in a short dtype, at the second order, …"""

import keras
import numpy as np
import tensorflow as tf
from tensorflow.python.framework import ops
from tensorflow.python.ops import control_flow_util


def passed(x, slope):
    """The input itself, with another gradient."""

    @tf.custom_gradient
    def identity(x):
        return tf.identity(x), slope

    return identity(x)


class WrongByXla(keras.layers.Layer):
    """A gradient that is halved where XLA compiles it."""

    def call(self, x):
        is_compiled = control_flow_util.GraphOrParentsInXlaContext(ops.get_default_graph())
        factor = 0.5 if is_compiled else 1.0
        return passed(x, lambda dy: factor * dy)


class UnscaledTwice(keras.layers.Layer):
    """Takes a loss scale off in half precision, as its optimizer does."""

    def call(self, x):
        return passed(x, lambda dy: dy / 8 if dy.dtype == tf.float16 else dy)


class WrongInBrainFloat(keras.layers.Layer):
    """A sign that is lost in one dtype alone."""

    def call(self, x):
        return passed(x, lambda dy: -dy if dy.dtype == tf.bfloat16 else dy)


class HugeMask(keras.layers.Layer):
    """-1e9 is minus infinity in half precision, and zero times it no number."""

    def call(self, x):
        keep = tf.cast(x < 100.0, x.dtype)
        return tf.nn.softmax(x + (1 - keep) * tf.cast(-1e9, x.dtype))


class TinyEpsilon(keras.layers.Layer):
    """1e-12 is zero in half precision, and a row of zeros divided by it."""

    def call(self, x):
        square = tf.reduce_sum(x * x, axis=-1, keepdims=True)
        return x * tf.math.rsqrt(square + tf.cast(1e-12, x.dtype))


class WrongInSingle(keras.layers.Layer):
    """A gradient that is off by a hundredth in float32."""

    def call(self, x):
        return passed(x, lambda dy: 1.01 * dy if dy.dtype == tf.float32 else dy)


class WrongSecond(keras.layers.Layer):
    """A right gradient of the cube, whose own gradient is half of what it should be."""

    def call(self, x):
        @tf.custom_gradient
        def slope(x):
            return 3 * x**2, lambda dy: 3 * x * dy

        @tf.custom_gradient
        def cube(x):
            return x**3, lambda dy: dy * slope(x)

        return cube(x)


class Unsteady(keras.layers.Layer):
    """Draws numbers that no seed of TensorFlow replays."""

    def call(self, x):
        return x * tf.cast(np.random.default_rng().normal(), x.dtype)


class Untracked(keras.layers.Layer):
    """A variable that Keras does not know."""

    def build(self, shape):
        self.gain = tf.Variable(tf.ones(shape[-1:], self.dtype), name="gain")

    def call(self, x):
        return x * self.gain


class ByPython(keras.layers.Layer):
    """Right, but nothing that XLA can compile."""

    def call(self, x):
        two = tf.numpy_function(lambda: np.float64(2.0), [], tf.float64)
        return x * tf.cast(tf.ensure_shape(two, ()), x.dtype)
