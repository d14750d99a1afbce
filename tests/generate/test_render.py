"""The text of generated files: as recorded, the same every time, and nothing but data in it.

To record the text anew after a change that is meant:

    OPCHECK_REWRITE_GOLDEN=1 python -m pytest tests/generate/test_render.py
"""

import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opcheck import registry
from opcheck.cases import cases_of, expand
from opcheck.domains import Domain, as_variable, normal
from opcheck.errors import UsageError
from opcheck.generate import render as rendering
from opcheck.generate.plan import plan_files
from opcheck.generate.render import MARK, checksum, render, split, templates_directory
from opcheck.known import KnownDefect
from opcheck.spec import HALVES, Sample, choices, exactly, function, op
from tests.examples import DEFECTS, ROWS, example_plan, in_family

GOLDEN = Path(__file__).parent.parent / "golden" / "test_example_gradients.py.txt"
PROGRAM = (
    "import sys; from tests.examples import example_plan; "
    "from opcheck.generate.render import render; "
    "sys.stdout.buffer.write(render(example_plan()).encode())"
)

checked = settings(derandomize=True, deadline=None, database=None, max_examples=60)


def one_file(*rows, defects=()):
    (plan,) = plan_files(in_family("example", *rows), defects)
    return render(plan)


def functions_of(text):
    """What pytest would see: the test functions of a generated file, by name."""
    scope = {}
    exec(compile(text, "generated", "exec"), scope)
    return {name: value for name, value in scope.items() if name.startswith("test_")}


def marks_of(test, name):
    return [mark for mark in test.pytestmark if mark.name == name]


def parameters_of(test):
    return {mark.args[0]: mark.args[1] for mark in marks_of(test, "parametrize")}


# -- The recorded file ------------------------------------------------------------------------


def test_the_text_is_the_recorded_one():
    text = render(example_plan())
    if os.environ.get("OPCHECK_REWRITE_GOLDEN") == "1":
        GOLDEN.write_text(text, encoding="utf-8", newline="\n")
    recorded = GOLDEN.read_bytes().decode()
    assert text == recorded, "to record it anew: OPCHECK_REWRITE_GOLDEN=1, see this module's top"


@pytest.mark.parametrize("hash_seed", ["0", "1", "random"])
def test_the_text_does_not_depend_on_hashes_or_the_process(hash_seed):
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=GOLDEN.parent.parent.parent,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        check=True,
    )
    assert found.stdout == render(example_plan()).encode()


def test_the_text_does_not_depend_on_the_order_of_the_rows():
    (plan,) = plan_files(ROWS[::-1], DEFECTS)
    assert render(plan) == render(example_plan())


def test_the_text_fits_the_line_length_and_has_no_stray_blanks():
    lines = render(example_plan()).split("\n")
    assert max(map(len, lines)) <= 100
    assert [line for line in lines if line != line.rstrip()] == []
    assert lines[-1] == ""
    assert lines[-2] != ""


# -- What reads back --------------------------------------------------------------------------


class Recorder:
    """Stands for the fixture `gradcheck`: keeps what generated tests hand over."""

    def __init__(self):
        self.calls = []

    def __getattr__(self, kind):
        def record(target, sample, dtype, check, wrt=None):
            # Reprs, since not a number equals itself.
            self.calls.append((kind, target, repr(sample), dtype, check, wrt))

        return record


def calls_of(test):
    """What a test hands to `gradcheck`, run once with each of its parameter sets."""
    gradcheck = Recorder()
    parameters = parameters_of(test)
    for values in itertools.product(*parameters.values()):
        test(gradcheck, **dict(zip(parameters, values)))
    return gradcheck.calls


def assert_reads_back(plan):
    """Every case, parameter and mark of the plan is in the file, and no more."""
    found = functions_of(render(plan))
    assert list(found) == [test.name for test in plan.tests]
    for test in plan.tests:
        parameters = parameters_of(found[test.name])
        varied = "point" if test.plan.points else "sample"
        assert set(parameters) == {varied, "dtype", "check"}
        expected = test.plan.points or test.plan.samples
        assert list(map(repr, parameters[varied])) == list(map(repr, expected))
        assert tuple(parameters["dtype"]) == test.plan.dtypes
        assert tuple(parameters["check"]) == test.plan.checks
        assert calls_of(found[test.name]) == [
            (c.kind.value, c.target, repr(c.sample), c.dtype, c.check, c.wrt)
            for c in cases_of(test.row, test.plan)
        ]
        marks = marks_of(found[test.name], "known_defect")
        assert [KnownDefect(*m.args, **m.kwargs) for m in reversed(marks)] == list(test.defects)


def test_the_example_reads_back():
    assert_reads_back(example_plan())


def test_every_file_of_the_registry_reads_back():
    plans = plan_files(registry.rows(), registry.known_defects())
    assert len(plans) == len(registry.families())
    for plan in plans:
        assert_reads_back(plan)


def test_the_tests_of_a_row_are_all_of_its_cases():
    found = functions_of(render(example_plan()))
    calls = {call[1:5] for test in found.values() for call in calls_of(test)}
    cases = [case for row in ROWS for case in expand(row)]
    assert calls == {(c.target, repr(c.sample), c.dtype, c.check) for c in cases}


@pytest.mark.parametrize(
    "key", ["a b", "a/b", "a\nb", 'a"b', "{{a}}", "a=b", "é", "word " * 30, ""]
)
def test_special_points_of_inputs_under_any_key_read_back(key):
    row = function("pkg.f", x={"plain": normal(3), key: normal(3)}, dtypes=HALVES)
    (plan,) = plan_files(in_family("example", row), ())
    assert_reads_back(plan)


