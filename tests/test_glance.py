"""A first look passes what is right in few evaluations, and leaves open whatever is not."""

import numpy as np
import pytest

import opcheck
from opcheck import Outcome
from opcheck.backend import tf
from opcheck.domains import symmetric
from opcheck.evaluation import Evaluation, evaluate
from opcheck.glance import Glance
from opcheck.jacobian.structure import analytic_blocks
from opcheck.primals import Primal
from opcheck.transforms import widened
from tests.planted import planted

RNG = np.random.default_rng(7)
SMALL = RNG.normal(size=(3, 4))
SQUARE = RNG.normal(size=(4, 4)) + 4 * np.eye(4)
COMPLEX = RNG.normal(size=5) + 1j * RNG.normal(size=5)


def glance(f, xs):
    evaluation = evaluate(f, xs, is_watched=False)
    return Glance.at(evaluation, widened(evaluation) or evaluation)


# -- what is right is seen so ---------------------------------------------------------------------

RIGHT = {
    "tanh": (tf.tanh, [SMALL]),
    "linear": (lambda x: 3 * x, [SMALL]),
    "lgamma": (tf.math.lgamma, [np.abs(SMALL) + 0.3]),
    "softmax": (tf.nn.softmax, [SMALL]),
    "softmax of columns": (lambda x: tf.nn.softmax(x, axis=0), [SMALL]),
    "broadcast": (lambda x, y: x * y, [SMALL[:, :1], SMALL[:1]]),
    "matmul": (tf.matmul, [SQUARE, SMALL.T]),
    "sum": (lambda x: tf.reduce_sum(x * x), [SMALL]),
    "cumsum": (tf.cumsum, [SMALL]),
    "reversed": (lambda x: tf.reverse(x, [0]), [SMALL]),
    "transposed": (tf.transpose, [SQUARE]),
    "two outputs": (lambda x: (tf.sin(x), tf.reduce_sum(x, 0)), [SMALL]),
    "inverse": (tf.linalg.inv, [SQUARE]),
    "complex": (lambda z: z * tf.math.conj(z) + z**2, [COMPLEX]),
    "real of complex": (tf.math.real, [COMPLEX]),
    "float32": (tf.tanh, [SMALL.astype(np.float32)]),
    "float16": (tf.tanh, [SMALL.astype(np.float16)]),
    "with integers": (lambda x, i: tf.gather(x, i), [SMALL, np.array([2, 0, 2])]),
    "a constant": (lambda x: 2 + 0 * tf.reduce_sum(x), [SMALL]),
    "none for none": (lambda x, y: tf.tanh(x) + tf.round(y), [SMALL, SMALL]),
}


@pytest.mark.parametrize(("f", "xs"), RIGHT.values(), ids=RIGHT)
def test_what_is_right_is_settled_by_a_glance(f, xs):
    found = glance(f, xs)
    assert [part.outcome for part in found.parts] == [Outcome.PASS] * len(found.parts)
    outputs = evaluate(f, xs).value.size
    sizes = [2 * x.size if np.iscomplexobj(x) else x.size for x in xs if x.dtype.kind in "fc"]
    assert [part.compared for part in found.parts] == [outputs * size for size in sizes]
    whole = opcheck.check(f, xs, method="dense")
    assert whole.outcome is Outcome.PASS
    assert whole.compared == sum(p.compared for p in found.parts)


@pytest.mark.parametrize(("size", "noise"), [(10, 0), (1000, 0), (100_000, 40)])
def test_elementwise_functions_take_six_evaluations_at_any_size(size, noise):
    found = glance(tf.tanh, [np.linspace(-2, 2, size)])
    assert found.evaluations == 6
    assert 0 < found.parts[0].deviation < 1e-11


@pytest.mark.parametrize(
    ("f", "xs", "blocks"),
    [
        (tf.tanh, [SMALL], [12]),
        (tf.nn.softmax, [SMALL], [3]),
        (lambda x: tf.nn.softmax(x, axis=0), [SMALL], [4]),
        (tf.matmul, [SQUARE, SMALL.T], [4, 3]),
        (lambda x, y: x * y, [SMALL[:, :1], SMALL[:1]], [3, 4]),
        (tf.sin, [COMPLEX], [5]),
        (lambda x: tf.reverse(x, [0]), [SMALL], [4]),
        (tf.linalg.inv, [SQUARE], [1]),
    ],
)
def test_blocks_of_a_jacobian_are_found(f, xs, blocks):
    evaluation = evaluate(f, xs, is_watched=False)
    found = analytic_blocks(evaluation)
    assert [len(found[number].structure.rows) for number in evaluation.differentiated] == blocks
    theirs, _ = tf.test.compute_gradient(f, xs)
    for mine, whole in zip(found.values(), theirs):
        dense = np.zeros_like(whole, np.float64)
        for rows, columns, entries in zip(
            mine.structure.rows, mine.structure.columns, mine.entries
        ):
            dense[np.ix_(rows, columns)] = entries
        np.testing.assert_allclose(dense, whole, rtol=1e-12, atol=1e-14)


