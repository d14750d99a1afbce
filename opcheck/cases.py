"""From rows to cases: one sample, one dtype, one check. The only maker of case ids."""

from __future__ import annotations

import fnmatch
import itertools
import shlex
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from opcheck.errors import UnknownNameError
from opcheck.late import np
from opcheck.spec import Kind, Row, Sample, roomiest

# What is asked of the function at its points, in reverse mode.
NUMERIC = ("jacobian", "special", "precision")

# The agreement matrix: the other modes, and the next order, at one point of each row.
AGREEMENT = ("forward", "second_order", "graph", "graph_dynamic", "xla", "pfor")

CHECKS = (*NUMERIC, *AGREEMENT)

# Of a row's dtypes those of the first of these groups that it has are the sharpest. They see every
# sample and special point; the others go where their kernels are other code: to one sample.
_BY_SHARPNESS = (("float64", "complex128"), ("float32", "complex64"))

# Which of several dtypes stands for all in the quick tier.
_PLAINEST = ("float64", "float32", "float16", "bfloat16")


@dataclass(frozen=True)
class Case:
    """One thing to check. Its id is stable: it depends on the row alone, never on the order."""

    kind: Kind
    target: str
    sample: Sample
    dtype: str
    check: str
    family: str
    wrt: tuple[str, ...] | None = None
    seed: int = 0

    @property
    def id(self) -> str:
        return f"{self.target}/{self.sample.id}/{self.dtype}/{self.check}"

    @property
    def repeat(self) -> str:
        """The command that checks this case again."""
        return f"opcheck check {shlex.quote(self.id)} --seed {self.seed}"

    @property
    def function(self) -> tuple[str, str, str, str]:
        """What names the function that the case looks at, wherever its inputs lie."""
        return self.kind, self.target, self.sample.function, self.dtype

    def generator(self) -> np.random.Generator:
        """The source of everything random in this case.

        It knows the target and the sample, not the dtype or the check: all of these look at
        the same point.
        """
        name = f"{self.target}/{self.sample.id}"
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])


@dataclass(frozen=True)
class Plan:
    """What one test of a row looks at: each sample in each dtype, by one check or several.

    Attributes:
        points: the special points that these are the row's roomiest sample at, or none.
    """

    checks: tuple[str, ...]
    samples: tuple[Sample, ...]
    dtypes: tuple[str, ...]
    points: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """What tells the samples apart."""
        return self.points or tuple(sample.id for sample in self.samples)

    def quick(self) -> Plan:
        """The same at one sample, or at all special points: each tells something of its own.

        Of its dtypes the Jacobian keeps all, since complex gradients have rules of their own, and
        any other check the plainest.
        """
        is_whole = self.checks == CHECKS[:1]
        return replace(
            self,
            samples=self.samples if self.points else (roomiest(self.samples),),
            dtypes=self.dtypes if is_whole else (plainest(self.dtypes),),
        )


def plans(row: Row) -> Iterator[Plan]:
    """The checks that apply to a row."""
    sharp = sharpest(row.dtypes)
    yield Plan(("jacobian",), row.samples, sharp)
    if row.special_points:
        samples = tuple(row.roomiest.at(point) for point in row.special_points)
        yield Plan(("special",), samples, sharp, row.special_points)
    if narrow := tuple(dtype for dtype in row.dtypes if dtype not in sharp):
        yield Plan(("precision",), (row.roomiest,), narrow)
    yield Plan(AGREEMENT, (row.roomiest,), (plainest(sharp),))


def sharpest(dtypes: Sequence[str]) -> tuple[str, ...]:
    """Those among some dtypes in which differences tell the most."""
    for group in _BY_SHARPNESS:
        if found := tuple(dtype for dtype in dtypes if dtype in group):
            return found
    return tuple(dtypes)


def plainest(dtypes: Sequence[str]) -> str:
    """The widest real one of some dtypes; of complex ones the first."""
    return min(dtypes, key=lambda dtype: (*_PLAINEST, dtype).index(dtype))


