"""`opcheck audit`: a line for each target, details for what is wrong, and clear words."""

import json
import subprocess
import sys

import pytest

from opcheck import cli
from tests.test_audit import PLANTED

SOURCE = """
import keras
import tensorflow as tf


@tf.custom_gradient
def halved(x):
    return x * x, lambda dy: dy * x


class Twice(keras.layers.Layer):
    def call(self, x):
        return 2 * x


class Asks(keras.layers.Layer):
    def __init__(self, plan, **options):
        super().__init__(**options)

    def call(self, x):
        return x
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "cli_audited.py").write_text(SOURCE)
    yield tmp_path
    sys.modules.pop("cli_audited", None)


def run(capsys, *arguments):
    code = cli.main(["audit", "-n", "0", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_mixed_precision_on_request(package, capsys):
    code, _, _ = run(
        capsys, "cli_audited:Twice", "--policy", "mixed_bfloat16", "--json", "mixed.json"
    )
    [record] = json.loads((package / "mixed.json").read_text())["results"]
    assert code == 0
    assert "mixed_bfloat16" in {check["check"] for check in record["checks"]}
    assert "mixed_float16" not in {check["check"] for check in record["checks"]}
    assert "--policy mixed_bfloat16" in record["repeat"]
    code, _, err = run(capsys, "cli_audited:Twice", "--policy", "float16")
    assert code == 2
    assert "'mixed_float16'" in err


def test_a_module_with_a_defect(package, capsys):
    code, out, _ = run(
        capsys, "cli_audited", "--json", "a.json", "--html", "a.html", "--emit-tests", "checks"
    )
    assert code == 1
    assert "cli_audited:halved: WRONG, gradient: x0: the gradient is scaled by 0.5" in out
    assert "cli_audited:Twice: PASS" in out
    assert "cli_audited:Asks: NOT AUDITED, needs `plan`: no default" in out
    assert "2 audited, 1 with defects, 1 not audited" in out
    data = json.loads((package / "a.json").read_text())
    assert [record["subject"] for record in data["results"]] == [
        "cli_audited:halved",
        "cli_audited:Twice",
    ]
    assert data["not_audited"][0]["subject"] == "cli_audited:Asks"
    assert data["totals"]["wrong"] == 1
    assert "1 target with defects" in (package / "a.html").read_text()
    text = (package / "checks" / "test_audited_gradients.py").read_text()
    assert '"cli_audited:halved",' in text
    assert "# cli_audited:Asks: NOT AUDITED" in text
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "checks"],
        capture_output=True,
        text=True,
        check=False,
        env={**__import__("os").environ, "PYTHONPATH": f"{package}:{':'.join(sys.path)}"},
    )
    assert "1 failed, 1 passed" in found.stdout, found.stdout
    assert "halved: WRONG, gradient: x0: the gradient is scaled by 0.5" in found.stdout


def test_emitted_tests_ask_for_what_the_audit_asked_for(package, capsys):
    options = ("--order", "2", "--policy", "mixed_bfloat16", "--emit-tests", "checks")
    code, out, _ = run(capsys, "cli_audited:Twice", *options)
    assert code == 0, out
    text = (package / "checks" / "test_audited_gradients.py").read_text()
    assert '        order=2,\n        policies=["mixed_bfloat16"],\n    )\n' in text
    compile(text, "test_audited_gradients.py", "exec")


def test_a_hand_edited_test_file_is_left_alone(package, capsys):
    run(capsys, "cli_audited:Twice", "--emit-tests", "checks")
    path = package / "checks" / "test_audited_gradients.py"
    path.write_text(path.read_text() + "\n# mine\n")
    code, _, err = run(capsys, "cli_audited:Twice", "--emit-tests", "checks")
    assert code == 1
    assert "was edited by hand" in err


def test_the_ten_of_a_package_that_are_wrong_are_named(capsys, tmp_path):
    code, out, _ = run(capsys, "tests.audited", "--json", str(tmp_path / "audit.json"))
    assert code == 1
    results = json.loads((tmp_path / "audit.json").read_text())["results"]
    assert len(results) == 20
    found = {r["subject"].partition(":")[2]: r["diagnosis"] for r in results if not r["passed"]}
    assert sorted(found) == sorted(PLANTED)
    for name, (_, outcome, words) in PLANTED.items():
        assert words in found[name]
        assert f"tests.audited.wrong:{name}: {outcome.upper()}" in out


def test_all_good(package, capsys):
    code, out, _ = run(capsys, "cli_audited:Twice", "--input", "2x2")
    assert code == 0
    assert "1 audited, 0 with defects, 0 not audited" in out


def test_json_is_all_that_is_printed(package, capsys):
    code, out, _ = run(capsys, "cli_audited:Twice", "--json", "-")
    assert code == 0
    assert json.loads(out)["results"][0]["passed"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["cli_audited:Asks"], "give a recipe, such as @opcheck.recipe((2, 4), plan=...)"),
        (["cli_audited:Twise"], "did you mean Twice"),
        (["cli_audited.Twice"], "write cli_audited:Twice"),
        (["no_such_package"], "there is no module 'no_such_package'"),
        (["nowhere/layers.py"], "does not exist"),
        (["."], "is a directory without __init__.py, so it is no package"),
    ],
)
def test_what_cannot_be_audited_leaves_the_others(package, capsys, arguments, message):
    code, out, _ = run(capsys, *arguments, "cli_audited:Twice")
    assert code == 2
    assert message in out
    assert "cli_audited:Twice: PASS" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Missing argument 'TARGET...'"),
        (["cli_audited", "--input", "2xx"], "'2xx' is no shape"),
        (["cli_audited", "--json", "no/where.json"], "does not exist"),
    ],
)
def test_wrong_usage(package, capsys, arguments, message):
    code, _, err = run(capsys, *arguments)
    assert code == 2
    assert message in err


def test_a_target_that_kills_its_process_costs_itself_alone(package, capsys):
    (package / "deadly.py").write_text("import os\nos._exit(7)\n")
    code = cli.main(["audit", "-n", "1", "deadly", "cli_audited:Twice"])
    out = capsys.readouterr().out
    assert code == 2
    assert "deadly: NOT AUDITED, the process died" in out
    assert "cli_audited:Twice: PASS" in out
