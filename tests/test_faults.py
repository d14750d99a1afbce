"""Fault injection: what is planted, that it reaches every gradient, and what becomes of it."""

from __future__ import annotations

import time
from types import SimpleNamespace

import numpy as np
import pytest

import opcheck
from opcheck import registry
from opcheck.backend import tf
from opcheck.cases import expand, select_cases
from opcheck.domains import nonzero, normal, symmetric
from opcheck.errors import UsageError
from opcheck.faults.injection import planted, recorded
from opcheck.faults.planting import Call, Fault, is_same
from opcheck.faults.records import Fate, Finding, Trial, share
from opcheck.faults.running import Job, do, jobs_for, run
from opcheck.faults.summary import percent, survivors
from opcheck.faults.table import FAULTS, faults_of
from opcheck.faults.trial import judge_ops
from opcheck.precision import Precision
from opcheck.spec import BROADCAST, COMPLEX128, function, op
from tests import jobs as works
from tests.examples import in_family

BY_KIND = {fault.kind: fault for fault in FAULTS}


def a_call(right, *inputs, cotangent=None, **attributes):
    """A call of a gradient function, as a tape makes it."""
    given = SimpleNamespace(
        inputs=[tf.constant(x) for x in inputs], get_attr=lambda name: attributes[name]
    )
    cotangent = tf.ones_like(given.inputs[0]) if cotangent is None else tf.constant(cotangent)
    return Call.of(right, given, (cotangent,))


def changed(kind, call, place=0):
    """What a fault makes of one gradient, as an array; None for None."""
    wrong = BY_KIND[kind].plant(call, place)[place]
    return None if wrong is None else wrong.numpy()


MATRIX = np.array([[1.0, 2.0], [0.0, -4.0]])


def through(op, dy):
    """The gradient of the identity."""
    return dy


# -- What is planted --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("scaled by 1 + 1e-3", MATRIX * (1 + 1e-3)),
        ("scaled by 1 - 1e-6", MATRIX * (1 - 1e-6)),
        ("first entry off by 1e-3", [[1.001, 2.0], [0.0, -4.0]]),
        ("last entry off by 1e-3", [[1.0, 2.0], [0.0, -4.004]]),
        ("a constant 1e-3 added", MATRIX + 1e-3),
        ("negated", -MATRIX),
        ("zeroed", np.zeros((2, 2))),
        ("of another shape", [MATRIX, MATRIX]),
        ("transposed", MATRIX.T),
        ("rolled along the first axis", MATRIX[::-1]),
        ("rolled along the last axis", MATRIX[:, ::-1]),
        ("for a cotangent of ones", np.ones((2, 2))),
        ("NaN where the gradient is 0", [[1.0, 2.0], [np.nan, -4.0]]),
    ],
)
def test_a_fault_changes_a_gradient(kind, expected):
    call = a_call(through, np.zeros((2, 2)), cotangent=MATRIX)
    np.testing.assert_allclose(changed(kind, call), expected, rtol=1e-15)


@pytest.mark.parametrize(
    ("kind", "factor"),
    [
        ("scaled by 1 + 1e-3 where the input is negative", [1.0, 1.0, 1.0, 1.001]),
        ("scaled by 1 + 1e-3 where the input is beyond 1", [1.0, 1.001, 1.0, 1.001]),
        ("doubled where inputs tie", [1.0, 1.0, 1.0, 1.0]),
        ("NaN where the input is 0", [1.0, 1.0, np.nan, 1.0]),
    ],
)
def test_a_fault_knows_the_input(kind, factor):
    call = a_call(through, MATRIX)
    np.testing.assert_array_equal(changed(kind, call).ravel(), factor)


def test_ties_are_seen():
    call = a_call(through, np.array([3.0, 1.0, 3.0]))
    np.testing.assert_array_equal(changed("doubled where inputs tie", call), [2.0, 1.0, 2.0])


