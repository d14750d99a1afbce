"""The text of a script that shows one defect with TensorFlow and NumPy alone."""

from __future__ import annotations

import inspect
import keyword
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opcheck.backend import tf
from opcheck.cases import Case
from opcheck.domains import Input
from opcheck.errors import OpcheckError
from opcheck.generate.literals import literal
from opcheck.reproducing.fixed import Fixed
from opcheck.reproducing.inlining import CannotInlineError, Inliner, Runs
from opcheck.reproducing.showing import IN_GRAPH, Shown, Slope, Spot, lines_that_show
from opcheck.reproducing.spelling import spelled
from opcheck.spec import Built, DtypeOfCase, Exactly, Kind, Named, drawn_inputs
from opcheck.targets import resolve, takes_dtype

WIDTH = 100
LINES = 40

Array = NDArray[Any]

# The script's own names, which no argument may take.
_OWN = (
    *("np", "tf", "y", "step", "slope", "tape", "value", "gradient", "analytic", "error", "h"),
    *("coarse", "fine", "bound", "layer", "weights", "at", "low", "high", "sides", "state"),
    *("graph", "session", "taped", "v"),
)


class TooLongError(OpcheckError):
    """The script does not fit into its lines."""

    exit_code = 1


@dataclass
class _Writer:
    """Source of a case's call, and of what must be defined for it.

    Attributes:
        variables: sources of the variables that do not move, by name.
    """

    case: Case
    spot: Spot
    inliner: Inliner = field(default_factory=Inliner)
    variables: dict[str, str] = field(default_factory=dict)
    _seen: int = 0

    def value(self, value: Any) -> str:
        """Source of an argument; inputs in the order in which they are drawn."""
        if isinstance(value, Fixed):
            self._seen += 1
            if not self.spot.is_weight and self._seen - 1 == self.spot.place:
                return "at" if self.inliner.runs is Runs.IN_SESSION else self.spot.name
            dtype = value.dtype_in(self.case.dtype)
            source = _tensor(value.array.astype(_numpy(dtype)), dtype, value.is_variable)
            if not value.is_variable:
                return source
            # A graph asks for its variables again when it is differentiated.
            name = identifier(f"variable_{self._seen}", [self.spot.name])
            self.variables[name] = source
            return name
        if isinstance(value, Input):
            raise AssertionError(f"{value!r} is not fixed")
        if isinstance(value, Exactly):
            if self.case.kind is Kind.OP:
                return _tensor(np.array(value.values, value.dtype), value.dtype)
            return _array(np.array(value.values, value.dtype))
        if isinstance(value, (list, tuple)):
            inner = ", ".join(map(self.value, value))
            comma = "," if len(value) == 1 else ""
            return f"[{inner}]" if isinstance(value, list) else f"({inner}{comma})"
        if isinstance(value, dict):
            return "{" + ", ".join(f"{k!r}: {self.value(v)}" for k, v in value.items()) + "}"
        return self.given(value)

    def called_with(self, value: Any) -> str:
        """Source of what a layer or an instance is called with: numbers become tensors."""
        has_inputs = any(True for _ in drawn_inputs([value]))
        is_nest = isinstance(value, (list, tuple, dict))
        if has_inputs or (is_nest and self.case.kind is not Kind.INSTANCE):
            return self.value(value)
        is_whole = is_nest and np.asarray(value).dtype.kind != "f"
        return f"tf.constant({value!r}{'' if is_whole else f', tf.{self.case.dtype}'})"

    def given(self, value: Any) -> str:
        """Source of an argument in which nothing is drawn."""
        if isinstance(value, DtypeOfCase):
            return f'"{self.case.dtype}"'
        if isinstance(value, Named):
            return self.target(value.target)
        if isinstance(value, Built):
            parts = [f"{name}={self.given(v)}" for name, v in value.arguments]
            return f"{self.target(value.target)}({', '.join(self.with_dtype(value, parts))})"
        if isinstance(value, Exactly):
            return _array(np.array(value.values, value.dtype))
        return literal(value, self.case.target)

    def with_dtype(self, built: Built | Case, parts: list[str]) -> list[str]:
        """Constructor arguments with the dtype of the case, where the class takes one."""
        found = resolve(built.target)
        is_given = any(part.startswith("dtype=") for part in parts)
        if inspect.isclass(found) and takes_dtype(found) and not is_given:
            parts = [*parts, f'dtype="{self.case.dtype}"']
        return parts

    def target(self, target: str) -> str:
        """Source of what a target names, which is inlined unless it is TensorFlow's or Keras's."""
        if target.startswith("tf."):
            return target
        if target.startswith("keras."):
            return f"tf.{target}"
        found = resolve(target)
        module = getattr(found, "__module__", None)
        name = getattr(found, "__name__", None)
        if not (module and name) or "." in getattr(found, "__qualname__", name):
            raise CannotInlineError(f"{target} is no function or class at the top of a module")
        return self.inliner.add(module, name)


