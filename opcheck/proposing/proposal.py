"""The first call that runs, widened to a row: domains, shapes, choices and dtypes."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from opcheck.cases import Plan, cases_of, sharpest
from opcheck.domains import Input
from opcheck.errors import OpcheckError
from opcheck.outcome import Outcome
from opcheck.proposing.candidates import (
    DOMAINS,
    MATRICES,
    Call,
    Shape,
    Slot,
    domain_of,
    drawn,
    fits,
    shape_of,
    slots,
)
from opcheck.proposing.search import LIMIT, Search, search
from opcheck.proposing.signature import Role, Signature, is_function
from opcheck.proposing.source import FACTS, parse, source_of
from opcheck.proposing.trying import Trier, Verdict
from opcheck.spec import choices

# What says that the point was a bad one, or the domain too wide; a wrong gradient says neither.
UNSETTLED = frozenset((Outcome.INCONCLUSIVE, Outcome.KINK, Outcome.DISCONTINUITY))

MOST_SAMPLES = 12
MOST_DOMAINS = 16
MOST_VALUES = 3
MOST_SHAPES = 3
# How long a call may be widened for; large inputs take long to judge.
SECONDS = 25.0
# At how many random points a domain must be good.
SEEDS = 2

# Shapes for ops that do not take every rank.
FURTHER: tuple[Shape, ...] = ((), (3,), (2, 3), (2, 2, 3), (3, 3), (2, 3, 3))

# Arguments whose value is a place or an order, each of which runs other code.
_PLACES = re.compile(r"ax[ei]s|dim(ension)?s?$|reduction|perm")


class NoRowError(OpcheckError):
    """No call of the op runs; the message says what was tried, and what TensorFlow says."""


@dataclass(frozen=True)
class Proposal:
    """A row for an op or a function, with how it was found.

    Attributes:
        source: the line of a table.
        verdicts: of its cases.
        tries: how many calls the search made.
        notes: what the row leaves out, and why.
    """

    source: str
    verdicts: tuple[Verdict, ...]
    tries: int
    notes: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether every case is good."""
        return all(verdict.outcome.is_good for verdict in self.verdicts)


def propose(name: str, trier: Trier, limit: int = LIMIT) -> Proposal:
    """Find a row for a raw op, or for a function by its dotted name.

    Raises:
        UnknownNameError: there is no such op or function.
        NoRowError: none of at most `limit` calls ran.
    """
    signature = trier.signature(name)
    if signature.obstacle:
        raise NoRowError(f"{signature.name} cannot be tried: {signature.obstacle}")
    for slot in slots(signature):
        if slot.name in FACTS:
            raise NoRowError(
                f"{signature.name} has an argument {slot.name}, which is a word of rows; "
                "write a sample by hand"
            )
    return _Widening(signature, trier, limit).proposal()