def test_directions_that_an_input_allows_are_looked_along():
    point = SQUARE @ SQUARE.T
    primal = Primal("a", point, tangent=symmetric(4, 4).domain.tangent)
    evaluation = Evaluation(tf.linalg.cholesky, [primal], is_watched=False)
    found = Glance.at(evaluation, evaluation)
    assert found.parts[0].compared == 16 * 10


# -- what is not is left open ---------------------------------------------------------------------


def moved(gradient, size=1e-6):
    """A share of one entry added to its neighbour, where a block ends."""
    flat = tf.reshape(gradient, [-1])
    added = tf.scatter_nd([[1]], size * flat[:1], tf.shape(flat))
    return tf.reshape(flat + added, tf.shape(gradient))


def swapped(gradient):
    """Two entries in each other's place."""
    flat = tf.reshape(gradient, [-1])
    order = np.r_[1, 0, 2 : int(flat.shape[0])]
    return tf.reshape(tf.gather(flat, order), tf.shape(gradient))


def one_off(gradient, size=1e-6):
    flat = tf.reshape(gradient, [-1])
    factors = np.r_[1 + size, np.ones(int(flat.shape[0]) - 1)]
    return tf.reshape(flat * factors, tf.shape(gradient))


WRONG = {
    "one entry off": one_off,
    "an entry outside of the blocks": moved,
    "two entries swapped": swapped,
    "reversed": lambda g: tf.reverse(g, [0]),
    "negated": lambda g: -g,
    "scaled a little": lambda g: g * (1 + 1e-6),
    "added to": lambda g: g + 1e-6,
    "zero": tf.zeros_like,
    "not linear": lambda g: tf.sign(g) * g * g,
    "nan": lambda g: g * np.nan,
    "inf": lambda g: g * np.inf,
}
OF = ("tanh", "linear", "softmax", "broadcast", "matmul", "sum", "inverse", "two outputs")


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("name", OF)
def test_a_wrong_gradient_is_left_open(name, change):
    f, xs = RIGHT[name]
    assert name == "sum" or glance(f, xs) is not None
    damaged = planted(f, lambda gradients, xs: [change(gradients[0]), *gradients[1:]])
    if name == "two outputs":
        damaged = planted(lambda x: tf.concat([tf.sin(x), x[:1]], 0), lambda g, xs: [change(g[0])])
    assert glance(damaged, xs) is None


TURNED = {
    "gathered": (lambda x: tf.gather(x, [1, 0, 2, 3]), lambda dy: dy),
    "shifted": (lambda x: tf.roll(x, 1, 0), lambda dy: dy),
    "one entry moved": (lambda x: x + 1e-6 * tf.roll(x, 1, 0), lambda dy: dy),
    "summed": (lambda x: tf.cumsum(x), lambda dy: dy),
}


@pytest.mark.parametrize(("f", "backward"), TURNED.values(), ids=TURNED)
def test_entries_that_only_the_function_has_are_seen(f, backward):
    wrong = tf.custom_gradient(lambda x: (f(x), backward))
    assert analytic_blocks(evaluate(wrong, [SMALL[0]], is_watched=False)) is not None
    assert glance(wrong, [SMALL[0]]) is None


LEFT_OPEN = {
    "a kink": (tf.nn.relu, [np.array([0.0, 1.0, 2.0, -1.0])]),
    "a kink that the slopes surround": (tf.abs, [np.array([0.0, 1.0, 2.0, -1.0])]),
    "a jump": (tf.sign, [np.array([0.0, 1.0, 2.0, -1.0])]),
    "an edge": (tf.sqrt, [np.array([0.0, 1.0, 2.0, 3.0])]),
    "not finite": (tf.math.log, [np.array([0.0, 1.0, 2.0, 3.0])]),
    "random": (lambda x: x * tf.random.uniform([3, 4], dtype=tf.float64), [SMALL]),
    "stopped": (lambda x: tf.stop_gradient(x) * 2.0, [SMALL]),
    "empty": (tf.tanh, [np.zeros([0, 3])]),
}


@pytest.mark.parametrize(("f", "xs"), LEFT_OPEN.values(), ids=LEFT_OPEN)
def test_what_a_glance_cannot_settle_is_left_open(f, xs):
    assert glance(f, xs) is None


def test_noise_is_measured_where_the_two_sides_part_by_it():
    """Sums that cancel carry more rounding than their values show."""
    f = lambda x: tf.tanh(x) + 1e3 - 1e3  # noqa: E731
    found = glance(f, [SMALL])
    assert found is not None
    assert found.evaluations > 6
    assert glance(planted(f, lambda g, xs: [g[0] * (1 + 1e-5)]), [SMALL]) is None
