"""Right functions with damaged gradients: what the checker must catch."""

from __future__ import annotations

from opcheck.backend import tf


def planted(function, damage):
    """`function` with its own gradients put through `damage` on the way back.

    Args:
        damage: takes the list of right gradients (one an argument, dense) and the arguments.
    """

    @tf.custom_gradient
    def damaged(*xs):
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(xs)
            y = function(*xs)

        def backward(cotangent):
            gradients = tape.gradient(y, xs, output_gradients=cotangent)
            return damage([tf.convert_to_tensor(g) for g in gradients], xs)

        return tf.identity(y), backward

    return damaged


def first(change):
    """A damage to the first gradient alone."""
    return lambda gradients, xs: [change(gradients[0]), *gradients[1:]]


def one_entry_off(size):
    """`size` of the first gradient's first entry added to that entry."""

    def change(gradient):
        flat = tf.reshape(gradient, [-1])
        wrong = tf.concat([flat[:1] * (1 + size), flat[1:]], axis=0)
        return tf.reshape(wrong, tf.shape(gradient))

    return first(change)


def raising(gradients, xs):
    raise RuntimeError("planted: no derivative today")


DAMAGES = {
    "scaled": first(lambda g: g * 1.001),
    "scaled a little": first(lambda g: g * (1 + 1e-6)),
    "negated": first(lambda g: -g),
    "zeroed": first(lambda g: g * 0.0),
    "one entry off": one_entry_off(1e-3),
    "one entry off a little": one_entry_off(1e-6),
    "a constant added": first(lambda g: g + 0.01),
    "nan": first(lambda g: g * float("nan")),
    "inf": first(lambda g: g / 0.0),
    "none": lambda gradients, xs: [None, *gradients[1:]],
    "raising": raising,
    "of the wrong shape": first(lambda g: tf.stack([g, g])),
}