def script(
    case: Case,
    spot: Spot,
    slope: Slope,
    shown: Shown,
    *,
    title: Sequence[str],
    weights: Sequence[Array] = (),
    raised: str = "Exception",
    has_losses: bool = False,
    seeds: bool = False,
    keeps_state: bool = False,
) -> str:
    """The script.

    Args:
        case: its inputs are fixed.
        title: sentences for its head.
        weights: of a layer.
        raised: source of the type of the exception, where one is shown.
        has_losses: whether the layer adds to the loss, which counts as a further output.
        seeds: whether the seed is to be set before each call.
        keeps_state: whether the layer's state is to be put back before each call.

    Raises:
        TooLongError: it would have more than `LINES` lines.
        CannotInlineError: a function in it cannot be copied.
    """
    writer = _Writer(case, spot)
    before, body = _function(writer, weights, has_losses, seeds, keeps_state)
    copied = [list(filter(None, s.splitlines())) for s in writer.inliner.sources.values()]
    above = ["import numpy as np", "import tensorflow as tf", *writer.inliner.imports]
    # Where lines are short, the blank ones go first, and what is known of the defect after them.
    for blank, told in ((2, title), (1, title), (0, title), (0, title[:2])):
        is_tight = blank == 0
        showing = lines_that_show(spot, slope, shown, writer.inliner.runs, raised, is_tight)
        blocks = [*copied, [*before, *_point(spot, is_tight)], body, *showing]
        text = "\n".join([*_head(told, is_tight), *([] if is_tight else [""]), *above, ""])
        for number, block in enumerate(block for block in blocks if block):
            text += "\n" * min(blank, number + 1) + "\n".join(block) + "\n"
        count = text.count("\n")
        if count <= LINES:
            return text
    raise TooLongError(f"the script needs {count} lines, which is more than {LINES}")


def _head(title: Sequence[str], is_tight: bool) -> list[str]:
    lines = [line for text in title[1:] for line in textwrap.wrap(text, WIDTH)]
    if is_tight:
        return [f'"""{title[0]}', *lines[:-1], f'{lines[-1]}"""']
    return [f'"""{title[0]}', "", *lines, '"""']


