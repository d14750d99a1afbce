"""A case with its inputs as arrays: what is drawn no longer depends on shapes or the sample."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from opcheck.cases import Case
from opcheck.domains import Input
from opcheck.spec import Sample

Array = NDArray[Any]


@dataclass(frozen=True)
class Fixed(Input):
    """An input that is always the same array.

    Attributes:
        array: what `draw` returns.
        source: what was to be drawn in its place.
    """

    array: Array = field(default_factory=lambda: np.empty(0), compare=False)
    source: Input | None = field(default=None, compare=False)

    def draw(self, generator: np.random.Generator, case_dtype: str) -> Array:
        """The array. The source is drawn too, so that what comes after it (weights) stays."""
        if self.source is not None:
            self.source.draw(generator, case_dtype)
        return self.array

    def holding(self, array: Array) -> Fixed:
        """The same input at another array, of any shape."""
        return replace(self, array=array, shape=array.shape)


def fixed(case: Case, arrays: Iterable[Array]) -> Case:
    """The case at these arrays, one for each input that it draws, in their order."""
    left = iter(arrays)

    def hold(wanted: Input) -> Input:
        array = np.array(next(left))
        return Fixed(
            wanted.domain, array.shape, wanted.is_variable, wanted.point, array=array, source=wanted
        )

    return replace(case, sample=changed(case.sample, hold))


def fixed_inputs(sample: Sample) -> Iterator[Fixed]:
    """The fixed inputs of a sample, in the order in which they are drawn."""
    for _, value in sample.named_inputs():
        if isinstance(value, Fixed):
            yield value


def changed(sample: Sample, change: Callable[[Input], Input]) -> Sample:
    """The sample with each of its inputs changed, in the order in which they are drawn."""
    return replace(
        sample,
        inputs=tuple(_changed(value, change) for value in sample.inputs),
        arguments=tuple((name, _changed(value, change)) for name, value in sample.arguments),
        call=tuple((name, _changed(value, change)) for name, value in sample.call),
    )


def _changed(value: Any, change: Callable[[Input], Input]) -> Any:
    if isinstance(value, Input):
        return change(value)
    if isinstance(value, (list, tuple)):
        return type(value)(_changed(item, change) for item in value)
    if isinstance(value, dict):
        return {key: _changed(item, change) for key, item in value.items()}
    return value
