"""Linear regression, with its gradient checked before training.

The script is the one that tutorials show, but for two names: the module comes from opcheck, and on
Keras 3 `mean_squared_error` lives in `keras.losses`. Run it with
`python examples/check_a_model.py`; where matplotlib is installed, a plot is saved as
check_a_model.png.
"""

import numpy as np
import tensorflow as tf
from keras.losses import mean_squared_error

from opcheck import gradient_checker

# Data: y = 2 x + 1 and a little noise.
tf.keras.utils.set_random_seed(1)
x = np.random.uniform(-1.0, 1.0, (100, 1)).astype("float32")
y = (2.0 * x + 1.0 + np.random.normal(0.0, 0.1, (100, 1))).astype("float32")

# The model, the loss and the optimizer.
model = tf.keras.Sequential([tf.keras.layers.Input((1,)), tf.keras.layers.Dense(1)])
loss_function = mean_squared_error
optimizer = tf.keras.optimizers.SGD(learning_rate=0.001)

# The gradient, checked before training.
numericals, analyticals = [], []
for v in model.trainable_variables:
    numerical = gradient_checker.compute_numerical_gradient(
        model, loss_function, [x], [y], variables=[v]
    )
    analytical = gradient_checker.compute_analytical_gradient(
        model, loss_function, [x], [y], variables=[v]
    )
    error = gradient_checker.compute_gradient_error(numerical, analytical)
    print(f"{v.path}: relative error {error:.1e}")
    assert error < 1e-3, f"the gradient of {v.path} is wrong"
    numericals += numerical
    analyticals += analytical

# Training.
for step in range(201):
    with tf.GradientTape() as tape:
        loss = loss_function(y, model(x))
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    if step % 50 == 0:
        print(f"step {step}: loss {float(tf.reduce_mean(loss)):.4f}")

# Numeric against analytic: right gradients lie on the diagonal.
try:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
except ImportError:
    print("matplotlib is not installed, so there is no plot (pip install matplotlib)")
else:
    figure, axes = plt.subplots()
    for v, numerical, analytical in zip(model.trainable_variables, numericals, analyticals):
        axes.plot(numerical.ravel(), analytical.ravel(), "o", label=v.path)
    axes.axline((0, 0), slope=1, color="grey", linewidth=1)
    axes.set(xlabel="numeric gradient", ylabel="analytic gradient")
    axes.legend()
    figure.savefig("check_a_model.png")
    print("the plot is in check_a_model.png")
