"""The cause that is printed for real functions whose gradients are wrong in known ways."""

import numpy as np
import pytest

import opcheck
from opcheck.backend import tf
from tests.planted import first, planted

RNG = np.random.default_rng(3)
VECTOR = np.array([0.3, -1.2, 0.8, 1.7])
MATRIX = RNG.normal(size=(2, 3))
TALL = RNG.normal(size=(3, 2))
SQUARE = RNG.normal(size=(3, 3))
CUBE = RNG.normal(size=(2, 3, 2))
COMPLEX = RNG.normal(size=3) + 1j * RNG.normal(size=3)
WEIGHTS = tf.constant(RNG.normal(size=(5, 12)))
MIXING = tf.constant(RNG.normal(size=(2, 2)) + 1j * RNG.normal(size=(2, 2)))


def mixed(x):
    """Every output depends on every entry of an input of twelve."""
    return tf.linalg.matvec(WEIGHTS, tf.reshape(tf.exp(x), [-1]))


def total(x):
    return tf.reduce_sum(tf.exp(x))


def with_backward(function, backward):
    """`function` with a backward pass of its own: cotangents to gradients, given the inputs."""

    @tf.custom_gradient
    def wrong(*xs):
        return function(*xs), lambda *cotangents: backward(*cotangents, *xs)

    return wrong


def times(*factors):
    """A damage: the gradient times these."""
    return first(lambda g: g * tf.constant(factors, g.dtype))


def moved(change):
    """A damage: the gradient rearranged and read in its old shape."""
    return first(lambda g: tf.reshape(change(g), g.shape))


def two(x):
    return tf.sin(x), x * x


def scattered(indices, shape):
    """The input's slices written one after the other to an output; later ones overwrite."""

    def write(x):
        return tf.tensor_scatter_nd_update(tf.zeros(shape, x.dtype), indices, x)

    return write


