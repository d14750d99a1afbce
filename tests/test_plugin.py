"""The pytest plugin, run through pytest itself."""

import sys

import pytest

# pytester runs pytest in this process and forgets the modules that were loaded meanwhile, but
# TensorFlow cannot be loaded twice.
import opcheck.pipeline
from opcheck.backend import tf

assert opcheck.pipeline
assert tf.keras.layers

GENERATED = """
import pytest
from opcheck.domains import normal, positive
from opcheck.spec import sample

pytestmark = pytest.mark.family("unary")

@pytest.mark.parametrize("check", ["jacobian"])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("sample", [sample("2", x=normal(2))], ids=str)
def test_exp(gradcheck, sample, dtype, check):
    gradcheck.op("tf.raw_ops.Exp", sample, dtype, check)
"""

SPECIAL = """

@pytest.mark.parametrize("check", ["special"])
@pytest.mark.parametrize("dtype", ["float64"])
@pytest.mark.parametrize("point", ["x=zeros", "x=equal"])
def test_exp_special(gradcheck, point, dtype, check):
    here = sample("2", x=normal(2))
    gradcheck.op("tf.raw_ops.Exp", here.at(point), dtype, check)
"""

# A test with parameters of the same names that checks no gradient.
NOT_OURS = """

@pytest.mark.parametrize("sample", ["a", "b"])
def test_of_ones_own(sample):
    assert sample in "ab"
"""

KNOWN = """
import pytest
from opcheck.domains import positive
from opcheck.spec import sample

@pytest.mark.known_defect(
    "snapshot",
    cases="tf.raw_ops.Snapshot/*",
    outcome={outcome!r},
    fingerprint={fingerprint!r},
    reason="the identity has slope 1",
    versions={versions!r},
)
@pytest.mark.parametrize("check", ["jacobian"])
@pytest.mark.parametrize("dtype", ["float64"])
@pytest.mark.parametrize("sample", [sample("2", {argument}=positive(2))], ids=str)
def test_snapshot(gradcheck, sample, dtype, check):
    gradcheck.op("tf.raw_ops.{op}", sample, dtype, check)
"""

FINGERPRINT = "input: missing (unregistered)"


def known(op="Snapshot", outcome="missing", fingerprint=FINGERPRINT, versions=("2",)):
    argument = "input" if op == "Snapshot" else "x"
    text = KNOWN.format(
        op=op, outcome=outcome, fingerprint=fingerprint, versions=versions, argument=argument
    )
    return text.replace("tf.raw_ops.Snapshot/*", f"tf.raw_ops.{op}/*")


def test_a_generated_test_passes(pytester):
    pytester.makepyfile(GENERATED)
    pytester.runpytest("-q").assert_outcomes(passed=2)


def test_it_passes_in_workers(pytester):
    pytester.makepyfile(GENERATED)
    pytester.runpytest_subprocess("-n2", "-q").assert_outcomes(passed=2)


def test_dtypes_and_checks_are_chosen(pytester):
    pytester.makepyfile(GENERATED)
    result = pytester.runpytest("--opcheck-dtypes=float64", "--opcheck-checks=jacobian")
    result.assert_outcomes(passed=1, deselected=1)


def test_the_quick_tier_keeps_the_roomiest_sample_and_every_special_point(pytester):
    several = '[sample("2", x=normal(2)), sample("6", x=normal(6)), sample("1", x=normal(1))]'
    special = SPECIAL.replace('["float64"]', '["complex128", "float64"]')
    source = (GENERATED + special).replace('[sample("2", x=normal(2))]', several)
    pytester.makepyfile(source + NOT_OURS)
    result = pytester.runpytest("--opcheck-quick", "-v")
    result.assert_outcomes(passed=2 + 2 + 2, deselected=4 + 2)
    result.stdout.fnmatch_lines(
        [
            "*test_exp[[]6-float64-jacobian] PASSED*",
            "*test_exp[[]6-complex128-jacobian] PASSED*",
            "*x=zeros-float64-special] PASSED*",
            "*x=equal-float64-special] PASSED*",
        ]
    )


def test_tests_of_special_points_pass_and_are_chosen(pytester):
    pytester.makepyfile(GENERATED + SPECIAL)
    result = pytester.runpytest("--opcheck-checks=special", "-v")
    result.assert_outcomes(passed=2, deselected=2)
    result.stdout.fnmatch_lines(
        ["*::test_exp_special[[]x=zeros-float64-special] PASSED*", "*x=equal-float64-special*"]
    )


def test_a_special_point_that_no_input_has_is_named(pytester):
    pytester.makepyfile((GENERATED + SPECIAL).replace("x=equal", "x=equals"))
    result = pytester.runpytest("--opcheck-checks=special")
    result.assert_outcomes(passed=1, failed=1, deselected=2)
    result.stdout.fnmatch_lines(
        ["*unknown special point of sample '2' 'x=equals'; did you mean x=equal*"]
    )


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (
            "--opcheck-dtypes=float65",
            "*unknown dtype (expected bfloat16, complex128*'float65'; did you mean float64*",
        ),
        ("--opcheck-checks=hessian", "*unknown check (expected jacobian*'hessian'*"),
        ("--opcheck-seed=-1", "*--opcheck-seed: '-1' is no whole number of 0 or more*"),
    ],
)
def test_bad_options_are_named(pytester, option, message):
    pytester.makepyfile(GENERATED)
    result = pytester.runpytest(option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])


