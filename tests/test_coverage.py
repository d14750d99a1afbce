"""The registry against TensorFlow's own lists, and what cases really run of them."""

from dataclasses import replace

import pytest

from opcheck.cases import NUMERIC, expand
from opcheck.coverage import Reason, account, has_kernel, running
from opcheck.coverage.calls import Calls
from opcheck.coverage.lines import Lines, Place
from opcheck.coverage.pairs import Pair, What, pairs_of
from opcheck.coverage.running import SHARE, Measured, Run, Tally, run_cases
from opcheck.coverage.summary import left, measured_data, percent
from opcheck.coverage.trials import Fate, Trial, tried
from opcheck.domains import as_variable, filled, normal
from opcheck.gradients import gradient_ops
from opcheck.registry import rows
from opcheck.spec import choices, function, layer, op
from opcheck.workers import Failure

# -- What a row names -------------------------------------------------------------------------


def test_tensorflows_gradient_registry_is_read():
    names = gradient_ops()
    assert len(names) > 350
    assert "MatMul" in names
    assert "Snapshot" not in names
    assert list(names) == sorted(names)


def test_kernels_are_asked_for():
    assert has_kernel("MatMul", "CPU")
    assert has_kernel("IdentityN", "CPU"), "its kernel is for every device"
    assert not has_kernel("CudnnRNN", "CPU")


def test_kernels_for_any_device_count():
    assert has_kernel("TensorListScatter", "CPU")


def test_every_op_is_covered_excluded_or_unaccounted_for():
    table = [op("Exp", x=normal), function("m.f", x=normal, covers=("ReadVariableOp",))]
    found = account(table)
    assert found.covered == ("Exp", "ReadVariableOp")
    assert found.excluded["CudnnRNN"] is Reason.NO_KERNEL
    assert "MatMul" in found.unaccounted
    assert found.differentiable == gradient_ops()
    assert found.to_dict()["excluded"]["CudnnRNN"] == "no kernel on this device"


def test_what_rows_claim_to_cover_exists():
    from tensorflow.python.framework import op_def_registry

    claimed = {name for row in rows() for name in row.covered_ops}
    assert claimed
    assert [name for name in sorted(claimed) if op_def_registry.get(name) is None] == []


# -- What there is to run ---------------------------------------------------------------------


def values(op_name, name):
    return [pair.value for pair in pairs_of(op_name) if pair.name == name]


def test_pairs_are_what_definitions_and_kernels_allow():
    assert values("MatMul", "transpose_a") == ["False", "True"]
    assert values("MaxPool", "padding") == ["SAME", "VALID", "EXPLICIT"]
    assert values("Sum", "Tidx") == ["int32", "int64"]
    assert "int32" not in values("MatMul", "T")
    # The definition lists float16 for it, but the kernels of the CPU are constrained to these.
    assert values("FFT", "Tcomplex") == ["complex128", "complex64"]
    inputs = [pair.name for pair in pairs_of("GatherV2") if pair.what is What.INPUT]
    assert inputs == ["params"]


def test_the_type_of_a_real_part_is_that_of_a_kernel():
    assert values("SparseAdd", "Treal") == ["float32", "float64"]


def test_a_type_of_an_output_is_no_dtype_of_an_input():
    assert {pair.what for pair in pairs_of("ComplexAbs") if pair.name == "Tout"} == {What.ATTRIBUTE}
    assert {pair.what for pair in pairs_of("ComplexAbs") if pair.name == "T"} == {What.DTYPE}


# -- What ran ---------------------------------------------------------------------------------


def numeric(row):
    """The cases that coverage runs, and special points."""
    return [case for case in expand(row) if case.check in NUMERIC]


def run(*table):
    return run_cases([case for row in table for case in numeric(row)])


def test_a_pair_that_no_case_runs_is_not_among_those_run():
    row = op("MatMul", a=normal(2, 3), b=normal(3, 2), transpose_a=False)
    found = run(row)
    assert {case.check for case in numeric(row)} == {"jacobian", "special"}
    assert found.cases == len(list(numeric(row)))
    assert found.failed == {}
    assert "MatMul" in found.calls.ops
    assert Pair("MatMul", What.ATTRIBUTE, "transpose_a", "False") in found.calls.pairs
    assert Pair("MatMul", What.ATTRIBUTE, "transpose_a", "True") not in found.calls.pairs
    assert Pair("MatMul", What.DTYPE, "T", "float64") in found.calls.pairs
    assert Pair("MatMul", What.DTYPE, "T", "float32") not in found.calls.pairs
    assert Pair("MatMul", What.INPUT, "b") in found.calls.pairs


