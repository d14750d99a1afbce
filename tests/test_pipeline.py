"""The public functions: what they accept, refuse and return."""

import json

import numpy as np
import pytest

import opcheck
from opcheck import Outcome
from opcheck.backend import tf
from opcheck.errors import TooLargeError, UnknownNameError, UsageError
from opcheck.jacobian import numeric
from opcheck.matrix import check_case
from opcheck.pipeline import check_target
from opcheck.registry import rows
from tests.planted import DAMAGES, planted


def test_integers_are_passed_through():
    report = opcheck.check(tf.gather, [np.array([1.0, 2.0, 3.0]), np.array([2, 0])])
    assert report.outcome is Outcome.PASS
    assert [part.input for part in report.parts] == ["xs[0]"]


def test_wrt_chooses_inputs():
    report = opcheck.check(tf.multiply, [np.array([1.0]), np.array([2.0])], wrt=[1])
    assert [part.input for part in report.parts] == ["xs[1]"]


def test_python_floats_are_doubles():
    assert opcheck.check(tf.exp, [0.5]).parts[0].dtype == "float64"


def test_a_variable_is_differentiated_and_left_as_it_was():
    variable = tf.Variable([0.1, 0.7, -0.3], dtype=tf.float64)
    before = variable.numpy()
    report = opcheck.check(lambda v: v * v, [variable])
    assert report.outcome is Outcome.PASS
    assert report.compared == 9
    np.testing.assert_array_equal(variable.numpy(), before)


def test_a_variable_is_put_back_even_when_the_function_raises_nearby():
    variable = tf.Variable(0.0, dtype=tf.float64)

    def f(v):
        tf.debugging.assert_non_negative(v)
        return v * 2.0

    opcheck.check(f, [variable])
    assert variable.numpy() == 0.0


def test_nests_of_outputs_are_judged_entry_by_entry():
    def f(x):
        return {"a": tf.sin(x), "b": (x * x, tf.argmax(x))}

    report = opcheck.check(f, [np.array([0.3, 0.8])])
    assert report.outcome is Outcome.PASS
    assert report.compared == 8


def test_bfloat16_and_float16_are_judged():
    for dtype in (tf.bfloat16, tf.float16):
        report = opcheck.check(lambda x: x * x, [tf.constant([0.5, 1.5], dtype)])
        assert report.outcome is Outcome.PASS, report.explain()


def test_a_random_function_is_replayed():
    def f(x):
        return x * tf.random.normal([3], dtype=tf.float64)

    assert opcheck.check(f, [np.array([1.0, 2.0, 3.0])]).outcome is Outcome.PASS


def test_a_function_that_is_random_despite_its_seed_is_inconclusive():
    generator = np.random.default_rng(0)

    def f(x):
        return x * generator.normal()

    report = opcheck.check(f, [np.array([1.0])])
    assert report.outcome is Outcome.INCONCLUSIVE
    assert not report.passed or report.outcome is Outcome.DISCONTINUITY


def test_a_function_that_is_not_finite_is_inconclusive():
    report = opcheck.check(tf.math.log, [np.array([0.0])])
    assert report.outcome is Outcome.INCONCLUSIVE
    assert "the function is not finite at this point" in report.explain()


def test_none_of_a_constant_function_is_a_pass():
    assert opcheck.check(tf.floor, [np.array([0.3])]).outcome is Outcome.PASS
    assert opcheck.check(lambda x: tf.ones(2), [np.array([0.3])]).outcome is Outcome.PASS


@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0)])
def test_tensors_without_entries_are_checked(shape):
    report = opcheck.check(tf.exp, [np.zeros(shape)])
    assert report.outcome is Outcome.PASS
    assert report.compared >= 1


def test_an_output_without_entries_must_give_zeros():
    @tf.custom_gradient
    def f(x):
        return x[:0], lambda dy: tf.ones([3], tf.float64)

    report = opcheck.check(f, [np.zeros(3)])
    assert report.outcome is Outcome.CRASH
    assert "must be zero, but 3 of its 3 entries are not" in report.explain()
    assert opcheck.check(lambda x: x[:0], [np.zeros(3)]).compared == 3