def test_the_fixture_checks_a_function_of_ones_own(pytester):
    pytester.makepyfile(
        """
        import numpy as np
        from opcheck.backend import tf

        def test_right(gradcheck):
            assert gradcheck(tf.sin, [np.array([0.5])]).passed

        def test_wrong(gradcheck):
            @tf.custom_gradient
            def f(x):
                return tf.sin(x), lambda dy: dy
            gradcheck(f, [np.array([0.5])])
        """
    )
    result = pytester.runpytest()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "E*f: WRONG, the gradient is wrong",
            "E*worst      d out[[]0] / d xs[[]0][[]0]   at xs[[]0][[]0] = 0.5",
        ]
    )


def test_the_fixture_checks_layers_and_models(pytester):
    pytester.makepyfile(
        """
        import keras
        import numpy as np

        def test_layer(gradcheck):
            assert gradcheck(keras.layers.Dense(2), [(2, 3)], modes=(), policies=()).compared > 0

        def test_model(gradcheck):
            model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
            x, y = np.ones((4, 3), "float32"), np.ones((4, 1), "float32")
            report = gradcheck(model, [x, y], loss=keras.losses.mean_squared_error)
            assert report.compared == 2

        def test_what_it_cannot_call(gradcheck):
            gradcheck(keras.layers.Conv2D(2, 2), [(2, 3)])
        """
    )
    result = pytester.runpytest()
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["E*rejects its inputs normal(2, 3)*"])


def test_a_test_that_checks_nothing_fails(pytester):
    pytester.makepyfile("def test_idle(gradcheck):\n    pass\n")
    result = pytester.runpytest()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*asked for `gradcheck` and checked nothing with it*"])


def test_a_known_defect_is_an_expected_failure(pytester):
    pytester.makepyfile(known())
    pytester.runpytest().assert_outcomes(xfailed=1)


def test_a_known_defect_shows_no_source(pytester):
    # For a line of it pytest parses the whole file of tests, anew for each known defect.
    pytester.makepyfile(known())
    reports = pytester.inline_run().getreports("pytest_runtest_logreport")
    (call,) = (report for report in reports if report.when == "call")
    assert call.wasxfail.startswith("snapshot: ")
    assert "gradcheck.op(" not in str(call.longrepr)


def test_a_known_defect_that_is_gone_is_news(pytester):
    pytester.makepyfile(known(op="Exp"))
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*known defect 'snapshot' no longer shows: the outcome is pass*"])


def test_at_the_points_of_another_seed_a_known_defect_need_not_show(pytester):
    pytester.makepyfile(known(op="Exp"))
    pytester.runpytest("--opcheck-seed", "1").assert_outcomes(passed=1)
    pytester.makepyfile(known())
    pytester.runpytest("--opcheck-seed", "1").assert_outcomes(xfailed=1)


@pytest.mark.parametrize(("is_filled", "expected"), [(True, "failed"), (False, "passed")])
def test_what_is_unwritten_may_pass_where_memory_is_not_filled(
    pytester, monkeypatch, is_filled, expected
):
    monkeypatch.setattr("opcheck.known.is_filled", lambda: is_filled)
    pytester.makepyfile(known(op="Exp").replace("    versions", "    is_unwritten=True, versions"))
    pytester.runpytest().assert_outcomes(**{expected: 1})


def test_a_known_defect_that_fails_otherwise_is_news(pytester):
    pytester.makepyfile(known(fingerprint="input: missing 1/4 (unregistered)"))
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*fails in another way than the known defect 'snapshot': found missing with*"]
    )


def test_a_known_defect_of_other_versions_is_no_excuse(pytester):
    pytester.makepyfile(known(versions=("1.15",)))
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*MISSING, there is no gradient*"])


def test_an_op_that_rejects_its_inputs_shows_row_input_and_tensorflows_words(pytester):
    pytester.makepyfile(GENERATED.replace("x=normal(2)", "y=normal(2)"))
    result = pytester.runpytest()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(
        ["*tf.raw_ops.Exp rejects the inputs of its sample '2' in float64 (y: float64 [[]2]):*"]
    )


def test_an_op_that_tensorflow_lacks_is_named(pytester):
    pytester.makepyfile(GENERATED.replace("raw_ops.Exp", "raw_ops.Expp"))
    result = pytester.runpytest()
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*TensorFlow * lacks tf.raw_ops.Expp*did you mean Exp*"])


def test_collecting_imports_no_tensorflow(pytester):
    pytester.makepyfile(GENERATED)
    pytester.makeconftest(
        """
        import sys
        def pytest_collection_finish(session):
            assert len(session.items) == 2
            assert "tensorflow" not in sys.modules
            print("collected without it")
        """
    )
    result = pytester.run(
        sys.executable, "-m", "pytest", "--collect-only", "-q", "-s", "-pno:cacheprovider"
    )
    result.stdout.fnmatch_lines(["*collected without it*"])
    assert result.ret == 0
