"""What may be checked, and where: the rows of the registry.

A row is one line of facts about one target, by its dotted name; making it imports no TensorFlow:

    op("Exp", x=normal)
    op("MatMul", a=normal(2, 3), b=normal(3, 4))
    op("Sum", input=normal(2, 3), axis=choices([0], [0, 1], []), keep_dims=choices(False, True))
    layer("tf.keras.layers.Dense", normal(2, 4), units=3, activation=choices(None, "tanh"))

Arguments are inputs to draw (`normal(2, 3)`), bare domains (`normal`), which take the row's
`shapes`, lists of these, or plain Python values, which are passed on as they stand. `choices`
stands for each of its values in turn.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from typing import Any

from opcheck.domains import INTEGERS, Domain, Input, is_within, numbers_in
from opcheck.errors import UnknownNameError, UsageError
from opcheck.late import np

FLOAT64 = ("float64",)
FLOAT32 = ("float32",)
COMPLEX128 = ("complex128",)
DOUBLES = ("complex128", "float64")
FLOATS = ("float32", "float64")
HALVES = ("float16", "float32", "float64")
WIDE = ("complex128", "complex64", "float32", "float64")
REALS = ("bfloat16", "float16", "float32", "float64")
COMPLEX = ("complex128", "complex64")
DTYPES = ("bfloat16", "complex128", "complex64", "float16", "float32", "float64")

# Shapes for a row with one bare domain, and pairs of shapes for a row with two.
ELEMENTWISE: tuple[Any, ...] = ((), (2, 3), (0,))
BROADCAST: tuple[Any, ...] = (
    ((2, 3), (2, 3)),
    ((2, 3), (3,)),
    ((2, 1), (1, 3)),
    ((), (2, 2)),
    ((1, 2, 1), (2, 1, 2)),
    ((0, 2), (1, 2)),
)

# Special points that inputs can share: zeros that meet, numbers that are equal.
TOGETHER = ("zeros", "whole", "tiny", "huge", "equal")

_SAFE = re.compile(r"[A-Za-z0-9_.,=+-]+")
_PLAIN = re.compile(r"[A-Za-z0-9_.+-]*")
_UNSAFE = re.compile(r"[^A-Za-z0-9_.+-]+")
_SAFE_WORDS = "letters, digits and the characters _ . , = + -"


class Kind(str, Enum):
    """What a target is, and so how its arguments reach it."""

    OP = "op"
    FUNCTION = "function"
    LAYER = "layer"
    INSTANCE = "instance"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class DtypeOfCase:
    """Stands for the name of the case's dtype among the arguments; write `DTYPE`."""

    def __repr__(self) -> str:
        return "DTYPE"


DTYPE = DtypeOfCase()


@dataclass(frozen=True)
class Exactly:
    """Numbers that reach the target as a tensor of this dtype; write `exactly([0, 2], "int64")`."""

    values: Any
    dtype: str

    def __repr__(self) -> str:
        return f"exactly({self.values!r}, {self.dtype!r})"


def exactly(values: Any, dtype: str) -> Exactly:
    """Numbers, in lists or alone, in a dtype that TensorFlow would not choose for them.

    Raises:
        UsageError: the dtype cannot hold the numbers as they are.
    """
    if not (_is_plainly_held(values, dtype) or _is_held(values, dtype)):
        raise UsageError(f"exactly: {values!r} cannot be held in {dtype!r} as it is")
    return Exactly(values, dtype)


def _is_plainly_held(values: Any, dtype: str) -> bool:
    """What `_is_held` finds of most rows' numbers, without NumPy."""
    return _shape_of(values) is not None and all(
        _is_number_held(number, dtype) for number in numbers_in(values)
    )


def _is_number_held(number: Any, dtype: str) -> bool:
    if dtype in INTEGERS:
        return type(number) is int and is_within(number, dtype)
    if dtype == "float32":
        # Halves, quarters and so on.
        return type(number) is float and abs(number) < 2**10 and (number * 2**10).is_integer()
    return dtype in ("bool", "float64") and type(number) is {"bool": bool, "float64": float}[dtype]


