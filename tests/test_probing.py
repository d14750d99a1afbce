"""Probes catch and name single wrong entries, and end as whole Jacobians do."""

import numpy as np
import pytest

import opcheck
from opcheck import Outcome, UsageError
from opcheck.backend import tf
from opcheck.evaluation import evaluate
from opcheck.probing.blocks import block, whole_rows
from opcheck.probing.probe import richardson
from opcheck.probing.search import DENSE_COLUMNS, bisected
from opcheck.probing.survey import Survey

RNG = np.random.default_rng(5)
MANY = RNG.normal(size=1200)  # A whole Jacobian of these is more than a probe falls back to.
ONE_ZERO = np.where(np.arange(1200) == 700, 0.0, MANY)
SPREAD = np.sort(RNG.uniform(-3, 3, 1200))


def probed(f, xs, **options):
    return opcheck.check(f, xs, method="probe", **options)


def damaged(function, damage):
    """The function with `damage` done to its gradient."""

    @tf.custom_gradient
    def planted(x):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            y = function(x)
        return tf.identity(y), lambda dy: damage(tape.gradient(y, x, output_gradients=dy), dy)

    return planted


def factor(place, by, size=1200):
    """Multiplies one entry of the gradient."""
    factors = np.ones(size)
    factors[place] = by
    return lambda gradient, dy: gradient * factors


# -- what is right passes -------------------------------------------------------------------------

RIGHT = {
    "tanh": (tf.tanh, [MANY]),
    "linear": (lambda x: 3 * x, [MANY]),
    "softmax": (lambda x: tf.nn.softmax(tf.reshape(x, [30, 40])), [MANY]),
    "sum": (lambda x: tf.reduce_sum(tf.sin(x)), [MANY]),
    "relu beside zero": (tf.nn.relu, [MANY]),
    "maximum": (tf.reduce_max, [MANY]),
    "sorted": (tf.sort, [MANY]),
    "matmul": (tf.matmul, [MANY[:800].reshape(20, 40), MANY.reshape(40, 30)]),
    "complex": (lambda z: z * tf.math.conj(z) + z**2, [MANY + 1j * MANY[::-1]]),
    "float32": (tf.tanh, [MANY.astype(np.float32)]),
    "float16": (tf.tanh, [MANY.astype(np.float16)]),
    "float32 alone": (
        lambda x: tf.cast(x, tf.float32) * tf.constant(2.0),
        [MANY.astype(np.float32)],
    ),
    "cholesky": (
        lambda a: tf.linalg.cholesky(tf.matmul(a, a, transpose_b=True)),
        [MANY[:900].reshape(30, 30) + 9 * np.eye(30)],
    ),
    "several outputs": (lambda x: {"a": tf.exp(x), "b": tf.reduce_sum(x * x)}, [MANY]),
    "variable": (lambda x: tf.sin(x), [tf.Variable(MANY)]),
    "an integer input": (lambda x, k: tf.gather(x, k), [MANY, np.arange(0, 1200, 2)]),
    "no gradient of a constant": (lambda x: tf.ones_like(x), [MANY]),
    "dropout": (lambda x: tf.nn.dropout(x, 0.5), [MANY]),
}


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.parametrize("seed", [0, 1])
def test_what_is_right_passes(name, seed):
    function, xs = RIGHT[name]
    report = probed(function, xs, seed=seed)
    assert report.outcome is Outcome.PASS, report.explain()
    assert report.method == "probe"
    assert report.compared > 0


# -- what is wrong is caught and named ------------------------------------------------------------


@pytest.mark.parametrize("share", [1.0, 1e-2, 1e-4])
@pytest.mark.parametrize(
    "function", [tf.tanh, lambda x: tf.reduce_sum(tf.sin(x))], ids=["elementwise", "sum"]
)
def test_a_single_entry_is_caught_and_named(function, share):
    report = probed(damaged(function, factor(321, 1 + share)), [MANY])
    assert report.outcome is Outcome.WRONG
    assert report.worst.input == "xs[0][321]"
    assert report.parts[0].counts["wrong"] == 1
    assert "a single entry is off" in report.explain()
    assert "no others were found" in report.note


@pytest.mark.parametrize("seed", range(10))
def test_a_single_entry_is_caught_whatever_the_seed(seed):
    place = int(np.random.default_rng(seed).integers(1200))
    wrong = damaged(tf.tanh, factor(place, 1 + 1e-4))
    assert not Survey.of(evaluate(wrong, [MANY], seed=seed)).passed
    assert Survey.of(evaluate(tf.tanh, [MANY], seed=seed)).passed


def test_an_entry_off_the_diagonal_is_named_in_both_coordinates():
    place = np.zeros(1200)
    place[17] = 1e-3
    report = probed(damaged(tf.tanh, lambda g, dy: g + place * dy[23]), [MANY])
    assert report.outcome is Outcome.WRONG
    assert (report.worst.output, report.worst.input) == ("out[23]", "xs[0][17]")


