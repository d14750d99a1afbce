"""What a dtype's function values can resolve: every number that judges follows from its unit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

_SHORT = {"float16": 2.0**-11, "bfloat16": 2.0**-8}
_SHORT_LEAST = {"float16": 2.0**-24, "bfloat16": 2.0**-133}


@dataclass(frozen=True)
class Precision:
    """How far the values of one dtype can resolve a slope.

    With the unit round-off u, a fourth-order difference is best at a step near u^(1/5), where its
    error is u^(4/5) of the slope's scale.

    Attributes:
        unit: half the distance from 1 to the next number.
        least: the smallest number above zero; what is less is lost.
        finest: the finest of the first steps, as an exponent of two.
        ratio: the exponent of the ratio between the first steps.
        goal: the bound beyond which further steps are tried, relative to what is natural.
        telling: the same for entries smaller than that, relative to themselves.
    """

    unit: float
    least: float
    finest: int
    ratio: int
    goal: float
    telling: float

    @classmethod
    @cache
    def of(cls, dtype: Any) -> Precision:
        """The precision of a real or complex NumPy dtype; a complex one has that of its parts."""
        dtype = np.dtype(dtype)
        is_short = dtype.name in _SHORT
        unit = _SHORT[dtype.name] if is_short else float(np.finfo(dtype).eps) / 2
        return cls(
            unit=unit,
            least=_SHORT_LEAST[dtype.name]
            if is_short
            else float(np.finfo(dtype).smallest_subnormal),
            finest=round(np.log2(unit) / 5 - 1),
            ratio=2 if unit < 2.0**-40 else 1,
            goal=unit**0.6,
            telling=unit**0.4,
        )

    @classmethod
    def coarsest(cls, dtypes: Iterable[Any]) -> Precision:
        """The precision of the dtype with the largest unit."""
        return max((cls.of(dtype) for dtype in dtypes), key=lambda precision: precision.unit)

    def first_steps(self) -> list[int]:
        """Exponents of the three first steps, coarsest first."""
        return [self.finest + self.ratio * k for k in (2, 1, 0)]

    def longer_steps(self) -> list[int]:
        """Exponents of two steps above the first, for where rounding rules."""
        top = self.first_steps()[0]
        return [top + 4, top + 2]