def _shape_of(values: Any) -> tuple[int, ...] | None:
    """The shape of nested lists, or None where they have none."""
    if not isinstance(values, (list, tuple)):
        return ()
    shapes = {_shape_of(value) for value in values}
    inner = next(iter(shapes), ())
    return None if len(shapes) > 1 or inner is None else (len(values), *inner)


def _is_held(values: Any, dtype: str) -> bool:
    try:
        with np.errstate(over="ignore"):
            return np.array_equal(np.array(values, dtype), np.array(values))
    except (TypeError, ValueError, OverflowError):
        return False


@dataclass(frozen=True)
class Built:
    """Stands for what a class or a function makes; write `built("keras.layers.LSTM", units=2)`."""

    target: str
    arguments: tuple[tuple[str, Any], ...] = ()

    def __repr__(self) -> str:
        parts = [repr(self.target), *(f"{name}={value!r}" for name, value in self.arguments)]
        return f"built({', '.join(parts)})"


def built(target: str, /, **arguments: Any) -> Built:
    """A layer inside of a layer, an initializer, …, made anew for each case and in its dtype.

    Raises:
        UsageError: an argument is to be drawn or chosen, which only a row's own arguments are.
    """
    for name, value in arguments.items():
        if isinstance(value, Choices) or list(drawn_inputs([value])):
            raise UsageError(f"built: {target} cannot draw or choose its argument {name}={value!r}")
        _refuse_bare(target, value)
    return Built(target, tuple(arguments.items()))


@dataclass(frozen=True)
class Named:
    """Stands for an object by its dotted name; write `named("tf.math.tanh")`."""

    target: str

    def __repr__(self) -> str:
        return f"named({self.target!r})"


def named(target: str) -> Named:
    """A public function, or whatever else is passed on as the object that it is."""
    return Named(target)


@dataclass(frozen=True)
class Choices:
    """Values of one argument, each of which makes samples of its own."""

    values: tuple[Any, ...]


def choices(*values: Any) -> Choices:
    """Each of `values` in turn; several choices in one row make every combination."""
    return Choices(values)


@dataclass(frozen=True)
class Sample:
    """One way to call a target: named arguments, and which outputs are judged.

    Attributes:
        id: unique within the target; part of the case id, so it never holds a slash.
        inputs: what an instance is called with, in order; empty for ops and functions.
        arguments: keyword arguments of an op or function, constructor arguments of a class.
        judged: positions of the outputs to judge; None judges every floating one.
        training: the `training` argument of a layer's call; None leaves it out.
        call: further keyword arguments of a layer's call: masks, initial states.
    """

    id: str
    inputs: tuple[Any, ...] = ()
    arguments: tuple[tuple[str, Any], ...] = ()
    judged: tuple[int, ...] | None = None
    training: bool | None = None
    call: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        return self.id

    @cached_property
    def entries(self) -> int:
        """How many entries its inputs have, all together."""
        return sum(math.prod(value.shape) for _, value in self.named_inputs())

    def named_inputs(self) -> Iterator[tuple[str, Input]]:
        """The inputs to draw, in order, each with what ids call it: `x`, `values.0`, `0`."""
        for position, value in enumerate(self.inputs):
            yield from _named(str(position), value)
        for name, value in (*self.arguments, *self.call):
            yield from _named(name, value)

    def at(self, point: str) -> Sample:
        """The same sample with one input at a special point, or all that have it.

        Args:
            point: `x=zeros`, or `all=zeros`, which is where two zeros meet.

        Raises:
            UnknownNameError: no input has this point.
        """
        places = self.special_points.get(point)
        if places is None:
            raise UnknownNameError(
                f"special point of sample {self.id!r}", point, self.special_points
            )
        return replace(self._moved(places), id=f"{self.id}-{point}")

    def _moved(self, places: Mapping[str, str]) -> Sample:
        """The same with the inputs that `places` names at these points."""
        inputs = tuple(_placed(str(n), value, places) for n, value in enumerate(self.inputs))
        arguments = tuple((name, _placed(name, value, places)) for name, value in self.arguments)
        call = tuple((name, _placed(name, value, places)) for name, value in self.call)
        return replace(self, inputs=inputs, arguments=arguments, call=call)

    @property
    def function(self) -> str:
        """What it asks of its target, wherever the inputs lie."""
        return repr(replace(self._moved({name: "" for name, _ in self.named_inputs()}), id=""))

    @cached_property
    def special_points(self) -> dict[str, dict[str, str]]:
        """Where `at` can put the sample: the special point of each input that moves there."""
        apart, shared = dict[str, dict[str, str]](), dict[str, dict[str, str]]()
        for name, value in self.named_inputs():
            called = _slug(name)
            for point in value.special_points():
                apart.setdefault(f"{called}={point}", {})[name] = point
                shared.setdefault(point, {})[name] = point
        meeting = {
            f"all={point}": places
            for point, places in shared.items()
            if point in TOGETHER and len(places) > 1
        }
        return {**apart, **meeting}

    def __repr__(self) -> str:
        parts = [repr(self.id), *map(repr, self.inputs)]
        parts += [f"{name}={value!r}" for name, value in self.arguments]
        if self.judged is not None:
            parts.append(f"judged={self.judged!r}")
        if self.training is not None:
            parts.append(f"training={self.training!r}")
        if self.call:
            parts.append(f"call={dict(self.call)!r}")
        return f"sample({', '.join(parts)})"