X = "xs[0]"
FAULTS = {
    # A factor for all.
    "inverse scaled": (
        planted(tf.linalg.inv, first(lambda g: g * 2.5)),
        [SQUARE],
        "is scaled by 2.5",
    ),
    "float32 scaled": (
        planted(tf.tanh, first(lambda g: g * 1.01)),
        [VECTOR.astype(np.float32)],
        "is scaled by 1.01",
    ),
    "float16 doubled": (
        planted(tf.tanh, first(lambda g: g * 2)),
        [VECTOR.astype(np.float16)],
        "is scaled by 2",
    ),
    "complex scaled": (planted(tf.exp, first(lambda g: g * 3)), [COMPLEX], "is scaled by 3"),
    "second input negated": (
        planted(tf.matmul, lambda gradients, xs: [gradients[0], -gradients[1]]),
        [MATRIX, TALL],
        "is negated",
    ),
    "softmax zeroed": (
        planted(tf.nn.softmax, first(lambda g: g * 0)),
        [VECTOR],
        "is zero everywhere",
    ),
    "broadcast mean": (
        with_backward(tf.multiply, lambda dy, x, y: (tf.reduce_mean(dy * y, 0), dy * x)),
        [VECTOR, RNG.normal(size=(3, 4))],
        "is scaled by 1/3, like a mean instead of a sum over axis 0 of out",
    ),
    "bias mean": (
        with_backward(lambda x, y: x + y, lambda dy, x, y: (tf.reduce_mean(dy, [0, 1]), dy)),
        [VECTOR[:2], CUBE],
        "is scaled by 1/6, like a mean instead of a sum over axes 0 and 1 of out",
    ),
    "scalar broadcast mean": (
        planted(tf.multiply, first(lambda g: g / 4)),
        [np.array(0.7), VECTOR],
        "is scaled by 1/4, like a mean instead of a sum over axis 0 of out",
    ),
    # A factor for some.
    "rows halved": (
        planted(tf.exp, times([0.5], [1.0])),
        [MATRIX],
        f"for {X}[0, :] is scaled by 0.5",
    ),
    "matmul rows zeroed": (
        planted(tf.matmul, times([1.0], [0.0])),
        [MATRIX, TALL],
        f"for {X}[1, :] is zero",
    ),
    "inverse column zeroed": (
        planted(tf.linalg.inv, times(1.0, 0.0, 1.0)),
        [SQUARE],
        f"for {X}[:, 1] is zero",
    ),
    "tied entries halved": (
        planted(lambda x: tf.reduce_sum(x * x), times(0.5, 1, 0.5, 1)),
        [np.array([1.5, 2.0, 1.5, 0.3])],
        f"for {X}[[0, 2]] (tied) is scaled by 0.5",
    ),
    "one output halved": (
        with_backward(two, lambda a, b, x: a * tf.cos(x) + b * x),
        [VECTOR],
        "of out[1] is scaled by 0.5",
    ),
    "a block of one output zeroed": (
        with_backward(
            two, lambda a, b, x: a * tf.cos(x) + 2 * b * x * tf.constant([0, 0, 1, 1], x.dtype)
        ),
        [VECTOR],
        "of out[1][0:2] is zero",
    ),
    "a constant in one row": (
        planted(total, first(lambda g: g + tf.constant([[0.0], [0.25]], g.dtype))),
        [MATRIX],
        f"a constant 0.25 is added to the gradient for {X}[1, :]",
    ),
    "a constant everywhere": (
        planted(mixed, first(lambda g: g - 0.5)),
        [CUBE],
        "a constant -0.5 is added to every entry",
    ),
    # Complex numbers.
    "conjugate of exp": (
        with_backward(tf.exp, lambda dy, z: dy * tf.exp(z)),
        [COMPLEX],
        "the conjugate is missing",
    ),
    "conjugate to a real output": (
        with_backward(
            lambda z: tf.math.real(z * tf.math.conj(z)),
            lambda dy, z: 2 * tf.cast(dy, z.dtype) * tf.math.conj(z),
        ),
        [COMPLEX],
        "the conjugate is missing",
    ),
    "conjugate from a real input": (
        with_backward(
            lambda x: tf.linalg.matvec(MIXING, tf.cast(x, tf.complex128)),
            lambda dy, x: tf.math.real(tf.linalg.matvec(MIXING, dy, transpose_a=True)),
        ),
        [VECTOR[:2]],
        "the conjugate is missing",
    ),
    "conjugated gradient": (
        planted(tf.exp, first(tf.math.conj)),
        [COMPLEX],
        f"for {X} is conjugated",
    ),
    "conjugated cotangent": (
        with_backward(tf.exp, lambda dy, z: tf.math.conj(dy) * tf.math.conj(tf.exp(z))),
        [COMPLEX],
        "the cotangent of out is conjugated",
    ),
    "imaginary part dropped": (
        planted(tf.exp, first(lambda g: tf.cast(tf.math.real(g), g.dtype))),
        [COMPLEX],
        f"for {X}.imag is zero",
    ),
    "parts swapped": (
        planted(tf.exp, first(lambda g: tf.complex(tf.math.imag(g), tf.math.real(g)))),
        [COMPLEX],
        f"for {X} has its real and imaginary parts swapped",
    ),
    "imaginary cotangent used": (
        with_backward(lambda z: z * tf.math.conj(z), lambda dy, z: 2 * dy * z),
        [COMPLEX],
        "of out.imag should be zero",
    ),
    # Transposed, reversed, permuted.
    "cumsum not reversed": (
        with_backward(tf.cumsum, lambda dy, x: tf.cumsum(dy)),
        [VECTOR],
        "the Jacobian is transposed",
    ),
    "transposed for adjoint": (
        with_backward(
            lambda z: tf.linalg.matvec(MIXING, z),
            lambda dy, z: tf.linalg.matvec(MIXING, dy),
        ),
        [COMPLEX[:2]],
        "the Jacobian is transposed",
    ),
    "conjugated for adjoint": (
        with_backward(
            lambda z: tf.linalg.matvec(MIXING, z),
            lambda dy, z: tf.linalg.matvec(tf.math.conj(MIXING), dy),
        ),
        [COMPLEX[:2]],
        "the Jacobian is transposed, and the conjugate is missing",
    ),
    "matrix transposed": (
        planted(tf.linalg.inv, first(tf.transpose)),
        [SQUARE],
        f"for {X} is transposed",
    ),
    "oblong transposed": (
        planted(lambda x: tf.matmul(x, TALL), moved(tf.transpose)),
        [MATRIX],
        f"for {X} is transposed",
    ),
    "filter not flipped": (
        planted(mixed, first(lambda g: tf.reverse(g, [0, 1]))),
        [CUBE],
        f"for {X} is reversed along axes 0 and 1",
    ),
    "axes swapped": (
        planted(mixed, first(lambda g: tf.transpose(g, [2, 1, 0]))),
        [CUBE],
        f"for {X} has axes 0 and 2 swapped",
    ),
    "channels first": (
        planted(mixed, moved(lambda g: tf.transpose(g, [2, 0, 1]))),
        [CUBE],
        f"for {X} has its axes in the order 2, 0, 1",
    ),
    "rolled": (
        planted(tf.exp, first(lambda g: tf.roll(g, 1, 1))),
        [MATRIX],
        f"for {X} is rolled by 1 along axis 1",
    ),
    "complex reversed": (
        planted(tf.exp, first(lambda g: g[::-1])),
        [COMPLEX],
        f"for {X} is reversed along axis 0",
    ),
    "cotangent reversed": (
        with_backward(tf.exp, lambda dy, x: dy[::-1] * tf.exp(x)),
        [VECTOR],
        "the cotangent of out is reversed along axis 0",
    ),
    "two entries swapped": (
        planted(total, first(lambda g: tf.gather(g, [0, 2, 1, 3]))),
        [VECTOR],
        f"the gradients for {X}[1] and {X}[2] are swapped",
    ),
    "permuted": (
        planted(tf.exp, first(lambda g: tf.gather(g, [2, 0, 3, 1]))),
        [VECTOR],
        f"the gradients for 4 entries are permuted: {X}[0] has that for {X}[2], "
        f"{X}[1] has that for {X}[0], {X}[2] has that for {X}[3], and so on",
    ),
    "gather of wrong rows": (
        with_backward(
            lambda x: tf.gather(x, [2, 0, 1]),
            lambda dy, x: tf.scatter_nd([[2], [0], [0]], dy, tf.shape(x, tf.int32)),
        ),
        [TALL],
        "of out[2, :] is that of out[1, :]",
    ),
    # Several outputs.
    "outputs swapped": (
        with_backward(two, lambda a, b, x: b * tf.cos(x) + 2 * a * x),
        [VECTOR],
        "the gradients of out[0] and out[1] are swapped",
    ),
    "one output for the other": (
        with_backward(two, lambda a, b, x: (a + b) * tf.cos(x)),
        [VECTOR],
        "of out[1] is that of out[0]",
    ),
    # A missing sum over a broadcast axis.
    "first term of a sum": (
        with_backward(tf.multiply, lambda dy, x, y: ((dy * y)[0], dy * x)),
        [VECTOR, RNG.normal(size=(3, 4))],
        "keeps only out[0, :], the first term of the sum over axis 0 of out",
    ),
    "last term of a sum": (
        with_backward(tf.multiply, lambda dy, x, y: ((dy * y)[-1], dy * x)),
        [VECTOR, RNG.normal(size=(3, 4))],
        "keeps only out[2, :], the last term of the sum over axis 0 of out",
    ),
    "first term of two sums": (
        with_backward(lambda x, y: x + y, lambda dy, x, y: (dy[0, 0], dy)),
        [VECTOR[:2], CUBE],
        "keeps only out[0, 0, :], the first term of the sum over axes 0 and 1 of out",
    ),
    "one term of one sum": (
        with_backward(lambda x, y: x + y, lambda dy, x, y: (tf.reduce_sum(dy[:, 1], 0), dy)),
        [VECTOR[:2], CUBE],
        "keeps only out[:, 1, :], one term of the sum over axis 1 of out",
    ),
    "complex broadcast": (
        with_backward(
            tf.multiply, lambda dy, x, y: ((dy * tf.math.conj(y))[0], dy * tf.math.conj(x))
        ),
        [COMPLEX, RNG.normal(size=(2, 3)) + 1j],
        "keeps only out[0, :], the first term of the sum over axis 0 of out",
    ),
    # Duplicates.
    "overwritten entry": (
        with_backward(
            scattered([[0], [1], [1], [2]], [3]), lambda dy, x: tf.gather(dy, [0, 1, 1, 2])
        ),
        [VECTOR],
        f"should be zero for {X}[1], which {X}[2] overwrites",
    ),
    "overwritten row": (
        with_backward(scattered([[0], [1], [1]], [3, 2]), lambda dy, x: tf.gather(dy, [0, 1, 1])),
        [TALL],
        f"should be zero for {X}[1, :], which {X}[2, :] overwrites",
    ),
    "overwritten by another input": (
        lambda a, b: tf.dynamic_stitch([[0, 1], [1, 2]], [a, b]),
        [VECTOR[:2], VECTOR[2:]],
        f"a single entry should be zero: d out[1] / d {X}[1]",
    ),
    # A few entries.
    "one entry": (
        planted(tf.exp, times(1, 1, 1.1, 1)),
        [VECTOR],
        f"a single entry is off: d out[2] / d {X}[2]",
    ),
    "two entries": (
        planted(tf.exp, times(1.1, 1.2, 1, 1)),
        [VECTOR],
        f"2 of 16 entries are off: d out[0] / d {X}[0] and d out[1] / d {X}[1]",
    ),
    "a kink": (
        planted(tf.nn.relu, first(lambda g: g * 0 + 1.5)),
        [np.zeros(1)],
        f"the value at a kink lies outside of the one-sided slopes: d out[0] / d {X}[0]",
    ),
    "beside a kink": (
        planted(tf.nn.relu, first(lambda g: g * 3)),
        [np.array([0.0, 0.5, 1.5])],
        "is scaled by 3",
    ),
}


