"""Functions run at many points in one graph: the same values, or not in a graph at all."""

from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from opcheck import check, loops, registry, targets
from opcheck.cases import Case
from opcheck.domains import normal
from opcheck.evaluation import Evaluation, evaluate
from opcheck.primals import Primal
from opcheck.spec import Kind, sample
from opcheck.targets import evaluate_case

RNG = np.random.default_rng(0)


def looped(f, xs, **options):
    """An evaluation that takes its values in a loop, whatever it costs."""
    arrays = [np.asarray(x) for x in xs]
    primals = [
        Primal(f"x{place}", array, is_differentiated=array.dtype.kind != "i")
        for place, array in enumerate(arrays)
    ]
    return Evaluation(f, primals, compiles=True, **options)


def by_one(evaluation, number, vectors):
    twin = Evaluation(evaluation.function, evaluation.primals, compiles=False)
    return np.array([twin(number, vector) for vector in vectors])


@pytest.mark.parametrize(
    ("f", "xs"),
    [
        (lambda x: tf.tanh(x) * 2.0, [RNG.normal(size=(2, 3))]),
        (lambda x, y: tf.linalg.matmul(x, y), [RNG.normal(size=(2, 3)), RNG.normal(size=(3, 2))]),
        (lambda x: [tf.abs(x), tf.math.angle(x), x * x], [RNG.normal(size=4) + 1j]),
        (lambda x: x * x, [np.float32([0.1, 0.2])]),
        (lambda x: tf.cast(x, tf.complex64) * 1j, [np.float32([0.1, 0.2])]),
        (lambda x: {"b": x, "a": [tf.exp(x)]}, [np.float64(0.5)]),
    ],
    ids=["elementwise", "two inputs", "complex", "single", "to complex", "nest"],
)
def test_a_loop_gives_what_calls_one_by_one_give(f, xs):
    evaluation = looped(f, xs)
    assert evaluation.is_looped
    for number, primal in enumerate(evaluation.primals):
        vectors = RNG.normal(size=(5, primal.size))
        np.testing.assert_array_equal(
            evaluation.values(number, vectors), by_one(evaluation, number, vectors)
        )


def test_a_point_at_which_the_function_raises_costs_that_point_alone():
    def root(x):
        with tf.control_dependencies([tf.debugging.assert_non_negative(x)]):
            return tf.sqrt(x)

    evaluation = looped(root, [np.array([1.0, 4.0])])
    assert evaluation.is_looped
    found = evaluation.values(0, np.array([[1.0, 4.0], [1.0, -4.0], [9.0, 4.0]]))
    np.testing.assert_array_equal(found, [[1.0, 2.0], [np.nan, np.nan], [3.0, 2.0]])


def test_outputs_of_another_size_are_no_values():
    evaluation = looped(lambda x: tf.boolean_mask(x, x > 0), [np.array([1.0, 2.0])])
    found = evaluation.values(0, np.array([[1.0, 3.0], [-1.0, 3.0]]))
    np.testing.assert_array_equal(found, [[1.0, 3.0], [np.nan, np.nan]])
    found = evaluation.values(0, np.array([[1.0, -3.0], [-1.0, 3.0]]))  # Of one size, but another.
    np.testing.assert_array_equal(found, np.full((2, 2), np.nan))


@pytest.mark.parametrize(
    "f",
    [
        lambda x: tf.constant(np.tanh(x.numpy())) + x,
        lambda x: x * RNG.normal(),
        lambda x: x if x > 0 else 2.0 * x,
        lambda x: x * tf.random.normal([], dtype=tf.float64),
        tf.function(lambda x: x * tf.random.normal([], dtype=tf.float64)),
    ],
    ids=["numpy", "Python's dice", "a branch in Python", "random", "random in a function"],
)
def test_what_a_trace_would_get_wrong_is_called_as_it_is(f):
    evaluation = looped(f, [np.float64(0.5)])
    assert not evaluation.is_looped


def test_draws_too_small_to_show_in_a_short_dtype_are_not_traced():
    def noisy(x):
        return x + 1e-3 * tf.random.normal([], dtype=tf.float16)

    assert not looped(noisy, [np.float16(0.5)]).is_looped


