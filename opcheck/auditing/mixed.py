"""The looks at a layer in mixed precision, judged by the same layer in double precision."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from opcheck.auditing.building import Subject, made_under
from opcheck.auditing.look import Look, draws_numbers, first_line, has_finite_slopes, placed
from opcheck.auditing.records import Check
from opcheck.errors import UsageError
from opcheck.evaluation import Evaluation
from opcheck.outcome import Outcome
from opcheck.targets import Drawing, layer_evaluation
from opcheck.transforms import widened


def mixed_checks(subject: Subject, policy: str, look: Look) -> tuple[list[Check], list[str]]:
    """The checks of a layer that is made under a policy, at the point of a look and at zeros.

    A layer that does not run so, or gives something else there, is noted and not judged.
    """
    name = f"{policy}{look.suffix}"
    if draws_numbers(look.evaluation):
        return [], [f"not judged: {name}: it draws other random numbers there"]
    try:
        with made_under(policy):
            evaluation = _evaluation(subject, policy, look)
            return _checks(name, evaluation, look)
    except Exception as error:  # Whatever a layer raises that was never meant to run so.
        return [], [f"not judged: {name}: {first_line(error)}"]
    finally:
        placed(look.evaluation)


def _evaluation(subject: Subject, policy: str, look: Look) -> Evaluation:
    layer = subject.make(policy)
    if getattr(layer, "compute_dtype", "") != policy.removeprefix("mixed_"):
        raise UsageError("it computes in a dtype of its own")
    case = replace(look.case, dtype="float32")
    points = look.rounded().primals
    return layer_evaluation(case, layer, Drawing(case), points, wide=look.rounded, compiles=False)


def _checks(name: str, evaluation: Evaluation, look: Look) -> tuple[list[Check], list[str]]:
    if np.isnan(evaluation.value).any():
        words = "it returns NaN, where it returns numbers in other dtypes"
        return [Check(name, Outcome.NAN, words=words)], []
    if np.isinf(evaluation.value).any() or widened(evaluation) is None:
        return [], [f"not judged: {name}: its values are far from those in other dtypes"]
    check = look.checked(name, evaluation)
    if not check.outcome.is_good or _is_finite_at_zeros(evaluation):
        return [check], []
    if not _is_finite_at_zeros(look.rounded()):
        return [check], []
    words = "the gradient is not finite at zeros, where it is in other dtypes"
    return [check, Check(f"{name}, input=zeros", Outcome.NAN, words=words)], []


def _is_finite_at_zeros(evaluation: Evaluation) -> bool:
    """Whether the gradient is finite where all that is passed is zeros."""
    primals: list[Any] = [
        replace(primal, point=np.zeros_like(primal.point))
        if primal.is_passed and primal.is_differentiated
        else primal
        for primal in evaluation.primals
    ]
    return has_finite_slopes(evaluation.elsewhere(primals))
