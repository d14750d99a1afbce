"""Calls of opcheck's own that stand for one of TensorFlow's, in the words of that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from opcheck.cases import Case
from opcheck.reproducing.fixed import Fixed

# Gives the source of a value; it is asked for inputs once each, in the order of their drawing.
Source = Callable[[Any], str]


@dataclass(frozen=True)
class Spelling:
    """The source of a call: `head(parts)tail`.

    Attributes:
        subject: what it is a call of, for people.
        is_graph: whether the call is made in a graph.
    """

    subject: str
    head: str
    parts: tuple[str, ...]
    tail: str = ""
    is_graph: bool = False


def spelled(case: Case, source: Source) -> Spelling | None:
    """The call of a case in TensorFlow's words; None if it is no call that stands for another."""
    spell = _SPELLINGS.get(case.target)
    return spell(dict(case.sample.arguments), source) if spell else None


def subject(case: Case) -> str:
    """What a case is a call of, for people."""
    spelling = spelled(case, lambda _: "")
    return spelling.subject if spelling else case.target


def _of_composites(arguments: Mapping[str, Any], source: Source) -> Spelling:
    given = {name: value for name, value in arguments.items() if name != "function"}
    parts = tuple(f"{name}={_composite(value, source)}" for name, value in given.items())
    function = arguments["function"]
    return Spelling(function, f"tf.nest.flatten({function}", parts, ", expand_composites=True)")


def _composite(value: Any, source: Source) -> str:
    """Source of a value with the sparse and ragged tensors in it."""
    if isinstance(value, list):
        return f"[{', '.join(_composite(item, source) for item in value)}]"
    if not isinstance(value, dict):
        return source(value)
    part = {name: source(item) for name, item in value.items()}
    if "row_lengths" in part:
        return f"tf.RaggedTensor.from_row_lengths({part['values']}, {part['row_lengths']})"
    if "slices" in part:
        places, shape = (f"tf.constant({part[name]})" for name in ("indices", "dense_shape"))
        return f"tf.IndexedSlices({part['slices']}, {places}, {shape})"
    return f"tf.SparseTensor({part['indices']}, {part['values']}, {part['dense_shape']})"


def _linear_operator(arguments: Mapping[str, Any], source: Source) -> Spelling:
    options = dict(arguments)
    operator = _operator(options.pop("operator"), source)
    head = f"{operator}.{options.pop('method')}"
    given = [_operator(options.pop("x"), source)] if options.get("x") is not None else []
    parts = [*given, *(f"{name}={source(value)}" for name, value in options.items())]
    return Spelling(f"{operator.partition('(')[0]}.{arguments['method']}", head, tuple(parts))


def _conjugate_gradient(arguments: Mapping[str, Any], source: Source) -> Spelling:
    name = "tf.linalg.experimental.conjugate_gradient"
    parts = tuple(f"{key}={_operator(value, source)}" for key, value in arguments.items())
    return Spelling(name, name, parts, ".x")


def _operator(value: Any, source: Source) -> str:
    """Source of a value with the linear operators in it."""
    if isinstance(value, list):
        return f"[{', '.join(_operator(item, source) for item in value)}]"
    if not isinstance(value, dict):
        return source(value)
    [(name, arguments)] = value.items()
    parts = [f"{key}={_operator(item, source)}" for key, item in arguments.items()]
    return f"tf.linalg.LinearOperator{name}({', '.join(parts)})"


def _in_graph(arguments: Mapping[str, Any], source: Source) -> Spelling:
    options = dict(arguments)
    op, known, rows = options.pop("op"), options.pop("known"), options.pop("rows", None)
    name = f"tf.raw_ops.{op}"
    parts = tuple(f"{key}={_veiled(value, known, source)}" for key, value in options.items())
    subject = f"{name} in a graph"
    if rows is None:
        return Spelling(subject, name, parts, is_graph=True)
    return Spelling(subject, f"tf.gather({name}", parts, f", {source(rows)})", is_graph=True)


def _veiled(value: Any, known: str, source: Source) -> str:
    """Source of a value, of whose tensors a graph knows so much."""
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_veiled(item, known, source) for item in value)}]"
    given = source(value)
    if not isinstance(value, Fixed) or (known == "shapes" and given.isidentifier()):
        return given
    # A number that is written into a graph is known there; one that comes by default is not.
    shape = {
        "shapes": [*value.shape],
        "columns": [*[None] * len(value.shape[:-1]), *value.shape[-1:]],
        "ranks": [None] * len(value.shape),
        "nothing": None,
    }[known]
    return f"tf.raw_ops.PlaceholderWithDefault(input={given}, shape={shape})"


_SPELLINGS: dict[str, Callable[[Mapping[str, Any], Source], Spelling]] = {
    "opcheck.branches.in_graph": _in_graph,
    "opcheck.branches.rows_in_graph": _in_graph,
    "opcheck.compositions.conjugate_gradient": _conjugate_gradient,
    "opcheck.compositions.linear_operator": _linear_operator,
    "opcheck.compositions.of_composites": _of_composites,
}
