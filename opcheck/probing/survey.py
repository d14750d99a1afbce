"""An evaluation to its probes: the numbers that judge all entries of every input at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opcheck.errors import in_words
from opcheck.evaluation import Evaluation
from opcheck.jacobian.pullback import MisshapenError, Pullback
from opcheck.precision import Precision
from opcheck.probing.probe import (
    Probe,
    cotangent,
    lines_through,
    probes,
)
from opcheck.transforms import widened

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Survey:
    """What the probes of one evaluation say.

    Attributes:
        evaluation: the function whose gradient is judged.
        seen: the function that is differenced: the same, or the same in double precision.
        precision: of the analytic side.
        pullback: cotangentᵀ J; None where the derivative raised.
        probes: a few for each input, by its number; none where the derivative raised.
        error: what it raised, in words.
        misshapen: how the shape of a gradient differs, by the number of its input.
    """

    evaluation: Evaluation
    seen: Evaluation
    precision: Precision
    pullback: Pullback | None
    probes: dict[int, tuple[Probe, ...]]
    error: str = ""
    misshapen: dict[int, str] | None = None

    @classmethod
    def of(cls, evaluation: Evaluation, seen: Evaluation | None = None) -> Survey:
        """Probe every differentiated input.

        Args:
            seen: what to difference instead of the function itself.
        """
        seen = seen or widened(evaluation) or evaluation
        moving = [evaluation.primals[number].point.dtype for number in evaluation.differentiated]
        outputs = [output.dtype for output in evaluation.outputs]
        precision = Precision.coarsest([*moving, *outputs])
        generator = np.random.default_rng(evaluation.seed)
        weights = cotangent(evaluation.value.size, Precision.coarsest(outputs), generator)
        try:
            pullback, rows = _pulled(evaluation, weights)
        except MisshapenError as error:
            return cls(evaluation, seen, precision, None, {}, misshapen={error.number: str(error)})
        except Exception as error:
            words = in_words(error)
            return cls(evaluation, seen, precision, None, {}, error=words)
        with np.errstate(all="ignore"):
            found = {
                number: probes(
                    lines_through(seen, number, generator), weights, rows[number], precision
                )
                for number in evaluation.differentiated
            }
        return cls(evaluation, seen, precision, pullback, found)

    def passes(self, number: int) -> bool:
        """Whether both sides agree on all numbers of an input, to within what one entry shows."""
        probes = self.probes.get(number, ())
        return bool(probes) and all(p.is_sound for p in probes)

    @property
    def passed(self) -> bool:
        """Whether all inputs do."""
        return all(map(self.passes, self.evaluation.differentiated))


def _pulled(evaluation: Evaluation, weights: Array) -> tuple[Pullback, dict[int, Array]]:
    """The pullback and what it gives; some gradients work once only, and need a tape each time."""
    try:
        pullback = Pullback(evaluation)
        return pullback, pullback(weights)
    except MisshapenError:
        raise
    except Exception:
        pullback = Pullback(evaluation, is_fresh=True)
        return pullback, pullback(weights)
