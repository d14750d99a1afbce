"""Evaluations: primals, directions, state and replayed seeds."""

import numpy as np
import pytest

from opcheck.backend import tf
from opcheck.domains import simplex, symmetric
from opcheck.errors import UsageError
from opcheck.evaluation import Evaluation, FunctionError, evaluate
from opcheck.primals import Primal, State


def test_it_is_a_map_of_real_vectors():
    evaluation = evaluate(lambda z, k: z * tf.cast(k, z.dtype), [np.array([1 + 2j]), np.array(3)])
    np.testing.assert_array_equal(evaluation.value, [3, 6])
    np.testing.assert_array_equal(evaluation(0, np.array([0.0, 1.0])), [0, 3])
    assert evaluation.differentiated == (0,)
    assert evaluation.label(1) == "out[0].imag"


def test_points_that_the_function_rejects_are_nan():
    evaluation = evaluate(lambda x: tf.debugging.check_numerics(tf.sqrt(x), "no"), [np.ones(2)])
    assert np.isnan(evaluation(0, np.array([-1.0, 1.0]))).all()


def test_an_output_that_changes_its_size_is_nan():
    evaluation = evaluate(lambda x: tf.boolean_mask(x, x > 0), [np.array([1.0, 2.0])])
    assert np.isnan(evaluation(0, np.array([-1.0, 2.0]))).all()


def test_the_functions_own_error_is_told():
    def f(x):
        raise KeyError("mine")

    with pytest.raises(FunctionError, match="KeyError: 'mine'"):
        evaluate(f, [0.5])


def test_chosen_outputs_alone_are_judged():
    primal = Primal("x", np.array([1.0]))
    evaluation = Evaluation(lambda x: (x, 2.0 * x, 3.0 * x), [primal], outputs=(1,))
    np.testing.assert_array_equal(evaluation.value, [2.0])
    assert evaluation.outputs[0].name == "out[1]"


def test_state_is_restored_before_each_call():
    counter = tf.Variable(0.0, dtype=tf.float64)

    def f(x):
        counter.assign_add(1.0)
        return x * counter

    evaluation = Evaluation(f, [Primal("x", np.array([2.0]))], state=State.of([counter]))
    np.testing.assert_array_equal(evaluation(0, np.array([2.0])), [2.0])
    np.testing.assert_array_equal(evaluation(0, np.array([2.0])), [2.0])
    assert evaluation.is_deterministic


def test_random_functions_are_replayed():
    evaluation = evaluate(lambda x: x + tf.random.normal([2], dtype=tf.float64), [np.zeros(2)])
    np.testing.assert_array_equal(evaluation(0, np.zeros(2)), evaluation.value)


def test_a_variable_goes_back_to_its_value():
    variable = tf.Variable([1.0, 2.0], dtype=tf.float64)
    evaluation = evaluate(lambda v: v * 2.0, [variable])
    np.testing.assert_array_equal(evaluation(0, np.array([5.0, 6.0])), [10.0, 12.0])
    np.testing.assert_array_equal(variable.numpy(), [1.0, 2.0])


def test_moving_a_primal_ends_with_its_context():
    variable = tf.Variable(1.0, dtype=tf.float64)
    evaluation = evaluate(lambda v: v * 2.0, [variable])
    with evaluation.moved(0, np.array(3.0)) as elsewhere:
        assert variable.numpy() == 3.0
        assert elsewhere.primals[0].point == 3.0
    assert variable.numpy() == 1.0
    assert evaluation.primals[0].point == 1.0


def test_symmetric_directions_move_both_entries():
    directions = Primal("a", np.eye(2), tangent=symmetric.tangent).directions()
    np.testing.assert_array_equal(directions, [[1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 1]])


@pytest.mark.parametrize("shape", [(0, 0), (0, 2, 2)])
def test_an_empty_input_has_no_directions(shape):
    directions = Primal("a", np.zeros(shape), tangent=symmetric.tangent).directions()
    assert directions.shape == (0, 0)


def test_directions_of_a_simplex_keep_its_sum():
    point = simplex(3).draw(np.random.default_rng(0), "float64")
    directions = Primal("p", point, tangent=simplex.tangent).directions()
    np.testing.assert_allclose(directions.sum(axis=1), 0.0, atol=1e-15)
    assert point.sum() == pytest.approx(1.0)


def test_nothing_to_differentiate_is_named():
    with pytest.raises(UsageError, match=r"no input is floating or complex \(xs\[0\]: int64\)"):
        evaluate(tf.identity, [np.array([1])])
