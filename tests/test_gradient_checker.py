"""The tutorial's three functions, and the scripts that use them."""

import runpy
from pathlib import Path

import keras
import numpy as np
import pytest

from opcheck import gradient_checker
from opcheck.backend import tf
from opcheck.models import doubled

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"


def regression(dtype="float32", *layers):
    tf.keras.utils.set_random_seed(0)
    layers = layers or (tf.keras.layers.Dense(1, dtype=dtype),)
    x = np.linspace(-1, 1, 24).reshape(8, 3).astype(dtype)
    return tf.keras.Sequential([*layers]), [x], [x.sum(axis=1, keepdims=True) + 1]


def both(model, xs, ys, loss=keras.losses.mean_squared_error, **options):
    return (
        gradient_checker.compute_numerical_gradient(model, loss, xs, ys, **options),
        gradient_checker.compute_analytical_gradient(model, loss, xs, ys, **options),
    )


@pytest.mark.parametrize(("dtype", "limit"), [("float32", 1e-3), ("float64", 1e-9)])
def test_a_right_gradient_has_a_small_error_and_a_planted_one_its_own(dtype, limit):
    numerical, analytical = both(*regression(dtype))
    assert [array.shape for array in numerical] == [(3, 1), (1,)]
    assert {array.dtype for array in (*numerical, *analytical)} == {np.dtype(dtype)}
    assert gradient_checker.compute_gradient_error(numerical, analytical) < limit
    planted = [1.01 * array for array in analytical]
    error = gradient_checker.compute_gradient_error(numerical, planted)
    assert error == pytest.approx(1e-2, rel=0.05)


def test_a_loss_of_one_value_per_example_is_summed():
    model, xs, ys = regression("float64")
    numerical, _ = both(model, xs, ys)
    residual = model(xs[0]).numpy() - ys[0]
    np.testing.assert_allclose(numerical[1], 2 * residual.sum(axis=0), rtol=1e-9)


def test_one_variable_of_a_model_that_runs_in_double_precision_beside_it():
    layers = (
        tf.keras.layers.Dense(4, activation="tanh"),
        tf.keras.layers.BatchNormalization(),
        tf.keras.layers.Dense(1),
    )
    model, xs, ys = regression("float32", *layers)
    model(xs[0])
    before = [weight.copy() for weight in model.get_weights()]
    numerical, analytical = both(model, xs, ys, variables=[model.layers[0].kernel])
    assert gradient_checker.compute_gradient_error(numerical, analytical) < 1e-4
    assert [array.shape for array in numerical] == [(3, 4)]
    for old, new in zip(before, model.get_weights()):
        np.testing.assert_array_equal(old, new)
    assert {weight.dtype for weight in doubled(model).weights} == {"float64"}


def test_a_function_of_variables_is_a_model_too():
    v = tf.Variable(np.array([0.5, -2.0]), name="v")
    numerical, analytical = both(
        lambda x: x * v,
        np.array([1.0, 3.0]),
        [np.zeros(2)],
        lambda y, out: (out - y) ** 2,
        variables=[v],
    )
    assert gradient_checker.compute_gradient_error(numerical, analytical) < 1e-9
    np.testing.assert_allclose(numerical[0], [1.0, -36.0])


def test_numbers_in_lists_are_data_too():
    model, xs, ys = regression("float64")
    of_arrays = both(model, xs, ys)
    of_lists = both(model, [xs[0].tolist()], [ys[0].tolist()])
    for arrays, lists in zip(of_arrays, of_lists):
        for one, other in zip(arrays, lists):
            np.testing.assert_array_equal(one, other)


def test_several_inputs_and_outputs():
    a, b = (tf.keras.Input((2,), dtype="float64", name=name) for name in "ab")
    dense = tf.keras.layers.Dense(1, dtype="float64")
    model = tf.keras.Model([a, b], [dense(a), dense(b)])
    ones = np.ones((4, 1))
    numerical, analytical = both(model, [np.ones((4, 2)), np.zeros((4, 2))], [ones, ones])
    assert gradient_checker.compute_gradient_error(numerical, analytical) < 1e-9