def test_an_entry_of_a_complex_input_is_named_with_its_part():
    place = np.zeros(1200, complex)
    place[44] = 1e-3j
    z = MANY + 1j * MANY[::-1]
    report = probed(damaged(lambda z: z * z, lambda g, dy: g + place * dy), [z])
    assert report.outcome is Outcome.WRONG
    assert report.worst.input.startswith("xs[0][44].")
    assert report.worst.output.startswith("out[44].")


def test_a_wrong_factor_everywhere_is_said_to_be_more_than_what_is_named():
    report = probed(damaged(tf.tanh, lambda g, dy: 1.5 * g), [MANY])
    assert report.outcome is Outcome.WRONG
    assert "scaled by 1.5" in report.explain()
    assert "more are not named" in report.note


def test_only_the_wrong_input_of_several_is_blamed():
    @tf.custom_gradient
    def product(x, y):
        return x * y, lambda dy: (dy * y, dy * x * 1.01)

    report = probed(product, [MANY, MANY[::-1].copy()])
    assert [part.outcome for part in report.parts] == [Outcome.PASS, Outcome.WRONG]


def test_an_entry_of_a_variable_is_named():
    report = probed(damaged(tf.tanh, factor(7, 2.0)), [tf.Variable(MANY)])
    assert report.outcome is Outcome.WRONG
    assert report.worst.input == "xs[0][7]"


# -- outcomes are those of the dense method -------------------------------------------------------