def test_calls_in_graphs_are_seen():
    found = run(layer("tf.keras.layers.Dense", normal(2, 4), units=3, activation=choices("tanh")))
    assert {"MatMul", "Tanh"} <= found.calls.ops


def test_an_input_that_gets_none_is_told_from_one_that_is_not_asked_for():
    found = run(
        op("ClipByValue", t=normal(3), clip_value_min=-0.5, clip_value_max=0.5, wrt=("t",)),
        op("Pow", x=normal(3), y=2.0, wrt=("x",)),
        op("EnsureShape", input=normal(3), shape=[3]),
    )
    got = {(pair.op, pair.name) for pair in found.calls.pairs if pair.what is What.INPUT}
    assert ("ClipByValue", "t") in got
    assert ("Pow", "x") in got
    assert ("Pow", "y") not in got
    assert Pair("Pow", What.INPUT, "y") not in found.calls.without


def test_an_input_whose_gradient_raises_is_told_from_one_that_nobody_asks_for():
    found = run(op("PreventGradient", input=normal(2), message="none"))
    pair = Pair("PreventGradient", What.INPUT, "input")
    assert found.calls.raised[pair].startswith("LookupError: Gradient explicitly disabled")
    assert pair not in found.calls.pairs | found.calls.without
    both = Calls()
    both.add(found.calls)
    assert both.raised == found.calls.raised


def test_a_case_that_cannot_run_is_named():
    row = op("MatMul", a=filled(1.0)(2, 3), b=filled(1.0)(2, 3))
    found = run(row, op("Exp", x=filled(1.0)()))
    assert found.cases == 1
    ((id, why),) = found.failed.items()
    assert id.startswith("tf.raw_ops.MatMul/")
    assert why.startswith("RecipeError")


def test_a_case_that_kills_its_process_is_found_and_costs_itself_alone(monkeypatch):
    cases = [case for row in rows()[:20] for case in numeric(row)][:SHARE]
    deadly = cases[5].id

    def ended(shares, workers, timeout, work):
        for share in shares:
            is_dead = deadly in share.ids
            yield share, Failure("died", 1.0) if is_dead else Run(cases=len(share.ids))

    monkeypatch.setattr(running, "done", ended)
    told = []
    whole = running.run_in_processes(cases, 0, 1, 60, lambda *state: told.append(state))
    assert whole.failed == {deadly: "died"}
    assert whole.cases == len(cases) - 1
    assert told[-1] == ("running cases", len(cases), len(cases))


def test_calls_of_several_processes_add_up():
    first, second = Calls(), Calls()
    first.cases["Exp"] = ["a"]
    second.cases["Exp"] = [*"abcdef"]
    second.pairs.add(Pair("Exp", What.INPUT, "x"))
    first.add(second)
    assert first.cases["Exp"] == [*"abcdef"]
    assert first.pairs == second.pairs


# -- What never ran, tried --------------------------------------------------------------------


def fates(row, *wanted):
    pairs = [pair for pair in pairs_of(row.name) if (pair.name, pair.value) in wanted]
    found = tried(pairs, numeric(row))
    return {(trial.pair.name, trial.pair.value): trial for trial in found}


CONV = op(
    "Conv2D", input=normal(1, 3, 3, 2), filter=normal(2, 2, 2, 1), strides=[1] * 4, padding="VALID"
)


def test_what_tensorflow_takes_and_what_it_refuses():
    found = fates(
        CONV, ("padding", "EXPLICIT"), ("data_format", "NCHW"), ("T", "float32"), ("T", "float16")
    )
    assert found["padding", "EXPLICIT"] == Trial(
        Pair("Conv2D", What.ATTRIBUTE, "padding", "EXPLICIT"), Fate.ACCEPTED
    )
    assert found["T", "float32"].fate is Fate.ACCEPTED
    assert found["data_format", "NCHW"].fate is Fate.ACCEPTED, "in single precision"


def test_what_is_refused_in_every_precision_is_refused():
    row = op("DepthToSpace", input=normal(1, 1, 1, 4), block_size=2)
    refused = fates(row, ("data_format", "NCHW"))["data_format", "NCHW"]
    assert refused.fate is Fate.REFUSED
    assert "DepthToSpace" in refused.message


