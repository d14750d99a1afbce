"""Every public name of TensorFlow and Keras accounted for: by a row, an alias, or a reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from opcheck.backend import tf
from opcheck.errors import OpcheckError, RecipeError
from opcheck.exclusions import Exclusion, Why
from opcheck.names.claims import broken
from opcheck.names.proofs import falsehood
from opcheck.names.walk import NAMESPACES, PublicName, identity, public_names, raw_op
from opcheck.spec import Kind, Row
from opcheck.targets import resolve


class Standing(str, Enum):
    """What becomes of a public name."""

    ROW = "rows"
    ALIAS = "aliases"
    EXCLUDED = "excluded"
    UNACCOUNTED = "unaccounted"

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True)
class Names:
    """The public names of some namespaces.

    Attributes:
        standing: of each name, in the order of the walk.
        aliases: what a name is another name of: a public one, or a raw op.
        reasons: of each excluded name.
        false: exclusions whose reason is not true, and why, by name.
        broken: what rows say they cover and never call, `row covers name`, and what was seen.
        stale: excluded names that this TensorFlow lacks.
    """

    tensorflow: str
    keras: str
    names: tuple[PublicName, ...]
    standing: dict[str, Standing]
    aliases: dict[str, str]
    reasons: dict[str, Why]
    false: dict[str, str]
    broken: dict[str, str]
    stale: tuple[str, ...]

    @property
    def unaccounted(self) -> tuple[str, ...]:
        return tuple(n for n, found in self.standing.items() if found is Standing.UNACCOUNTED)

    @property
    def is_complete(self) -> bool:
        """Whether every name is accounted for, and all that is said about them is true."""
        return not (self.unaccounted or self.false or self.broken)

    @property
    def by_namespace(self) -> dict[str, Counter[Standing]]:
        """How many names of each standing every namespace has."""
        found: dict[str, Counter[Standing]] = {}
        for name in self.names:
            found.setdefault(name.namespace, Counter())[self.standing[name.name]] += 1
        return found

    @property
    def by_reason(self) -> dict[Why, int]:
        tally = Counter(self.reasons.values())
        return {why: tally[why] for why in Why if tally[why]}

    def to_dict(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "keras": self.keras,
            "namespaces": {
                namespace: {str(standing): counts[standing] for standing in Standing}
                for namespace, counts in self.by_namespace.items()
            },
            "reasons": {str(why): count for why, count in self.by_reason.items()},
            "standing": {name: str(standing) for name, standing in self.standing.items()},
            "aliases": self.aliases,
            "excluded": {name: str(why) for name, why in self.reasons.items()},
            "unaccounted": list(self.unaccounted),
            "false_exclusions": self.false,
            "broken_claims": self.broken,
            "stale_exclusions": list(self.stale),
        }


def account(
    rows: Iterable[Row],
    exclusions: Iterable[Exclusion],
    namespaces: Sequence[str] = NAMESPACES,
) -> Names:
    """Say of each public name whether a row is about it, or why none is; prove what is said.

    Args:
        namespaces: those to look at; what concerns other names is left out.
    """
    rows = tuple(rows)
    names = public_names(namespaces)
    shown: dict[Any, list[str]] = {}
    for name in names:
        shown.setdefault(identity(name.found), []).append(name.name)
    covered = _covered(rows)
    excluded, false, stale = _excluded(exclusions, shown, namespaces)
    standing, aliases, reasons = {}, {}, {}
    for name in names:
        key = identity(name.found)
        target = covered.get(key, "")
        # The row's own name, where it is a public one; else the first that is met.
        first = target if target in shown[key] else shown[key][0]
        is_raw = target.startswith("tf.raw_ops.")
        if is_raw or name.name != first:
            aliases[name.name] = target if is_raw else first
        if key in covered:
            standing[name.name] = Standing.ALIAS if name.name in aliases else Standing.ROW
        elif key in excluded:
            standing[name.name] = Standing.EXCLUDED
            reasons[name.name] = excluded[key][0]
        else:
            standing[name.name] = Standing.UNACCOUNTED
    false |= {
        name: f"it has a row, {covered[key]}"
        for key, (_, name) in excluded.items()
        if key in covered
    }
    about = [row for row in rows if any(is_within(n, namespaces) for n in row.covered_names)]
    return Names(
        tensorflow=tf.__version__,
        keras=str(tf.keras.__version__),
        names=tuple(names),
        standing=standing,
        aliases=aliases,
        reasons=reasons,
        false=dict(sorted(false.items())),
        broken=broken(about),
        stale=tuple(sorted(stale)),
    )


def is_within(name: str, namespaces: Sequence[str]) -> bool:
    """Whether a dotted name stands in one of these namespaces, or below it."""
    return any(
        name.startswith(namespace + ".") and (namespace != "tf" or name.count(".") == 1)
        for namespace in namespaces
    )


def _covered(rows: Sequence[Row]) -> dict[Any, str]:
    """What rows are about, by identity, with the name that they use."""
    found: dict[Any, str] = {}
    for row in rows:
        is_op = row.kind is Kind.OP
        for op in (*row.covered_ops, *((row.name,) if is_op else ())):
            found.setdefault(raw_op(op), f"tf.raw_ops.{op}")
        is_public = not is_op and not row.target.startswith("opcheck.")
        names = (*row.covered_names, *((row.target,) if is_public else ()))
        for name in names:
            try:
                found[identity(resolve(name))] = name
            except OpcheckError:
                continue  # a row that this TensorFlow has no target for says so when it runs
    found.pop(None, None)
    return found


def _excluded(
    exclusions: Iterable[Exclusion], shown: dict[Any, list[str]], namespaces: Sequence[str]
) -> tuple[dict[Any, tuple[Why, str]], dict[str, str], set[str]]:
    """What is excluded by identity, the reasons that are not true, and the names there are not."""
    excluded: dict[Any, tuple[Why, str]] = {}
    false: dict[str, str] = {}
    stale: set[str] = set()
    for exclusion in exclusions:
        for name in exclusion.names:
            try:
                key = identity(resolve(name))
            except RecipeError:
                if is_within(name, namespaces):
                    stale.add(name)
                continue
            if key not in shown:
                continue
            if key in excluded:
                false[name] = f"it is excluded twice, as {excluded[key][1]} too"
                continue
            excluded[key] = (exclusion.why, name)
            if said := falsehood(exclusion, name):
                false[name] = f"{exclusion.why}: {said}"
    return excluded, false, stale
