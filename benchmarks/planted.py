"""Single wrong entries planted in right Jacobians: how many are caught, down to a millionth.

One entry of a function's gradient is off by a share of itself, at many random places. At each
point the numeric Jacobian is taken once, and once more at every scale for the columns with a
planted entry, as a whole check would: an entry is caught if it is wrong beside both. A share of
the placements runs the whole `opcheck.check` on a `tf.custom_gradient`. The same points without
anything planted must pass. The exit code is 1 if anything is missed or a right gradient alarms.

    python benchmarks/planted.py [--places N] [--points N]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import opcheck
from opcheck.backend import tf
from opcheck.comparison import compare
from opcheck.evaluation import Evaluation, evaluate
from opcheck.jacobian.analytic import AnalyticJacobian, analytic_jacobians
from opcheck.jacobian.numeric import NumericJacobian, numeric_jacobian
from opcheck.outcome import Outcome
from opcheck.precision import Precision

Array = np.ndarray
Function = Callable[[Any], Any]

SIZES = (1.0, 1e-2, 1e-4, 1e-6)
INPUTS = (10, 100, 1_000, 10_000)
OUTPUTS = 4

# Whole checks for each function and size of fault: large ones take seconds.
WHOLE = {10: 5, 100: 3, 1_000: 1, 10_000: 0}


def functions(inputs: int, generator: np.random.Generator) -> dict[str, tuple[Function, Array]]:
    """Functions of a few kinds with few outputs, and a point for each."""
    weights = generator.normal(size=(OUTPUTS, inputs))
    narrow = weights / np.sqrt(inputs)
    normal = generator.normal(size=inputs)
    return {
        "sums of sines": (lambda x: tf.linalg.matvec(weights, tf.sin(x)), normal),
        "tanh of matmul": (lambda x: tf.tanh(tf.linalg.matvec(narrow, x)), normal),
        "means by softmax": (lambda x: tf.linalg.matvec(weights, tf.nn.softmax(x)), normal),
        "sums of lgamma": (
            lambda x: tf.linalg.matvec(weights, tf.math.lgamma(x)),
            generator.uniform(0.2, 4, inputs),
        ),
    }


def is_caught(
    evaluation: Evaluation, right: AnalyticJacobian, numeric: NumericJacobian, damage: Array
) -> bool:
    """Whether any entry of the damaged Jacobian counts as bad."""
    damaged = AnalyticJacobian(right.matrix + damage, right.connections)
    found = compare(
        0,
        damaged,
        numeric,
        unit=Precision.of(np.float64).unit,
        row_links=[right.connections[0]] * evaluation.value.size,
        directions=None,
    )
    return found.outcome is Outcome.WRONG


def planted(function: Function, row: int, column: int, amount: float, inputs: int) -> Function:
    """The function with `amount` added to one entry of its gradient."""
    place = np.zeros((OUTPUTS, inputs))
    place[row, column] = amount

    @tf.custom_gradient
    def damaged(x: Any) -> Any:
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = function(x)

        def backward(cotangent: Any) -> Any:
            right = tape.gradient(y, x, output_gradients=cotangent)
            return right + tf.linalg.matvec(place, cotangent, transpose_a=True)

        return tf.identity(y), backward

    return damaged


def main() -> None:
    parser = argparse.ArgumentParser(description="The share of planted faults that is caught.")
    parser.add_argument("--places", type=int, default=20, help="placements a point (default: 20)")
    parser.add_argument("--points", type=int, default=2, help="points a function (default: 2)")
    options = parser.parse_args()
    sizes = " | ".join(f"{size:g}" for size in SIZES)
    print(f"| function | inputs | {sizes} | whole checks | false alarms | s |\n{'|---' * 9}|")
    missed = alarms = 0
    for inputs in INPUTS:
        for name in functions(1, np.random.default_rng(0)):
            started = time.perf_counter()
            caught = dict.fromkeys(SIZES, 0)
            whole = caught_whole = false = 0
            for seed in range(options.points):
                generator = np.random.default_rng([seed, inputs])
                function, point = functions(inputs, generator)[name]
                evaluation = evaluate(function, [point], seed=seed)
                right = analytic_jacobians(evaluation)[0]
                places = [
                    (int(generator.integers(OUTPUTS)), int(generator.integers(inputs)))
                    for _ in range(options.places)
                ]
                doubted = np.zeros(inputs, bool)
                doubted[[column for _, column in places]] = True
                first = numeric_jacobian(evaluation, 0)
                closer = numeric_jacobian(evaluation, 0, doubted=doubted)
                nothing = np.zeros_like(right.matrix)
                false += is_caught(evaluation, right, first, nothing)
                false += is_caught(evaluation, right, closer, nothing)
                for size in SIZES:
                    for k, (row, column) in enumerate(places):
                        damage = nothing.copy()
                        damage[row, column] = size * right.matrix[row, column]
                        caught[size] += all(
                            is_caught(evaluation, right, numeric, damage)
                            for numeric in (first, closer)
                        )
                        if seed == 0 and k < WHOLE[inputs]:
                            amount = float(damage[row, column])
                            wrong = planted(function, row, column, amount, inputs)
                            report = opcheck.check(wrong, [point], seed=seed)
                            whole += 1
                            caught_whole += report.outcome is Outcome.WRONG
                if WHOLE[inputs]:
                    false += opcheck.check(function, [point], seed=seed).outcome != Outcome.PASS
            total = options.points * options.places
            shares = " | ".join(f"{count / total:.1%}" for count in caught.values())
            print(
                f"| {name} | {inputs:,} | {shares} | {caught_whole} of {whole} | {false} "
                f"| {time.perf_counter() - started:.1f} |",
                flush=True,
            )
            missed += len(SIZES) * total - sum(caught.values()) + whole - caught_whole
            alarms += false
    print(f"\n{missed} missed, {alarms} false alarms")
    if missed or alarms:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
