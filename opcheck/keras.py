"""Keras's side of the audit: a callback that checks the gradient on the first batch of `fit`."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from typing import Any

from opcheck.auditing.loss import audit_total, is_wrong
from opcheck.auditing.records import AuditReport
from opcheck.backend import tf
from opcheck.errors import OpcheckError, UsageError

REACTIONS = ("warn", "stop", "raise")


class WrongGradientError(OpcheckError, ArithmeticError):
    """The gradient of the model's loss is wrong; the message is the audit's."""

    exit_code = 1


class GradientAudit(tf.keras.callbacks.Callback):  # type: ignore[misc]
    """Checks the gradient of the compiled loss by every variable, on the first batch of `fit`.

    The batch is looked at before the first training step, which then takes it as it would have.

    Attributes:
        report: the `opcheck.AuditReport`, once the first batch has been seen.
    """

    def __init__(self, on_defect: str = "warn", seed: int = 0) -> None:
        """
        Args:
            on_defect: "warn" goes on with a `RuntimeWarning`, "stop" warns and stops the training
                before its first step, "raise" raises `WrongGradientError`.
            seed: of the directions along which the gradient is judged.
        """
        super().__init__()
        if on_defect not in REACTIONS:
            raise UsageError(f"on_defect={on_defect!r} must be one of {', '.join(REACTIONS)}")
        self.on_defect = on_defect
        self.seed = seed
        self.report: AuditReport | None = None
        self._steps: Any = None

    def on_train_begin(self, logs: Any = None) -> None:
        """Stand before the first call of the model's training function."""
        del logs
        self.report = None
        self._steps = self.model.train_function
        self.model.train_function = self._first_step

    def on_train_end(self, logs: Any = None) -> None:
        """Leave the model as it was, also after no step at all."""
        del logs
        if self._steps is not None:
            self.model.train_function, self._steps = self._steps, None

    def _first_step(self, iterator: Iterator[Any]) -> Any:
        steps, self._steps = self._steps, None
        self.model.train_function = steps
        # As many batches as one call takes; the first is the one to look at.
        batches = list(itertools.islice(iterator, int(self.model.steps_per_execution)))
        if not batches:
            return steps(iter(()))
        self._audit(batches[0])
        if self.model.stop_training:
            return {}
        return steps(iter(_dataset(batches)))

    def _audit(self, batch: Any) -> None:
        x, y, weight = tf.keras.utils.unpack_x_y_sample_weight(batch)
        model = self.model

        def total() -> Any:
            outputs = model(x, training=True)
            return model.compute_loss(x=x, y=y, y_pred=outputs, sample_weight=weight, training=True)

        self.report = audit_total(model, f"model {model.name!r}", total, self.seed)
        if self.report.passed:
            return
        text = self.report.explain()
        if is_wrong(self.report) and self.on_defect == "raise":
            raise WrongGradientError(text)
        warnings.warn(text, RuntimeWarning, stacklevel=2)
        if is_wrong(self.report) and self.on_defect == "stop":
            model.stop_training = True


def _dataset(batches: list[Any]) -> Any:
    """The batches again, as the training function takes them."""
    dataset = tf.data.Dataset.from_tensors(batches[0])
    for batch in batches[1:]:
        dataset = dataset.concatenate(tf.data.Dataset.from_tensors(batch))
    return dataset
