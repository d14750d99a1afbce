"""How to build and call what cannot be guessed: a decorator, or a row of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from opcheck.domains import Domain, Input, normal
from opcheck.errors import UsageError
from opcheck.spec import Row, Sample, sample

ATTRIBUTE = "__opcheck_recipe__"

T = TypeVar("T")


def recipe(
    *inputs: Any,
    training: bool | None = None,
    call: Mapping[str, Any] | None = None,
    **arguments: Any,
) -> Callable[[T], T]:
    """A decorator that tells `opcheck audit` how to build and call a layer, model or function.

        @opcheck.recipe((2, 8), units=3)
        class Foo(keras.layers.Layer): ...

    Args:
        inputs: what it is called with, in order: shapes, inputs of `opcheck.domains` such as
            `positive(2, 3)` or `indices(10)(2, 3)`, lists of these, or values.
        training: the `training` argument of the call; None for both.
        call: further keyword arguments of the call.
        arguments: of the constructor.
    """
    given = recipe_sample(inputs, training=training, call=call, arguments=arguments)

    def decorate(target: T) -> T:
        setattr(target, ATTRIBUTE, given)
        return target

    return decorate


def recipe_sample(
    inputs: Sequence[Any],
    *,
    training: bool | None = None,
    call: Mapping[str, Any] | None = None,
    arguments: Mapping[str, Any] | None = None,
) -> Sample:
    """The sample that a recipe stands for."""
    drawn = [_drawn(value) for value in inputs]
    return sample("audit", *drawn, training=training, call=call, **dict(arguments or {}))


def _drawn(value: Any) -> Any:
    """An input for a shape; anything else as it is."""
    if isinstance(value, tuple) and all(isinstance(size, int) for size in value):
        return normal(*value)
    if isinstance(value, list):
        return [_drawn(item) for item in value]
    if isinstance(value, Domain) and not isinstance(value, Input):
        raise UsageError(f"recipe: the domain {value!r} needs a shape here: {value!r}(2, 3)")
    return value


def recipe_of(found: Any, name: str, rows: Iterable[Row]) -> Sample | None:
    """The recipe that a target carries, or that a row holds for its name."""
    # What a class inherits was written for another one.
    own = vars(found) if hasattr(found, "__dict__") else {}
    if ATTRIBUTE in own:
        given: Sample = own[ATTRIBUTE]
        return given
    for row in rows:
        if row.target.replace(":", ".") == name.replace(":", "."):
            return row.roomiest
    return None
