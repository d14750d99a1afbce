"""Every outcome's explanation, read as a person would: what, where, how much, the point, repeat."""

import numpy as np
import pytest

import opcheck
from opcheck.backend import tf
from tests.planted import DAMAGES, planted


def explanation(function, *xs, **options):
    return opcheck.check(function, list(xs), **options).explain().splitlines()


def test_a_pass_says_how_much_was_compared():
    lines = explanation(tf.exp, np.array([0.5, 1.0]))
    assert lines[0] == "exp: PASS, the gradient agrees with differences"
    assert "  compared   4 derivative entries" in lines
    assert lines[-1] == "  repeat     opcheck.check(exp, xs, seed=0)"


def test_wrong_names_entry_values_bound_gap_cause_point_and_repeat():
    lines = explanation(planted(tf.exp, DAMAGES["scaled"]), np.array([0.5]))
    text = "\n".join(lines)
    assert lines[0].endswith("WRONG, the gradient is wrong")
    assert "  input      xs[0] (float64, 1): wrong (1 wrong)" in lines
    assert "  worst      d out[0] / d xs[0][0]   at xs[0][0] = 0.5" in lines
    assert "analytic   1.65036" in text
    assert "numeric    1.64872" in text
    assert "error below" in text
    assert "gap        1.649e-03 absolute, 1.000e-03 relative" in text
    assert "  cause      the gradient is scaled by 1.001" in lines
    assert "  point      xs[0] = [0.5]  float64, 1" in lines


@pytest.mark.parametrize(
    ("damage", "cause"),
    [
        ("negated", "the gradient is negated"),
        ("zeroed", "the gradient is zero everywhere"),
        ("scaled a little", "the gradient is scaled by 1.000001"),
        ("of the wrong shape", "the gradient has shape [2, 2, 2], the input [2, 2]"),
    ],
)
def test_the_cause_is_named(damage, cause):
    x = np.array([[0.3, 0.5], [0.7, 1.1]])
    text = "\n".join(explanation(planted(lambda x: tf.matmul(x, x), DAMAGES[damage]), x))
    assert f"  cause      {cause}" in text


def test_a_single_entry_is_named():
    damaged = planted(lambda x: tf.reduce_sum(tf.exp(x)), DAMAGES["one entry off"])
    lines = explanation(damaged, np.array([0.5, 2.0, 1.0]))
    assert "  cause      a single entry is off: d out / d xs[0][0]" in lines


def test_a_transposed_jacobian_is_named():
    matrix = tf.constant([[1.0, 2.0], [5.0, 3.0]], tf.float64)

    @tf.custom_gradient
    def f(x):
        return tf.linalg.matvec(matrix, x), lambda dy: tf.linalg.matvec(matrix, dy)

    assert "  cause      the Jacobian is transposed" in explanation(f, np.array([0.5, 2.0]))


def test_a_missing_conjugate_is_named():
    @tf.custom_gradient
    def f(z):
        return tf.exp(z), lambda dy: dy * tf.exp(z)

    lines = explanation(f, np.array([0.3 + 0.7j, 1.0 - 0.2j]))
    assert "  cause      the conjugate is missing" in lines


def test_an_added_constant_is_named():
    @tf.custom_gradient
    def f(x):
        y = tf.reduce_sum(tf.exp(x))
        return y, lambda dy: dy * (tf.exp(x) + 0.25)

    lines = explanation(f, np.array([0.1, 0.9, -2.0]))
    assert "  cause      a constant 0.25 is added to every entry" in lines


def test_a_kink_shows_both_slopes():
    lines = explanation(tf.abs, np.array([0.0]))
    assert lines[0] == "abs: KINK, the point is a kink; the gradient is one of its valid slopes"
    assert any(line.startswith("  slopes     -1 to 1, one-sided   error below") for line in lines)


