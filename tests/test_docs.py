"""The README is true: its commands exist, its example is printed as shown, its words are ours."""

import re
from pathlib import Path

import pytest

from opcheck import Outcome
from opcheck.cli import cli

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("command", sorted(cli.commands))
def test_every_command_is_documented(command):
    assert f"opcheck {command}" in README


@pytest.mark.parametrize("command", re.findall(r"`opcheck (\w+)", README))
def test_every_documented_command_exists(command):
    assert command in cli.commands


@pytest.mark.parametrize("outcome", [str(outcome) for outcome in Outcome])
def test_every_outcome_is_documented(outcome):
    assert f"`{outcome}`" in README


@pytest.mark.parametrize("environment", re.findall(r"tox -e (\w+)", README))
def test_every_environment_exists(environment):
    assert f"[testenv:{environment}]" in (ROOT / "tox.ini").read_text(encoding="utf-8")


def test_the_explanation_in_the_readme_is_what_the_example_prints():
    import numpy as np

    import opcheck
    from opcheck.backend import tf

    source = re.search(r"```python\n(.*?)```", README, re.DOTALL).group(1)
    assert "opcheck.check" in source
    scope = {"np": np, "tf": tf, "opcheck": opcheck, "printed": []}
    exec(
        source.replace("print(", "printed.append(").replace("import tensorflow as tf\n", ""), scope
    )
    shown = re.search(r"```text\n(.*?)```", README, re.DOTALL).group(1)
    pattern = r"[-+]?\d+\.\d+e[-+]\d+"

    def stripped(text):
        # Bounds depend on the machine's last bits; everything else is to the letter.
        return re.sub(r"error below " + pattern, "error below", text).strip()

    assert stripped(scope["printed"][0]) == stripped(shown)