def _function(
    writer: _Writer,
    weights: Sequence[Array],
    has_losses: bool,
    seeds: bool,
    keeps_state: bool,
) -> tuple[list[str], list[str]]:
    """What stands before the function, and the function."""
    case, spot = writer.case, writer.spot
    sample, kind = case.sample, case.kind
    before: list[str] = []
    inside: list[str] = []
    tail, spelling = "", None
    if seeds:
        inside.append(f"tf.random.set_seed({case.seed})")
    if kind in (Kind.LAYER, Kind.INSTANCE):
        parts = [f"{name}={writer.given(value)}" for name, value in sample.arguments]
        head, parts = writer.target(case.target), writer.with_dtype(case, parts)
        before += _call("layer = " + head, parts, "")
        inputs = [writer.called_with(value) for value in sample.inputs]
        inputs += [f"{name}={writer.value(value)}" for name, value in sample.call]
        if sample.training is not None:
            inputs.append(f"training={sample.training}")
        head = "layer"
        if weights or keeps_state:
            before.append(f"layer({', '.join(_arrays_at(inputs, spot))})")
        if weights:
            arrays = ", ".join(_array(weight) for weight in weights)
            before += textwrap.wrap(f"weights = [{arrays}]", WIDTH, subsequent_indent="    ")
            before.append("for w, value in zip(layer.trainable_variables, weights):")
            before.append("    w.assign(value)")
        if keeps_state:
            before += [
                f"layer({', '.join(_arrays_at(inputs, spot))})",
                "state = [v.numpy() for v in layer.non_trainable_variables]",
            ]
            inside.append("for v, was in zip(layer.non_trainable_variables, state): v.assign(was)")
        if spot.is_weight:
            inside.append(f"layer.trainable_variables[{spot.place}].assign({spot.name})")
    elif spelling := spelled(case, writer.value):
        head, inputs, tail = spelling.head, list(spelling.parts), spelling.tail
    else:
        head = writer.target(case.target)
        inputs = [
            part
            for name, value in sample.arguments
            for part in (
                [writer.value(item) for item in value]
                if is_positional(case)
                else [f"{name}={writer.value(value)}"]
            )
        ]
    call = _call(head, inputs, tail)
    if has_losses:
        call = [f"[{call[0]}", *call[1:]]
        call[-1] += ", *layer.losses]"
    part = next((p for p in (".imag", ".real") if spot.output.endswith(p)), "")
    call[-1] += spot.output.removesuffix(part)
    if part:
        call[0] = f"tf.math.{part[1:]}({call[0]}"
        call[-1] += ")"
    ahead, behind = spot.around.split("{}")
    call[0], call[-1] = ahead + call[0], call[-1] + behind
    if writer.inliner.runs is Runs.IN_SESSION:
        return before, _graph(writer, call)
    call[0] = f"return {call[0]}"
    is_graph = spelling.is_graph if spelling else writer.inliner.runs is Runs.TAPED_WITHIN
    compiled = [IN_GRAPH] if is_graph else []
    body = [*compiled, f"def y({spot.name}):", *(f"    {line}" for line in [*inside, *call])]
    return [*(f"{n} = {source}" for n, source in writer.variables.items()), *before], body


def _graph(writer: _Writer, call: Sequence[str]) -> list[str]:
    """The graph that holds the call, by frames where it has loops, branches or tensor arrays."""
    sources = "".join(writer.inliner.sources.values())
    has_frames = re.search(r"\b(cond|while_loop|TensorArray)\b", sources)
    dtype, shape = writer.spot.array.dtype, writer.spot.array.shape
    return [
        *(["tf.compat.v1.disable_control_flow_v2()"] if has_frames else []),
        "with tf.Graph().as_default() as graph:",
        f"    at = tf.compat.v1.placeholder(tf.{dtype}, {shape})",
        f"    value = {call[0]}",
        *(f"    {line}" for line in call[1:]),
        "session = tf.compat.v1.Session(graph=graph)",
    ]


def is_positional(case: Case) -> bool:
    """Whether the case's arguments go by their place: those of a user's own function."""
    return case.kind is Kind.FUNCTION and [n for n, _ in case.sample.arguments] == ["arguments"]


def _arrays_at(inputs: Iterable[str], spot: Spot) -> list[str]:
    """The inputs of a first call, in which the one that moves is its own array."""
    pattern = rf"\b{re.escape(spot.name)}\b"
    if spot.is_weight:
        return list(inputs)
    return [re.sub(pattern, lambda _: f"tf.constant({_array(spot.array)})", i) for i in inputs]


