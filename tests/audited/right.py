"""Ten right layers of different kinds."""

import keras
import tensorflow as tf

import opcheck


class Affine(keras.layers.Layer):
    """Weights of its own."""

    def __init__(self, units: int, **options):
        super().__init__(**options)
        self.units = units

    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(shape[-1], self.units))
        self.bias = self.add_weight(name="bias", shape=(self.units,), initializer="zeros")

    def call(self, x):
        return tf.matmul(x, self.kernel) + self.bias


class Block(keras.layers.Layer):
    """Layers inside of a layer, other ones in training."""

    def __init__(self, units=3, rate=0.5, **options):
        super().__init__(**options)
        self.dense = keras.layers.Dense(units, activation="gelu")
        self.norm = keras.layers.BatchNormalization()
        self.dropout = keras.layers.Dropout(rate, seed=1)

    def call(self, x, training=False):
        return self.dropout(self.norm(self.dense(x), training=training), training=training)


class Image(keras.layers.Layer):
    """Takes images alone."""

    def __init__(self, filters: int, **options):
        super().__init__(**options)
        self.convolution = keras.layers.Conv2D(filters, 2)

    def call(self, x):
        return tf.reduce_mean(tf.nn.softplus(self.convolution(x)), axis=[1, 2])


class Attend(keras.layers.Layer):
    """Takes two inputs."""

    def __init__(self, key_dim: int, **options):
        super().__init__(**options)
        self.query = keras.layers.Dense(key_dim)

    def call(self, x, memory):
        scores = tf.matmul(self.query(x), memory, transpose_b=True)
        return tf.matmul(tf.nn.softmax(scores), memory)


class Lookup(keras.layers.Layer):
    """Takes integers."""

    def __init__(self, vocabulary_size=5, width=2, **options):
        super().__init__(**options)
        self.size = (vocabulary_size, width)

    def build(self, shape):
        self.table = self.add_weight(name="table", shape=self.size)

    def call(self, places):
        return tf.gather(self.table, places)


class MaskedMean(keras.layers.Layer):
    """Takes a mask."""

    def call(self, x, mask=None):
        if mask is None:
            return tf.reduce_mean(x, axis=1)
        shares = tf.cast(mask, x.dtype)[..., tf.newaxis]
        return tf.reduce_sum(x * shares, axis=1) / tf.reduce_sum(shares, axis=1)


class SafeNorm(keras.layers.Layer):
    """Divides by a length that may be zero."""

    def call(self, x):
        square = tf.reduce_sum(x * x, axis=-1, keepdims=True)
        safe = tf.where(square > 0, square, 1.0)
        return x / (1.0 + tf.where(square > 0, tf.sqrt(safe), 0.0) * tf.sqrt(safe))


@tf.custom_gradient
def soft_step(x):
    """A right gradient of its own."""
    y = tf.sigmoid(x)
    return y, lambda dy: dy * y * (1 - y)


class Noise(keras.layers.Layer):
    """Draws random numbers."""

    def call(self, x, training=False):
        return x * tf.random.normal(tf.shape(x), 1.0, 0.1, x.dtype) if training else x


@opcheck.recipe((2, 3, 4), sizes={"inner": 3, "outer": 2})
class Sized(keras.layers.Layer):
    """Cannot be built without a word from its author."""

    def __init__(self, sizes, **options):
        super().__init__(**options)
        self.inner = keras.layers.Dense(sizes["inner"], activation="tanh")
        self.outer = keras.layers.Dense(sizes["outer"])

    def call(self, x):
        return self.outer(self.inner(x)) + tf.reduce_sum(x, axis=-1, keepdims=True)
