"""The command line: one file a command, each a function with plain arguments."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

import click

import opcheck
from opcheck import memory, project
from opcheck.cli import streams
from opcheck.errors import OpcheckError, UnknownNameError

WRONG_USAGE = 2
INTERNAL_ERROR = 3

# Each is the command of its own name in the module of that name.
COMMANDS = (
    "audit",
    "check",
    "coverage",
    "diff",
    "faults",
    "generate",
    "list",
    "new",
    "repro",
    "run",
)

# Those that run kernels, here or in processes of their own.
COMPUTING = ("audit", "check", "coverage", "faults", "new", "repro", "run")


class _Commands(click.Group):
    """A group that loads a command when it is called for: most need what others do not."""

    def list_commands(self, context: click.Context) -> list[str]:
        # A list() would be the module of that command.
        return [*COMMANDS]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"{__name__}.{name}")
        command: click.Command = getattr(module, "list_rows" if name == "list" else name)
        return command

    def resolve_command(
        self, context: click.Context, arguments: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = arguments[0]
        if name not in COMMANDS and not name.startswith("-"):
            context.fail(str(UnknownNameError("command", name, COMMANDS)))
        return super().resolve_command(context, arguments)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(opcheck.__version__, prog_name="opcheck")
def cli() -> None:
    """Tells whether TensorFlow's gradients are right.

    Exit codes: 0 good, 1 defects or stale files, 2 wrong usage, 3 an internal error.
    """
    # Modules of this directory and of the project's can be named, as with `python -m`.
    if "" not in sys.path:
        sys.path.insert(0, "")
    if here := project.find():
        here.make_importable()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code; errors are printed, never raised."""
    if arguments is None and sys.argv[1:2] and sys.argv[1] in COMPUTING:
        memory.fill()
    with streams.patient() as out:
        code = _code(None if arguments is None else [*arguments])
        if out:
            out.flush()
        if out and out.failure:
            click.echo(f"opcheck: cannot write the output: {out.failure.strerror}", err=True)
            return WRONG_USAGE
        return code


def _code(arguments: list[str] | None) -> int:
    try:
        code = cli.main(args=arguments, prog_name="opcheck", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        click.echo("opcheck: stopped", err=True)
        return INTERNAL_ERROR
    except OpcheckError as error:
        click.echo(f"opcheck: {error}", err=True)
        return error.exit_code
    except Exception:
        import traceback

        traceback.print_exc()
        click.echo("opcheck: this is an internal error; please report it", err=True)
        return INTERNAL_ERROR
    return int(code or 0)
