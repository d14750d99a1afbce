"""Graphs of TensorFlow 1, bridged to a tape; and that rows run the gradient functions they name."""

import numpy as np
import pytest

from opcheck import registry
from opcheck.backend import tf
from opcheck.cases import expand
from opcheck.compositions.graphs import in_session, on_references, taped_within
from opcheck.coverage import gradient_ops
from opcheck.faults.injection import recorded
from opcheck.jacobian.analytic import analytic_jacobians
from opcheck.spec import Row
from opcheck.targets import evaluate_case, resolve

X = tf.constant([1.0, 2.0], tf.float64)
Y = tf.constant([0.5, -0.25], tf.float64)


def gradients(function, **arguments):
    """The value, and the gradient of each tensor among the arguments."""
    tensors = [value for value in arguments.values() if tf.is_tensor(value)]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        value = function(**arguments)
    return value, tape.gradient(value, tensors)


# -- The bridge -------------------------------------------------------------------------------


def test_value_and_gradient_come_from_the_graph():
    value, (by_x, by_y) = gradients(in_session(lambda x, y: x * tf.sin(y)), x=X, y=Y)
    np.testing.assert_allclose(value, X * tf.sin(Y))
    np.testing.assert_allclose(by_x, tf.sin(Y))
    np.testing.assert_allclose(by_y, X * tf.cos(Y))


def test_what_is_no_tensor_is_a_fact_of_the_graph():
    power = in_session(lambda x, exponent: x**exponent)
    for exponent in (2, 3):
        value, (by_x,) = gradients(power, x=X, exponent=exponent)
        np.testing.assert_allclose(value, X**exponent)
        np.testing.assert_allclose(by_x, exponent * X ** (exponent - 1))


def test_a_gradient_that_is_none_stays_none():
    _, (by_x, by_y) = gradients(in_session(lambda x, y: tf.stop_gradient(x) * y), x=X, y=Y)
    assert by_x is None
    np.testing.assert_allclose(by_y, X)
    _, nothing = gradients(in_session(lambda x: tf.stop_gradient(x)), x=X)
    assert nothing == [None]


def test_lists_and_rows_of_a_tensor():
    both = in_session(lambda x, y: [x * y, tf.gather(x, [1, 1])])
    (product, rows), (by_x, by_y) = gradients(both, x=X, y=Y)
    np.testing.assert_allclose(product, X * Y)
    np.testing.assert_allclose(rows, [2.0, 2.0])
    np.testing.assert_allclose(by_x, Y + tf.constant([0.0, 2.0], tf.float64))
    np.testing.assert_allclose(by_y, X)


def test_inputs_go_by_reference():
    dtypes = []

    def build(x):
        dtypes.append(x.dtype)
        return x * x

    _, (by_x,) = gradients(on_references(build), x=X)
    np.testing.assert_allclose(by_x, 2 * X)
    assert [dtype.name for dtype in dtypes] == ["float64_ref", "float64_ref"]


def test_gradient_functions_are_looked_up_for_each_tape():
    cube = in_session(lambda x: x * x * x)
    gradients(cube, x=X)
    with recorded(["Mul"]) as calls:
        gradients(cube, x=X)
    assert len(calls["Mul"]) == 2


@pytest.mark.parametrize("options", [{}, {"by_xla": True}, {"on_variables": True}])
def test_a_tape_inside_of_the_graph_gives_the_gradient(options):
    def build(x, y, exponent):
        return [x**exponent * y, tf.stop_gradient(x)]

    power = taped_within(**options)(build)
    for x in (X, 2 * X):
        value, (by_x, by_y) = gradients(power, x=x, y=Y, exponent=2)
        np.testing.assert_allclose(value, [x**2 * Y, x])
        np.testing.assert_allclose(by_x, 2 * x * Y)
        np.testing.assert_allclose(by_y, x**2)


def test_a_tape_inside_of_the_graph_looks_gradient_functions_up_for_each_tape():
    cube = taped_within(lambda x: x * x * x)
    gradients(cube, x=X)
    with recorded(["Mul"]) as calls:
        gradients(cube, x=X)
    assert len(calls["Mul"]) == 2


@pytest.mark.parametrize("made_of", [in_session, taped_within])
def test_a_gradient_is_traced_once_while_gradient_functions_stay(made_of):
    traced = []

    def build(x):
        traced.append(x)
        return x * x * x

    cube = made_of(build)
    gradients(cube, x=X)
    before = len(traced)
    gradients(cube, x=2 * X)
    assert len(traced) == before == 2  # For the value and for the gradient.
    with recorded(["Mul"]):
        gradients(cube, x=X)
    assert len(traced) == 3


def test_loops_are_frames_inside_and_functions_outside():
    ops = []

    def build(x):
        result = tf.while_loop(lambda s: tf.reduce_sum(s) < 9, lambda s: s + x, (x,))
        ops.extend(op.type for op in tf.compat.v1.get_default_graph().get_operations())
        return result

    in_session(build)(x=X)
    assert {"Enter", "Exit", "NextIteration"} <= set(ops)
    assert tf.compat.v1.control_flow_v2_enabled()


def test_a_graph_that_fails_leaves_loops_as_they_were():
    def build(x):
        raise ValueError("not today")

    with pytest.raises(ValueError, match="not today"):
        in_session(build)(x=X)
    assert tf.compat.v1.control_flow_v2_enabled()


@pytest.mark.parametrize("shape", [[2], [None]])
def test_the_bridge_holds_inside_of_a_traced_function(shape):
    square = in_session(lambda x: x * tf.stop_gradient(x))
    traced = tf.function(
        lambda x: square(x=x), input_signature=[tf.TensorSpec(shape, tf.float64)], autograph=False
    )
    value, (by_x,) = gradients(traced, x=X)
    np.testing.assert_allclose(value, X * X)
    np.testing.assert_allclose(by_x, X)


# -- What rows claim --------------------------------------------------------------------------


CLAIMING = [
    row
    for row in registry.rows()
    if row.family in ("control_flow", "variables") and row.target.startswith("opcheck.")
]


def fresh(target: str):
    """The function of a row, traced anew: a graph keeps the gradients that it has once taken."""
    found = resolve(target)
    is_traced = isinstance(found, tf.types.experimental.PolymorphicFunction)
    return tf.function(found.python_function, autograph=False) if is_traced else found


def calls_of(row: Row, names: set[str]) -> set[str]:
    """The ops whose gradient functions run in some case of a row, until all of these have."""
    called: set[str] = set()
    for case in expand(row):
        if called >= names:
            break
        with recorded(names) as calls:
            analytic_jacobians(evaluate_case(case, fresh(row.target)))
        called |= set(calls)
    return called


@pytest.mark.parametrize(
    "row", CLAIMING, ids=lambda row: f"{row.name}{row.variant and '-'}{row.variant}"
)
def test_a_row_runs_the_gradient_functions_that_it_covers(row):
    names = set(row.covers) & set(gradient_ops())
    assert calls_of(row, names) == names