def test_indexed_slices_are_summed():
    report = opcheck.check(lambda x: tf.gather(x, [1, 1, 0]), [np.arange(4.0).reshape(2, 2)])
    assert report.outcome is Outcome.PASS


def test_the_same_seed_gives_the_same_report():
    def f(x):
        return tf.sin(x) * tf.random.normal([2], dtype=tf.float64)

    first, second = (opcheck.check(f, [np.array([0.1, 0.2])], seed=3) for _ in range(2))
    one, two = first.to_dict(), second.to_dict()
    del one["seconds"], two["seconds"]
    assert one == two


def test_a_report_is_plain_data():
    report = opcheck.check(tf.norm, [np.zeros(2)])
    data = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert data["outcome"] == "nan"
    assert data["worst"]["analytic"] == "nan"
    assert opcheck.Report.from_dict(data).explain() == report.explain()


def test_assert_gradients_raises_the_explanation():
    opcheck.assert_gradients(tf.exp, [np.array([0.5])])
    with pytest.raises(AssertionError, match="WRONG, the gradient is wrong") as caught:
        opcheck.assert_gradients(planted(tf.exp, DAMAGES["negated"]), [np.array([0.5])])
    assert "the gradient is negated" in str(caught.value)


# -- bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((tf.exp, np.zeros(2)), {}, "xs must be a list with one entry per argument of f"),
        ((3, [np.zeros(2)]), {}, "f=3 must be callable"),
        ((tf.exp, [np.zeros(2)]), {"order": 0}, "order=0"),
        ((tf.exp, [np.zeros(2)]), {"wrt": [1]}, r"wrt=\[1\]: 1 is no position in xs \(0 to 0\)"),
        ((tf.gather, [np.zeros(2), np.array([1])]), {"wrt": [1]}, "int64, which has no derivative"),
        ((tf.add, [np.array([1]), np.array([2])]), {}, "nothing to differentiate: no input is flo"),
        ((tf.argmax, [np.zeros(2)]), {}, r"no floating or complex tensor \(it returns int64\)"),
        ((tf.exp, [object()]), {}, r"xs\[0\] = .* cannot become a tensor"),
    ],
)
def test_bad_arguments_are_named(arguments, options, message):
    with pytest.raises(UsageError, match=message):
        opcheck.check(*arguments, **options)


def test_an_unknown_mode_or_method_suggests_the_nearest():
    with pytest.raises(UnknownNameError, match=r"mode .* 'revers'; did you mean reverse\?"):
        opcheck.check(tf.exp, [0.5], mode="revers")
    with pytest.raises(UnknownNameError, match=r"method .* 'dens'; did you mean dense\?"):
        opcheck.check(tf.exp, [0.5], method="dens")


def test_a_jacobian_too_large_is_refused_before_any_work(monkeypatch):
    monkeypatch.setattr(numeric, "MEMORY_LIMIT", 10**6)
    with pytest.raises(TooLargeError, match=r"1,000 outputs by the 1,000 entries of xs\[0\]"):
        opcheck.check(tf.exp, [np.zeros(1000)], method="dense")


# -- compute_gradient -----------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.complex64, np.complex128])
def test_compute_gradient_is_laid_out_as_tensorflows(dtype):
    x = np.array([[0.3, 0.8], [-0.4, 0.1]]).astype(dtype)
    if x.dtype.kind == "c":
        x += 0.5j
    ours = opcheck.compute_gradient(tf.square, [x])
    theirs = tf.test.compute_gradient(tf.square, [x])
    for mine, its in zip(ours, theirs):
        assert mine[0].shape == its[0].shape
        assert mine[0].dtype == its[0].dtype
        np.testing.assert_allclose(mine[0], its[0], atol=1e-3)


def test_compute_gradient_takes_a_step_as_tensorflows_does():
    x = [np.array([0.7])]
    ours = opcheck.compute_gradient(tf.exp, x, delta=1 / 1024)[1][0]
    theirs = tf.test.compute_gradient(tf.exp, x, delta=1 / 1024)[1][0]
    np.testing.assert_allclose(ours, theirs, rtol=1e-11)
    assert abs(opcheck.compute_gradient(tf.exp, x)[1][0] - np.exp(0.7)) < 1e-11