def test_a_trace_that_differs_beside_the_point_is_not_used():
    def other_in_graphs(x):
        return tf.nn.relu(x) if tf.executing_eagerly() else x

    # At 0 both give 0; behind it, where the domain sends the second look, they differ.
    at_zero = Primal("x", np.float64(0.0), high=0.0)
    assert not Evaluation(other_in_graphs, [at_zero], compiles=True).is_looped
    assert not looped(other_in_graphs, [np.float64(-0.5)]).is_looped


def test_integers_are_constants_of_the_trace():
    def along(x, axis):
        return tf.reduce_sum(x, axis=int(axis))

    evaluation = looped(along, [RNG.normal(size=(2, 3)), np.int32(1)])
    assert evaluation.is_looped
    assert evaluation.values(0, np.ones((1, 6))).tolist() == [[3.0, 3.0]]


def test_a_variable_has_its_value_back():
    weight = tf.Variable([1.0, 2.0], dtype=tf.float64)
    primals = [
        Primal("x", np.array([3.0, 4.0])),
        Primal("w", weight.numpy(), weight, is_passed=False),
    ]
    evaluation = Evaluation(lambda x: x * weight, primals, compiles=True)
    assert evaluation.is_looped
    found = evaluation.values(1, np.array([[5.0, 6.0], [7.0, 8.0]]))
    assert found.tolist() == [[15.0, 24.0], [21.0, 32.0]]
    assert weight.numpy().tolist() == [1.0, 2.0]
    found = evaluation.values(0, np.array([[1.0, 1.0]]))
    assert found.tolist() == [[1.0, 2.0]]


def test_a_variable_that_a_named_function_takes_is_placed_before_each_call():
    weight = tf.Variable([1.0, 2.0], dtype=tf.float64)
    primals = [Primal("x", np.array([3.0, 4.0])), Primal("w", weight.numpy(), weight)]

    def read(x, variable):
        return x * variable.read_value()

    assert not Evaluation(read, primals, compiles=True).is_looped
    evaluation = Evaluation(read, primals, compiles=True, key="read")
    assert evaluation.is_looped
    found = evaluation.values(1, np.array([[5.0, 6.0], [7.0, 8.0]]))
    assert found.tolist() == [[15.0, 24.0], [21.0, 32.0]]
    assert weight.numpy().tolist() == [1.0, 2.0]
    other = tf.Variable([0.0, 1.0], dtype=tf.float64)
    again = Evaluation(
        read, [primals[0], Primal("w", other.numpy(), other)], compiles=True, key="read"
    )
    assert again.values(0, np.array([[1.0, 1.0]])).tolist() == [[0.0, 1.0]]


def test_a_function_called_often_is_traced_in_the_end():
    evaluation = evaluate(tf.tanh, [RNG.normal(size=3)])
    assert not evaluation.is_looped
    for _ in range(20):
        evaluation.values(0, RNG.normal(size=(50, 3)))
    assert evaluation.is_looped
    vectors = RNG.normal(size=(4, 3))
    np.testing.assert_array_equal(evaluation.values(0, vectors), by_one(evaluation, 0, vectors))


def test_a_wrong_gradient_of_many_ops_is_found():
    @tf.custom_gradient
    def doubled(x):
        return tf.tanh(x), lambda dy: 2.0 * dy * (1 - tf.tanh(x) ** 2)

    def long(x):
        for _ in range(20):
            x = x + tf.sin(x) / 8.0
        return x

    xs = [RNG.normal(size=3)]
    assert evaluate(lambda x: doubled(long(x)), xs).is_looped
    assert check(long, xs).outcome == "pass"
    assert check(lambda x: doubled(long(x)), xs).outcome == "wrong"


def evaluated(target, point=""):
    [row] = [row for row in registry.rows() if row.target == target][:1]
    sample = row.samples[0].at(point) if point else row.samples[0]
    return evaluate_case(Case(row.kind, target, sample, "float64", "special", row.family))