def test_none_and_the_transpose_of_what_is_not_square():
    call = a_call(through, np.zeros((2, 3)), cotangent=np.arange(6.0).reshape(2, 3))
    assert changed("None", call) is None
    np.testing.assert_array_equal(changed("transposed", call), [[0, 3, 1], [4, 2, 5]])


def test_complex_faults():
    call = a_call(through, np.array([1 + 2j]), cotangent=np.array([1 + 2j]))
    assert changed("conjugated", call) == [1 - 2j]
    assert changed("real part only", call) == [1]


def test_a_sum_over_broadcast_axes_keeps_one_term():
    def gradient(op, dy):
        return dy, tf.reduce_sum(dy, 0)

    call = a_call(gradient, np.zeros((2, 2)), np.zeros(2), cotangent=MATRIX)
    kind = "sum over a broadcast axis missing"
    np.testing.assert_array_equal(changed(kind, call, 1), [1.0, 2.0])
    assert BY_KIND[kind].reaches(call, 1)
    assert not BY_KIND[kind].reaches(call, 0)


def test_the_gradient_of_another_input_is_of_the_same_shape():
    call = a_call(lambda op, dy: (dy, 2 * dy, tf.ones(3)), MATRIX, MATRIX, np.ones(3))
    kind = "that of another input"
    np.testing.assert_array_equal(changed(kind, call, 0), 2 * np.ones((2, 2)))
    np.testing.assert_array_equal(changed(kind, call, 1), np.ones((2, 2)))
    assert not BY_KIND[kind].reaches(call, 2)


def test_an_empty_axis():
    kind = "wrong for an empty axis"
    empty = a_call(through, np.zeros((0, 2)))
    assert changed(kind, empty).shape == (1, 0, 2)
    summed = a_call(lambda op, dy: tf.zeros(2), np.zeros(2), cotangent=np.zeros((0, 2)))
    np.testing.assert_array_equal(changed(kind, summed), [1.0, 1.0])
    assert not BY_KIND[kind].reaches(a_call(through, MATRIX), 0)


def test_slices_are_changed_where_they_hold_entries():
    def gradient(op, dy):
        return tf.IndexedSlices(dy, tf.constant([0, 3]), tf.constant([4, 2]))

    wrong = BY_KIND["negated"].plant(a_call(gradient, MATRIX, cotangent=MATRIX), 0)[0]
    np.testing.assert_array_equal(tf.convert_to_tensor(wrong)[3], [0.0, 4.0])


def test_what_holds_no_numbers_is_left_alone():
    call = a_call(lambda op, dy: (None, tf.constant([1, 2])), MATRIX, MATRIX)
    for fault in FAULTS:
        assert fault.plant(call, 0) == call.gradients
        assert fault.plant(call, 1) == call.gradients


def test_faults_for_attributes_dtypes_and_outputs():
    def of(transposed, dtype):
        x = np.ones((2, 2), dtype)
        return a_call(lambda op, dy: (dy, dy), x, x, transpose_a=transposed)

    calls = [of(True, "float64"), of(False, "complex128")]
    found = {fault.detail: fault for fault in faults_of("MatMul", calls) if fault.detail}
    assert [name for name in sorted(found) if not name.startswith("grad_")] == [
        "complex128",
        "float64",
        "transpose_a=False",
        "transpose_a=True",
        "transpose_b=False",
        "transpose_b=True",
    ]
    assert found["transpose_a=True"].reaches(calls[0], 1)
    assert not found["transpose_a=True"].reaches(calls[1], 1)
    assert found["complex128"].reaches(calls[1], 0)


@pytest.mark.parametrize(
    ("size", "visible"),
    [(1e-3, ["float32", "float64", "complex128"]), (1e-6, ["float64", "complex128"])],
)
def test_short_dtypes_are_not_asked_for_small_faults(size, visible):
    fault = Fault("", size, lambda *_: True, lambda *_: None)
    dtypes = ["bfloat16", "float16", "float32", "float64", "complex128"]
    kinds = {dtype: tf.as_dtype(dtype).as_numpy_dtype for dtype in dtypes}
    assert [d for d in dtypes if fault.is_visible(Precision.of(kinds[d]).unit)] == visible


