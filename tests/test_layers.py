"""Keras layers: every trainable weight is judged, and what a call changes is put back."""

import inspect

import numpy as np
import pytest

from opcheck import Outcome, registry
from opcheck.backend import tf
from opcheck.cases import expand
from opcheck.domains import normal
from opcheck.errors import RecipeError, UsageError
from opcheck.matrix import check_case
from opcheck.pipeline import verify
from opcheck.records import record
from opcheck.spec import FLOAT32, Kind, built, exactly, layer, named
from opcheck.targets import evaluate_case, resolve
from opcheck.transforms import widened

ROWS = [row for row in registry.rows() if row.kind is Kind.LAYER]


def first_case(row):
    return next(iter(expand(row)))


def smallest_case(row):
    cases = [case for case in expand(row) if case.check == "jacobian"]
    return min(cases, key=lambda case: case.sample.entries)


def spied(target):
    """The class behind a name, and a list of the instances that will be made of it."""
    made = []

    class Spy(resolve(target)):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            made.append(self)

    return Spy, made


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.name}-{row.variant}" for row in ROWS])
def test_every_trainable_weight_is_a_part_of_the_report(row):
    case = smallest_case(row)
    found, made = spied(row.target)
    # Signatures tell which arguments a class takes.
    found.__init__.__signature__ = inspect.signature(resolve(row.target).__init__)
    evaluation = evaluate_case(case, found)
    weights = made[0].trainable_variables
    if not weights:
        return
    report = verify(evaluation, case.id, "")
    parts = {part.input: part for part in report.parts}
    names = [primal.name for primal in evaluation.primals if not primal.is_passed]
    assert len(set(names)) == len(weights)
    assert [parts[name].shape for name in names] == [tuple(w.shape) for w in weights]
    assert all(parts[name].compared > 0 for name in names)
    assert record(case, report, None)["inputs"].keys() == parts.keys()


CHANGING = {
    "moving statistics": layer("tf.keras.layers.BatchNormalization", normal(4, 2), training=True),
    "the states of a recurrent layer": layer(
        "tf.keras.layers.LSTM", normal(1, 2, 2), units=2, stateful=True
    ),
    "a singular vector and the kernel": layer(
        "tf.keras.layers.SpectralNormalization",
        normal(2, 3),
        layer=built("keras.layers.Dense", units=2),
        training=True,
    ),
    "a seed": layer("tf.keras.layers.Dropout", normal(8), rate=0.5, training=True),
    "seeds of layers inside": layer(
        "tf.keras.layers.Pipeline",
        normal(2, 8),
        layers=[built("keras.layers.Dropout", rate=0.5), built("keras.layers.Dense", units=2)],
        training=True,
    ),
}


@pytest.mark.parametrize("row", CHANGING.values(), ids=CHANGING)
def test_what_a_call_changes_is_put_back(row):
    evaluation = evaluate_case(first_case(row))
    assert evaluation.is_deterministic
    vector = evaluation.primals[0].point.reshape(-1)
    for _ in range(3):
        np.testing.assert_array_equal(evaluation(0, vector), evaluation.value)
    for primal in evaluation.primals:
        if primal.variable is not None:
            np.testing.assert_array_equal(primal.variable.numpy(), primal.point)


class Counting(tf.keras.layers.Layer):
    """Keeps a state that is no variable."""

    calls = 0

    def call(self, inputs):
        self.calls += 1
        return inputs * self.calls


def test_a_state_that_cannot_be_put_back_names_the_row():
    row = layer("tests.test_layers.Counting", normal(2))
    with pytest.raises(RecipeError) as caught:
        evaluate_case(first_case(row))
    assert "tests.test_layers.Counting gives something else at each call" in str(caught.value)
    assert "sample '2'" in str(caught.value)


def test_what_a_layer_adds_to_the_loss_is_judged():
    row = layer("tf.keras.layers.ActivityRegularization", normal(2, 3), l2=0.5)
    evaluation = evaluate_case(first_case(row))
    assert [output.shape for output in evaluation.outputs] == [(2, 3), ()]
    assert check_case(first_case(row)).outcome is Outcome.PASS


def test_mixed_precision_is_judged_beside_the_same_layer_in_double():
    row = layer(
        "tf.keras.layers.Dense", normal(2, 3), units=2, dtype="mixed_float16", dtypes=FLOAT32
    )
    narrow = evaluate_case(first_case(row))
    assert [output.dtype for output in narrow.outputs] == [np.float16]
    wide = widened(narrow)
    assert wide is not None
    assert [output.dtype for output in wide.outputs] == [np.float64]
    for one, other in zip(narrow.primals, wide.primals):
        np.testing.assert_array_equal(one.point, other.point)


def test_masks_and_initial_states_reach_the_call():
    row = layer(
        "tf.keras.layers.SimpleRNN",
        normal(1, 2, 2),
        units=2,
        call={"mask": exactly([[True, False]], "bool"), "initial_state": normal(1, 2)},
    )
    report = check_case(first_case(row))
    assert report.outcome is Outcome.PASS
    assert [part.input for part in report.parts][:2] == ["input", "initial_state"]
    masked = evaluate_case(first_case(row))
    last = masked.primals[0].point.copy()
    last[:, 1] += 1.0
    np.testing.assert_array_equal(masked(0, last.reshape(-1)), masked.value)


def test_weights_have_one_name_whatever_was_built_before():
    row = layer("tf.keras.layers.Dense", normal(1, 2), units=1)
    names = [[p.name for p in evaluate_case(first_case(row)).primals] for _ in range(2)]
    assert names[0] == names[1] == ["input", "dense/kernel", "dense/bias"]


def test_a_function_goes_by_its_name():
    row = layer("tf.keras.layers.Lambda", normal(2), function=named("tf.math.tanh"))
    assert check_case(first_case(row)).outcome is Outcome.PASS


def test_nothing_is_drawn_inside_of_a_built_argument():
    with pytest.raises(UsageError, match="cannot draw or choose its argument scale"):
        built("keras.layers.Rescaling", scale=normal(2))


DYNAMIC = ("BatchNormalization", "Conv2D", "Dense", "LSTM")


@pytest.mark.parametrize("name", DYNAMIC)
def test_unknown_sizes_change_nothing(name):
    row = next(row for row in ROWS if row.name == name and not row.variant)
    assert check_case(smallest_case(row), mode="graph_dynamic").outcome is Outcome.PASS