class _Widening:
    """One op on its way from a call to a row. `call` is the row so far."""

    def __init__(self, signature: Signature, trier: Trier, limit: int) -> None:
        self.signature = signature
        self.trier = trier
        self.limit = limit
        self.table = slots(signature)
        self.notes: list[str] = []
        self.dtypes: tuple[str, ...] = (_first_dtype(signature),)
        self.call: Call = {}
        self.deadline = float("inf")

    def proposal(self) -> Proposal:
        found = search(self.table, lambda call: self.trier.attempt(self._source(call)), self.limit)
        if found.call is None:
            raise NoRowError(_nothing_runs(self.signature, self.table, found))
        self.call = found.call
        self.deadline = time.monotonic() + SECONDS
        if found.attempt.is_random:
            self.notes.append("two calls at one seed differ: the op is random")
        if found.attempt.still:
            self.notes.append(f"no output moves with {', '.join(sorted(set(found.attempt.still)))}")
        self._settle_domains()
        self._vary_attributes()
        self._widen_shapes()
        self._add_complex()
        self._add_single()
        if self._is_late:
            self.notes.append("the time for trying more is up")
        source, verdicts = self._with_special_points()
        return Proposal(source, verdicts, found.tries, tuple(self.notes))

    def _with_special_points(self) -> tuple[str, tuple[Verdict, ...]]:
        """The row without the special points that nothing decides, and how its checks end."""
        source = self._source(self.call)
        verdicts = self.trier.judge(source, checks=("jacobian", "precision"))
        row = parse(source)
        if not (row.special_points and all(verdict.outcome.is_good for verdict in verdicts)):
            # A gradient that is wrong at random points is no better at special ones.
            return source, tuple(verdicts)
        unjudged = []
        special = {v.case: v for v in self.trier.judge(source, checks=("special",))}
        for point in row.special_points:
            plan = Plan(("special",), (row.roomiest.at(point),), sharpest(row.dtypes), (point,))
            ids = {case.id for case in cases_of(row, plan)}
            here = [special[id] for id in ids & set(special)]
            if any(v.outcome is Outcome.INCONCLUSIVE or not v.is_finite for v in here):
                unjudged.append(point)
                special = {id: verdict for id, verdict in special.items() if id not in ids}
        if unjudged:
            self.notes.append(f"no derivative, or none that is decided, at {', '.join(unjudged)}")
        source = source_of(self.signature.name, self.call, self.dtypes, tuple(unjudged))
        return source, (*verdicts, *special.values())

    def _source(self, call: Mapping[str, Any], dtypes: tuple[str, ...] = ()) -> str:
        return source_of(self.signature.name, call, dtypes or self.dtypes)

    @property
    def _quantities(self) -> list[Slot]:
        return [slot for slot in self.table if slot.shapes]

    @property
    def _is_late(self) -> bool:
        return time.monotonic() > self.deadline

    # -- Domains --------------------------------------------------------------------------------

    def _settle_domains(self) -> None:
        """Take the widest domains on which the op is finite and random points can be decided.

        A domain on which all is good is preferred, since an op may be documented for no other
        (symmetric matrices, say); what a wider one shows is noted.
        """
        tried: set[str] = set()
        decided: tuple[Call, str] | None = None
        for call in self._domains():
            source = self._source(call)
            if len(tried) == MOST_DOMAINS or self._is_late:
                break
            if source in tried:
                continue
            tried.add(source)
            found = self.trier.attempt(source, SEEDS)
            if not (found.runs and found.is_finite):
                continue
            verdicts = self.trier.judge(source, SEEDS)
            if {verdict.outcome for verdict in verdicts} & UNSETTLED:
                continue
            bad = [str(verdict) for verdict in verdicts if not verdict.outcome.is_good]
            if not bad:
                self.call = call
                if decided:
                    self.notes.append(
                        f"good on this domain, but {self._source(decided[0])} gives {decided[1]}"
                    )
                return
            decided = decided or (call, bad[0])
            if "unregistered" in bad[0] or "declared" in bad[0]:
                # Without a gradient, one domain is like another.
                break
        if decided:
            self.call = decided[0]
        else:
            self.notes.append("no domain was found on which differences decide everywhere")

    def _domains(self) -> Iterator[Call]:
        """The call as it is, then one domain for all quantities, then others for single ones."""
        yield self.call
        for domain in (*MATRICES, *DOMAINS):
            yield self._with(domain, self._quantities)
        for slot in self._quantities:
            for domain in DOMAINS[1:]:
                yield self._with(domain, [slot])

    def _with(self, domain: Any, chosen: list[Slot]) -> Call:
        changed = {
            slot.name: drawn(slot, domain, shape_of(self.call[slot.name]))
            for slot in chosen
            if domain in slot.domains and fits(domain, shape_of(self.call[slot.name]))
        }
        return self.call | changed

    # -- Attributes and places ------------------------------------------------------------------

    def _vary_attributes(self) -> None:
        """Choices between the values that run and that give something else."""
        for name, values in self._variable():
            base = self.trier.attempt(self._source(self.call))
            kept, digests = [values[0]], {base.digest}
            for value in values[1:]:
                found = self.trier.attempt(self._source(self.call | {name: value}))
                if found.runs and found.is_finite and found.moving and found.digest not in digests:
                    digests.add(found.digest)
                    kept.append(value)
            wider = self.call | {name: choices(*kept[:MOST_VALUES])}
            if len(kept) > 1 and self._size(wider) <= MOST_SAMPLES and self._decides(wider):
                self.call = wider
            elif len(kept) > 1:
                self.notes.append(f"{name} may also be {', '.join(map(repr, kept[1:]))}")

    def _variable(self) -> Iterator[tuple[str, list[Any]]]:
        """Arguments with several values worth a sample, each with its present value first."""
        for argument in self.signature.arguments:
            if argument.name in self.call or argument.default is None or argument.is_list:
                continue
            if argument.role is Role.FLAG:
                yield argument.name, [argument.default, not argument.default]
            elif argument.role is Role.TEXT and argument.allowed:
                others = [value for value in argument.allowed if value != argument.default]
                yield argument.name, [argument.default, *others]
        for slot in self.table:
            is_open = slot.argument.role is Role.FLAG or slot.argument.allowed
            if not slot.shapes and (is_open or _PLACES.search(slot.name)):
                present = self.call[slot.name]
                if slot.argument.role is Role.TYPE or isinstance(present, Input):
                    continue
                others = [value for value in slot.values if repr(value) != repr(present)]
                yield slot.name, [present, *(v for v in others if not isinstance(v, Input))]

    def _size(self, call: Call) -> int:
        return len(parse(self._source(call)).samples)

    # -- Shapes and dtypes ----------------------------------------------------------------------

    def _widen_shapes(self) -> None:
        """Bare domains, where the shapes that rows take by default run too, or some others."""
        quantities = self._quantities
        single = all(isinstance(self.call[slot.name], Input) for slot in quantities)
        if not single or len(quantities) > 2 or "shapes" in self.call:
            return
        wider = self.call | {slot.name: domain_of(self.call[slot.name]) for slot in quantities}
        if self._decides(wider):
            self.call = wider
            return
        present = shape_of(self.call[quantities[0].name])
        if any(shape_of(self.call[slot.name]) != present for slot in quantities):
            return
        running = [shape for shape in FURTHER if self._decides(self._shaped(wider, [shape]))]
        most = min(MOST_SHAPES, MOST_SAMPLES // self._size(self.call))
        if min(most, len(running)) > 1:
            self.call = self._shaped(wider, running[:most])

    def _shaped(self, call: Call, shapes: list[Shape]) -> Call:
        """A call with bare domains, and the shapes that all of these take."""
        count = len(self._quantities)
        return call | {"shapes": tuple(s if count == 1 else (s,) * count for s in shapes)}

    def _add_complex(self) -> None:
        if self.dtypes != ("float64",) or "complex128" not in self.signature.dtypes:
            return
        if self._decides(self.call, ("complex128",)):
            self.dtypes = ("complex128", "float64")
        else:
            self.notes.append("complex128 is left out: it does not run here, or is not decided")

    def _add_single(self) -> None:
        """For a function, whose kernels in single precision no other row goes to."""
        if not is_function(self.signature.name) or "float32" in self.dtypes:
            return
        if "float32" in self.signature.dtypes and self._decides(self.call, ("float32",)):
            self.dtypes = tuple(sorted((*self.dtypes, "float32")))

    def _decides(self, call: Call, dtypes: tuple[str, ...] = ()) -> bool:
        """Whether every case of a row runs and can be decided, and there is time to tell."""
        if self._is_late:
            return False
        source = self._source(call, dtypes)
        found = self.trier.attempt(source)
        if not (found.runs and found.is_finite):
            return False
        return not {verdict.outcome for verdict in self.trier.judge(source)} & UNSETTLED


def _first_dtype(signature: Signature) -> str:
    for dtype in ("float64", "float32", "complex128", "complex64", "float16", "bfloat16"):
        if dtype in signature.dtypes:
            return dtype
    raise NoRowError(f"{signature.name}: its inputs have no floating dtype in common")


def _nothing_runs(signature: Signature, table: tuple[Slot, ...], found: Search) -> str:
    tried = ", ".join(
        f"{slot.name} ({len(slot.shapes)} shapes)"
        if slot.shapes
        else f"{slot.name} ({len(slot.values)} values)"
        for slot in table
    )
    # Words about a value of the wrong type come before any about the op.
    telling = [text for text in found.messages if not text.startswith("TypeError")]
    last = _plain((telling or found.messages or ["nothing"])[-1])
    return (
        f"none of {found.tries} calls of {signature.name} runs; tried were {tried}. "
        f"TensorFlow says: {last}"
    )


def _plain(message: str) -> str:
    """A message of TensorFlow without the names of nodes that it puts around it."""
    line = message.partition("\n")[0].partition(" [Op:")[0]
    return re.sub(r"\{\{.*?\}\} *", "", line)
