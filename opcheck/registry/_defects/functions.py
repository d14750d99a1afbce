"""Defects of public functions."""

from __future__ import annotations

from opcheck.known import KnownDefect

KNOWN_DEFECTS: tuple[KnownDefect, ...] = (
    KnownDefect(
        "global_norm-zeros",
        "tf.linalg.global_norm/*-all=zeros/float64/special",
        "nan",
        "t_list[0]: nan; t_list[1]: nan",
        reason="Every vector of length up to 1 is a subgradient of the norm at 0, 0 among them, but the gradient of the root of a sum of squares is infinity times 0.",
    ),
    KnownDefect(
        "shuffle",
        "tf.random.shuffle/*",
        "missing",
        "value: missing (declared non-differentiable)",
        reason="With its seed fixed a shuffle is a permutation, a linear map, but the op is declared non-differentiable.",
        size=1.0,
    ),
    KnownDefect(
        "stateless_shuffle",
        "tf.random.experimental.stateless_shuffle/*",
        "missing",
        "value: missing (unregistered)",
        reason="With its seed fixed a shuffle is a permutation, a linear map, but no gradient is registered.",
        size=1.0,
    ),
    KnownDefect(
        "weighted_cross_entropy-logits-zero",
        "tf.nn.weighted_cross_entropy_with_logits/*-logits=*zero*/float64/special",
        "wrong",
        "logits: wrong",
        reason="The loss is smooth at 0, but it is computed with |x| and relu(-x), whose gradients at 0 are those of neither side.",
        size=0.5,
    ),
    KnownDefect(
        "weighted_cross_entropy-zeros",
        "tf.nn.weighted_cross_entropy_with_logits/*-all=zeros/float64/special",
        "wrong",
        "logits: wrong",
        reason="The loss is smooth at 0, but it is computed with |x| and relu(-x), whose gradients at 0 are those of neither side.",
        size=1.0,
    ),
)
