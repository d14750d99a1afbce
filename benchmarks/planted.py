"""Single wrong entries planted in right Jacobians: how many are caught, down to a millionth.

One entry of a function's gradient is off by a share of itself, at many random places. At each
point the numeric Jacobian is taken once, and once more at every scale for the columns with a
planted entry, as a whole check does with what it doubts: an entry is caught if it is wrong beside
both. A share of the placements runs the whole `opcheck.check` on a `tf.custom_gradient`. The same
points without anything planted must pass. The exit code is 1 if anything is missed or a right
gradient alarms.

    python benchmarks/planted.py [--places N] [--points N]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import opcheck
from opcheck.backend import tf
from opcheck.comparison import compare
from opcheck.evaluation import evaluate
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


@dataclass(frozen=True)
class Pair:
    """The two Jacobians of a right function by some of its inputs."""

    right: AnalyticJacobian
    numeric: NumericJacobian
    natural: Array

    def disputed(self, row: int = 0, column: int = 0, amount: float = 0.0) -> Array:
        """The columns with anything outside the bounds, with `amount` added to one entry."""
        matrix = self.right.matrix.copy()
        matrix[row, column] += amount
        found = compare(
            replace(self.right, matrix=matrix),
            self.numeric,
            precision=Precision.of(np.float64),
            row_links=[self.right.connections[0]] * OUTPUTS,
            directions=None,
            natural=self.natural,
        )
        return np.flatnonzero(found.disputed)

    def closer(self, function: Function, point: Array, columns: Array) -> Pair:
        """The same for some of the columns alone, differenced at every scale."""
        return Pair(
            replace(self.right, matrix=self.right.matrix[:, columns]),
            of_columns(function, point, columns),
            self.natural[:, columns],
        )


def of_columns(function: Function, point: Array, columns: Array) -> NumericJacobian:
    """The numeric Jacobian by some of the inputs, at every scale."""
    places = columns[:, None]
    part = evaluate(
        lambda z: function(tf.tensor_scatter_nd_update(tf.constant(point), places, z)),
        [point[columns]],
    )
    return numeric_jacobian(part, 0, doubted=np.ones(columns.size, bool))


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


@dataclass
class Tally:
    """What came of the placements in one function."""

    caught: dict[float, int]
    placed: int = 0
    whole: int = 0
    caught_whole: int = 0
    alarms: int = 0

    @property
    def missed(self) -> int:
        one_by_one = len(self.caught) * self.placed - sum(self.caught.values())
        return one_by_one + self.whole - self.caught_whole


def tally_at(name: str, inputs: int, places: int, seed: int, tally: Tally) -> None:
    """Plant at one point of a function."""
    generator = np.random.default_rng([seed, inputs])
    function, point = functions(inputs, generator)[name]
    evaluation = evaluate(function, [point], seed=seed)
    right = analytic_jacobians(evaluation)[0]
    # A slope has the rounding of what is natural to it, its output over its input.
    natural = np.abs(evaluation.value)[:, None] / np.fmax(1.0, np.abs(point))
    whole = Pair(right, numeric_jacobian(evaluation, 0), natural)
    rows = generator.integers(OUTPUTS, size=places)
    columns = generator.integers(inputs, size=places)
    doubted, place_of = np.unique(columns, return_inverse=True)
    closer = whole.closer(function, point, doubted)
    tally.placed += places
    disputed = whole.disputed()
    if disputed.size:
        tally.alarms += whole.closer(function, point, disputed).disputed().size
    for size in SIZES:
        for k, (row, column) in enumerate(zip(rows, columns)):
            amount = float(size * right.matrix[row, column])
            tally.caught[size] += column in whole.disputed(row, column, amount) and place_of[
                k
            ] in closer.disputed(row, place_of[k], amount)
            if seed == 0 and k < WHOLE[inputs]:
                wrong = planted(function, int(row), int(column), amount, inputs)
                report = opcheck.check(wrong, [point], method="dense", seed=seed)
                tally.whole += 1
                tally.caught_whole += report.outcome is Outcome.WRONG
    if WHOLE[inputs]:
        tally.alarms += (
            opcheck.check(function, [point], method="dense", seed=seed).outcome is not Outcome.PASS
        )


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
            tally = Tally(dict.fromkeys(SIZES, 0))
            for seed in range(options.points):
                tally_at(name, inputs, options.places, seed, tally)
            shares = " | ".join(f"{n / tally.placed:.1%}" for n in tally.caught.values())
            print(
                f"| {name} | {inputs:,} | {shares} | {tally.caught_whole} of {tally.whole} "
                f"| {tally.alarms} | {time.perf_counter() - started:.1f} |",
                flush=True,
            )
            missed += tally.missed
            alarms += tally.alarms
    print(f"\n{missed} missed, {alarms} false alarms")
    if missed or alarms:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
