"""Errors: what they are, the exit codes they carry, and the names they suggest."""

import pytest

from opcheck import errors
from opcheck.errors import UnknownNameError, in_words, nearest


@pytest.mark.parametrize(
    ("name", "exit_code", "builtin"),
    [
        ("OpcheckError", 2, Exception),
        ("UsageError", 2, ValueError),
        ("UnknownNameError", 2, ValueError),
        ("RecipeError", 2, Exception),
        ("MissingTensorFlowError", 2, ImportError),
        ("TooLargeError", 2, MemoryError),
        ("GeneratedFileError", 1, Exception),
    ],
)
def test_each_error_has_an_exit_code_and_is_what_python_users_catch(name, exit_code, builtin):
    error = getattr(errors, name)
    assert error.exit_code == exit_code
    assert issubclass(error, errors.OpcheckError)
    assert issubclass(error, builtin)


def test_every_error_of_the_module_is_public():
    import opcheck

    named = {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert {name for name in named if name.endswith("Error")} <= set(opcheck.__all__)


def test_an_unknown_name_is_quoted_with_its_nearest():
    error = UnknownNameError("op", "MatMull", ["tf.raw_ops.MatMul", "tf.raw_ops.Exp"])
    assert str(error) == "unknown op 'MatMull'; did you mean tf.raw_ops.MatMul?"
    assert (error.name, error.suggestions) == ("MatMull", ["tf.raw_ops.MatMul"])


def test_several_suggestions_are_joined_by_or_best_first():
    error = UnknownNameError("op", "Tan", ["a.Tanhh", "a.Tanh", "a.Zeta"])
    assert str(error) == "unknown op 'Tan'; did you mean a.Tanh or a.Tanhh?"


def test_nothing_is_suggested_where_nothing_is_alike():
    assert str(UnknownNameError("op", "Zz", ["MatMul"])) == "unknown op 'Zz'"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("matmul", "tf.raw_ops.MatMul"),
        ("mat_mul", "tf.raw_ops.MatMul"),
        ("tf.nn.MatMull", "tf.raw_ops.MatMul"),
        ("EXP", "tf.raw_ops.Exp"),
        ("raw_ops.Exq", "tf.raw_ops.Exp"),
    ],
)
def test_nearest_compares_last_parts_without_case(typed, expected):
    assert nearest(typed, ["tf.raw_ops.Exp", "tf.raw_ops.MatMul", "tf.nn.conv2d"])[0] == expected


def test_nearest_compares_ids_of_cases_as_wholes():
    known = ["Exp/2x3/float64", "Exp/2x3/float32", "Exp/scalar/float64"]
    assert nearest("exp/2x3/float6", known)[0] == "Exp/2x3/float64"


def test_nearest_returns_no_more_than_count():
    known = ["relu2", "relu6", "relu8"]
    assert len(nearest("relu", known, count=3)) == 3
    assert len(nearest("relu", known, count=2)) == 2


def test_nearest_does_not_depend_on_the_order_of_the_known_names():
    known = ["x.Relu", "y.relu", "x.Relu6", "x.Elu"]
    assert nearest("relu", known) == nearest("relu", list(reversed(known)))


KERAS = (
    "Exception encountered when calling {}.call().\n\n\x1b[1m{}\x1b[0m\n\nArguments received by {}"
)
AUTOGRAPH = (
    'in user code:\n\n    File "a.py", line 3, in f  *\n        g(x)\n\n    TypeError: no, not {}\n'
)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("no", "ValueError: no"),
        (KERAS.format("Foo", "no", "Foo"), "ValueError: no\n\nArguments received by Foo"),
        (
            KERAS.format("Foo", KERAS.format("Bar", "no", "Bar"), "Foo"),
            "ValueError: no\n\nArguments received by Bar\n\nArguments received by Foo",
        ),
        (
            AUTOGRAPH.format("this"),
            'TypeError: no, not this\n    File "a.py", line 3, in f  *\n        g(x)',
        ),
    ],
    ids=["plain", "layer", "layer in a layer", "traced"],
)
def test_an_error_says_first_what_is_wrong(message, words):
    assert in_words(ValueError(message)) == words
