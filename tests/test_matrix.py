"""The agreement matrix: faults that exist in one mode alone, and checks that say nothing."""

import json
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import tensorflow as tf

import opcheck
from opcheck import Outcome, cli, matrix, registry
from opcheck.agreement import agrees
from opcheck.cases import AGREEMENT, Case, select_cases
from opcheck.domains import normal
from opcheck.errors import InapplicableError
from opcheck.evaluation import evaluate
from opcheck.jacobian.numeric import numeric_jacobian, unknown_jacobian
from opcheck.jacobian.structure import analytic_blocks
from opcheck.matrix import check_case
from opcheck.modes import COMPILED, MODES, NESTED
from opcheck.pipeline import verified
from opcheck.spec import Kind, sample
from opcheck.transforms import compiled, gradient_of

# Of functions in this file.
HERE = "tests.test_matrix"


def cell(target, check, dtype="float64", **inputs):
    inputs = inputs or {"x": normal(2, 3)}
    kind = Kind.OP if target.startswith("tf.raw_ops.") else Kind.FUNCTION
    return Case(kind, target, sample("a", **inputs), dtype, check, "test")


def off_where(is_off):
    """A sine whose gradient is off by a tenth where something is so of its tensor."""

    @tf.custom_gradient
    def function(x):
        return tf.sin(x), lambda dy: dy * tf.cos(x) * (1.1 if is_off(x) else 1.0)

    return function


@tf.custom_gradient
def _one(x):
    """Ones whose slope is not theirs."""
    return tf.ones_like(x), lambda dy: 0.1 * dy


@tf.custom_gradient
def _off_in_second_order(x):
    return tf.sin(x), lambda dy: dy * tf.cos(x) * _one(x)


def _is_vectorising(x):
    del x
    return not tf.executing_eagerly() and tf.compat.v1.get_default_graph().name == "f"


# How far off the second derivative of `single` is.
SLOPE = 0.0


@tf.custom_gradient
def _single(x):
    @tf.custom_gradient
    def one(x):
        return tf.ones_like(x), lambda dy: SLOPE * dy

    return tf.exp(x), lambda dy: dy * tf.exp(x) * one(x)


def single(x):
    if x.dtype != tf.float32:
        raise TypeError("in single precision alone")
    return _single(x)


right = tf.sin
off_in_graphs = off_where(lambda x: not tf.executing_eagerly())
off_without_shapes = off_where(lambda x: not x.shape.is_fully_defined())
off_in_pfor = off_where(_is_vectorising)
off_in_second_order = _off_in_second_order


def two_outputs(x, y):
    return [x * y, tf.sin(y)]


def raising_in_graphs(x):
    return tf.constant(np.sin(x.numpy()) * 0) + tf.sin(x)


def drawing(x):
    return x * tf.random.normal([2, 3], dtype=x.dtype)


def summing_to_one(x):
    return tf.nn.softmax(x)


def linear(x):
    return 2 * x


@pytest.mark.parametrize("check", AGREEMENT)
@pytest.mark.parametrize("function", ["right", "summing_to_one", "linear"])
def test_a_right_function_passes_all_of_it(function, check):
    report = check_case(cell(f"{HERE}:{function}", check))
    assert report.outcome is Outcome.PASS, report.explain()
    assert report.compared > 0


@pytest.mark.parametrize(
    ("function", "caught"),
    [
        ("off_in_graphs", {"graph", "graph_dynamic", "pfor", "xla"}),
        ("off_without_shapes", {"graph_dynamic"}),
        ("off_in_pfor", {"pfor"}),
        ("off_in_second_order", {"second_order"}),
    ],
)
def test_a_fault_in_one_mode_is_found_by_the_checks_of_that_mode(function, caught):
    found = {check: check_case(cell(f"{HERE}:{function}", check)).outcome for check in AGREEMENT}
    bad = {check for check, outcome in found.items() if not outcome.is_good}
    # Forward mode transposes gradients in graphs of its own.
    assert bad - {"forward"} == caught
    modes = {check: found[check] for check in caught - {"second_order"}}
    assert set(modes.values()) <= {Outcome.MODE_MISMATCH}


@pytest.mark.parametrize("mode", COMPILED)
def test_what_agrees_is_compiled_as_the_tape_records_it_alone(monkeypatch, mode):
    monkeypatch.setattr(matrix, "compiled", None)
    report = check_case(cell(f"{HERE}:two_outputs", mode, x=normal(2, 3), y=normal(3)))
    assert report.outcome is Outcome.PASS
    assert [part.compared for part in report.parts] == [54, 27]


def test_a_report_names_its_case_and_how_to_repeat_it():
    case = cell(f"{HERE}:off_without_shapes", "graph_dynamic")
    report = check_case(case)
    assert report.subject == case.id
    assert report.repeat == case.repeat
    assert report.mode == "graph_dynamic"
    check_case(cell(f"{HERE}:off_without_shapes", "jacobian"))
    assert check_case(case).subject == case.id