@pytest.mark.parametrize(
    ("gradient", "other", "same"),
    [
        ([1.0, 2.0], [1.0, 2.0 + 1e-15], True),
        ([1.0, 2.0], [1.0, 2.0 + 1e-9], False),
        ([1e9, 0.0], [1e9, 1e-9], True),
        ([np.nan, 1.0], [np.nan, 1.0], True),
        ([np.nan, 1.0], [0.0, 1.0], False),
        ([np.inf], [np.inf], True),
        ([0.0, 0.0], None, True),
        ([0.0, 1.0], None, False),
        ([[1.0]], [1.0], False),
        ([], [], True),
    ],
)
def test_gradients_are_the_same_but_for_rounding(gradient, other, same):
    gradient = tf.constant(gradient, tf.float64)
    other = None if other is None else tf.constant(other, tf.float64)
    assert is_same(gradient, other) is same
    assert is_same(other, gradient) is same


# -- Where it is planted ----------------------------------------------------------------------


def slope(f, x):
    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = f(x)
    return float(tape.gradient(y, x))


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function])
def test_a_fault_reaches_eager_code_and_graphs_and_is_taken_back(wrap):
    with planted("Square", BY_KIND["negated"], 0) as found:
        assert slope(wrap(tf.square), 3.0) == -6.0
    assert found.calls == 1
    assert slope(wrap(tf.square), 3.0) == 6.0


def test_a_fault_is_taken_back_after_an_error():
    with pytest.raises(RuntimeError), planted("Square", BY_KIND["negated"], 0):
        raise RuntimeError
    assert slope(tf.square, 3.0) == 6.0


def test_gradient_functions_registered_meanwhile_stay():
    name = f"OpcheckTest{time.monotonic_ns()}"
    with planted("Square", BY_KIND["negated"], 0):
        tf.RegisterGradient(name)(through)
    with recorded([name]) as calls:
        assert calls == {}


def test_calls_are_recorded():
    with recorded(["Square", "Mul"]) as calls:
        assert slope(tf.square, 3.0) == 6.0
    assert list(calls) == ["Square"]
    assert float(calls["Square"][0].gradients[0]) == 6.0
    assert not calls["Square"][0].is_symbolic
    with recorded(["Square"]) as calls:
        slope(tf.function(tf.square), 3.0)
    assert calls["Square"][0].is_symbolic


# -- What becomes of it -----------------------------------------------------------------------


def fates(finding, kind):
    return {trial.input: trial.fate for trial in finding.trials if trial.kind == kind}


def judged(name, *rows, defects=()):
    # As `opcheck faults` does: at random points.
    cases = [case for row in in_family("example", *rows) for case in expand(row)]
    cases = [case for case in cases if case.check == "jacobian"]
    (finding,) = judge_ops([name], cases, defects, [name])
    return finding


def test_the_faults_of_an_op_are_caught():
    finding = judged("Mul", op("Mul", x=normal, y=normal, dtypes=("complex128", "float64")))
    assert finding.is_good
    assert finding.survivors == ()
    assert finding.cases == 2 * len(BROADCAST)
    assert finding.count(Fate.CAUGHT) >= 40
    assert set(fates(finding, "conjugated").values()) == {Fate.CAUGHT}
    assert set(fates(finding, "sum over a broadcast axis missing").values()) == {Fate.CAUGHT}
    caught = next(trial for trial in finding.trials if trial.fate is Fate.CAUGHT)
    assert caught.caught_by.startswith("tf.raw_ops.Mul/")
    assert caught.cases == 1