def test_the_checks_of_one_sample_share_a_trace():
    first = evaluated("tf.keras.layers.Dense")
    second = evaluated("tf.keras.layers.Dense", "0=zeros")
    assert first._loop is second._loop is not None
    assert first.primals[0].point.any()
    assert not second.primals[0].point.any()
    for evaluation in (first, second):
        alone = Evaluation(evaluation.function, evaluation.primals, compiles=False)
        weights = evaluation.primals[1]
        weights.variable.assign(weights.point)
        vector = RNG.normal(size=evaluation.primals[0].size)
        np.testing.assert_allclose(evaluation(0, vector), alone(0, vector), rtol=1e-14)


def scaled(x, by, times):
    return sum([x * by] * int(times))


@pytest.mark.parametrize(("by", "times", "is_shared"), [(7.0, 3, True), (2.0, 4, False)])
def test_what_floats_is_no_constant_of_a_trace_and_a_whole_number_is(by, times, is_shared):
    def evaluation(by, times):
        return Evaluation(
            scaled,
            [
                Primal("x", np.array([0.5, 0.25])),
                Primal("by", np.array(by), is_differentiated=False),
                Primal("times", np.array(times), is_differentiated=False),
            ],
            compiles=True,
            key="scaled",
        )

    first, second = evaluation(2.0, 3), evaluation(by, times)
    assert (first._loop is second._loop) is is_shared
    for each, expected in ((first, 6.0), (second, by * times)):
        assert each.is_looped
        np.testing.assert_allclose(each(0, np.array([1.0, -1.0])), [expected, -expected])


def test_what_is_not_differentiated_is_held_once_where_nobody_shares_the_trace(monkeypatch):
    widths = []
    run = loops.Map.__call__
    monkeypatch.setattr(
        loops.Map, "__call__", lambda self, rows: widths.append(rows.shape[1]) or run(self, rows)
    )
    data = Primal("data", RNG.normal(size=1000), is_differentiated=False)
    evaluation = Evaluation(
        lambda w, data: tf.sin(w) * tf.reduce_sum(data),
        [Primal("w", np.ones(2)), data],
        compiles=True,
    )
    assert evaluation.is_looped
    assert set(widths) == {2}


def noisy_case():
    noisy = sample("noisy", normal(2, 3), training=True, stddev=0.5)
    return Case(Kind.LAYER, "tf.keras.layers.GaussianNoise", noisy, "float64", "jacobian", "layers")


def test_a_layer_that_draws_is_put_back_to_what_it_was_when_built():
    case = noisy_case()
    elsewhere = replace(case, sample=case.sample.at("0=tie"), check="special")
    targets._LAYERS.clear()
    fresh = evaluate_case(elsewhere).value
    targets._LAYERS.clear()
    first = evaluate_case(case)
    for _ in range(3):
        first(0, RNG.normal(size=6))
    second, there = evaluate_case(case), evaluate_case(elsewhere)
    assert second._loop is first._loop
    np.testing.assert_array_equal(first.value, second.value)
    # Whatever was looked at before, a case draws what it draws alone.
    np.testing.assert_array_equal(there.value, fresh)


def test_a_layer_whose_first_call_makes_its_state_is_built_anew():
    # The moving statistics after a call are those of that call's point.
    trained = sample("trained", normal(4, 3), training=True)
    case = Case(
        Kind.LAYER,
        "tf.keras.layers.BatchNormalization",
        trained,
        "float64",
        "jacobian",
        "normalization",
    )
    first, second = evaluate_case(case), evaluate_case(case)
    assert first._loop is not second._loop
    np.testing.assert_array_equal(first.value, second.value)


@pytest.mark.parametrize(
    ("inside", "off", "is_looped"),
    [
        (tf.float32, 1e-7, True),
        (tf.float32, 1e-4, False),
        (tf.float64, 1e-7, False),
        (tf.float64, 1e-14, True),
    ],
)
def test_a_trace_may_be_off_by_the_rounding_inside(inside, off, is_looped):
    def f(x):
        factor = 1.0 if tf.executing_eagerly() else 1.0 + off
        return factor * tf.cast(tf.sin(tf.cast(x, inside)), tf.float64)

    assert looped(f, [np.array([0.5, 0.75])]).is_looped is is_looped