def test_a_missing_second_derivative_is_missing():
    report = check_case(cell("tf.raw_ops.Softsign", "second_order", features=normal(2, 3)))
    assert report.outcome is Outcome.MISSING
    assert "unregistered" in report.explain()


@pytest.mark.parametrize(
    ("target", "check", "reason"),
    [
        ("raising_in_graphs", "graph", "does not run in a graph: AttributeError"),
        ("raising_in_graphs", "graph_dynamic", "does not run in a graph of unknown shapes"),
        ("raising_in_graphs", "xla", "does not run by XLA"),
        ("drawing", "xla", "another by XLA"),
    ],
)
def test_a_check_that_says_nothing_says_why(target, check, reason):
    with pytest.raises(InapplicableError, match=reason):
        check_case(cell(f"{HERE}:{target}", check))


def again(found, values):
    """A compiled function that gives, or raises, something else when it is called again."""
    rest = iter(values)

    def judged(arguments):
        value = next(rest)
        if isinstance(value, Exception):
            raise value
        return [tf.constant(value, tf.float64)]

    found.judged = judged
    return found


@pytest.mark.parametrize(
    ("values", "is_same"),
    [
        ([[1.0, 2.0]] * 4, True),
        ([[1.0, 2.0], [1.0, 2.0], [2.0, 1.0], [1.0, 2.0]], False),
        ([[1.0, 2.0], [1.0], [1.0, 2.0], [1.0, 2.0]], False),
        ([[1.0, 2.0], ArithmeticError("once only")], False),
    ],
    ids=["same", "shuffled", "shorter", "raising"],
)
def test_a_compiled_function_is_the_same_where_more_calls_are(values, is_same):
    evaluation = evaluate(linear, [np.array([0.5, 1.0])])
    assert matrix._is_same(again(compiled(evaluation, "graph"), values), evaluation) is is_same


def test_differences_of_a_gradient_in_half_precision_tell_nothing_of_the_next():
    given = sample("a", normal(2, 3), units=2, dtype="mixed_float16")
    case = Case(Kind.LAYER, "tf.keras.layers.Dense", given, "float32", "second_order", "test")
    with pytest.raises(InapplicableError, match="rounds to float16 on its way"):
        check_case(case)


@pytest.mark.parametrize("off", [1e-3, 0.1])
def test_a_wrong_second_derivative_of_single_precision_alone(monkeypatch, off):
    monkeypatch.setattr("tests.test_matrix.SLOPE", off)
    assert check_case(cell(f"{HERE}:single", "second_order", "float32")).outcome is Outcome.WRONG


def test_differences_of_a_gradient_are_known_to_how_symmetric_they_are():
    """Off in one of two entries that mirror each other: it is the differences that are."""
    hessian = np.array([[2.0, 1.0, 0.0], [1.0, 3.0, 0.0], [0.0, 0.0, 4.0]])

    def judged(off, dtype=np.float32):
        def quadratic(x):
            return tf.linalg.matvec(tf.constant(hessian, dtype), x) * x / 2

        def difference(evaluation, number, **options):
            found = numeric_jacobian(evaluation, number, **options)
            return replace(found, matrix=found.matrix + off)

        evaluation = evaluate(quadratic, [np.array([0.5, -0.25, 1.0], dtype)])
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("opcheck.pipeline._glance", lambda *given: None)
            return verified(evaluation, "quadratic", "", "reverse", 2, difference).outcome

    def off(*places, by=3e-4):
        matrix = np.zeros((3, 3))
        for place in places:
            matrix[place] = by
        return matrix

    assert judged(off()) is Outcome.PASS
    assert judged(off((0, 1))) is Outcome.PASS
    assert judged(off((0, 1), by=1e-2)) is Outcome.INCONCLUSIVE
    # In double precision a gradient has no such rounding.
    assert judged(off((0, 1), by=1e-9), np.float64) is Outcome.WRONG
    # No symmetric error is excused, and no other row or column.
    assert judged(off((0, 1), (1, 0))) is Outcome.WRONG
    assert judged(off((0, 1), (2, 2))) is Outcome.WRONG
    # Nor does an entry that has no difference excuse those beside it.
    with np.errstate(invalid="ignore"):
        assert judged(off((0, 1), (1, 0)) + off((0, 2), by=np.inf)) is Outcome.WRONG


def test_what_differences_cannot_tell_in_single_precision_is_not_applicable(monkeypatch):
    def unknown(evaluation, number, *given, **options):
        return unknown_jacobian(evaluation, number)

    reverse = matrix._reverse(cell(f"{HERE}:single", "second_order", "float32"))
    monkeypatch.setattr("opcheck.matrix.glimpsed", lambda *given: None)
    monkeypatch.setattr("opcheck.pipeline._glance", lambda *given: None)
    monkeypatch.setattr("opcheck.matrix.verified", partial(verified, difference=unknown))
    with pytest.raises(InapplicableError, match="in single precision alone, and the differences"):
        matrix._second_order(reverse)