def test_what_changes_nothing_is_no_survivor():
    finding = judged("Mul", op("Mul", x=normal(), y=normal()))
    assert finding.survivors == ()
    assert fates(finding, "transposed") == {"x": Fate.NOT_REACHED, "y": Fate.NOT_REACHED}
    # A scalar's only cotangent is 1.
    assert set(fates(finding, "for a cotangent of ones").values()) == {Fate.EQUIVALENT}


def test_an_input_that_no_case_differentiates_is_a_hole():
    finding = judged("Atan2", op("Atan2", y=normal(2), x=2.0))
    assert not finding.is_good
    assert {trial.input for trial in finding.survivors} == {"x"}
    assert {trial.reason for trial in finding.survivors} == {
        "no Jacobian changes: no case differentiates this input there"
    }


def test_what_no_direction_shows_is_no_fault():
    # Only the lower triangle is read, and the two mirrored entries move together.
    finding = judged("SelfAdjointEigV2", op("SelfAdjointEigV2", input=symmetric(3, 3), judged=(0,)))
    assert fates(finding, "transposed") == {"input": Fate.EQUIVALENT}


def test_a_gradient_that_is_wrong_already_masks_faults():
    row = op("MulNoNan", x=normal(2), y=nonzero(2), dtypes=COMPLEX128, variant="complex")
    finding = judged("MulNoNan", row, defects=registry.known_defects())
    assert fates(finding, "conjugated") == {"x": Fate.MASKED, "y": Fate.MASKED}
    # It fails in another way then.
    assert fates(finding, "None") == {"x": Fate.CAUGHT, "y": Fate.CAUGHT}
    assert finding.is_good
    reasons = {trial.reason for trial in finding.trials if trial.fate is Fate.MASKED}
    assert reasons == {"what it changes is wrong already: MulNoNan-complex"}


def test_a_gradient_function_that_raises_by_itself_is_noted():
    values = {"a_values": nonzero(2), "b_values": nonzero(2)}
    places = {"a_indices": [[0], [1]], "b_indices": [[0], [1]], "a_shape": [3], "b_shape": [3]}
    finding = judged("SparseSparseMaximum", op("SparseSparseMaximum", **values, **places))
    assert finding.trials == ()
    assert finding.note == "its gradient function raises without a fault"
    assert finding.is_good


def test_small_faults_need_long_dtypes():
    finding = judged("Exp", op("Exp", x=normal(2), dtypes=("float32",)))
    assert fates(finding, "scaled by 1 + 1e-3") == {"x": Fate.CAUGHT}
    assert fates(finding, "scaled by 1 + 1e-6") == {"x": Fate.NOT_REACHED}


def test_faults_in_graphs_are_planted_anew_each_time():
    name = "opcheck.compositions.cond_of_flag"
    row = function(name, x=normal(2), y=normal(2), flag=True)
    finding = judged("StatelessIf", row)
    assert finding.count(Fate.CAUGHT) >= 10
    assert finding.survivors == ()


def test_an_op_whose_gradient_no_case_takes():
    finding = judged("Sin", op("Mul", x=normal(), y=normal()))
    assert finding.error == "no case calls its gradient function"
    assert not finding.is_good


# -- Runs -------------------------------------------------------------------------------------