def test_an_input_that_no_case_asks_for_is_asked_for():
    (found,) = fates(op("Polygamma", a=1.0, x=filled(2.0)(2)), ("a", "")).values()
    assert found == Trial(Pair("Polygamma", What.INPUT, "a"), Fate.NONE)
    (found,) = fates(op("Pow", x=filled(2.0)(2), y=2.0), ("y", "")).values()
    assert found.fate is Fate.ACCEPTED
    row = op("PreventGradient", input=normal(2), message="none")
    (found,) = fates(row, ("input", "")).values()
    assert found.fate is Fate.RAISES
    assert "Gradient explicitly disabled" in found.message


def test_matrices_and_companions_change_with_a_value():
    row = op("MatMul", a=normal(2, 3), b=normal(3, 4), transpose_a=False)
    assert fates(row, ("transpose_a", "True"))["transpose_a", "True"].fate is Fate.ACCEPTED
    row = op("ComplexAbs", x=normal(3), dtypes=("complex128",), Tout="float64")
    assert fates(row, ("T", "complex64"))["T", "complex64"].fate is Fate.ACCEPTED


def test_a_dtype_that_a_handle_fixes_is_not_tried():
    row = function(
        "opcheck.compositions.gather_of_variable", x=as_variable(normal(3, 2)), indices=[2, 0]
    )
    pair = Pair("ResourceGather", What.ATTRIBUTE, "dtype", "float32")
    (trial,) = tried([pair], numeric(row))
    assert trial.fate is Fate.UNTRIED


def measured(**changes):
    whole = Measured("2.21", "CPU", 0, 1, {}, ("Exp",), (), {}, Lines(1, 0, ()))
    return replace(whole, **changes)


def test_a_measurement_is_complete_when_nothing_is_left():
    pair = Pair("Exp", What.DTYPE, "T", "float16")
    assert measured().is_complete
    refused = Tally(1, (), (Trial(pair, Fate.REFUSED, "no"),), (pair,))
    assert measured(tallies={What.DTYPE: refused}).is_complete
    raising = Tally(1, (), raising=(Trial(pair, Fate.RAISES, "no"),))
    assert measured(tallies={What.DTYPE: raising}).is_complete
    assert measured_data(measured(tallies={What.DTYPE: raising}))["dtypes"]["raising"]
    assert not measured(never=("Exp",)).is_complete
    assert not measured(failed={"case": "died"}).is_complete
    assert not measured(lines=Lines(1, 0, (Place("math_grad.py", 1, "x = 1"),))).is_complete
    accepted = Tally(1, (Trial(pair, Fate.ACCEPTED),))
    assert not measured(tallies={What.DTYPE: accepted}).is_complete


def test_what_is_left_is_told_in_few_lines():
    places = [Place("ops/math_grad.py", line, "x = 1") for line in (1, 2, 3, 7, 9, 10)]
    branch = Place("ops/math_grad.py", 5, "if x:", "7", "x = 1")
    never = [Trial(Pair("Exp", What.DTYPE, "T", name), Fate.ACCEPTED) for name in ("half", "float")]
    never += [Trial(Pair("Sum", What.DTYPE, "T", "half"), Fate.ACCEPTED)]
    found = measured(
        never=("Neg",),
        failed={"m.f/case": "died"},
        tallies={What.DTYPE: Tally(1, tuple(never))},
        lines=Lines(9, 4, (*places, branch)),
    )
    assert list(left(found, shown=1)) == [
        "gradient functions never run",
        "  Neg",
        "cases that could not run",
        "  m.f/case: died",
        "dtypes never run",
        "  Exp: T=half, float",
        "  and 1 lines more, which --json shows",
        "lines never run",
        "  math_grad.py: 1-3, 7, 9-10",
        "branches never run",
        "  math_grad.py: 5->7",
    ]
    data = measured_data(found)
    assert data["lines"]["run"] == 3
    assert data["dtypes"]["never_run"][0]["fate"] == "accepted"


@pytest.mark.parametrize(
    ("run", "total", "words"), [(1, 1, "100%"), (9999, 10000, "99.9%"), (1, 2, "50.0%"), (0, 0, "")]
)
def test_a_share_is_never_rounded_up_to_all(run, total, words):
    assert percent(run, total) == words


def test_a_tally_counts_what_can_run():
    pair = Pair("Exp", What.DTYPE, "T", "float16")
    tally = Tally(3, (Trial(pair, Fate.ACCEPTED),), (Trial(pair, Fate.REFUSED, "no"),))
    assert tally.total == 4


@pytest.mark.parametrize("name", gradient_ops())
def test_every_op_has_pairs_or_none_without_error(name):
    assert len(set(pairs_of(name))) == len(pairs_of(name))
