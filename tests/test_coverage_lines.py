"""Lines and branches of gradient functions: which count, and which never ran."""

import importlib.util
from dataclasses import replace

import pytest

from opcheck.coverage.lines import (
    OUT_OF_REACH,
    OutOfReach,
    Place,
    _outline,
    functions_of,
    lines_of,
    traced,
)
from opcheck.gradients import gradient_ops

SOURCE = """\
import math


def _gradient(op, grad):
    if op > 0:
        return _helper(grad)
    if op < -1:
        grad = on_gpu(grad)
    return -grad


def _helper(x):
    return x + 1


def _shared(x):
    return x


def public(x):
    return _shared(x)


def on_gpu(x):
    return _shared(x)
"""


@pytest.fixture
def module(tmp_path):
    file = tmp_path / "planted_grad.py"
    file.write_text(SOURCE)
    spec = importlib.util.spec_from_file_location("planted_grad", file)
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def lines(module, *ops, unreachable=()):
    arcs = {}
    with traced([module.__file__], arcs):
        for value in ops:
            module._gradient(value, 1.0)
    return lines_of(arcs, {module.__file__: {"_gradient", "_helper"}}, unreachable)


def test_lines_and_branches_that_never_ran_are_listed(module):
    found = lines(module, 1)
    assert found.lines == 6
    assert [place.line for place in found.missing_lines] == [7, 8, 9]
    assert [(place.line, place.to) for place in found.missing_branches] == [(5, "7")]
    assert found.missing_lines[0].text == "if op < -1:"
    assert (found.lines_run, found.branches, found.branches_run) == (3, 4, 1)


def test_all_ran(module):
    found = lines(module, 1, 0, -2)
    assert found.missing == ()
    assert found.lines_run == found.lines
    assert found.branches_run == found.branches == 4


def test_what_nothing_can_run_is_left_out_with_its_reason(module):
    entry = OutOfReach("planted_grad", "on_gpu(grad)", "reason")
    found = lines(module, 1, 0, unreachable=[entry])
    assert found.missing == ()
    assert {(place.line, place.to): why for place, why in found.unreachable} == {
        (8, ""): "reason",
        (7, "8"): "reason",
    }
    assert found.lines_run == found.lines == 5
    assert found.stale == ()


def test_an_entry_may_mean_the_branch_past_a_condition_alone(module):
    entry = OutOfReach("planted_grad", "if op > 0:", "reason", is_past=True)
    assert [place.to for place, _ in lines(module, 1, unreachable=[entry]).unreachable] == ["7"]
    assert lines(module, 0, unreachable=[entry]).stale == (entry,)


def test_an_entry_may_mean_whole_statements_alone(module):
    part = OutOfReach("planted_grad", "on_gpu(grad)", "reason", is_whole=True)
    assert lines(module, 1, 0, unreachable=[part]).stale == (part,)
    whole = replace(part, text="grad = on_gpu(grad)")
    assert {place.line for place, _ in lines(module, 1, 0, unreachable=[whole]).unreachable} == {
        7,
        8,
    }


def test_an_entry_for_what_runs_or_is_not_there_is_stale(module):
    ran = OutOfReach("planted_grad", "return -grad", "reason")
    gone = OutOfReach("planted_grad", "no such line", "reason")
    other = OutOfReach("another_grad", "on_gpu(grad)", "reason")
    assert lines(module, 1, 0, -2, unreachable=[ran, gone, other]).stale == (ran, gone, other)


def test_helpers_count_where_nothing_else_uses_them(module):
    outline = _outline(module.__file__)
    assert outline.closed({"_gradient"}) == {"_gradient", "_helper"}
    assert outline.closed({"public", "on_gpu"}) == {"public", "on_gpu", "_shared"}
    assert outline.holder(5) == "_gradient"


def test_gradient_functions_are_found_where_they_are():
    whole = functions_of(gradient_ops(), (), is_whole=True)
    by_name = {file.rpartition("/")[2]: names for file, names in whole.items()}
    assert {"_MatMulGrad", "_safe_shape_div"} & by_name["math_grad.py"]
    assert "_rfft_grad_helper" in by_name["fft_ops.py"]
    assert "rfft" not in by_name["fft_ops.py"]
    assert "_WhileGrad" in by_name["while_v2.py"]
    assert "while_loop" not in by_name["while_v2.py"]


def test_functions_of_ops_that_cannot_run_here_do_not_count():
    able = [name for name in gradient_ops() if not name.startswith("CudnnRNN")]
    whole = functions_of(able, {"CudnnRNN", "CudnnRNNV2", "CudnnRNNV3"}, is_whole=True)
    assert not any(file.endswith("cudnn_rnn_grad.py") for file in whole)


def test_a_selection_counts_its_own_functions_alone():
    ((file, names),) = functions_of(["Exp"], (), is_whole=False).items()
    assert file.endswith("math_grad.py")
    assert names == {"_ExpGrad"}


def test_entries_speak_of_statements_that_there_are():
    whole = functions_of(gradient_ops(), (), is_whole=True)
    assert lines_of({}, whole).stale == ()
    assert all(entry.reason for entry in OUT_OF_REACH)


def test_a_place_in_words():
    assert str(Place("ops/a.py", 3, "if x:", "5", "y")) == "ops/a.py:3 -> 5: if x:"
    assert str(Place("ops/a.py", 3, "x = 1")) == "ops/a.py:3: x = 1"
