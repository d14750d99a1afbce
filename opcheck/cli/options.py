"""Arguments that several commands share, and the checking of their values."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from opcheck.cases import CHECKS
from opcheck.errors import names_in

GENERATED = Path("generated_tests")


class WholeNumber(click.IntRange):
    """A whole number in some range."""

    name = "whole number"


class Seconds(click.FloatRange):
    """How long something may take; a day is for ever."""

    name = "number of seconds"

    def __init__(self) -> None:
        super().__init__(min=1, max=24 * 60 * 60)

    def convert(self, value: Any, parameter: Any, context: Any) -> float:
        seconds = float(super().convert(value, parameter, context))
        if math.isnan(seconds):
            self.fail(f"{value!r} is not a valid {self.name}.", parameter, context)
        return seconds


class JsonCommand(click.Command):
    """A command whose `--json` writes to standard output alone, so that `--json -` is the same."""

    def parse_args(self, context: click.Context, arguments: list[str]) -> list[str]:
        pairs = zip(["", *arguments], arguments)
        kept = [argument for before, argument in pairs if (before, argument) != ("--json", "-")]
        return super().parse_args(context, kept)


class Directory(click.Path):
    """A directory, there or not."""

    def __init__(self) -> None:
        super().__init__(file_okay=False, path_type=Path)

    def convert(self, value: Any, parameter: Any, context: Any) -> Any:
        # What an unset variable gives would be the current directory.
        if value == "":
            self.fail("'' is no directory; write . for this one", parameter, context)
        return super().convert(value, parameter, context)


select = click.argument("select", nargs=-1)
workers = click.option("-n", "workers", default="auto", show_default=True, help="Worker processes.")
seed = click.option(
    "--seed", type=WholeNumber(min=0), default=0, show_default=True, help="Of everything random."
)
inputs = click.option(
    "--input",
    "inputs",
    multiple=True,
    metavar="SHAPE",
    help="Shape of an input, such as 2x3 or 'scalar', with a dtype after a colon if it is not "
    "float64: 4:int32. Once per argument.",
)
out = click.option(
    "--out",
    type=Directory(),
    default=GENERATED,
    show_default=True,
    help="Directory of the generated tests.",
)


def checks(context: click.Context, parameter: click.Parameter, value: Any) -> tuple[str, ...]:
    """The names in `--checks`.

    Raises:
        UnknownNameError: one of them is no check.
    """
    del context, parameter
    return () if value is None else names_in(value, "check", CHECKS)


def worker_count(workers: str) -> int:
    """How many processes `-n` asks for; "auto" is one for each core."""
    if workers == "auto":
        has_affinity = hasattr(os, "sched_getaffinity")
        return len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1
    if not (workers.isdecimal() and int(workers) >= 1):
        raise click.BadParameter(
            f"{workers!r} is neither 'auto' nor a whole number of at least 1", param_hint="-n"
        )
    return int(workers)


def parsed_input(text: str) -> tuple[tuple[int, ...], str]:
    """The shape and the dtype that `--input` gives."""
    shape, _, dtype = text.partition(":")
    sizes = [] if shape in ("", "scalar") else shape.replace(",", "x").split("x")
    if not all(size.isdecimal() for size in sizes):
        raise click.BadParameter(
            f"{text!r} is no shape; expected sizes such as 2x3, or 'scalar'", param_hint="--input"
        )
    return tuple(int(size) for size in sizes), dtype or "float64"


def write_text(destination: str, text: str) -> None:
    """Write to a file, or to standard output for `-`."""
    if destination == "-":
        click.echo(text, nl=False)
        return
    try:
        Path(destination).write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.BadParameter(f"cannot write {destination}: {error.strerror}") from error


def require_writable(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """Refuse a report file that cannot be written before any work is done for it."""
    del context
    if value in (None, "-"):
        return value
    folder = Path(value).resolve().parent
    if not folder.is_dir():
        raise click.BadParameter(
            f"{value!r}: the directory {folder} does not exist", param=parameter
        )
    if Path(value).is_dir():
        raise click.BadParameter(f"{value!r} is a directory, expected a file", param=parameter)
    if not os.access(value if Path(value).exists() else folder, os.W_OK):
        raise click.BadParameter(f"{value!r} cannot be written: no permission", param=parameter)
    return value


json_file = click.option(
    "--json",
    "json_file",
    metavar="FILE",
    callback=require_writable,
    help="Write the records there; '-' for standard output and nothing else.",
)
html_file = click.option(
    "--html",
    "html_file",
    metavar="FILE",
    callback=require_writable,
    help="Write a page with the summary and every defect there.",
)


def timeout(seconds: float, what: str) -> Callable[[Any], Any]:
    """The option that says when `what` counts as hanging."""
    return click.option(
        "--timeout",
        type=Seconds(),
        default=seconds,
        show_default=True,
        help=f"Seconds after which {what} counts as hanging.",
    )