def test_what_would_end_the_process_is_left_out_with_the_reason():
    (case,) = (
        case
        for case in select_cases(registry.rows(), ["tf.raw_ops.SplitV/int64*/xla"])
        if case.check == "xla"
    )
    with pytest.raises(InapplicableError, match="end the process where a graph is made"):
        check_case(case)


def test_a_check_that_does_not_exist_is_named_with_the_nearest(capsys):
    assert cli.main(["run", "Exp", "--checks", "jacobain"]) == 2
    assert "unknown check (expected jacobian, " in (err := capsys.readouterr().err)
    assert "'jacobain'; did you mean jacobian?" in err


def test_where_reverse_mode_is_wrong_nothing_is_held_against_it():
    case = cell("tf.raw_ops.Snapshot", "forward", input=normal(2))
    with pytest.raises(InapplicableError, match="reverse mode itself is missing"):
        check_case(case)


def test_the_same_but_for_rounding_is_told_from_the_same_but_for_a_little_more():
    evaluation = evaluate(lambda x: tf.sin(x) * x, [np.linspace(0.5, 2.0, 6)])
    blocks = analytic_blocks(evaluation)
    assert agrees(evaluation, blocks, "forward")
    assert agrees(evaluation, blocks, "graph")
    blocks[0].entries[3] *= 1 + 1e-12
    assert not agrees(evaluation, blocks, "forward")
    assert not agrees(evaluation, blocks, "graph")


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "reverse"])
def test_an_entry_that_is_off_by_little_is_seen_in_every_mode(mode):
    order = 2 if mode in NESTED else 1
    evaluation = evaluate(lambda x: tf.sin(x) * x, [np.linspace(0.5, 2.0, 6)])
    blocks = analytic_blocks(gradient_of(evaluation, order - 1))
    assert agrees(evaluation, blocks, mode, order)
    blocks[0].entries[2] += 1e-9
    assert not agrees(evaluation, blocks, mode, order)


@pytest.mark.parametrize("number", [0, 1])
def test_an_entry_of_each_of_several_inputs_is_seen_beside_larger_ones(number):
    """Each input moves alone once: what others add to an output hides nothing of its own."""
    xs = [np.array([0.7, -1.2]), np.array([0.4, 2.0])]
    evaluation = evaluate(lambda x, y: 1e9 * x * x + tf.sin(y), xs)
    blocks = analytic_blocks(evaluation)
    assert agrees(evaluation, blocks, "forward")
    blocks[number].entries[0, 1] *= 1 + 1e-12
    assert not agrees(evaluation, blocks, "forward")


def test_two_accumulators_are_looked_at_by_themselves():
    def f(x):
        kept = tf.identity(x)
        return (kept * kept) * kept

    report = opcheck.check(f, [np.array([0.7])], order=2, mode="forward_over_forward")
    assert report.outcome is Outcome.MODE_MISMATCH


def test_a_layer_is_put_back_between_the_cells_of_its_row():
    """Another sample of the layer moves its weights in between."""
    target, checks = "tf.keras.layers.Dense", ("forward", "graph", "second_order")

    def at(check, id):
        given = sample(id, normal(2, 3), units=2)
        return Case(Kind.LAYER, target, given, "float64", check, "test")

    for check in checks:
        assert check_case(at(check, "a")).outcome is Outcome.PASS
        assert check_case(at("jacobian", "b")).outcome is Outcome.PASS
    assert check_case(at("graph", "a")).outcome is Outcome.PASS


def test_a_cell_can_be_checked_by_its_id(capsys):
    assert cli.main(["check", "tf.raw_ops.Exp/2x3/float64/forward"]) == 0
    assert "tf.raw_ops.Exp/2x3/float64/forward: PASS" in capsys.readouterr().out
    assert cli.main(["check", "tf.raw_ops.SparseAdd/3_4_scalar/float64/xla", "--json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert "No registered 'SparseAdd' OpKernel" in data["not_applicable"]
    assert "__inference" not in data["not_applicable"]


def test_a_mode_cannot_be_asked_of_a_cell(capsys):
    assert cli.main(["check", "tf.raw_ops.Exp/2x3/float64/forward", "--mode", "xla"]) == 2
    assert "--mode xla cannot be asked of it" in capsys.readouterr().err


def test_a_script_for_a_cell_is_refused(capsys):
    assert cli.main(["repro", "tf.raw_ops.Exp/2x3/float64/forward"]) == 2
    assert "a cell of the agreement matrix" in capsys.readouterr().err
