"""Ten layers with planted defects of different kinds, which the audit must name."""

import keras
import tensorflow as tf


@tf.custom_gradient
def lost_factor(x):
    """The derivative of the square is 2 x."""
    return x * x, lambda dy: dy * x


class Transposed(keras.layers.Layer):
    """The kernel's gradient is turned."""

    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(shape[-1], shape[-1]))

    def call(self, x):
        @tf.custom_gradient
        def multiplied(x, kernel):
            def backward(dy):
                return (
                    tf.matmul(dy, kernel, transpose_b=True),
                    tf.matmul(dy, x, transpose_a=True),
                )

            return tf.matmul(x, kernel), backward

        return multiplied(x, tf.identity(self.kernel))


class Stopped(keras.layers.Layer):
    """A weight that never trains."""

    def build(self, shape):
        self.gain = self.add_weight(name="gain", shape=shape[-1:], initializer="ones")

    def call(self, x):
        return x * tf.stop_gradient(self.gain)


class ThroughNumpy(keras.layers.Layer):
    """A weight that takes a way around the tape."""

    def build(self, shape):
        self.gain = self.add_weight(name="gain", shape=shape[-1:], initializer="ones")

    def call(self, x):
        gain = tf.numpy_function(lambda g: 2 * g, [self.gain.value], self.gain.dtype)
        return x * tf.ensure_shape(gain, self.gain.shape)


class LogarithmTrap(keras.layers.Layer):
    """`where` hides the logarithm's value at zero, and not its slope."""

    def call(self, x):
        return tf.where(x > 0.1, tf.math.log(x), x)


class LengthTrap(keras.layers.Layer):
    """The length of a vector has no slope of its own at zero."""

    def call(self, x):
        return tf.exp(-tf.norm(x, axis=-1, keepdims=True))


class CutByMask(keras.layers.Layer):
    """A mask stops the gradient of all that it leaves."""

    def call(self, x, mask=None):
        if mask is None:
            return tf.reduce_sum(x, axis=1)
        shares = tf.cast(mask, x.dtype)[..., tf.newaxis]
        return tf.reduce_sum(tf.stop_gradient(x) * shares, axis=1)


class WrongInTraining(keras.layers.Layer):
    """The sign of the gradient is lost in training alone."""

    def call(self, x, training=False):
        @tf.custom_gradient
        def scaled(x):
            return 3.0 * x, lambda dy: -3.0 * dy

        return scaled(x) if training else 3.0 * x


class WrongInGraph(keras.layers.Layer):
    """A gradient that is right as long as nobody compiles it."""

    def call(self, x):
        factor = 1.0 if tf.executing_eagerly() else 0.5

        @tf.custom_gradient
        def cubed(x):
            return x**3, lambda dy: factor * dy * 3.0 * x**2

        return cubed(x)


class Drifting(keras.layers.Layer):
    """Moves its centre at every call, in inference too."""

    def build(self, shape):
        self.centre = self.add_weight(
            name="centre", shape=shape[-1:], initializer="zeros", trainable=False
        )

    def call(self, x):
        self.centre.assign(0.9 * self.centre + 0.1 * tf.reduce_mean(x, axis=0))
        return x - self.centre
