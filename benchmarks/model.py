"""What the check of a whole model costs, beside a training step's forward and backward pass.

Keras models of 10^7 parameters, each with its loss on a batch: `opcheck.audit(model, [x, y],
loss=loss)`, which judges the gradient by every variable, and one forward and backward pass, run
eagerly and as a `tf.function`, in turn in one process, medians. Then the same models with one
weight matrix whose gradient is too large by a tenth, which the audit must name. The exit code is 1
when a right model fails, a check costs more than 15 passes, or the wrong matrix is not named.

    python benchmarks/model.py [MODEL...] [--rounds N]
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from beside_tensorflow import seconds

import opcheck
from opcheck.backend import tf

MOST = 15.0
FACTOR = 1.1
CLASSES = 10

LOSS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

Layer = Callable[..., Any]


@tf.custom_gradient
def too_large(kernel: Any) -> Any:
    """The kernel itself, with a gradient that is off."""
    return tf.identity(kernel), lambda slope: FACTOR * slope


class _Damaged:
    """A layer whose kernel has a wrong gradient."""

    @property
    def kernel(self) -> Any:
        return too_large(tf.convert_to_tensor(super().kernel))


class DamagedDense(_Damaged, keras.layers.Dense):
    pass


class DamagedConvolution(_Damaged, keras.layers.Conv2D):
    pass


def dense_layers(is_damaged: bool) -> Any:
    """Three large matrices with rectifiers."""
    one = DamagedDense if is_damaged else keras.layers.Dense
    return keras.Sequential(
        [
            keras.Input((784,)),
            keras.layers.Dense(2048, activation="relu"),
            one(2048, activation="relu", name="chosen"),
            keras.layers.Dense(2048, activation="relu"),
            keras.layers.Dense(CLASSES),
        ]
    )


def residual_network(is_damaged: bool) -> Any:
    """Convolutions, batch normalisation and rectifiers: kinks wherever one looks."""
    one = DamagedConvolution if is_damaged else keras.layers.Conv2D

    def convolved(x: Any, width: int, stride: int = 1, size: int = 3, layer: Layer | None = None):
        layer = layer or keras.layers.Conv2D
        name = "chosen" if size == 3 and width == 256 and stride == 1 else None
        x = layer(width, size, stride, "same", use_bias=False, name=name)(x)
        return keras.layers.BatchNormalization()(x)

    x = inputs = keras.Input((32, 32, 3))
    x = keras.layers.ReLU()(convolved(x, 64))
    for width in (64, 128, 256, 512):
        stride = 1 if width == 64 else 2
        short = convolved(x, width, stride, 1)
        inner = keras.layers.ReLU()(convolved(x, width, stride))
        inner = convolved(inner, width, layer=one if width == 256 else None)
        x = keras.layers.ReLU()(short + inner)
    for _ in range(1):
        inner = keras.layers.ReLU()(convolved(x, 512))
        x = keras.layers.ReLU()(x + convolved(inner, 512))
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, keras.layers.Dense(CLASSES)(x))


def transformer(is_damaged: bool) -> Any:
    """Attention, layer normalisation, dropout and an embedding, of which few rows are used."""
    one = DamagedDense if is_damaged else keras.layers.Dense
    width = 256
    inputs = keras.Input((32,), dtype="int32")
    x = keras.layers.Embedding(8000, width)(inputs)
    for place in range(10):
        attention = keras.layers.MultiHeadAttention(8, width // 8)
        normal = keras.layers.LayerNormalization()(x)
        x = x + keras.layers.Dropout(0.1)(attention(normal, normal, use_causal_mask=True))
        name = "chosen" if place == 5 else None
        layer = one if place == 5 else keras.layers.Dense
        inner = keras.layers.LayerNormalization()(x)
        inner = layer(4 * width, activation="gelu", name=name)(inner)
        x = x + keras.layers.Dropout(0.1)(keras.layers.Dense(width)(inner))
    x = keras.layers.GlobalAveragePooling1D()(x)
    return keras.Model(inputs, keras.layers.Dense(CLASSES)(x))


MODELS: dict[str, tuple[Callable[[bool], Any], int]] = {
    "dense layers, batch of 8": (dense_layers, 8),
    "dense layers, batch of 64": (dense_layers, 64),
    "residual network, batch of 8": (residual_network, 8),
    "transformer, batch of 8": (transformer, 8),
}


def batch(model: Any, size: int) -> tuple[Any, Any]:
    generator = np.random.default_rng(0)
    shape = (size, *model.input_shape[1:])
    y = generator.integers(0, CLASSES, size)
    if model.inputs[0].dtype == "int32":
        return tf.constant(generator.integers(0, 8000, shape), tf.int32), tf.constant(y)
    return tf.constant(generator.normal(size=shape), tf.float32), tf.constant(y)


def passes(model: Any, x: Any, y: Any) -> Callable[[], Any]:
    """One forward and backward pass, as a training step takes it."""

    def step() -> Any:
        with tf.GradientTape() as tape:
            loss = LOSS(y, model(x, training=True))
        return loss, tape.gradient(loss, model.trainable_variables)

    return step


def one_model(name: str, rounds: int) -> bool:
    """Print the row of one model; whether all of it is as it should be."""
    make, size = MODELS[name]
    keras.utils.set_random_seed(0)
    model, damaged = make(False), make(True)
    x, y = batch(model, size)
    step = passes(model, x, y)
    compiled = tf.function(step)
    check = lambda: opcheck.audit(model, [x, y], loss=LOSS)  # noqa: E731
    report = check()
    step(), compiled()
    eager, graph, ours = [], [], []
    for _ in range(rounds):
        eager += [seconds(step) for _ in range(3)]
        graph += [seconds(compiled) for _ in range(3)]
        ours.append(seconds(check))
    times = [statistics.median(each) for each in (eager, graph, ours)]
    found: list[Any] = []
    wrong = seconds(lambda: found.append(opcheck.audit(damaged, [x, y], loss=LOSS)))
    bad = [p.input for p in found[0].checks[0].report.parts if not p.outcome.is_good]
    is_named = len(bad) == 1 and "chosen/kernel" in bad[0]
    count = sum(int(np.prod(variable.shape)) for variable in model.trainable_variables)
    evaluations = report.checks[0].report.evaluations
    print(
        f"| {name} | {count:,} | {len(model.trainable_variables)} | {1e3 * times[0]:.0f} "
        f"| {1e3 * times[1]:.0f} | {1e3 * times[2]:.0f} | {evaluations} "
        f"| {times[2] / times[0]:.1f} | {times[2] / times[1]:.1f} "
        f"| {'named' if is_named else bad} in {wrong / times[0]:.1f} |",
        flush=True,
    )
    if not report.passed:
        print(report.explain())
    return report.passed and times[2] <= MOST * times[0] and is_named


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", help=", ".join(MODELS))
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    print(
        "| model | parameters | variables | pass, ms | as a graph, ms | check, ms | evaluations "
        "| check / pass | check / graph | planted error |\n" + "|---" * 10 + "|"
    )
    chosen = [name for name in MODELS if not given.models or any(m in name for m in given.models)]
    good = [one_model(name, given.rounds) for name in chosen]
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