@checked
@given(st.text(max_size=30), st.text(max_size=30), st.floats())
def test_any_text_and_number_reads_back(note, reason, number):
    row = function("pkg.f", note=note, number=number, x=normal(2))
    defect = KnownDefect("d", "pkg.f/*", "wrong", reason, reason, link=note)
    (plan,) = plan_files(in_family("example", row), [defect])
    assert_reads_back(plan)


@pytest.mark.parametrize(
    "text",
    ["{{ 7 * 7 }}", "{% for %}", "{# gone #}", "{0}", "{note}", 'x"\n)', "'''", '"""', "\\", "\\n"],
)
def test_text_that_looks_like_code_stays_text(text):
    (row,) = in_family("example", function("pkg.f", note=text, notes=[{text: text}], x=normal(2)))
    (plan,) = plan_files([row], [KnownDefect(text, "pkg.f/*", "wrong", text, text, text)])
    assert_reads_back(plan)
    for test in functions_of(render(plan)).values():
        (mark,) = marks_of(test, "known_defect")
        assert mark.args == (text,)


@pytest.mark.parametrize("id", ['a"b', "a\nb", "a'b", "{{a}}", "\\"])
def test_a_sample_id_that_was_smuggled_in_is_refused_when_the_file_is_read(id):
    # `sample()` refuses such ids, the class `Sample` takes anything.
    row = op("Exp", Sample(id, arguments=(("x", normal(2)),)))
    with pytest.raises(UsageError, match="sample id"):
        functions_of(one_file(row))


def test_only_what_is_used_is_imported():
    text = one_file(op("Exp", x=normal(2)))
    assert "from opcheck.domains import normal\nfrom opcheck.spec import sample\n" in text
    assert "DTYPE" not in text


def test_exact_numbers_are_imported_from_the_specification():
    text = one_file(op("Gather", params=normal(2), indices=exactly([0], "int64")))
    assert "from opcheck.domains import normal\nfrom opcheck.spec import exactly, sample\n" in text


def test_a_file_without_inputs_imports_no_domains():
    text = one_file(function("pkg.f", value=float("inf")))
    assert "opcheck.domains" not in text
    assert parameters_of(functions_of(text)["test_f"])["sample"][0].arguments == (
        ("value", float("inf")),
    )


def test_a_target_behind_a_colon_makes_a_test():
    text = one_file(function("pkg.module:my_op", x=normal(2)))
    assert 'gradcheck.function("pkg.module:my_op", sample, dtype, check)' in text
    assert 'gradcheck.function("pkg.module:my_op", here.at(point), dtype, check)' in text
    assert list(functions_of(text)) == ["test_my_op", "test_my_op_special", "test_my_op_agreement"]


# -- What is refused --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a b", "a\nb", "x=1, y", 'a"', "{{a}}", "class", "é"])
def test_argument_names_that_could_break_out_are_refused(name):
    row = function("pkg.f", Sample("s", arguments=((name, 1),)), x=normal(2))
    with pytest.raises(UsageError) as caught:
        one_file(row)
    assert str(caught.value).startswith(f"pkg.f, s: argument {name!r} is ")


@pytest.mark.filterwarnings("ignore::SyntaxWarning")
@pytest.mark.parametrize("name", ["mine", "normal(2))  #", "{{ 7 }}", 'normal"', "no\nrmal"])
def test_domains_of_unknown_names_are_refused(name):
    mine = Domain(name, lambda g, shape, c: g.normal(size=shape))
    with pytest.raises(UsageError) as caught:
        one_file(op("Exp", x=choices(as_variable(mine(2)))))
    assert str(caught.value) == (
        f"tf.raw_ops.Exp, 2, x: as_variable({name}(2)) is not made of the domains of "
        "opcheck.domains"
    )


# -- Header and checksum ----------------------------------------------------------------------


def test_the_header_says_where_the_file_comes_from():
    lines = render(example_plan()).splitlines()
    assert lines[0] == (
        "# Generated by opcheck from the registry's table 'example' "
        "with templates/test_family.py.j2."
    )
    assert lines[1] == (
        "# Do not edit: change the registry or the template and run `opcheck generate`."
    )
    assert lines[2].startswith(MARK)


def test_the_header_of_a_long_family_takes_another_line():
    name = "a_package_of_mine_gradient_rows"
    (plan,) = plan_files(in_family(name, *ROWS), [])
    lines = render(plan).splitlines()
    assert lines[:2] == [
        f"# Generated by opcheck from the registry's table '{name}'",
        "# with templates/test_family.py.j2.",
    ]
    assert lines[3].startswith(MARK)
    assert split(render(plan))[0] == checksum(split(render(plan))[1])


def test_the_checksum_is_that_of_the_body():
    recorded, body = split(render(example_plan()))
    assert recorded == checksum(body)
    assert len(recorded) == 32
    assert '"""Gradients of the family example' in body


def test_another_body_has_another_checksum():
    _, body = split(render(example_plan()))
    assert checksum(body) != checksum(body + "\n")


@pytest.mark.parametrize(
    "text", ["", "import os\n", MARK, f"{MARK}abc", "\n\n\n\n\n" + MARK + "abc\nbody"]
)
def test_a_file_without_the_header_has_no_checksum(text):
    assert split(text) == ("", "")


# -- Templates --------------------------------------------------------------------------------


def test_the_templates_are_found():
    assert (templates_directory() / rendering.TEMPLATE).is_file()


def test_an_installation_without_templates_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(rendering, "__file__", str(tmp_path / "opcheck" / "generate" / "render.py"))
    with pytest.raises(UsageError) as caught:
        templates_directory()
    assert str(caught.value) == (
        "the template test_family.py.j2 is missing from this installation of opcheck"
    )