def _point(spot: Spot, is_tight: bool) -> list[str]:
    """The input that moves, and how."""
    lines = _wrapped(f"{spot.name} = {_array(spot.array)}")
    if spot.direction is not None:
        return [*lines, *_wrapped(f"step = {_array(spot.direction)}")]
    index = spot.index.removesuffix(".imag").removesuffix(".real") or "[()]"
    unit = "1j" if spot.index.endswith(".imag") else "1"
    if not is_tight:
        return [*lines, f"step = np.zeros_like({spot.name})", f"step{index} = {unit}"]
    step = np.zeros_like(spot.array)
    step[_where(index)] = complex(unit) if spot.index.endswith(".imag") else 1
    both = f"{spot.name}, step = {_array(spot.array)}, {_array(step)}"
    return [both] if len(both) <= WIDTH else [*lines, *_wrapped(f"step = {_array(step)}")]


def _where(index: str) -> tuple[int, ...]:
    """The index that its source stands for."""
    return tuple(int(number) for number in re.findall(r"\d+", index))


def identifier(name: str, taken: Iterable[str] = ()) -> str:
    """A name for a variable of the script like that of an input: `values[0]` is `values_0`."""
    plain = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower() or "x"
    plain = f"x_{plain}" if plain[0].isdigit() else plain
    while plain in (*_OWN, *taken) or keyword.iskeyword(plain):
        plain += "_"
    return plain


def _call(head: str, parts: Sequence[str], tail: str) -> list[str]:
    """A call on one line where it fits, else its arguments on as few as they need."""
    line = f"{head}({', '.join(parts)}){tail}"
    if len(line) <= WIDTH - 30:
        return [line]
    lines, current = [f"{head}("], ""
    for part in parts:
        if current and len(current) + len(part) + 7 > WIDTH - 8:
            lines.append(f"    {current.strip()}")
            current = ""
        current += f" {part},"
    return [*lines, *([f"    {current.strip()}"] if current else []), f"){tail}"]


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(line, WIDTH, subsequent_indent="    ", break_long_words=False)


# ---------------------------------------------------------------------------------------------
# Numbers


def _array(array: Array) -> str:
    """Source of an array, with the digits of its dtype."""
    dtype = str(array.dtype)
    if dtype in ("float64", "complex128", "bool", "int64"):
        given = ""
    else:
        given = ", tf.bfloat16.as_numpy_dtype" if dtype == "bfloat16" else f", np.{dtype}"
    return f"np.array({_nested(array)}{given})"


def _tensor(array: Array, dtype: str, is_variable: bool = False) -> str:
    """Source of a tensor or variable."""
    if is_variable:
        return f"tf.Variable({_nested(array)}, dtype=tf.{dtype})"
    given = "" if dtype in ("bool", "string") else f", tf.{dtype}"
    if array.size and array.ndim and array.size > 2 and np.all(array == array.reshape(-1)[0]):
        number = _number(array.reshape(-1)[0])
        return f"tf.fill({list(array.shape)}, tf.constant({number}{given}))"
    if not array.size:
        return f"tf.zeros({list(array.shape)}{given})"
    return f"tf.constant({_nested(array)}{given})"


def _nested(array: Array) -> str:
    if array.ndim == 0:
        return _number(array[()])
    if not array.size:
        return f"np.zeros({array.shape})"
    return f"[{', '.join(_nested(np.asarray(row)) for row in array)}]"


def _number(number: Any) -> str:
    """The fewest digits that give the number back in its dtype."""
    kind = np.asarray(number).dtype
    if kind.kind == "b":
        return str(bool(number))
    if kind.kind in "iu":
        return str(int(number))
    if kind.kind == "c":
        real, imag = _number(number.real), _number(number.imag)
        plain = np.isfinite(number)
        return f"{real}{'' if imag.startswith('-') else '+'}{imag}j" if plain else _bare(number)
    if not np.isfinite(float(number)):
        text = str(float(number))
        return f"-np.{text[1:]}" if text.startswith("-") else f"np.{text}"
    return str(number)


def _bare(number: Any) -> str:
    return f"complex({_number(number.real)}, {_number(number.imag)})"


def _numpy(dtype: str) -> Any:
    return tf.as_dtype(dtype).as_numpy_dtype
