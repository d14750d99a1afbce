"""The README is true: its commands exist, its example is printed as shown, its words are ours."""

import re
from pathlib import Path

import pytest

from opcheck import Outcome, registry
from opcheck.cli import COMMANDS

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command):
    assert f"opcheck {command}" in README


@pytest.mark.parametrize("command", re.findall(r"`opcheck (\w+)", README))
def test_every_documented_command_exists(command):
    assert command in COMMANDS


@pytest.mark.parametrize("outcome", [str(outcome) for outcome in Outcome])
def test_every_outcome_is_documented(outcome):
    assert f"`{outcome}`" in README


@pytest.mark.parametrize("environment", re.findall(r"tox -e (\w+)", README))
def test_every_environment_exists(environment):
    assert f"[testenv:{environment}]" in (ROOT / "tox.ini").read_text(encoding="utf-8")


def stripped(text):
    """Bounds depend on the machine's last bits; everything else is to the letter."""
    return re.sub(r"error below [-+.e\d]+", "error below", text).strip()


EXAMPLE = re.compile(r"```python\n((?:(?!```).)*?print\(.*?)```\s+```text\n(.*?)```", re.DOTALL)


def examples():
    """(source, what it prints) of every example that is shown with its output."""
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        found = EXAMPLE.findall(path.read_text(encoding="utf-8"))
        for number, (source, shown) in enumerate(found):
            yield pytest.param(source, shown, id=f"{path.name}-{number}")


def test_there_are_examples():
    assert len(list(examples())) >= 12


@pytest.mark.parametrize(("source", "shown"), list(examples()))
def test_an_example_prints_what_is_shown(source, shown, capsys):
    import numpy as np

    import opcheck
    from opcheck.backend import tf

    source = re.sub(r"^import .*\n", "", source, flags=re.MULTILINE)
    exec(source, {"np": np, "tf": tf, "opcheck": opcheck})
    assert stripped(capsys.readouterr().out) == stripped(shown)


def test_the_list_of_defects_is_that_of_the_registry():
    text = (ROOT / "docs" / "defects.md").read_text(encoding="utf-8")
    defects = registry.known_defects()
    assert f"{len(defects)} defects" in text
    missing = [defect.id for defect in defects if defect.reason not in text]
    assert missing == []
