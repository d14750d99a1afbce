"""`opcheck coverage`: every differentiable op accounted for, and what really runs of them."""

import json

import pytest

from opcheck import cli, registry
from opcheck.coverage import Reason
from opcheck.domains import normal
from opcheck.exclusions import Why, exclude


def test_every_op_is_accounted_for_one_way_or_another(capsys):
    code = cli.main(["coverage", "--json"])
    data = json.loads(capsys.readouterr().out)
    names = data["public_names"]
    is_open = data["unaccounted"] or names["unaccounted"]
    assert code == (1 if is_open else 0)
    assert len(data["covered"]) >= 300
    parts = [*data["covered"], *data["excluded"], *data["unaccounted"]]
    assert sorted(parts) == data["differentiable"]
    assert set(data["excluded"].values()) == set(map(str, Reason))
    assert cli.main(["coverage"]) == code
    out = capsys.readouterr().out
    assert "ops with a gradient function" in out
    for reason in Reason:
        assert f" {reason}: " in out


def test_an_op_without_a_row_is_unaccounted_for(capsys, monkeypatch):
    table = tuple(row for row in registry.rows() if row.name != "Exp")
    monkeypatch.setattr(registry, "rows", lambda: table)
    assert cli.main(["coverage", "--json"]) == 1
    assert "Exp" in json.loads(capsys.readouterr().out)["unaccounted"]


def test_what_really_runs_is_measured(capsys):
    one = "tf.raw_ops.MatMul/wrt-a-*-transpose_a=False-transpose_b=False/*"
    assert cli.main(["coverage", "--measure", one, "-n", "1", "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["ops"] == {"run": 1, "total": 1, "never_run": []}
    assert data["cases"] == 1
    assert data["failed"] == {}
    never = {(e["name"], e["value"]): e["fate"] for e in data["attributes"]["never_run"]}
    assert never == {
        (name, "True"): "accepted" for name in ("transpose_a", "transpose_b", "grad_a", "grad_b")
    }
    assert [entry["name"] for entry in data["inputs"]["never_run"]] == ["b"]
    # One factor is differentiated, so the function goes another way than for both.
    assert any("_MatMulGradAgainstSecondOnly" in place for place in data["lines"]["never_run"])
    assert any("if 1 in skip_input_indices" in place for place in data["branches"]["never_run"])


def test_a_table_and_what_never_ran(capsys):
    assert cli.main(["coverage", "--measure", "Conv2D/no-cudnn-*", "-n", "1"]) == 1
    words = " ".join(capsys.readouterr().out.split())
    assert "what ran run of share left out" in words
    assert "gradient functions 1 1 100%" in words
    never = "Conv2D: data_format=NCHW; padding=EXPLICIT, SAME; use_cudnn_on_gpu=True"
    assert f"attributes never run {never}" in words


def test_what_tensorflow_refuses_is_counted_apart(capsys):
    cli.main(["coverage", "--measure", "DepthToSpace/*/float64/jacobian", "-n", "1"])
    words = " ".join(capsys.readouterr().out.split())
    assert "2 that TensorFlow refuses" in words
    assert "attributes never run" not in words


def test_the_names_of_one_namespace(capsys):
    code = cli.main(["coverage", "tf.math.special", "--json"])
    data = json.loads(capsys.readouterr().out)
    assert code == (1 if data["unaccounted"] else 0)
    counts = data["namespaces"]["tf.math.special"]
    assert sum(counts.values()) == len(data["standing"]) > 10
    assert cli.main(["coverage", "tf.math.special"]) == code
    words = " ".join(capsys.readouterr().out.split())
    assert "public names of names rows aliases excluded unaccounted" in words


def test_a_name_that_loses_its_row_is_unaccounted_for(capsys, monkeypatch):
    table = tuple(row for row in registry.rows() if row.target != "tf.linalg.trace")
    monkeypatch.setattr(registry, "rows", lambda: table)
    assert cli.main(["coverage", "tf.linalg"]) == 1
    words = capsys.readouterr().out.partition("1 unaccounted for in tf.linalg")[2]
    assert words.split()[0] == "trace"


def test_an_exclusion_that_is_not_true_fails(capsys, monkeypatch):
    table = (exclude(Why.NO_TENSOR, "tf.linalg.trace", normal(2, 2)),)
    monkeypatch.setattr(registry, "exclusions", lambda: table)
    assert cli.main(["coverage", "tf.linalg"]) == 1
    words = " ".join(capsys.readouterr().out.split())
    assert "1 exclusions that are not true tf.linalg.trace: " in words


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--measure", "nosuchop"], "unknown op, family or case 'nosuchop'"),
        (["--measure", "-n", "0"], "'0' is neither 'auto' nor a whole number of at least 1"),
        (["tf.mth"], "unknown namespace 'tf.mth'; did you mean tf.math"),
    ],
)
def test_wrong_usage_is_told(capsys, arguments, message):
    assert cli.main(["coverage", *arguments]) == 2
    assert message in " ".join(capsys.readouterr().err.split())