SMALL = np.array([0.5, 0.0, -1.25, 2.0])
OUTCOMES = {
    "kink": (tf.nn.relu, SMALL, Outcome.KINK),
    "kink of no slope": (tf.abs, SMALL, Outcome.KINK),
    "tie": (tf.reduce_max, np.array([1.0, 3.0, 3.0, 2.0]), Outcome.KINK),
    "jump": (tf.floor, np.array([0.5, 1.0, 2.25, -1.5]), Outcome.DISCONTINUITY),
    "vertical": (lambda x: tf.sqrt(tf.abs(x)), SMALL, Outcome.DISCONTINUITY),
    "none of a constant": (tf.round, np.array([0.25, 1.2, 2.8, -1.3]), Outcome.PASS),
    "by design": (tf.stop_gradient, SMALL, Outcome.BY_DESIGN),
    "missing": (
        lambda x: tf.numpy_function(np.sin, [x], tf.float64, stateful=False),
        SMALL,
        Outcome.MISSING,
    ),
    "nan": (lambda x: tf.norm(tf.reshape(x, [-1, 1]), axis=1), SMALL, Outcome.NAN),
    "crash": (damaged(tf.tanh, lambda g, dy: 1 // 0), SMALL, Outcome.CRASH),
    "shape": (damaged(tf.tanh, lambda g, dy: g[None]), SMALL, Outcome.WRONG),
    "random": (lambda x: x * np.random.default_rng().normal(), SMALL, Outcome.INCONCLUSIVE),
    "not finite": (lambda x: tf.sqrt(x - 9.0), SMALL, Outcome.INCONCLUSIVE),
}


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_small_function_ends_as_by_whole_jacobians(name):
    function, x, outcome = OUTCOMES[name]
    dense = opcheck.check(function, [x], method="dense")
    assert dense.outcome is outcome, dense.explain()
    assert probed(function, [x]).outcome is outcome


@pytest.mark.parametrize("name", sorted(set(OUTCOMES) - {"tie"}))
def test_a_large_function_ends_as_a_small_one(name):
    function, x, outcome = OUTCOMES[name]
    large = SPREAD.copy()
    large[600:604] = x
    report = probed(function, [large])
    assert report.outcome is outcome, report.explain()


def test_a_tie_among_many_is_a_kink():
    x = MANY.copy()
    x[[4, 9]] = 9.0
    assert probed(tf.reduce_max, [x]).outcome is Outcome.KINK


def test_a_wrong_slope_at_a_kink_among_many_is_wrong():
    wrong = damaged(tf.nn.relu, lambda g, dy: g + 7.0 * dy * tf.cast(ONE_ZERO == 0, tf.float64))
    report = probed(wrong, [ONE_ZERO])
    assert report.outcome is Outcome.WRONG
    assert report.worst.input == "xs[0][700]"


def test_a_kinked_output_that_was_not_looked_at_is_mentioned():
    report = probed(tf.nn.relu, [np.zeros(400)])
    assert report.outcome is Outcome.KINK
    assert "400 outputs are not smooth along the probe" in report.note


# -- cost -----------------------------------------------------------------------------------------


def test_the_evaluations_do_not_grow_with_the_input():
    reports = [probed(tf.tanh, [RNG.normal(size=n)]) for n in (100, 10_000, 1_000_000)]
    assert all(report.outcome is Outcome.PASS for report in reports)
    assert len({report.evaluations for report in reports}) == 1
    assert reports[0].evaluations <= 12


def test_the_resolution_is_that_of_single_entries():
    report = probed(tf.tanh, [MANY])
    assert 0 < report.resolution < 1e-6
    assert f"off by {report.resolution:.0e} of itself would show" in report.explain()


# -- the choice of the method ---------------------------------------------------------------------


def test_auto_takes_whole_jacobians_while_they_are_small():
    assert opcheck.check(tf.tanh, [MANY[:100]]).method == "dense"
    assert opcheck.check(tf.tanh, [MANY[: DENSE_COLUMNS + 1]]).method == "probe"
    wide = opcheck.check(lambda x: tf.tile(x, [200]), [MANY[:10]])
    assert wide.method == "probe"


def test_auto_takes_whole_jacobians_in_other_modes_and_orders():
    assert opcheck.check(tf.tanh, [MANY[:300]], mode="pfor").method == "dense"


@pytest.mark.parametrize("options", [{"mode": "forward"}, {"order": 2}])
def test_other_modes_and_orders_have_no_probes(options):
    with pytest.raises(UsageError, match="method='probe' looks at the first derivative in reverse"):
        probed(tf.tanh, [MANY], **options)


def test_an_unknown_method_is_refused_with_the_nearest_name():
    with pytest.raises(UsageError, match=r"'probes'; did you mean probe\?"):
        opcheck.check(tf.tanh, [MANY], method="probes")


def test_a_report_says_how_to_repeat_it_and_goes_through_json():
    report = probed(tf.tanh, [MANY], seed=3)
    assert report.repeat == "opcheck.check(tanh, xs, method='probe', seed=3)"
    data = report.to_dict()
    assert (data["method"], data["directions"]) == ("probe", 2)
    assert opcheck.Report.from_dict(data).to_dict() == data


def test_assert_gradients_passes_the_method_on():
    with pytest.raises(AssertionError, match="a single entry is off"):
        opcheck.assert_gradients(damaged(tf.tanh, factor(5, 2.0)), [MANY], method="probe")


# -- parts ----------------------------------------------------------------------------------------


def test_richardson_removes_the_leading_terms_of_the_error():
    slopes = [1 + 3 * h**2 - 2 * h**4 for h in (0.4, 0.1, 0.025)]
    value, correction = richardson(slopes, 16.0)
    assert value == pytest.approx(1, abs=1e-12)
    assert abs(correction) < 1e-3


def test_bisection_finds_the_parts_that_are_off():
    bad = {3, 40}
    leaves, apart, left = bisected(np.arange(64), lambda part: bool(bad & set(part)), 4, 1)
    assert sorted(int(leaf[0]) for leaf in leaves) == [3, 40]
    assert not apart
    assert not left


def test_bisection_keeps_what_is_off_only_together():
    leaves, apart, left = bisected(np.arange(8), lambda part: {1, 6} <= set(part), 4, 1)
    assert not leaves
    assert [part.tolist() for part in apart] == [list(range(8))]
    assert not left


def test_bisection_stops_at_a_few_and_says_what_is_left():
    leaves, _, left = bisected(np.arange(64), lambda part: True, 4, 1)
    assert len(leaves) == 4
    assert sum(part.size for part in left) == 60


def test_a_block_keeps_the_names_of_the_whole():
    evaluation = evaluate(lambda x: tf.sin(x), [np.arange(12.0).reshape(3, 4)])
    part = block(evaluation, 0, np.array([5, 11]), np.array([2, 5]))
    assert [part.label(k) for k in range(2)] == ["out[1, 1]", "out[2, 3]"]
    assert part.primals[0].label(1) == "xs[0][1, 1]"
    np.testing.assert_allclose(part.value, np.sin([5.0, 11.0]))


def test_a_block_takes_complex_entries_whole():
    evaluation = evaluate(lambda z: z * z, [np.array([1 + 2j, 3 - 1j])])
    assert whole_rows(evaluation, np.array([3])).tolist() == [2, 3]
    part = block(evaluation, 0, np.array([3]), np.array([2]))
    assert [part.label(k) for k in range(2)] == ["out[1].real", "out[1].imag"]
    assert part.primals[0].size == 2


def test_a_stopped_gradient_that_moves_nothing_excuses_nothing():
    """What is stopped once more on the way had no gradient to lose."""
    blocked = tf.custom_gradient(lambda x: (tf.identity(x), tf.zeros_like))
    f = lambda x: x + blocked(tf.stop_gradient(x))  # noqa: E731
    assert (
        probed(f, [MANY]).outcome is opcheck.check(f, [MANY[:9]]).outcome is not Outcome.BY_DESIGN
    )
    passed_on = lambda x: x + tf.stop_gradient(x)  # noqa: E731
    assert probed(passed_on, [MANY]).outcome is Outcome.BY_DESIGN
