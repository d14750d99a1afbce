"""Whether TensorFlow takes what no case has run: a call that ran, repeated with one value changed.

What is refused cannot be differentiated here; what is accepted could be, and no case does it. An
input whose gradient no case has asked for is asked for.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from opcheck.backend import tf
from opcheck.cases import Case
from opcheck.coverage.calls import MESSAGE, Calls, noted
from opcheck.coverage.pairs import Pair, What, definition_of
from opcheck.precision import Precision
from opcheck.spec import DTYPES
from opcheck.targets import evaluate_case
from opcheck.watching import watched

# So many calls of an op are kept of each case: a layer may run one hundreds of times.
KEPT = 3

# What goes by the letters of `data_format`, one entry a letter.
BY_LETTER = ("strides", "ksize", "dilations")


class Fate(str, Enum):
    """What TensorFlow says to a value that no case has run."""

    REFUSED = "refused"
    ACCEPTED = "accepted"
    NONE = "gets None"
    RAISES = "its gradient function raises"
    UNTRIED = "not tried"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, order=True)
class Trial:
    """One value that no case has run.

    Attributes:
        message: why it was refused or what was raised, in TensorFlow's words, or why it could not
            be tried.
    """

    pair: Pair
    fate: Fate
    message: str = ""


@dataclass(frozen=True)
class Forward:
    """A call of an op that ran."""

    op: str
    inputs: tuple[Any, ...]
    attributes: dict[str, Any]
    outputs: int

    def repeat(self) -> None:
        """Run the op again.

        Raises:
            tf.errors.OpError: TensorFlow refuses.
        """
        from tensorflow.python.eager import context, execute

        attributes = tuple(itertools.chain.from_iterable(self.attributes.items()))
        execute.quick_execute(
            self.op, self.outputs, list(self.inputs), attributes, context.context()
        )

    def differentiate(self) -> None:
        """Run the op again and take the gradient by each floating input, whatever it is.

        Raises:
            Exception: whatever the gradient function raises.
        """
        from tensorflow.python.eager import context, execute

        attributes = tuple(itertools.chain.from_iterable(self.attributes.items()))
        floating = [tensor for tensor in self.inputs if tensor.dtype.name in DTYPES]
        with tf.GradientTape() as tape:
            tape.watch(floating)
            outputs = execute.quick_execute(
                self.op, self.outputs, list(self.inputs), attributes, context.context()
            )
            execute.record_gradient(self.op, list(self.inputs), attributes, outputs)
        targets = [output for output in outputs if output.dtype.name in DTYPES]
        tape.gradient(targets, floating)

    def having(self, **attributes: Any) -> Forward:
        return replace(self, attributes={**self.attributes, **attributes})


def tried(pairs: Sequence[Pair], cases: Iterable[Case]) -> list[Trial]:
    """Try values of one op on the calls of it in these cases."""
    calls = [call for case in cases for call in _calls(pairs[0].op, case)]
    calls = [call for call in calls if _complaint(call) is None]
    return [_trial(pair, calls) for pair in pairs]


def _calls(op: str, case: Case) -> list[Forward]:
    """The first calls of an op in a case, forward; those inside of graphs' control flow too."""
    found: list[Forward] = []

    def note(
        op_type: Any,
        inputs: Any,
        attributes: Any,
        outputs: Any,
        op_name: Any = None,
        graph: Any = None,
    ) -> None:
        name = op_type.decode() if isinstance(op_type, bytes) else str(op_type)
        # What is made in a graph has no values to repeat it with.
        if name == op and graph is None and len(found) < KEPT:
            pairs = zip(attributes[::2], attributes[1::2])
            found.append(Forward(op, tuple(inputs), dict(pairs), len(outputs)))

    evaluation = evaluate_case(case)
    with watched(note):
        evaluation.judged(evaluation.arguments())
    return found


def _trial(pair: Pair, calls: Sequence[Forward]) -> Trial:
    if not calls:
        return Trial(pair, Fate.UNTRIED, "no call of the op can be repeated")
    if pair.what is What.INPUT:
        return _asked(pair, calls)
    complaints = []
    for call in calls:
        for variant in _variants(call, pair):
            complaint = _complaint(variant)
            if complaint is None:
                return Trial(pair, Fate.ACCEPTED)
            complaints.append(complaint)
    if not complaints:
        return Trial(
            pair, Fate.UNTRIED, "no call that ran can take it: its handle or its rank is another's"
        )
    return Trial(pair, Fate.REFUSED, complaints[0])


def _asked(pair: Pair, calls: Sequence[Forward]) -> Trial:
    """What the gradient function says when the input is asked for."""
    seen = Calls()
    with noted([pair.op], seen, lambda: ""):
        for call in calls:
            with suppress(Exception):  # What raised has been noted.
                call.differentiate()
    if pair in seen.pairs:
        return Trial(pair, Fate.ACCEPTED)
    if pair in seen.without:
        return Trial(pair, Fate.NONE)
    if pair in seen.raised:
        return Trial(pair, Fate.RAISES, seen.raised[pair])
    return Trial(pair, Fate.UNTRIED, "it is floating in no call that ran")


