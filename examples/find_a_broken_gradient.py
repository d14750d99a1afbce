"""A custom gradient that lost a factor, found before training.

Run it with `python examples/find_a_broken_gradient.py`.
"""

import numpy as np
import tensorflow as tf
from keras.losses import mean_squared_error

import opcheck
from opcheck import gradient_checker


@tf.custom_gradient
def softsign(x):
    size = 1.0 + tf.abs(x)
    return x / size, lambda dy: dy / size  # the derivative is 1 / size², not 1 / size


class Gate(tf.keras.layers.Layer):
    """x → softsign(x · weight)"""

    def build(self, shape):
        self.weight = self.add_weight(name="weight", shape=shape[-1:], initializer="ones")

    def call(self, x):
        return softsign(x * self.weight)


tf.keras.utils.set_random_seed(1)
x = np.random.uniform(-1.0, 1.0, (20, 3)).astype("float32")
y = x.sum(axis=1, keepdims=True)

# The loss falls all the same with such a gradient: watching it tells nothing.
model = tf.keras.Sequential([tf.keras.layers.Input((3,)), Gate(), tf.keras.layers.Dense(1)])
for v in model.trainable_variables:
    numerical = gradient_checker.compute_numerical_gradient(
        model, mean_squared_error, [x], [y], variables=[v]
    )
    analytical = gradient_checker.compute_analytical_gradient(
        model, mean_squared_error, [x], [y], variables=[v]
    )
    error = gradient_checker.compute_gradient_error(numerical, analytical)
    print(f"{v.path:<15} relative error {error:.1e}  {'wrong' if error > 1e-3 else 'right'}")

# Which function it is, where, and by how much.
print()
print(opcheck.check(softsign, [np.array([0.5, -1.0, 2.0])]).explain())