def test_a_jump_says_that_nothing_was_judged():
    lines = explanation(tf.floor, np.array([2.0]))
    assert "DISCONTINUITY, the function has no finite derivative here" in lines[0]
    assert "  numeric    the function jumps here, or the point lies on a branch cut" in lines


def test_a_cusp_says_so():
    text = "\n".join(explanation(lambda x: tf.sqrt(tf.abs(x)), np.array([0.0])))
    assert "the slopes grow without bound: a vertical tangent or a cusp" in text


def test_nan_shows_the_finite_slopes():
    text = "\n".join(explanation(tf.norm, np.zeros(2)))
    assert "NAN, the gradient is not finite where a finite one exists" in text
    assert "analytic   nan" in text
    assert "slopes     -1 to 1, one-sided" in text


def test_inconclusive_says_why():
    lines = explanation(tf.math.log, np.array([0.0]))
    assert "INCONCLUSIVE, differences cannot decide" in lines[0]
    assert "  numeric    the function is not finite here" in lines
    assert "  note       the function is not finite at this point" in lines


def test_a_crash_of_the_derivative_shows_its_error():
    lines = explanation(planted(tf.exp, DAMAGES["raising"]), np.array([0.5]))
    assert "CRASH, the derivative crashes" in lines[0]
    assert any("error      RuntimeError: planted: no derivative today" in line for line in lines)


def test_a_crash_of_the_function_itself_says_so():
    def f(x):
        raise ArithmeticError("my own fault")

    lines = explanation(f, np.array([0.5]))
    assert lines[0] == "f: CRASH, the check crashes"
    assert "  error      ArithmeticError: my own fault" in lines
    assert "  note       the function itself raises here, before any derivative is taken" in lines


# The four spellings of no gradient.


def test_disconnected():
    def f(x):
        return tf.constant(x.numpy() * 2.0)

    text = "\n".join(explanation(f, np.array([0.5])))
    assert "MISSING, there is no gradient, yet the derivative is not zero" in text
    assert "missing    disconnected (the tape returns None)" in text
    assert "numeric    2.0000" in text


def test_declared_non_differentiable():
    def f(x):
        return tf.raw_ops.LinSpace(start=x, stop=tf.constant(2.0, tf.float64), num=3)

    text = "\n".join(explanation(f, np.array(0.5)))
    assert (
        "missing    declared non-differentiable (the tape returns None): at the op LinSpace" in text
    )


def test_unregistered():
    text = "\n".join(explanation(lambda x: tf.raw_ops.Snapshot(input=x), np.array([0.5])))
    assert (
        "missing    unregistered (the tape raises LookupError): "
        "gradient registry has no entry for: Snapshot" in text
    )


def test_an_explicit_zero():
    @tf.custom_gradient
    def f(x):
        return x * 2.0, lambda dy: tf.zeros_like(x)

    text = "\n".join(explanation(f, np.array([0.5])))
    assert "missing    an explicit zero (the gradient does not depend on the cotangent)" in text


def test_large_points_are_shortened():
    lines = explanation(planted(tf.exp, DAMAGES["negated"]), np.linspace(0.1, 1, 50))
    (point,) = [line for line in lines if line.startswith("  point")]
    assert "..." in point
    assert point.endswith("float64, 50")
    assert len(point) < 200


def test_a_direction_names_all_the_entries_that_move():
    from opcheck.domains import symmetric
    from opcheck.evaluation import Evaluation
    from opcheck.pipeline import verify
    from opcheck.primals import Primal

    point = symmetric(2, 2).draw(np.random.default_rng(0), "float64")
    damaged = planted(lambda a: a * a, DAMAGES["scaled"])
    evaluation = Evaluation(damaged, [Primal("a", point, tangent=symmetric.tangent)])
    report = verify(evaluation, "mine", "", 0.0)
    inputs = {report.worst.input, "a[0, 0]", "a[1, 1]", "a[0, 1] and a[1, 0]"}
    assert report.outcome is opcheck.Outcome.WRONG
    assert len(inputs) == 3