def test_jobs_for_ops_coverage_and_what_is_asked_for():
    rows = in_family(
        "example",
        op("Exp", x=normal),
        op("AdjustHue", images=normal(2, 2, 3), delta=normal()),
        function("a.first", x=normal, covers=("While", "Exp")),
        function("b.second", x=normal, covers=("While",)),
    )
    able = ("Exp", "While", "If")
    whole = jobs_for(rows, (), able)
    assert {(job.ops, job.targets) for job in whole} == {
        (("Exp",), ("tf.raw_ops.Exp", "a.first")),
        (("While",), ("a.first", "b.second")),
    }
    assert all(job.patterns == job.targets for job in whole)
    (named,) = jobs_for(rows, ("exp",), able)
    assert named == Job(("Exp",), ("tf.raw_ops.Exp", "a.first"), ("exp", "a.first"))
    (covered,) = jobs_for(rows, ("while",), able)
    assert covered == Job(("While",), ("a.first", "b.second"), ("a.first", "b.second"))
    (one,) = jobs_for(rows, ("Exp/2x3",), able)
    assert one == Job(("Exp",), ("tf.raw_ops.Exp",), ("Exp/2x3",))
    asked = jobs_for(rows, ("first",), able, seed=3)
    assert asked == [Job((), ("a.first",), ("first",), 3)]
    with pytest.raises(UsageError, match="AdjustHue: TensorFlow has no gradient function"):
        jobs_for(rows, ("AdjustHue",), able)


def test_a_function_plants_into_each_op_that_it_runs():
    findings = do(Job((), ("tf.keras.losses.MeanSquaredError",), ("MeanSquaredError",)))
    assert {"Mean", "Square"} <= {finding.op for finding in findings}
    assert all(finding.is_good for finding in findings)


@pytest.mark.parametrize(
    ("work", "timeout", "error"),
    [
        (works.die, 60, "the process died (a fatal error inside a kernel)"),
        (works.hang, 3, "did not finish within 3 s and was stopped"),
        (works.fail, 60, "ValueError: A"),
        (works.succeed, 60, ""),
    ],
)
def test_the_end_of_a_process_is_the_result_of_its_op(work, timeout, error):
    told = []
    findings = run(
        [Job(("A",), ("a",), ())],
        1,
        timeout,
        work=work,
        on_progress=lambda *state: told.append(state),
    )
    assert [(finding.op, finding.targets, finding.error) for finding in findings] == [
        ("A", ("a",), error)
    ]
    assert [done for done, _ in told] == [1]


def test_other_jobs_go_on_after_a_death():
    findings = run([Job((name,), ("a",), ()) for name in "ABC"], 2, 60, work=works.die)
    assert [finding.op for finding in findings] == ["A", "B", "C"]


def test_shares_leave_out_what_changed_nothing():
    def trial(fate):
        return Trial("kind", "", 1.0, "x", fate)

    assert share([trial(Fate.CAUGHT)] * 3 + [trial(Fate.SURVIVED), trial(Fate.EQUIVALENT)]) == 0.75
    assert share([trial(Fate.NOT_REACHED)]) is None


def test_survivors_are_told_large_ones_first_and_failures_before_them():
    def trial(size, fate=Fate.SURVIVED):
        return Trial("scaled", "axis=1", size, "x", fate, 3, "", "because")

    findings = [
        Finding("A", ("a",), 3, (trial(1e-6), trial(1e-3), trial(1.0, Fate.CAUGHT))),
        Finding("B", ("b",), error="died"),
    ]
    assert survivors(findings) == [
        "B: died",
        "A, gradient of x scaled (axis=1): survived 3 cases; because",
        "A, gradient of x scaled (axis=1): survived 3 cases; because",
    ]
    assert [finding.is_good for finding in findings] == [False, False]
    assert Finding("A", ("a",), 3, (trial(1e-6),)).is_good


@pytest.mark.parametrize(
    ("part", "words"), [(None, ""), (1.0, "100%"), (0.99999, "99.99%"), (0.5, "50.00%")]
)
def test_a_share_is_never_rounded_up_to_all(part, words):
    assert percent(part) == words


def test_every_row_that_runs_a_gradient_function_has_a_job():
    from opcheck.gradients import gradient_ops

    rows = registry.rows()
    jobs = jobs_for(rows, (), gradient_ops())
    planned = {op for job in jobs for op in job.ops}
    covered = {op for row in rows for op in row.covers} & set(gradient_ops())
    assert covered <= planned
    assert select_cases(rows, [jobs[0].targets[0]])
    assert opcheck.__version__
