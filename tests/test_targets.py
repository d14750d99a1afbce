"""Dotted names to objects, rows to evaluations."""

import numpy as np
import pytest

from opcheck.backend import tf
from opcheck.cases import expand
from opcheck.coverage.calls import Calls, noted
from opcheck.domains import as_variable, indices, normal
from opcheck.errors import RecipeError, UsageError
from opcheck.matrix import check_case
from opcheck.spec import COMPLEX128, DTYPE, choices, exactly, function, layer, loss, op, sample
from opcheck.targets import evaluate_case, is_raw_op, resolve


def evaluation(row):
    return evaluate_case(next(iter(expand(row))))


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("tf.nn.relu", tf.nn.relu),
        ("tf.math:sin", tf.math.sin),
        ("keras.layers.Dense", tf.keras.layers.Dense),
        ("opcheck.compositions.read_variable", None),
        ("math:hypot", None),
    ],
)
def test_names_are_resolved(target, expected):
    found = resolve(target)
    assert callable(found)
    assert expected is None or found is expected


def test_a_name_that_tensorflow_lacks_suggests_what_it_has():
    with pytest.raises(RecipeError, match=r"lacks tf\.nn\.gelo: .*did you mean .*gelu"):
        resolve("tf.nn.gelo")


def test_a_module_that_cannot_be_imported_is_named():
    with pytest.raises(UsageError, match="cannot import 'no_such_module'"):
        resolve("no_such_module:thing")


