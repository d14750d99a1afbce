"""The audit of a whole model: its loss on a batch, differentiated by every variable."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from opcheck.auditing.records import AuditReport, Check
from opcheck.backend import tf
from opcheck.directions import check_directions
from opcheck.errors import UsageError
from opcheck.models import held, name_of
from opcheck.outcome import Outcome
from opcheck.rays import Rays


def audit_loss(
    model: Any,
    name: str,
    inputs: Sequence[Any] | None,
    loss: Callable[..., Any],
    targets: Any = None,
    seed: int = 0,
) -> AuditReport:
    """Judge the gradient of a model's loss on a batch, in training.

    Args:
        inputs: arrays, one for each input of the model; one more is taken for the targets.
        loss: takes targets and outputs, or outputs alone; what it returns is summed.

    Raises:
        UsageError: there is no batch, no trainable variable, or the model or the loss raises.
    """
    if inputs is None or not len(inputs):
        raise UsageError("inputs must hold the batch that the loss is taken on: inputs=[x]")
    if not callable(loss):
        raise UsageError(f"loss={loss!r} must be callable: it takes the targets and the outputs")
    xs = list(inputs)
    if targets is None and _takes_targets(loss):
        if len(xs) < 2:
            raise UsageError(
                "the loss takes targets and outputs, but there are no targets: "
                "give inputs=[x, y], or targets=y"
            )
        targets = xs.pop()
    x = xs[0] if len(xs) == 1 else xs

    def total() -> Any:
        outputs = model(x, training=True)
        value = loss(outputs) if targets is None else loss(targets, outputs)
        return tf.add_n([tf.reduce_sum(one) for one in [value, *model.losses]])

    return audit_total(model, name, total, seed)


def audit_total(model: Any, name: str, total: Callable[[], Any], seed: int = 0) -> AuditReport:
    """Judge the gradient of a scalar by every trainable variable of a model.

    Raises:
        UsageError: the scalar cannot be computed, or there is no trainable variable.
    """
    started = time.perf_counter()
    try:
        if not getattr(model, "built", True):
            total()
        variables = list(model.trainable_variables)
        if not variables:
            raise UsageError(f"{name} has no trainable variables, so there is nothing to check")
        rays = Rays(total, [held(variable) for variable in variables], seed)
    except UsageError:
        raise
    except Exception as error:
        raise UsageError(f"{name}: the model or its loss raises: {error}") from error
    report = check_directions(rays, [name_of(variable) for variable in variables], name)
    count = sum(int(np.prod(variable.shape)) for variable in variables)
    return AuditReport(
        subject=name,
        checks=(Check.of("loss", report),),
        built=f"{count:,} parameters in {len(variables)} variables, loss {rays.value:.6g}, "
        f"{rays.evaluations} evaluations",
        seed=seed,
        seconds=time.perf_counter() - started,
    )


def is_wrong(report: AuditReport) -> bool:
    """Whether a defect was found; what could not be decided is none."""
    return any(check.outcome.severity > Outcome.INCONCLUSIVE.severity for check in report.checks)


def _takes_targets(loss: Callable[..., Any]) -> bool:
    """Whether a loss needs two arguments."""
    call = loss.call if isinstance(loss, tf.keras.losses.Loss) else loss
    try:
        parameters = inspect.signature(call).parameters.values()
    except (TypeError, ValueError):
        return True
    needed = [p for p in parameters if p.default is p.empty and p.kind is not p.VAR_KEYWORD]
    return len(needed) >= 2