def test_a_variable_without_gradient_has_zeros_and_the_error_says_so():
    class Stopped(tf.keras.layers.Layer):
        def build(self, shape):
            self.w = self.add_weight(name="w", shape=(), initializer="ones")

        def call(self, x):
            return x * tf.stop_gradient(self.w)

    numerical, analytical = both(*regression("float32", Stopped()))
    assert analytical[0] == 0.0
    assert gradient_checker.compute_gradient_error(numerical, analytical) == 1.0


@pytest.mark.parametrize(
    ("numerical", "analytical", "error"),
    [
        ([[0.0]], [[0.0]], 0.0),
        ([], [], 0.0),
        ([[1.0, 2.0]], [[1.0, 2.02]], 0.02 / 2.02),
        # Each array has its own scale, but no less than a thousandth of the largest.
        ([[100.0], [1.0]], [[100.0], [1.01]], 0.01 / 1.01),
        ([[1.0], [1e-9]], [[1.0], [0.0]], 1e-6),
        ([[float("nan")]], [[float("nan")]], float("inf")),
        ([[1.0]], [[float("inf")]], float("inf")),
    ],
)
def test_the_error_follows_its_formula(numerical, analytical, error):
    left, right = ([np.array(a) for a in arrays] for arrays in (numerical, analytical))
    assert gradient_checker.compute_gradient_error(left, right) == pytest.approx(error)


@pytest.mark.parametrize(
    ("numerical", "analytical", "message"),
    [
        ([np.ones(2)], [], "numerical holds 1 arrays and analytical 0"),
        (
            [np.ones(2)],
            [np.ones((2, 1))],
            r"numerical\[0\] has shape \(2,\) and analytical\[0\] has shape \(2, 1\)",
        ),
        (np.ones(2), [np.ones(2)], "numerical must be a list .* got ndarray"),
    ],
)
def test_what_does_not_fit_together_is_named(numerical, analytical, message):
    with pytest.raises(ValueError, match=message):
        gradient_checker.compute_gradient_error(numerical, analytical)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": [np.ones((5, 1))]}, r"x\[0\] holds 8 examples and y\[0\] 5 examples"),
        ({"y": [np.ones((8, 1))] * 2}, "returns 1 outputs, but y holds 2 targets"),
        ({"x": []}, "x is an empty list; expected one array per input"),
        ({"variables": []}, "no variables to differentiate"),
        ({"variables": [3.0]}, "variables holds 3.0, which is no tf.Variable"),
        ({"variables": [tf.Variable(1, name="n")]}, "holds 'n' of dtype int32"),
        ({"variables": tf.Variable(1.0)}, "variables must be a list"),
        ({"model": 3}, "model=3 must be callable"),
    ],
)
def test_bad_arguments_are_named(change, message):
    model, xs, ys = regression()
    given = {"model": model, "x": xs, "y": ys, "variables": None} | change
    for compute in (
        gradient_checker.compute_numerical_gradient,
        gradient_checker.compute_analytical_gradient,
    ):
        with pytest.raises(ValueError, match=message):
            compute(
                given["model"],
                keras.losses.mean_squared_error,
                given["x"],
                given["y"],
                variables=given["variables"],
            )


def test_the_tutorials_script_runs_as_printed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(EXAMPLES / "check_a_model.py"))
    out = capsys.readouterr().out
    assert out.count("relative error") == 2
    assert "step 200: loss 0.00" in out
    assert (tmp_path / "check_a_model.png").exists() == ("the plot is in" in out)


def test_a_broken_custom_gradient_is_found(capsys):
    runpy.run_path(str(EXAMPLES / "find_a_broken_gradient.py"))
    out = capsys.readouterr().out
    assert [line.split()[-1] for line in out.splitlines() if "relative error" in line] == [
        "wrong",
        "right",
        "right",
    ]
    assert "softsign: WRONG" in out