def _complaint(call: Forward) -> str | None:
    """What TensorFlow says against a call, or None when it runs."""
    try:
        call.repeat()
    except (tf.errors.OpError, TypeError, ValueError) as error:
        return " ".join(str(error).split())[:MESSAGE]
    return None


# ---------------------------------------------------------------------------------------------
# One value changed, and what has to change with it


def _variants(call: Forward, pair: Pair) -> Iterator[Forward]:
    """The call with one value changed, alone and with what such a value may need."""
    if pair.value in ("False", "True"):
        changed = call.having(**{pair.name: pair.value == "True"})
        yield changed
        # What is not deterministic takes no seeds.
        seeds = {name: 0 for name in ("seed", "seed2") if name in call.attributes}
        yield changed.having(**seeds)
        yield from _transposed(changed)
    elif pair.value == "EXPLICIT":
        yield call.having(**{pair.name: pair.value, "explicit_paddings": _paddings(call)})
    elif pair.name == "data_format":
        for changed in _in_format(call, pair.value):
            yield changed
            # Some kernels for the format are there in single precision alone.
            yield _typed(changed, _single(changed))
    elif _kind(pair) != "type":
        yield call.having(**{pair.name: pair.value})
    elif not any(tensor.dtype in (tf.resource, tf.variant) for tensor in call.inputs):
        yield _typed(call, {pair.name: pair.value})
        yield _typed(call, {**_companions(call, pair), pair.name: pair.value})


def _kind(pair: Pair) -> str:
    types = {attribute.name: attribute.type for attribute in definition_of(pair.op).attr}
    return str(types[pair.name])


def _transposed(call: Forward) -> Iterator[Forward]:
    """With matrices the other way round: a flag may say that they are."""
    places = [n for n, tensor in enumerate(call.inputs) if (tensor.shape.rank or 0) >= 2]
    for count in (1, 2):
        for chosen in itertools.combinations(places, count):
            inputs = [
                tf.linalg.matrix_transpose(tensor) if n in chosen else tensor
                for n, tensor in enumerate(call.inputs)
            ]
            yield replace(call, inputs=tuple(inputs))


def _paddings(call: Forward) -> list[int]:
    """One on each side of each axis of the image."""
    format = _text(call.attributes["data_format"])
    return [int(letter not in "NC") for letter in format for _ in range(2)]


def _in_format(call: Forward, format: str) -> Iterator[Forward]:
    """With the axes of images, and what is listed by axis, in the order of another format."""
    letters = _text(call.attributes["data_format"])
    if set(format) & set("DHW") != set(letters) & set("DHW"):
        return
    if sorted(letters) != sorted(format):
        yield call.having(data_format=format)
        return
    order = [letters.index(letter) for letter in format]
    attributes = {
        name: [value[axis] for axis in order]
        for name, value in call.attributes.items()
        if name in BY_LETTER and len(value) == len(order)
    }
    names = [argument.name for argument in definition_of(call.op).input_arg]
    inputs = [
        tf.transpose(tensor, order)
        if tensor.shape.rank == len(order) and name != "filter"
        else tf.gather(tensor, order)
        if tensor.shape == (len(order),) and tensor.dtype == tf.int32
        else tensor
        for name, tensor in zip(names, call.inputs)
    ]
    changed = replace(call, inputs=tuple(inputs))
    yield changed.having(**{**attributes, "data_format": format})


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _companions(call: Forward, pair: Pair) -> dict[str, str]:
    """The op's other floating types in the precision of the new value: real beside complex."""
    return _in_precision(call, pair.value) if pair.value in DTYPES else {}


def _single(call: Forward) -> dict[str, str]:
    """The op's floating types in single precision."""
    return _in_precision(call, "float32")


def _in_precision(call: Forward, dtype: str) -> dict[str, str]:
    unit = Precision.of(tf.as_dtype(dtype).as_numpy_dtype).unit
    found = {}
    for attribute in definition_of(call.op).attr:
        own = call.attributes.get(attribute.name)
        name = tf.as_dtype(own).name if attribute.type == "type" and own is not None else ""
        alike = [
            other
            for other in DTYPES
            if other.startswith("complex") == name.startswith("complex")
            and Precision.of(tf.as_dtype(other).as_numpy_dtype).unit == unit
        ]
        if name in DTYPES and alike:
            found[attribute.name] = alike[0]
    return found


def _typed(call: Forward, types: dict[str, str]) -> Forward:
    """With attributes set to dtypes, and the inputs cast that they type."""
    wanted: list[str | None] = []
    for argument in definition_of(call.op).input_arg:
        own = types.get(argument.type_attr)
        if argument.type_list_attr:
            wanted += [None] * len(call.attributes[argument.type_list_attr])
        else:
            count = call.attributes[argument.number_attr] if argument.number_attr else 1
            wanted += [own] * count
    inputs = tuple(
        tensor if name is None else tf.cast(tensor, name)
        for tensor, name in zip(call.inputs, wanted)
    )
    values = {name: tf.as_dtype(value).as_datatype_enum for name, value in types.items()}
    return replace(call, inputs=inputs).having(**values)
