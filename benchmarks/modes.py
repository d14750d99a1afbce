"""Gradients that are wrong in one mode alone: how many `opcheck.check` catches, and false alarms.

Each of twenty functions gets a gradient that is right in reverse mode in double precision and off
by a tenth somewhere else: in forward mode, in the vectorised Jacobian, in a graph, in one that does
not know its shapes, in half precision, or in the derivative of the gradient. It must pass where it
is right and not where it is wrong, at one seed. The functions themselves must pass everywhere, at
all seeds, where every point is drawn anew. The exit code is 1 otherwise.

    python benchmarks/modes.py [--seeds N]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

import opcheck
from opcheck.backend import tf

FACTOR = 1.1
SHAPE = (2, 3)

# The functions whose graphs TensorFlow makes to vectorise a Jacobian, and of an op in forward mode.
# The latter it keeps for each shape, so what is wrong gets a shape of its own.
VECTORISED = "f"
FORWARD = "_jvp_exact_shapes"
SHAPE_OF_FORWARD = (3, 2)

Function = Callable[[Any], Any]

# Smooth between a half and three halves; their sums have slopes, or no second order could be off.
FUNCTIONS: dict[str, Function] = {
    "exp": tf.exp,
    "log": tf.math.log,
    "sqrt": tf.sqrt,
    "sin": tf.sin,
    "tanh": tf.tanh,
    "sigmoid": tf.sigmoid,
    "softplus": tf.nn.softplus,
    "erf": tf.math.erf,
    "atan": tf.atan,
    "square": tf.square,
    "reciprocal": tf.math.reciprocal,
    "pow": lambda x: x**3,
    "selu": tf.nn.selu,
    "softmax": lambda x: tf.nn.softmax(x) ** 2,
    "log_softmax": tf.nn.log_softmax,
    "l2_normalize": lambda x: tf.nn.l2_normalize(x, -1),
    "reduce_prod": tf.reduce_prod,
    "logsumexp": tf.reduce_logsumexp,
    "matmul": lambda x: tf.matmul(x, x, transpose_b=True),
    "cumprod": tf.math.cumprod,
}


# The op in each whose gradient is off in forward mode.
OPS = {
    "exp": "Exp",
    "log": "Log",
    "sqrt": "Sqrt",
    "sin": "Sin",
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "softplus": "Softplus",
    "erf": "Erf",
    "atan": "Atan",
    "square": "Square",
    "reciprocal": "Reciprocal",
    "pow": "Pow",
    "selu": "Selu",
    "softmax": "Softmax",
    "log_softmax": "LogSoftmax",
    "l2_normalize": "Rsqrt",
    "reduce_prod": "Prod",
    "logsumexp": "Sum",
    "matmul": "MatMul",
    "cumprod": "Cumprod",
}


def slope(function: Function, x: Any, dy: Any) -> Any:
    """The gradient that TensorFlow has."""
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = function(x)
    return tape.gradient(y, x, output_gradients=dy)


@tf.custom_gradient
def one(x: Any) -> Any:
    """Ones, which have no slope but by this gradient."""
    return tf.ones_like(x), lambda dy: (FACTOR - 1) * dy


def is_in_graph_of(name: str) -> bool:
    """Whether the graph of a function of that name is being made."""
    return not tf.executing_eagerly() and tf.compat.v1.get_default_graph().name == name


def off_where(is_off: Callable[[Any], bool]) -> Callable[[Function, Any, Any], Any]:
    def gradient(function: Function, x: Any, dy: Any) -> Any:
        return slope(function, x, dy) * (FACTOR if is_off(x) else 1.0)

    return gradient


def off_in_second_order(function: Function, x: Any, dy: Any) -> Any:
    return slope(function, x, dy) * one(x)


@contextmanager
def off_in_forward(op: str) -> Iterator[None]:
    """An op's gradient function is off where forward mode transposes it."""
    from tensorflow.python.framework import ops

    entry = ops.gradient_registry._registry[op]
    right = entry["type"]

    def gradient(*given: Any) -> Any:
        found = right(*given)
        if not is_in_graph_of(FORWARD):
            return found
        if isinstance(found, (list, tuple)):
            return [None if part is None else FACTOR * part for part in found]
        return FACTOR * found

    entry["type"] = gradient
    try:
        yield
    finally:
        entry["type"] = right


# How the gradient is off, and what is asked of a check that must see it.
FAULTS: dict[str, tuple[Callable[[Function, Any, Any], Any], dict[str, Any], str]] = {
    "pfor": (off_where(lambda x: is_in_graph_of(VECTORISED)), {"mode": "pfor"}, "float64"),
    "graph": (off_where(lambda x: not tf.executing_eagerly()), {"mode": "graph"}, "float64"),
    "unknown shapes": (
        off_where(lambda x: not x.shape.is_fully_defined()),
        {"mode": "graph_dynamic"},
        "float64",
    ),
    "float16": (off_where(lambda x: x.dtype == tf.float16), {}, "float16"),
    "second order": (off_in_second_order, {"order": 2}, "float64"),
    "forward over reverse": (off_in_second_order, {"mode": "forward_over_reverse"}, "float64"),
}


def planted(function: Function, gradient: Callable[[Function, Any, Any], Any]) -> Function:
    @tf.custom_gradient
    def call(x: Any) -> Any:
        return function(x), lambda dy: gradient(function, x, dy)

    return call


def point(seed: int, dtype: str = "float64", shape: tuple[int, ...] = SHAPE) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.5, 1.5, shape).astype(dtype)


def damaged(fault: str, name: str) -> tuple[bool, bool]:
    """Whether the fault is caught, and whether reverse mode passes."""
    function = FUNCTIONS[name]
    if fault == "forward":
        x = [point(0, shape=SHAPE_OF_FORWARD)]
        with off_in_forward(OPS[name]):
            found = opcheck.check(function, x, mode="forward")
            return not found.passed, opcheck.check(function, x).passed
    gradient, asked, dtype = FAULTS[fault]
    wrong = planted(function, gradient)
    found = opcheck.check(wrong, [point(0, dtype)], **asked)
    return not found.passed, opcheck.check(wrong, [point(0)]).passed


def alarms(fault: str, name: str, seeds: int) -> int:
    """How many right ones do not pass."""
    asked, dtype = ({"mode": "forward"}, "float64") if fault == "forward" else FAULTS[fault][1:]
    count = 0
    for seed in range(seeds):
        report = opcheck.check(FUNCTIONS[name], [point(seed, dtype)], seed=seed, **asked)
        if not report.passed:
            print(f"false alarm: {name}, {fault}, seed {seed}: {report.outcome}", flush=True)
        count += not report.passed
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10, help="of right ones (default: 10)")
    options = parser.parse_args()
    print("| wrong in | caught | right in reverse | false alarms |\n|---|---|---|---|")
    count, is_good = len(FUNCTIONS), True
    for fault in ("forward", *FAULTS):
        false = sum(alarms(fault, name, options.seeds) for name in FUNCTIONS)
        found = {name: damaged(fault, name) for name in FUNCTIONS}
        caught, right = (sum(pair[place] for pair in found.values()) for place in range(2))
        print(
            f"| {fault} | {caught} of {count} | {right} of {count} "
            f"| {false} of {count * options.seeds} |",
            flush=True,
        )
        for name, pair in found.items():
            if not all(pair):
                print(f"{name}, {fault}: {'right in reverse' if pair[1] else 'wrong in reverse'}")
        is_good &= caught == right == count and not false
    raise SystemExit(0 if is_good else 1)


if __name__ == "__main__":
    main()