def roomiest(samples: Iterable[Sample]) -> Sample:
    """The sample that stands for all: the first of those with the most entries."""
    return max(samples, key=lambda sample: sample.entries)


def _named(name: str, value: Any) -> Iterator[tuple[str, Input]]:
    if isinstance(value, Input):
        yield name, value
    elif isinstance(value, (list, tuple)):
        for position, item in enumerate(value):
            yield from _named(f"{name}.{position}", item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _named(f"{name}.{key}", item)


def _placed(name: str, value: Any, places: Mapping[str, str]) -> Any:
    """`value` with the inputs in it that `places` names put there."""
    if isinstance(value, Input):
        return value.at(places[name]) if name in places else value
    if isinstance(value, (list, tuple)):
        return type(value)(_placed(f"{name}.{n}", item, places) for n, item in enumerate(value))
    if isinstance(value, dict):
        return {key: _placed(f"{name}.{key}", item, places) for key, item in value.items()}
    return value


def sample(
    id: str,
    /,
    *inputs: Any,
    judged: Sequence[int] | None = None,
    training: bool | None = None,
    call: Mapping[str, Any] | None = None,
    **arguments: Any,
) -> Sample:
    """A sample written out by hand, as generated tests hold it."""
    if not _SAFE.fullmatch(id):
        raise UsageError(f"sample id {id!r} may only hold {_SAFE_WORDS}")
    given = dict(call or {})
    for value in (*inputs, *arguments.values(), *given.values()):
        _refuse_bare(id, value)
    chosen = None if judged is None else tuple(judged)
    return Sample(id, inputs, tuple(arguments.items()), chosen, training, tuple(given.items()))


@dataclass(frozen=True)
class Row:
    """One line of the registry: a target, how to call it, and in which dtypes.

    Attributes:
        target: dotted name: `tf.raw_ops.Exp`, `tf.nn.gelu`, `tf.keras.layers.Dense`.
        wrt: names of the inputs to differentiate; None differentiates every floating one.
        covers: further raw ops whose gradient functions this row runs, and public names that it
            calls, which have dots: `tf.map_fn`.
        variant: tells rows of one target apart; part of the test's name and of sample ids.
        unjudged_at: special points with no derivative, or none that differences can tell.
        special_points: where `roomiest` goes beside the points drawn at random.
    """

    kind: Kind
    target: str
    samples: tuple[Sample, ...]
    dtypes: tuple[str, ...]
    wrt: tuple[str, ...] | None = None
    covers: tuple[str, ...] = ()
    variant: str = ""
    family: str = ""
    unjudged_at: tuple[str, ...] = ()
    special_points: tuple[str, ...] = ()

    @cached_property
    def roomiest(self) -> Sample:
        """The sample that goes to special points."""
        return roomiest(self.samples)

    @property
    def covered_ops(self) -> tuple[str, ...]:
        """The raw ops among what it covers."""
        return tuple(name for name in self.covers if "." not in name)

    @property
    def covered_names(self) -> tuple[str, ...]:
        """The public names among what it covers."""
        return tuple(name for name in self.covers if "." in name)

    @property
    def name(self) -> str:
        """The last part of the target's dotted name: `MatMul`, `gelu`, `Dense`."""
        return re.split(r"[.:]", self.target)[-1]


# ---------------------------------------------------------------------------------------------
# Constructors of rows


def op(name: str, /, *samples: Sample, **facts: Any) -> Row:
    """A raw op: `name` is what follows `tf.raw_ops.`, arguments go by their names there."""
    return _row(Kind.OP, f"tf.raw_ops.{name}", samples, (), facts)


def function(target: str, /, *samples: Sample, **facts: Any) -> Row:
    """A public function or a composition of ops, called with keyword arguments."""
    return _row(Kind.FUNCTION, target, samples, (), facts)


def layer(target: str, /, *inputs: Any, **facts: Any) -> Row:
    """A Keras layer class: `inputs` are what it is called with, the rest builds it.

    All trainable weights are differentiated beside the inputs. Layers run in single precision
    unless told otherwise, so that is looked at beside double precision.
    """
    return _class_row(Kind.LAYER, target, inputs, {"dtypes": FLOATS, **facts})


def instance(target: str, /, *inputs: Any, **facts: Any) -> Row:
    """A class whose instances are functions of tensors: a Keras loss, regularizer or constraint.

    `inputs` are what the instance is called with, the rest builds it. `wrt` holds names of the
    parameters of its call.
    """
    return _class_row(Kind.INSTANCE, target, inputs, facts)


def loss(target: str, /, *inputs: Any, **facts: Any) -> Row:
    """A Keras loss class: called with `y_true` and `y_pred`, of which the second is judged."""
    return instance(target, *inputs, **{"wrt": ("y_pred",), **facts})


def _class_row(kind: Kind, target: str, inputs: tuple[Any, ...], facts: dict[str, Any]) -> Row:
    samples = tuple(entry for entry in inputs if isinstance(entry, Sample))
    drawn = tuple(entry for entry in inputs if not isinstance(entry, Sample))
    return _row(kind, target, samples, drawn, facts)


def _row(
    kind: Kind,
    target: str,
    samples: tuple[Sample, ...],
    inputs: tuple[Any, ...],
    facts: dict[str, Any],
) -> Row:
    arguments = dict(facts)
    dtypes = tuple(arguments.pop("dtypes", FLOAT64))
    wrt = arguments.pop("wrt", None)
    covers = arguments.pop("covers", ())
    variant = arguments.pop("variant", "")
    unjudged_at = arguments.pop("unjudged_at", ())
    for fact, value in (
        ("wrt", wrt),
        ("covers", covers),
        ("dtypes", facts.get("dtypes", ())),
        ("unjudged_at", unjudged_at),
    ):
        if isinstance(value, str):
            raise UsageError(f"{target}: {fact}={value!r} must be a tuple of names")
    if variant and not _SAFE.fullmatch(variant):
        raise UsageError(f"{target}: variant {variant!r} may only hold {_SAFE_WORDS}")
    if not dtypes:
        raise UsageError(f"{target}: dtypes=() leaves nothing to check")
    covers = tuple(covers)
    shapes = arguments.pop("shapes", None)
    judged = arguments.pop("judged", None)
    training = arguments.pop("training", None)
    call = arguments.pop("call", None)
    for dtype in dtypes:
        if dtype not in DTYPES:
            raise UsageError(f"{target}: dtype {dtype!r} is none of {', '.join(DTYPES)}")
    expanded = list(samples)
    if inputs or arguments:
        called = {"training": training, "call": call}
        for drawn, given, how, name in _expand(inputs, arguments, called, shapes):
            expanded.append(sample(name, *drawn, judged=judged, **how, **given))
    if not expanded:
        raise UsageError(f"{target}: the row has no samples, so nothing would be checked")
    if variant:
        expanded = [replace(s, id=f"{variant}-{s.id}") for s in expanded]
    _refuse_duplicates(target, [s.id for s in expanded])
    points = roomiest(expanded).special_points
    if unknown := sorted(set(unjudged_at) - set(points)):
        raise UsageError(f"{target}: unjudged_at={unknown[0]!r} is no special point of the row")
    return Row(
        kind,
        target,
        tuple(expanded),
        dtypes,
        wrt=None if wrt is None else tuple(wrt),
        covers=covers,
        variant=variant,
        unjudged_at=tuple(unjudged_at),
        special_points=tuple(point for point in points if point not in unjudged_at),
    )


def _refuse_duplicates(target: str, ids: Iterable[str]) -> None:
    seen: set[str] = set()
    for id in ids:
        if id in seen:
            raise UsageError(f"{target}: two samples have the id {id!r}; name one by hand")
        seen.add(id)


# ---------------------------------------------------------------------------------------------
# One row, many samples


def _expand(
    inputs: tuple[Any, ...], arguments: dict[str, Any], called: dict[str, Any], shapes: Any
) -> Iterator[tuple[tuple[Any, ...], dict[str, Any], dict[str, Any], str]]:
    """Every combination of the choices, and of the shapes for bare domains, with its id."""
    slots: dict[Any, Any] = {**dict(enumerate(inputs)), **arguments, **called}
    bare = [key for key, value in slots.items() if isinstance(value, Domain)]
    chosen = [key for key, value in slots.items() if isinstance(value, Choices)]
    for shape_set in _shape_sets(len(bare), shapes):
        for values in itertools.product(*(slots[key].values for key in chosen)):
            bound = dict(slots)
            bound.update({key: slots[key](*shape) for key, shape in zip(bare, shape_set)})
            bound.update(zip(chosen, values))
            name = _sample_id(bound, {key: bound[key] for key in chosen})
            how = {key: bound.pop(key) for key in called}
            drawn = tuple(bound.pop(position) for position in range(len(inputs)))
            yield drawn, bound, how, name


def _shape_sets(count: int, shapes: Any) -> Iterator[tuple[tuple[int, ...], ...]]:
    if count == 0:
        yield ()
    elif count == 1:
        for shape in ELEMENTWISE if shapes is None else shapes:
            if not isinstance(shape, tuple):
                raise UsageError(f"shapes={shapes!r} must hold shapes such as (2, 3)")
            yield (shape,)
    else:
        for shape_set in BROADCAST if shapes is None else shapes:
            if len(shape_set) != count:
                raise UsageError(f"shapes={shape_set!r} must name {count} shapes, one a domain")
            yield shape_set


def _sample_id(slots: dict[Any, Any], varied: dict[Any, Any]) -> str:
    drawn = [_shape_slug(entry.shape) for entry in drawn_inputs(slots.values())]
    parts = ["_".join(drawn)] if drawn else []
    for key, value in varied.items():
        if not list(drawn_inputs([value])):
            # What a call is given is told by its names: masks are long.
            parts.append(f"{key}={_slug(list(value or ()) if key == 'call' else value)}")
    return "-".join(parts) or "default"


def drawn_inputs(values: Iterable[Any]) -> Iterator[Input]:
    """The inputs to draw among argument values, in order, lists and dicts opened."""
    for value in values:
        if isinstance(value, Input):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from drawn_inputs(value)
        elif isinstance(value, dict):
            yield from drawn_inputs(value.values())


def _refuse_bare(id: str, value: Any) -> None:
    """A domain inside choices, a list or a dict gets no shape from the row."""
    if isinstance(value, Domain):
        raise UsageError(f"sample {id!r}: the domain {value!r} needs a shape here: {value!r}(2, 3)")
    if isinstance(value, (list, tuple)):
        for item in value:
            _refuse_bare(id, item)
    elif isinstance(value, dict):
        for item in value.values():
            _refuse_bare(id, item)


def _shape_slug(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "scalar"


def _slug(value: Any) -> str:
    if isinstance(value, Exactly):
        return f"{value.dtype}.{_slug(value.values)}"
    if isinstance(value, (Built, Named)):
        return value.target.rpartition(".")[2]
    if isinstance(value, (list, tuple)):
        return ",".join(_slug(item) for item in value) or "none"
    text = str(value)
    return text if _PLAIN.fullmatch(text) else _UNSAFE.sub("_", text)
