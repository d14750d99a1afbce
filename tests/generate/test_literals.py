"""Values as Python source: each reads back as itself, and nothing breaks out."""

import ast
import math
from enum import Enum, IntEnum

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opcheck import domains
from opcheck.domains import Domain, Input, as_variable, between, indices, integers, normal
from opcheck.errors import UsageError
from opcheck.generate.literals import (
    call,
    checked_name,
    checked_target,
    literal,
    names_in,
    sample_source,
)
from opcheck.outcome import Outcome
from opcheck.spec import DTYPE, Sample, exactly, sample

checked = settings(derandomize=True, deadline=None, database=None, max_examples=80)

HOSTILE = [
    'double " quote',
    "single ' quote",
    "both ' and \"",
    '"""',
    "'''",
    "back\\slash",
    "ends with \\",
    "line\nend",
    "carriage\rreturn",
    "null\0",
    "{braces} {0!r}",
    "{{ jinja }}",
    "{% endfor %}",
    "{# comment #}",
    "%s %(name)s",
    "# comment",
    '"); import os; os.abort(); ("',
    "\u202e right to left",
    "\u2028 line separator",
    "é ∂ 字",
    "\ud800",
    "",
]

plain = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(st.text(max_size=3), inner, max_size=3),
    ),
    max_leaves=12,
)


class Colour(IntEnum):
    RED = 1


class Padding(str, Enum):
    SAME = "SAME"


# -- Round trips ------------------------------------------------------------------------------


@checked
@given(plain)
def test_a_plain_value_reads_back_as_itself(value):
    again = eval(literal(value, "here"), {"float": float})
    assert repr(again) == repr(value)


@pytest.mark.parametrize("text", HOSTILE)
def test_any_string_becomes_one_constant_on_one_line(text):
    source = literal(text, "here")
    assert len(source.splitlines()) == 1
    tree = ast.parse(source, mode="eval").body
    assert isinstance(tree, ast.Constant)
    assert tree.value == text


@pytest.mark.parametrize(
    ("value", "source"),
    [
        (None, "None"),
        (True, "True"),
        (-3, "-3"),
        (0.1, "0.1"),
        (-0.0, "-0.0"),
        (1e-300, "1e-300"),
        (float("nan"), 'float("nan")'),
        (float("inf"), 'float("inf")'),
        (float("-inf"), 'float("-inf")'),
        ("same", '"same"'),
        ("it's", '"it\'s"'),
        ('a "b"', "'a \"b\"'"),
        ([], "[]"),
        ((), "()"),
        ((1,), "(1,)"),
        ([[0, 1], ("a",)], '[[0, 1], ("a",)]'),
        ({"a": [None]}, '{"a": [None]}'),
        (DTYPE, "DTYPE"),
        (exactly([0, 2], "int64"), 'exactly([0, 2], "int64")'),
        (normal(), "normal()"),
        (between(-1.0, 1.0)(2, 3), "between(-1.0, 1.0)(2, 3)"),
        (indices(4, "int64")(2), 'indices(4, "int64")(2)'),
        ([as_variable(normal(2))], "[as_variable(normal(2))]"),
    ],
)
def test_values_are_written_as_people_write_them(value, source):
    assert literal(value, "here") == source


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_floats_without_a_literal_read_back(number):
    again = eval(literal(number, "here"))
    assert again == number or (math.isnan(again) and math.isnan(number))


@pytest.mark.parametrize(
    ("value", "plain_value"),
    [
        (np.float64(0.5), 0.5),
        (np.str_("a"), "a"),
        (Colour.RED, 1),
        (Padding.SAME, "SAME"),
        (Outcome.WRONG, "wrong"),
    ],
    ids=repr,
)
def test_subclasses_of_plain_types_are_written_as_these_or_refused(value, plain_value):
    try:
        source = literal(value, "here")
    except UsageError as error:
        assert "here" in str(error)  # noqa: PT017  either is right: a plain value or a refusal
        return
    assert ast.literal_eval(source) == plain_value


@pytest.mark.parametrize("value", [normal, 1j, b"x", {1}, object, np.zeros(2), np.int64(3), len])
def test_other_kinds_are_refused_with_the_place(value):
    with pytest.raises(UsageError) as caught:
        literal([value], "tf.nn.gelu, 2x3, x")
    assert str(caught.value) == (
        f"tf.nn.gelu, 2x3, x: a {type(value).__name__} cannot be written into a test; use inputs "
        "to draw, None, booleans, numbers, strings, and lists, tuples or dicts of these"
    )


# -- Domains that users make ------------------------------------------------------------------


def drawn_with(name):
    return Domain(name, lambda g, shape, c: g.normal(size=shape) + 100)(2)


@pytest.mark.parametrize(
    "name",
    [
        "mine",
        "normal\n",
        "normal)(2)  #",
        "(normal",
        "normal; import os",
        "lambda: 0",
        "normal or 1",
        "",
        "1 / 0",
        "a\0b",
        "x: y",
        "'{{ 7 * 7 }}'",
        "{normal}",
        'f"{normal}"',
        "normal'",
        'normal"',
        "normal\\",
        "np.zeros(-1)",
        "between(2.0, 1.0)",
        "[normal][1]",
    ],
)
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_a_domain_that_the_package_does_not_have_is_refused(name):
    drawn = drawn_with(name)
    with pytest.raises(UsageError) as caught:
        literal(drawn, "tf.nn.gelu, 2, x")
    expected = f"tf.nn.gelu, 2, x: {drawn!r} is not made of the domains of opcheck.domains"
    assert str(caught.value) == expected


