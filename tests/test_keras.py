"""The callback that checks the first batch of `fit`."""

import keras
import numpy as np
import pytest

from opcheck.errors import UsageError
from opcheck.keras import GradientAudit, WrongGradientError
from tests.test_audit import Turned, classifier


def fitted(callback, *layers, **options):
    model, x, y = classifier(*layers)
    model.compile(optimizer="sgd", loss="mse", **options)
    history = model.fit(x, y, batch_size=8, epochs=2, verbose=0, callbacks=[callback])
    return model, history


def test_a_right_model_trains_as_it_would_have():
    callback = GradientAudit()
    model, history = fitted(callback, keras.layers.Dropout(0.5), keras.layers.Dense(3))
    assert callback.report.passed
    assert callback.report.compared == 4
    assert int(model.optimizer.iterations) == 4
    assert len(history.history["loss"]) == 2


def test_several_steps_in_one_call():
    callback = GradientAudit()
    model, _ = fitted(callback, keras.layers.Dense(3), steps_per_execution=2)
    assert callback.report.passed
    assert int(model.optimizer.iterations) == 4


def test_the_model_is_not_moved_by_the_look():
    # Whatever the seed, the first `fit` of a process shuffles otherwise than those after it.
    fitted(keras.callbacks.Callback(), keras.layers.Dense(3))
    plain, _ = fitted(keras.callbacks.Callback(), keras.layers.Dense(3))
    looked, _ = fitted(GradientAudit(), keras.layers.Dense(3))
    for one, other in zip(plain.get_weights(), looked.get_weights()):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_a_wrong_gradient_warns_and_goes_on():
    callback = GradientAudit()
    with pytest.warns(RuntimeWarning, match="kernel: the gradient is scaled by about 0.5"):
        model, _ = fitted(callback, Turned())
    assert int(model.optimizer.iterations) == 4


def test_or_stops_before_the_first_step():
    with pytest.warns(RuntimeWarning, match="scaled by about 0.5"):
        model, _ = fitted(GradientAudit(on_defect="stop"), Turned())
    assert int(model.optimizer.iterations) == 0


def test_or_raises():
    with pytest.raises(WrongGradientError, match=r"scaled by about 0\.5"):
        fitted(GradientAudit(on_defect="raise"), Turned())


def test_another_reaction_is_wrong_usage():
    with pytest.raises(UsageError, match="on_defect='explode' must be one of warn, stop, raise"):
        GradientAudit(on_defect="explode")