def expand(row: Row, seed: int = 0, is_quick: bool = False) -> Iterator[Case]:
    """The cases of one row, check by check; when quick, those of the quick tier."""
    for plan in plans(row):
        yield from cases_of(row, plan.quick() if is_quick else plan, seed)


def count_of(row: Row) -> int:
    """How many cases `expand` makes of a row, without making them."""
    sharp = len(sharpest(row.dtypes))
    narrow = len(row.dtypes) - sharp
    return (len(row.samples) + len(row.special_points)) * sharp + narrow + len(AGREEMENT)


def cases_of(row: Row, plan: Plan, seed: int = 0) -> Iterator[Case]:
    """The cases of one test of a row, samples before dtypes before checks."""
    for sample, dtype, check in itertools.product(plan.samples, plan.dtypes, plan.checks):
        yield Case(row.kind, row.target, sample, dtype, check, row.family, row.wrt, seed)


def select_rows(rows: Sequence[Row], patterns: Sequence[str]) -> tuple[Row, ...]:
    """The rows whose family, target or last name matches one of `patterns`; all for none.

    A pattern is a name in any case or a shell-style wildcard; the longer form of a case id
    selects the row of that case.

    Raises:
        UnknownNameError: a pattern matches nothing; the nearest names are suggested.
    """
    chosen: set[tuple[str, str]] = set()
    for pattern in patterns:
        matches = {
            (row.target, row.variant)
            for row in rows
            if row_matches(row, pattern) or any(True for _ in cases_matching([row], pattern))
        }
        if not matches:
            raise _unknown(rows, pattern)
        chosen |= matches
    if not patterns:
        return tuple(rows)
    return tuple(row for row in rows if (row.target, row.variant) in chosen)


def select_cases(
    rows: Sequence[Row], patterns: Sequence[str], seed: int = 0, is_quick: bool = False
) -> tuple[Case, ...]:
    """The cases of the rows that match, or the cases whose own id begins with a pattern.

    Args:
        is_quick: of each check of a row one sample stands for all; a case that is named by its
            id is taken all the same.
    """
    if not patterns:
        return tuple(case for row in rows for case in expand(row, seed, is_quick))
    chosen: dict[str, Case] = {}
    for pattern in patterns:
        matching = [row for row in rows if row_matches(row, pattern)]
        found = [case for row in matching for case in expand(row, seed, is_quick)]
        found = found or list(cases_matching(rows, pattern, seed))
        if not found:
            raise _unknown(rows, pattern)
        chosen.update((case.id, case) for case in found)
    return tuple(chosen.values())


def _unknown(rows: Sequence[Row], pattern: str) -> UnknownNameError:
    """What to say of a pattern that matches nothing: a name is wrong, or what follows it."""
    name, slash, _ = pattern.partition("/")
    own = [row for row in rows if slash and row_matches(row, name)]
    if own:
        ids = (case.id.replace(case.target, name, 1) for row in own for case in expand(row))
        parts = pattern.count("/") + 1
        return UnknownNameError("case", pattern, {"/".join(id.split("/")[:parts]) for id in ids})
    names = {row.target for row in rows} | {row.family for row in rows}
    return UnknownNameError("op, family or case", pattern, names)


def row_matches(row: Row, pattern: str) -> bool:
    """Whether `pattern` names the row's family, its target or the last part of its target."""
    wanted = pattern.lower()
    names = (row.family.lower(), row.target.lower(), row.name.lower())
    return any(fnmatch.fnmatchcase(name, wanted) for name in names)


def cases_matching(rows: Iterable[Row], pattern: str, seed: int = 0) -> Iterator[Case]:
    """The cases whose id is `pattern`, continues it at a slash, or fits it as a wildcard."""
    for row in rows:
        if "/" not in pattern:
            continue
        for case in expand(row, seed):
            short = case.id.replace(row.target, row.name, 1)
            if any(_continues(id, pattern) for id in (case.id, short)):
                yield case


def _continues(id: str, pattern: str) -> bool:
    return f"{id}/".startswith(pattern.rstrip("/") + "/") or fnmatch.fnmatchcase(id, pattern)