def test_a_module_that_raises_on_import_is_named(tmp_path, monkeypatch):
    (tmp_path / "raises_on_import.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UsageError, match=r"'raises_on_import' raises on import, .*: ZeroDivision"):
        resolve("raises_on_import:thing")


def test_raw_ops_are_known_with_and_without_their_prefix():
    assert is_raw_op("Exp")
    assert is_raw_op("tf.raw_ops.Exp")
    assert not is_raw_op("Expp")


def test_inputs_are_drawn_once_and_alike_in_every_dtype():
    row = op("Exp", x=normal(3), dtypes=("float32", "float64"))
    found = {(c.sample.id, c.dtype): evaluate_case(c).primals[0].point for c in expand(row)}
    np.testing.assert_array_equal(found["3", "float32"], found["3", "float64"].astype(np.float32))


def test_a_zero_at_a_special_point_stands_among_random_numbers():
    row = op("Exp", sample("a", x=normal(3)), sample("b", x=normal(3)))
    cases = {case.sample.id: case for case in expand(row)}
    there = evaluate_case(cases["a-x=zero"]).primals[0].point
    assert there[0] == 0
    assert np.count_nonzero(there) == 2


def test_lists_of_inputs_are_filled_in_order():
    found = evaluation(op("ConcatV2", values=[normal(1), normal(2)], axis=0))
    assert [primal.name for primal in found.primals] == ["values[0]", "values[1]"]
    assert found.value.size == 3


def test_wrt_limits_what_is_differentiated():
    found = evaluation(op("Mul", x=normal(2), y=normal(2), wrt=("y",)))
    assert [found.primals[i].name for i in found.differentiated] == ["y"]
    with pytest.raises(RecipeError, match=r"wrt='z' is none of its inputs \['x', 'y'\]"):
        evaluation(op("Mul", x=normal(2), y=normal(2), wrt=("z",)))


def test_the_cases_dtype_is_passed_where_asked_for():
    found = evaluation(op("Cast", x=normal(2), DstT=DTYPE, dtypes=COMPLEX128))
    assert found.outputs[0].dtype is np.complex128


def test_exact_numbers_reach_the_function_in_their_dtype():
    seen = []
    row = op("Gather", params=normal(2), indices=exactly([0, 1], "int64"))
    evaluate_case(
        next(iter(expand(row))), lambda params, indices: (seen.append(indices), params)[1]
    )
    # An op makes its own dtype of an array, which a tensor keeps.
    assert seen[0].dtype == tf.int64
    assert seen[0].numpy().tolist() == [0, 1]


def test_an_op_really_runs_with_the_exact_dtype():
    calls = Calls()
    row = op("Sum", input=normal(2, 3), axis=exactly([-1], "int64"))
    with noted(["Sum"], calls, lambda: "case"):
        check_case(next(iter(expand(row))))
    assert ("Tidx", "int64") in {(pair.name, pair.value) for pair in calls.pairs}


def test_variables_reach_the_function_as_such():
    seen = []
    row = function("opcheck.compositions.read_variable", x=as_variable(normal(2)))
    found = evaluate_case(next(iter(expand(row))), lambda x: (seen.append(type(x)), x * 1.0)[1])
    assert found.differentiated == (0,)
    assert all(issubclass(kind, tf.Variable) for kind in seen)


def test_a_custom_gradient_is_called_by_position():
    # Given keywords it raises in graphs.
    @tf.custom_gradient
    def scaled(x, y):
        return x * y, lambda dy: (dy * y, dy * x)

    case = next(iter(expand(function("mine.scaled", y=normal(2), x=normal(2)))))
    for found in (scaled, tf.function(scaled)):
        evaluation = evaluate_case(case, found)
        y, x = (tf.constant(primal.point) for primal in evaluation.primals)
        np.testing.assert_array_equal(evaluation.value, x * y)
        np.testing.assert_array_equal(tf.function(evaluation.function)(y, x), x * y)


def test_rejected_inputs_name_row_input_and_tensorflows_words():
    row = op("MatMul", sample("bad", a=normal(2, 3), b=normal(2, 3)))
    with pytest.raises(RecipeError) as caught:
        evaluation(row)
    text = str(caught.value)
    assert "tf.raw_ops.MatMul rejects the inputs of its sample 'bad' in float64" in text
    assert "a: float64 [2, 3], b: float64 [2, 3]" in text
    assert "Matrix size-incompatible" in text


def test_a_layer_brings_its_weights_and_keeps_them_off_their_initial_values():
    found = evaluation(layer("tf.keras.layers.Dense", normal(2, 4), units=3))
    names = [primal.name.rpartition("/")[2] for primal in found.primals]
    assert names == ["input", "kernel", "bias"]
    assert found.primals[2].point.any()


def test_the_state_of_a_layer_is_restored():
    row = layer("tf.keras.layers.BatchNormalization", normal(4, 2), training=True)
    found = evaluation(row)
    vector = found.primals[0].point.reshape(-1)
    np.testing.assert_array_equal(found(0, vector), found(0, vector))


def test_dropout_is_replayed():
    row = layer("tf.keras.layers.Dropout", normal(8), rate=0.5, seed=1, training=True)
    found = evaluation(row)
    assert found.is_deterministic
    np.testing.assert_array_equal(found(0, np.ones(8)) == 0, found.value == 0)


def test_integer_inputs_of_a_layer_leave_the_weights():
    row = layer("tf.keras.layers.Embedding", indices(5)(3), input_dim=5, output_dim=2)
    found = evaluation(row)
    assert [found.primals[i].variable is not None for i in found.differentiated] == [True]


def test_a_layer_that_cannot_be_built_is_named():
    row = layer("tf.keras.layers.Dense", normal(2, 4), units=choices(-1))
    with pytest.raises(RecipeError, match=r"tf.keras.layers.Dense cannot be built with units=-1"):
        evaluation(row)


def test_a_loss_differentiates_the_prediction_alone():
    row = loss("tf.keras.losses.MeanSquaredError", [[0.0, 1.0]], normal(1, 2))
    found = evaluation(row)
    assert [found.primals[i].name for i in found.differentiated] == ["y_pred"]


def test_a_function_is_no_layer():
    with pytest.raises(RecipeError, match=r"tf.nn.relu is no class, so there is no layer of it"):
        evaluation(layer("tf.nn.relu", normal(2)))