def causes(function, xs):
    """The causes that the explanation prints, one for each wrong input."""
    report = opcheck.check(function, list(xs))
    assert report.outcome is opcheck.Outcome.WRONG
    label = "  cause      "
    lines = report.explain().splitlines()
    return [line.removeprefix(label) for line in lines if line.startswith(label)]


@pytest.mark.parametrize("name", FAULTS)
def test_the_cause_is_printed(name):
    function, xs, words = FAULTS[name]
    verbs = ("is ", "for ", "of ", "keeps ", "should ")
    assert causes(function, xs) == [f"the gradient {words}" if words.startswith(verbs) else words]


def test_two_inputs_have_two_causes():
    function = planted(tf.matmul, lambda gradients, xs: [gradients[0] * 2, -gradients[1]])
    assert causes(function, [MATRIX, TALL]) == [
        "the gradient is scaled by 2",
        "the gradient is negated",
    ]


@pytest.mark.parametrize(
    ("function", "xs"),
    [
        (planted(tf.linalg.inv, first(tf.sin)), [SQUARE]),
        (planted(mixed, first(lambda g: g * tf.exp(g))), [CUBE]),
        (planted(tf.exp, times(1.1, 1.2, 1.3, 1.4)), [VECTOR]),
    ],
)
def test_what_fits_nothing_gets_no_cause(function, xs):
    assert causes(function, xs) == []


def test_an_allowed_direction_is_named():
    from opcheck.domains import symmetric
    from opcheck.evaluation import Evaluation
    from opcheck.pipeline import verify
    from opcheck.primals import Primal

    point = symmetric(2, 2).draw(np.random.default_rng(0), "float64")
    weights = tf.constant([[1.0, 2.0], [2.0, 1.0]], tf.float64)
    damaged = planted(lambda a: tf.exp(a), first(lambda g: g * weights))
    evaluation = Evaluation(damaged, [Primal("a", point, tangent=symmetric.tangent)])
    (part,) = verify(evaluation, "mine", "", 0.0).parts
    assert part.cause == "the gradient for a[0, 1] and a[1, 0] is scaled by 2"
