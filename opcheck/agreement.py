"""Another mode beside reverse mode: the same weighed sums of all entries.

Both sides are computed and no difference of values is needed, so what parts them is rounding. A few
signed random directions show an entry that is off by a little more than the rounding of its row or
column: whoever is not at one with reverse mode is looked at entry by entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from opcheck.evaluation import Evaluation
from opcheck.jacobian.analytic import AnalyticJacobian
from opcheck.jacobian.modes import differentiate, pushed
from opcheck.jacobian.pullback import ROUNDINGS, Pullback, signed_weights, unit_of
from opcheck.jacobian.structure import Blocks
from opcheck.modes import COMPILED
from opcheck.transforms import gradient_of, uncalled

Array = NDArray[np.float64]

# Random directions in the outputs: one would do but for a chance of cancelling.
DIRECTIONS = 2

# A Jacobian from the left, by the number of each input.
Pull = Callable[[Array], Mapping[int, Array]]


def agrees(evaluation: Evaluation, blocks: Mapping[int, Blocks], mode: str, order: int = 1) -> bool:
    """Whether a derivative in another mode is that of reverse mode, but for rounding.

    A compiled function must have the same values too.

    Args:
        evaluation: the function as it is.
        blocks: the derivative of this order in reverse mode, by the number of each input.
    """
    last = gradient_of(evaluation, order - 1, is_differenced=False)
    try:
        if mode in ("forward", "forward_over_reverse"):
            generator = np.random.default_rng([evaluation.seed, 3])
            alone_and_together = [*([number] for number in blocks), [*blocks]]
            return all(_pushes_alike(last, n, blocks, generator) for n in alone_and_together)
        if mode not in COMPILED:
            jacobians = differentiate(evaluation, mode, order)
            return _pulls_alike(last, blocks, _by_matrices(jacobians))
        if evaluation.needs_seed or not evaluation.is_for_graphs:
            return False
        run = gradient_of(uncalled(evaluation, mode), order - 1, is_differenced=False)
        pullback = Pullback(run)
        shapes = [output.shape for output in last.outputs]
        is_same = pullback.shapes == shapes and last.is_same(pullback.value)
        return is_same and _pulls_alike(last, blocks, pullback)
    except Exception:  # Whatever the derivative raises is looked at closer.
        return False


def _pulls_alike(evaluation: Evaluation, blocks: Mapping[int, Blocks], pull: Pull) -> bool:
    """Whether cotangentᵀ J is the same."""
    generator = np.random.default_rng([evaluation.seed, 3])
    size = evaluation.value.size
    for _ in range(DIRECTIONS):
        cotangent = signed_weights(size, generator)
        found = pull(cotangent)
        for number, known in blocks.items():
            primal = evaluation.primals[number]
            meant, magnitude = known.pulled(cotangent, primal.size)
            gap = found[number] - meant
            basis = primal.directions()
            if basis is not None:
                gap, magnitude = basis @ gap, np.abs(basis) @ magnitude
            if not _is_rounding(evaluation, gap, magnitude):
                return False
    return True


def _pushes_alike(
    evaluation: Evaluation,
    numbers: Sequence[int],
    blocks: Mapping[int, Blocks],
    generator: np.random.Generator,
) -> bool:
    """Whether J tangent is the same along a direction of some inputs that these allow."""
    tangents = {}
    meant, magnitude = np.zeros(evaluation.value.size), np.zeros(evaluation.value.size)
    for number in numbers:
        primal = evaluation.primals[number]
        basis = primal.directions()
        weights = signed_weights(primal.size if basis is None else len(basis), generator)
        tangents[number] = weights if basis is None else weights @ basis
        terms, sizes = blocks[number].pushed(tangents[number], evaluation.value.size)
        meant, magnitude = meant + terms, magnitude + sizes
    return _is_rounding(evaluation, pushed(evaluation, tangents) - meant, magnitude)


def _is_rounding(evaluation: Evaluation, gap: Array, magnitude: Array) -> bool:
    return bool(np.all(np.abs(gap) <= ROUNDINGS * unit_of(evaluation) * magnitude))


def _by_matrices(jacobians: Mapping[int, AnalyticJacobian]) -> Pull:
    """Of whole Jacobians; what failed has NaN for entries, which agree with nothing."""
    return lambda cotangent: {n: cotangent @ found.matrix for n, found in jacobians.items()}