def test_a_domain_with_the_name_of_another_is_refused():
    # Written as `normal(2)`, the generated test would draw other values than the row.
    with pytest.raises(UsageError, match=r"here: normal\(2\) is not made of"):
        literal(drawn_with("normal"), "here")


def test_the_name_of_a_domain_is_read_not_run(tmp_path):
    victim = tmp_path / "victim"
    name = f"__builtins__['open']({str(victim)!r}, 'w') and normal"
    with pytest.raises(UsageError, match="is not made of the domains"):
        literal(drawn_with(name), "here")
    assert not victim.exists()


def test_the_domain_of_a_variable_is_looked_at_too():
    with pytest.raises(UsageError, match=r"here: as_variable\(mine\(2\)\) is not made of"):
        literal(as_variable(drawn_with("mine")), "here")


def test_numbers_inside_a_domain_are_plain():
    source = literal(between(np.float64(0.25), 1.0)(2), "here")
    assert names_in([source]) == {"between"}


# -- Names ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    ["tf.raw_ops.MatMul", "opcheck.compositions.gumbel", "pkg.module:name", "pkg:Cls.call", "_a1"],
)
def test_dotted_names_are_targets(target):
    assert checked_target(target) == target


@pytest.mark.parametrize(
    "target",
    [
        "",
        ".",
        "tf.",
        "tf..Exp",
        "1tf.Exp",
        "tf.raw_ops.Exp\n",
        "tf.raw_ops.Exp ",
        'tf.raw_ops.Exp", None)',
        "tf.raw_ops.Exp'",
        "tf.raw_ops.Exp\\",
        "tf.raw_ops.Exp()",
        "tf.raw_ops.Exp; import os",
        "{{ target }}",
        "{target}",
        "a:b:c",
        "pkg:",
        "tf.raw_öps.Exp",
        "tf/raw_ops",
        None,
        3,
    ],
)
def test_anything_else_is_no_target(target):
    with pytest.raises(UsageError) as caught:
        checked_target(target)
    expected = f"target {target!r} is no dotted name such as tf.raw_ops.MatMul"
    assert str(caught.value) == expected


@pytest.mark.parametrize(
    "name", ["", "a b", "a\nb", "a\n", 'a"', "a'", "a\\", "1a", "é", "{{a}}", "{a}", "a=1", "*", 3]
)
def test_what_is_no_identifier_is_no_name(name):
    with pytest.raises(UsageError) as caught:
        checked_name("argument", name)
    assert str(caught.value) == f"argument {name!r} is no Python identifier"


@pytest.mark.parametrize("name", ["class", "lambda", "None", "True"])
def test_a_keyword_is_no_name(name):
    with pytest.raises(UsageError) as caught:
        checked_name("family", name)
    assert str(caught.value) == f"family {name!r} is a keyword of Python"


def test_an_identifier_is_a_name():
    assert checked_name("argument", "keep_dims") == "keep_dims"


# -- Samples and calls ------------------------------------------------------------------------


def test_a_sample_is_written_part_by_part():
    made = sample("a", normal(2), judged=[1], training=False, note="it's", axis=[0])
    assert sample_source(made, "here") == [
        '"a"',
        "normal(2)",
        'note="it\'s"',
        "axis=[0]",
        "judged=[1]",
        "training=False",
    ]


@pytest.mark.parametrize("name", ["a b", "a\n", "x=1, y", "{{a}}", "é", ""])
def test_an_argument_that_is_no_identifier_is_refused_with_the_place(name):
    with pytest.raises(UsageError) as caught:
        sample_source(Sample("a", arguments=((name, 1),)), "tf.f, a")
    assert str(caught.value) == f"tf.f, a: argument {name!r} is no Python identifier"


def test_a_value_that_cannot_be_written_is_refused_with_its_argument():
    with pytest.raises(UsageError, match=r"^tf\.f, a, fn: a function cannot be written"):
        sample_source(Sample("a", arguments=(("fn", lambda: 0),)), "tf.f, a")


def test_a_call_that_fits_stands_on_one_line():
    assert call("f", ["1", "a=2"], indent=8) == "f(1, a=2)"


@pytest.mark.parametrize(("length", "lines"), [(88, 1), (89, 3)])
def test_a_call_is_broken_where_it_would_pass_the_hundredth_column(length, lines):
    # eight of indent, `f(`, the part, `)` and the comma of the list around it
    text = call("f", ["x" * length], indent=8)
    assert len(text.splitlines()) == lines


def test_a_broken_call_has_one_part_a_line():
    part = "x" * 60
    assert call("f", [part, part], indent=4) == f"f(\n        {part},\n        {part},\n    )"


def test_names_in_finds_bare_names_once():
    found = names_in(["sample('a', x=normal(2), y=[DTYPE])", "integers(0, 3)(2)"])
    assert found == {"sample", "normal", "DTYPE", "integers"}


def test_every_domain_of_the_package_can_be_written():
    made = [value(3, 3) for value in vars(domains).values() if isinstance(value, Domain)]
    assert len(made) >= 10
    for drawn in [*made, integers(0, 2)(3)]:
        assert eval(literal(drawn, "here"), vars(domains)) == drawn
        assert isinstance(drawn, Input)


def test_a_slice_is_written_by_its_ends():
    source = literal((slice(None, None, -1), slice(0, 2)), "op, key")
    assert source == "(slice(None, None, -1), slice(0, 2, None))"
    assert eval(source) == (slice(None, None, -1), slice(0, 2))
