"""Values as Python source: only what reads back as itself, so that no name can break out."""

from __future__ import annotations

import ast
import keyword
import math
import re
from collections.abc import Iterable
from enum import Enum
from typing import Any

from opcheck import domains
from opcheck.domains import Input
from opcheck.errors import UsageError
from opcheck.spec import Built, DtypeOfCase, Exactly, Named, Sample

WIDTH = 100
_MAKERS = ("as_variable", "between", "complex_between", "filled", "indices", "integers", "near")
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*)?", re.ASCII)


def checked_target(target: str) -> str:
    """A dotted name, or `UsageError` when it could be anything else in Python source."""
    if not isinstance(target, str) or not _DOTTED.fullmatch(target):
        raise UsageError(f"target {target!r} is no dotted name such as tf.raw_ops.MatMul")
    return target


def checked_name(what: str, name: str) -> str:
    """An identifier, or `UsageError`."""
    if not (isinstance(name, str) and name.isascii() and name.isidentifier()):
        raise UsageError(f"{what} {name!r} is no Python identifier")
    if keyword.iskeyword(name):
        raise UsageError(f"{what} {name!r} is a keyword of Python")
    return name


def literal(value: Any, where: str) -> str:
    """Source that evaluates to `value` in a generated file.

    Raises:
        UsageError: the value is of a kind that cannot be written out; `where` is named.
    """
    if isinstance(value, Input):
        return _input(value, where)
    if isinstance(value, Enum):
        value = value.value
    for plain in (float, str):
        if isinstance(value, plain):  # NumPy's scalars print otherwise
            value = plain(value)
    if isinstance(value, DtypeOfCase):
        return "DTYPE"
    if isinstance(value, Exactly):
        return f"exactly({literal(value.values, where)}, {_quoted(value.dtype)})"
    if isinstance(value, Built):
        parts = [_quoted(checked_target(value.target)), *_keywords(value.arguments, where)]
        return f"built({', '.join(parts)})"
    if isinstance(value, Named):
        return f"named({_quoted(checked_target(value.target))})"
    if value is None or isinstance(value, (bool, int, str)):
        return repr(value) if not isinstance(value, str) else _quoted(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else f'float("{value}")'
    if isinstance(value, slice):
        ends = (value.start, value.stop, value.step)
        return f"slice({', '.join(literal(end, where) for end in ends)})"
    if isinstance(value, list):
        return f"[{', '.join(literal(item, where) for item in value)}]"
    if isinstance(value, tuple):
        inner = ", ".join(literal(item, where) for item in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, dict):
        items = (f"{literal(k, where)}: {literal(v, where)}" for k, v in value.items())
        return "{" + ", ".join(items) + "}"
    raise UsageError(
        f"{where}: a {type(value).__name__} cannot be written into a test; use inputs to draw, "
        "None, booleans, numbers, strings, and lists, tuples or dicts of these"
    )


def sample_source(sample: Sample, where: str) -> list[str]:
    """The arguments of the `sample(...)` call that makes this sample."""
    parts = [_quoted(sample.id), *(literal(value, where) for value in sample.inputs)]
    parts += _keywords(sample.arguments, where)
    if sample.judged is not None:
        parts.append(f"judged={literal(list(sample.judged), where)}")
    if sample.training is not None:
        parts.append(f"training={sample.training!r}")
    if sample.call:
        parts.append(f"call={literal(dict(sample.call), where)}")
    return parts


def _keywords(arguments: Iterable[tuple[str, Any]], where: str) -> list[str]:
    return [
        f"{checked_name(f'{where}: argument', name)}={literal(value, f'{where}, {name}')}"
        for name, value in arguments
    ]


def call(head: str, parts: list[str], indent: int) -> str:
    """`head(parts)` on one line where it fits, else one part a line."""
    line = f"{head}({', '.join(parts)})"
    if indent + len(line) + 1 <= WIDTH:
        return line
    pad = " " * indent
    inner = "".join(f"{pad}    {part},\n" for part in parts)
    return f"{head}(\n{inner}{pad})"


def names_in(sources: list[str]) -> set[str]:
    """The bare names that these expressions use: what a file of them must import."""
    trees = (ast.parse(source, mode="eval") for source in sources)
    return {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}


def _input(value: Input, where: str) -> str:
    source = repr(value)
    try:
        made = _built(ast.parse(source, mode="eval").body)
        is_same = made == value and _drawing(made) is _drawing(value)
    except (SyntaxError, ValueError, TypeError):
        is_same = False
    if not is_same:
        raise UsageError(f"{where}: {source} is not made of the domains of opcheck.domains")
    return source.replace("'", '"')


def _drawing(value: Input) -> Any:
    """What draws: equal domains compare by name, and a user's may bear a name of ours."""
    return getattr(value.domain.draw, "__code__", value.domain.draw)


def _built(node: ast.expr) -> Any:
    """What an expression of domains, calls and literals stands for; nothing else is run."""
    if isinstance(node, ast.Call) and not node.keywords:
        return _built(node.func)(*map(_built, node.args))
    if isinstance(node, ast.Attribute) and node.attr == "at":
        return _built(node.value).at
    if isinstance(node, ast.Name):
        found = getattr(domains, node.id, None)
        if isinstance(found, domains.Domain) or node.id in _MAKERS:
            return found
        raise ValueError(f"{node.id} is no domain")
    return ast.literal_eval(node)


def _quoted(text: str) -> str:
    """A string literal in double quotes where that needs no more escapes."""
    source = repr(text)
    if source.startswith("'") and '"' not in text and "\\" not in source:
        return f'"{text}"'
    return source
