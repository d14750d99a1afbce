"""The table of faults."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from opcheck.backend import tf
from opcheck.faults.kinds import (
    always,
    broken_if_empty,
    cotangent_axes,
    entries,
    entry_off,
    has_empty,
    is_complex,
    is_large,
    is_negative,
    is_tied,
    nan_where,
    one_term,
    partners,
    printed,
    real_part,
    scaled,
    scaled_where,
    transposed,
    where_attribute,
    where_dtype,
    where_input,
    where_output,
    where_shape,
    without_cotangent,
    without_output,
)
from opcheck.faults.planting import Call, Fault, is_number

# Types of attributes whose values change what an op does, and attributes that only name things.
VALUES = ("bool", "int", "float", "string", "list(int)", "list(float)", "list(string)")
NAMES = ("container", "message", "shared_name", "token")

FAULTS = (
    Fault("scaled by 1 + 1e-3", 1e-3, always, scaled(1 + 1e-3)),
    Fault("scaled by 1 - 1e-3", 1e-3, always, scaled(1 - 1e-3)),
    Fault("scaled by 1 + 1e-6", 1e-6, always, scaled(1 + 1e-6)),
    Fault("scaled by 1 - 1e-6", 1e-6, always, scaled(1 - 1e-6)),
    Fault("first entry off by 1e-3", 1e-3, always, entry_off(is_last=False)),
    Fault("last entry off by 1e-3", 1e-3, always, entry_off(is_last=True)),
    Fault("a constant 1e-3 added", 1e-3, always, entries(lambda g: g + tf.constant(1e-3, g.dtype))),
    Fault("negated", 2.0, always, entries(tf.negative)),
    Fault("zeroed", 1.0, always, entries(tf.zeros_like)),
    Fault("None", 1.0, always, lambda call, place: None),
    Fault("of another shape", 1.0, always, entries(lambda g: tf.stack([g, g]))),
    Fault(
        "transposed",
        1.0,
        where_shape(lambda shape: len(shape) > 1 and min(shape[-2:]) > 1),
        entries(transposed),
    ),
    Fault(
        "rolled along the first axis",
        1.0,
        where_shape(lambda shape: len(shape) > 0 and shape[0] > 1),
        entries(lambda g: tf.roll(g, 1, 0)),
    ),
    Fault(
        "rolled along the last axis",
        1.0,
        where_shape(lambda shape: len(shape) > 1 and shape[-1] > 1),
        entries(lambda g: tf.roll(g, 1, -1)),
    ),
    Fault(
        "that of another input",
        1.0,
        lambda call, place: any(True for _ in partners(call, place)),
        lambda call, place: next(partners(call, place)),
    ),
    Fault("conjugated", 1.0, is_complex, entries(tf.math.conj)),
    Fault("real part only", 1.0, is_complex, entries(real_part)),
    Fault(
        "sum over a broadcast axis missing",
        1.0,
        lambda call, place: any(cotangent_axes(call, place)),
        one_term,
    ),
    Fault("for a cotangent of ones", 1.0, always, without_cotangent),
    Fault(
        "NaN where the gradient is 0",
        np.inf,
        always,
        nan_where(lambda call, place: call.values(place) == 0),
    ),
    Fault(
        "NaN where the input is 0",
        np.inf,
        where_input(lambda x: x == 0),
        nan_where(lambda call, place: call.input(place) == 0),
    ),
    Fault(
        "scaled by 1 + 1e-3 where the input is negative",
        1e-3,
        where_input(is_negative),
        scaled_where(is_negative, 1 + 1e-3),
    ),
    Fault(
        "scaled by 1 + 1e-3 where the input is beyond 1",
        1e-3,
        where_input(is_large),
        scaled_where(is_large, 1 + 1e-3),
    ),
    Fault(
        "doubled where inputs tie",
        1.0,
        where_input(is_tied),
        scaled_where(is_tied, 2.0),
    ),
    Fault(
        "scaled by 1 + 1e-3 for a scalar",
        1e-3,
        where_shape(lambda shape: shape == ()),
        scaled(1 + 1e-3),
    ),
    Fault(
        "scaled by 1 + 1e-3 for an axis of size 1",
        1e-3,
        where_shape(lambda shape: 1 in shape),
        scaled(1 + 1e-3),
    ),
    Fault("wrong for an empty axis", 1.0, has_empty, broken_if_empty),
)


def faults_of(op_type: str, calls: Sequence[Call]) -> tuple[Fault, ...]:
    """The table, and what depends on the op: its attributes, dtypes and outputs."""
    return (
        *FAULTS,
        *_for_attributes(op_type, calls),
        *_for_dtypes(calls),
        *_for_outputs(calls),
    )


def _for_attributes(op_type: str, calls: Sequence[Call]) -> Iterator[Fault]:
    """One for each value of an attribute that was seen, or that the op lists."""
    from tensorflow.python.framework import op_def_registry

    for attribute in op_def_registry.get(op_type).attr:
        if attribute.name in NAMES or attribute.type not in VALUES:
            continue
        words = {word.decode() for word in attribute.allowed_values.list.s}
        if attribute.type == "bool":
            words = {"False", "True"}
        seen = [call.attribute(attribute.name) for call in calls]
        words |= {printed(value) for value in seen if value is not None}
        for word in sorted(words) if len(words) > 1 else ():
            yield Fault(
                "scaled by 1 + 1e-3 for one attribute value",
                1e-3,
                where_attribute(attribute.name, word),
                scaled(1 + 1e-3),
                f"{attribute.name}={word}",
            )


def _for_dtypes(calls: Sequence[Call]) -> Iterator[Fault]:
    seen = {
        values.dtype.name
        for call in calls
        for place in range(len(call.gradients))
        if (values := call.values(place)) is not None
    }
    for name in sorted(seen) if len(seen) > 1 else ():
        yield Fault(
            "scaled by 1 + 1e-3 in one dtype",
            1e-3,
            where_dtype(name),
            scaled(1 + 1e-3),
            name,
        )


def _for_outputs(calls: Sequence[Call]) -> Iterator[Fault]:
    """One for each output, where there are several that a gradient can come from."""
    counts = {which for call in calls for which, c in enumerate(call.cotangents) if is_number(c)}
    for which in sorted(counts) if len(counts) > 1 else ():
        yield Fault(
            "one output's cotangent ignored",
            1.0,
            where_output(which),
            without_output(which),
            f"output {which}",
        )