def test_compute_gradient_refuses_a_senseless_step():
    with pytest.raises(UsageError, match="delta=-1 must be a positive number"):
        opcheck.compute_gradient(tf.exp, [0.5], delta=-1)


def test_compute_gradient_lets_the_functions_own_error_through():
    def f(x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        opcheck.compute_gradient(f, [0.5])


# -- cases and targets ----------------------------------------------------------------------------


def test_a_case_of_the_registry_is_checked():
    from opcheck.cases import select_cases

    case = select_cases(rows(), ["tf.raw_ops.Exp/2x3/float64"])[0]
    report = check_case(case)
    assert report.outcome is Outcome.PASS
    assert report.subject == "tf.raw_ops.Exp/2x3/float64/jacobian"
    assert report.repeat == "opcheck check tf.raw_ops.Exp/2x3/float64/jacobian --seed 0"


def test_any_function_is_checked_at_drawn_inputs():
    report = check_target("tf.math:sin", [((2, 3), "float64")])
    assert report.outcome is Outcome.PASS
    assert report.compared == 36


def test_a_layer_class_is_checked_with_its_weights():
    report = check_target("tf.keras.layers:LayerNormalization", [((2, 3), "float64")])
    assert report.outcome is Outcome.PASS, report.explain()
    assert len(report.parts) == 3


def test_an_unknown_dtype_of_an_input_is_named():
    with pytest.raises(UnknownNameError, match=r"unknown dtype 'float46'; did you mean float64"):
        check_target("tf.math:sin", [((2,), "float46")])


def test_an_accepted_infinity_has_the_slope_of_its_one_side():
    x = np.array([-np.inf, 0.0, 1.0])
    assert opcheck.check(tf.reduce_logsumexp, [x]).outcome is Outcome.PASS
    assert opcheck.check(tf.nn.softmax, [x]).outcome is Outcome.PASS

    @tf.custom_gradient
    def f(x):
        return tf.exp(x), lambda dy: dy * (x - x)

    assert opcheck.check(f, [np.array([-np.inf])]).outcome is Outcome.NAN


def test_a_product_with_two_zero_factors_has_no_scale_and_still_a_verdict():
    assert opcheck.check(tf.reduce_prod, [np.array([0.0, 0.0, 2.0])]).outcome is Outcome.PASS
    assert opcheck.check(tf.sqrt, [np.zeros(2)]).outcome is Outcome.PASS


def test_a_function_that_keeps_a_state_is_judged_at_one_state():
    total = tf.Variable(1.0, dtype=tf.float64)

    def running(x):
        total.assign_add(1.0)
        return x * total

    report = opcheck.check(tf.function(running), [np.array([0.5, 2.0])])
    assert report.outcome is Outcome.PASS, report.explain()

    dropout = tf.keras.layers.Dropout(0.5, seed=3)
    report = opcheck.check(lambda x: dropout(x, training=True), [np.ones((4, 3), np.float32)])
    assert report.outcome is Outcome.PASS, report.explain()


def test_a_recurrent_layer_that_remembers_is_judged_at_one_state():
    layer = tf.keras.layers.SimpleRNN(2, stateful=True, dtype="float64")
    report = opcheck.check(layer, [np.array([[[0.5], [1.0]]])])
    assert report.outcome is Outcome.PASS, report.explain()


def called_once():
    """A square that raises from its second call on."""
    calls = []

    def f(x):
        calls.append(x)
        if len(calls) > 1:
            raise ValueError("it is spent")
        return tf.square(x)

    return f


@pytest.mark.parametrize("method", ["dense", "probe"])
def test_a_function_that_raises_when_it_is_called_again(method):
    report = opcheck.check(called_once(), [np.ones(3)], method=method)
    assert report.outcome is Outcome.CRASH
    assert "ValueError: it is spent" in report.explain()


def test_compute_gradient_raises_what_the_function_does_when_it_is_called_again():
    with pytest.raises(ValueError, match="it is spent"):
        opcheck.compute_gradient(called_once(), [np.ones(3)])


@pytest.mark.parametrize("method", ["dense", "probe"])
def test_an_input_without_entries_is_no_error(method):
    report = opcheck.check(tf.tanh, [np.zeros(0)], method=method)
    assert report.passed, report.explain()
    assert report.parts[0].shape == (0,)
