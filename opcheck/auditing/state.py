"""Whether a call changes what the next one gives: variables, random numbers, Python's own state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opcheck.auditing.records import Check
from opcheck.backend import tf
from opcheck.evaluation import Evaluation
from opcheck.outcome import Outcome
from opcheck.primals import State
from opcheck.targets import weight_names
from opcheck.vectors import is_differentiable, labelled_tensors, to_real

# What Keras calls the state of its random numbers.
RANDOM = "seed_generator_state"


def state_check(evaluation: Evaluation, layer: Any, is_training: bool) -> tuple[Check, list[str]]:
    """The check "state", and notes on what is no defect.

    Training may change moving statistics, and random numbers are drawn at either time. What no
    call may do is assign to a trainable weight; and in inference, give something else the next
    time because of the last.
    """

    def call() -> NDArray[np.float64]:
        passed = [
            argument
            for argument, primal in zip(evaluation.arguments(), evaluation.primals)
            if primal.is_passed
        ]
        result = evaluation.function(*passed)
        found = [t for _, t in labelled_tensors(result) if is_differentiable(t.dtype)]
        return np.concatenate([to_real(tensor.numpy()) for tensor in found])

    assigned = State.changed_by(call)
    kept = State.of(assigned.variables)
    held = list(getattr(layer, "variables", ()))
    paths = weight_names([variable.path for variable in held])
    names = {id(variable.value.handle): path for variable, path in zip(held, paths)}
    own = {id(v.value.handle) for v in getattr(layer, "trainable_variables", ())}
    changed = {names.get(id(v.resource), "a variable"): id(v.resource) for v in kept.variables}
    when = "training" if is_training else "inference"
    trained = [name for name, handle in changed.items() if handle in own]
    if trained:
        words = f"a call in {when} assigns to the trainable weight {', '.join(trained)}"
        return Check("state", Outcome.INCONCLUSIVE, words=words), []
    values = [_seeded(call, evaluation.seed, kept) for _ in range(2)]
    if not _same(*values):
        words = (
            f"two calls in {when} at one point differ, even with its variables put back and one "
            "seed: it keeps a state in Python, or draws numbers that no seed replays"
        )
        return Check("state", Outcome.INCONCLUSIVE, words=words), []
    kept.restore()
    after = [call() for _ in range(2)]
    kept.restore()
    moved = [name for name in changed if RANDOM not in name]
    notes = []
    if moved and not is_training:
        if not _same(*(_seeded(call, evaluation.seed, None) for _ in range(2))):
            kept.restore()
            words = (
                "a call in inference changes what the next one gives: it assigns to "
                f"{', '.join(moved)}"
            )
            return Check("state", Outcome.INCONCLUSIVE, words=words), []
        notes.append(f"a call in inference assigns to {', '.join(moved)}")
    elif not _same(*after) and not is_training:
        notes.append("it draws random numbers in inference too; judged at one seed")
    kept.restore()
    return Check("state", Outcome.PASS), notes


def _seeded(
    call: Callable[[], NDArray[np.float64]], seed: int, state: State | None
) -> NDArray[np.float64]:
    if state is not None:
        state.restore()
    tf.random.set_seed(seed)
    return call()


def _same(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    return one.shape == other.shape and bool(
        np.allclose(one, other, rtol=1e-5, atol=1e-7, equal_nan=True)
    )
