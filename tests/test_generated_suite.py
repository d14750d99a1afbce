"""The generated tests themselves catch faults planted in TensorFlow's gradient functions."""

import json
import re

import pytest

from opcheck import cli

# What is planted: the op whose registered gradient is wrapped, and the damage, one of each kind.
FAULTS = {
    "Tanh": "lambda g: [scaled(g, 1.001)]",
    "Mul": "lambda g: [g[1], g[0]] if g[0].shape == g[1].shape else [-g[0], g[1]]",
    "Sum": "lambda g: [scaled(g, 1 + 1e-6), None]",
    "ConcatV2": "lambda g: [*[tf.zeros_like(x) for x in g[:-1]], g[-1]]",
    "GatherV2": "lambda g: [one_entry_off(g[0]), None, None]",
    "SegmentSum": "lambda g: [-g[0], None]",
    "Cholesky": "lambda g: [tf.linalg.matrix_transpose(g) + 0.1]",
    "Conv2D": "lambda g: [g[0], one_entry_off(g[1])]",
    "FFT": "lambda g: [tf.math.conj(only(g))]",
    "SparseTensorDenseMatMul": "lambda g: [None, g[1], None, None]",
    "AvgPool": "lambda g: [only(g) * float('nan')]",
    "ResizeBilinear": "raising",
}

CONFTEST = """
from opcheck.backend import tf
from tensorflow.python.framework import ops

def only(g):
    return g[0] if isinstance(g, (list, tuple)) else g

def scaled(g, factor):
    return only(g) * factor

def one_entry_off(g):
    g = tf.convert_to_tensor(g)
    flat = tf.reshape(g, [-1])
    return tf.reshape(tf.concat([flat[:1] * 1.001 + 1e-3, flat[1:]], 0), g.shape)

def raising(g):
    raise RuntimeError("planted")

def plant(name, damage):
    entry = ops.gradient_registry._registry[name]
    right = entry["type"]
    entry["type"] = lambda op, *grads: damage(right(op, *grads))

FAULTS = {%s}
for name, damage in FAULTS.items():
    plant(name, damage)
"""


AT_ZERO = """
from opcheck.backend import tf
from tensorflow.python.framework import ops

entry = ops.gradient_registry._registry["Tanh"]
right = entry["type"]

def wrong_at_zero(op, grad):
    return right(op, tf.where(op.outputs[0] == 0, 0.5 * grad, grad))

entry["type"] = wrong_at_zero
"""


@pytest.fixture
def suite(tmp_path):
    """Generated tests of the ops with faults, and of two without."""
    targets = [f"tf.raw_ops.{name}" for name in (*FAULTS, "Sin", "Transpose")]
    assert cli.main(["generate", *targets, "--out", str(tmp_path)]) == 0
    return tmp_path


def outcomes(pytester, directory, *options):
    """How many tests of each function passed and failed."""
    result = pytester.runpytest_subprocess(str(directory), "-q", "-n2", "-rpf", "--tb=no", *options)
    counts = {}
    for line in result.outlines:
        match = re.match(r"(PASSED|FAILED) .*::test_(\w+)\[", line)
        if match:
            outcome, name = match.groups()
            counts.setdefault(name, {"PASSED": 0, "FAILED": 0})[outcome] += 1
    return counts


def snake(name):
    from opcheck.generate.plan import function_name
    from opcheck.registry import rows

    return next(function_name(r) for r in rows() if r.target == f"tf.raw_ops.{name}")[5:]


def test_every_planted_fault_is_caught(pytester, suite):
    faults = ", ".join(f"{name!r}: {damage}" for name, damage in FAULTS.items())
    (suite / "conftest.py").write_text(CONFTEST % faults)
    # What is wrong everywhere is wrong at random points: special ones would only take long.
    counts = outcomes(pytester, suite, "--opcheck-checks=jacobian,precision")
    survivors = [name for name in FAULTS if not counts[snake(name)]["FAILED"]]
    assert survivors == []
    for healthy in ("sin", "sin_precision", "transpose"):
        assert counts[healthy]["FAILED"] == 0
        assert counts[healthy]["PASSED"] > 0


def test_a_fault_at_zero_alone_is_caught_by_the_tests_of_special_points(pytester, tmp_path):
    assert cli.main(["generate", "tf.raw_ops.Tanh", "--out", str(tmp_path)]) == 0
    (tmp_path / "conftest.py").write_text(AT_ZERO)
    counts = outcomes(pytester, tmp_path)
    assert counts["tanh"]["FAILED"] == counts["tanh_precision"]["FAILED"] == 0
    # zeros, zero and two-zeros, each in two dtypes
    assert counts["tanh_special"]["FAILED"] == 6
    assert counts["tanh_special"]["PASSED"] > 0


def test_without_faults_the_same_tests_pass(pytester, suite):
    counts = outcomes(pytester, suite)
    assert len(counts) >= len(FAULTS)
    assert sum(count["FAILED"] for count in counts.values()) == 0, json.dumps(counts)
    assert counts["sin_special"]["PASSED"] > 0
