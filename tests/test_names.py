"""Public names: walked, accounted for, and what is said about them proved."""

from dataclasses import replace

import pytest

from opcheck import registry
from opcheck.backend import tf
from opcheck.domains import integers, normal
from opcheck.errors import UnknownNameError, UsageError
from opcheck.exclusions import Why, exclude, named
from opcheck.names import Standing, account, is_within
from opcheck.names.claims import broken
from opcheck.names.proofs import falsehood
from opcheck.names.walk import NAMESPACES, chosen, identity, public_names
from opcheck.spec import function, op

# -- The walk ---------------------------------------------------------------------------------


def test_public_names_are_no_modules_and_have_no_underscore():
    names = {name.name: name for name in public_names()}
    assert len(names) > 2500
    assert {"tf.concat", "tf.math.special.dawsn", "keras.ops.numpy.add"} <= names.keys()
    assert "tf.math" not in names
    assert not [name for name in names if "._" in name]
    assert names["tf.math.special.dawsn"].namespace == "tf.math.special"


def test_below_tf_itself_only_what_is_named_is_walked():
    assert {name.namespace for name in public_names(("tf",))} == {"tf"}
    assert "tf.strings.join" not in {name.name for name in public_names()}


def test_namespaces_are_chosen_by_name():
    assert chosen(()) == NAMESPACES
    assert chosen(("tf.math.special",)) == ("tf.math.special",)
    with pytest.raises(UnknownNameError, match=r"unknown namespace 'tf\.mth'.*tf\.math"):
        chosen(("tf.mth",))


def test_what_lies_within_a_namespace():
    assert is_within("tf.math.sin", ("tf.math",))
    assert is_within("tf.math.special.spence", ("tf.math",))
    assert not is_within("tf.math.sin", ("tf",))
    assert not is_within("tf.mathematics", ("tf.math",))


def test_one_object_has_one_identity():
    assert identity(tf.abs) == identity(tf.math.abs)
    assert identity(tf.sin) == identity(tf.raw_ops.Sin)
    assert identity(tf.keras.layers.MaxPool2D) == identity(tf.keras.layers.MaxPooling2D)
    # A function of Python that calls the op is another one.
    assert identity(tf.exp) != identity(tf.raw_ops.Exp)
    assert identity(0) != identity(False)


# -- Accounting -------------------------------------------------------------------------------

SPECIAL = ("tf.math.special",)


def test_a_name_is_unaccounted_for_until_a_row_names_it():
    before = account([], [], SPECIAL)
    assert "tf.math.special.dawsn" in before.unaccounted
    assert not before.is_complete
    after = account([function("tf.math.special.dawsn", x=normal)], [], SPECIAL)
    assert set(before.unaccounted) - set(after.unaccounted) == {"tf.math.special.dawsn"}
    assert after.standing["tf.math.special.dawsn"] is Standing.ROW
    assert after.by_namespace["tf.math.special"][Standing.ROW] == 1


def test_another_name_of_what_has_a_row_is_an_alias():
    found = account([function("tf.math.abs", x=normal)], [], ("tf", "tf.math"))
    assert found.standing["tf.math.abs"] is Standing.ROW
    assert found.standing["tf.abs"] is Standing.ALIAS
    assert found.aliases["tf.abs"] == "tf.math.abs"


def test_a_row_of_an_op_stands_for_the_function_that_is_generated_with_it():
    found = account([op("Sin", x=normal), op("Exp", x=normal)], [], ("tf",))
    assert found.standing["tf.sin"] is Standing.ALIAS
    assert found.aliases["tf.sin"] == "tf.raw_ops.Sin"
    assert found.standing["tf.exp"] is Standing.UNACCOUNTED


def test_one_name_of_an_object_is_excluded_for_all_of_them():
    found = account([], [exclude(Why.NO_FLOATING_RESULT, "tf.argmax", normal(3))], ("tf.math",))
    assert found.reasons == {"tf.math.argmax": Why.NO_FLOATING_RESULT}
    assert found.by_reason == {Why.NO_FLOATING_RESULT: 1}
    assert found.to_dict()["reasons"] == {str(Why.NO_FLOATING_RESULT): 1}
    assert found.false == {}


def test_an_exclusion_that_is_not_true_is_told():
    found = account([], [exclude(Why.NO_FLOATING_RESULT, "tf.math.exp", normal(3))], ("tf.math",))
    assert found.false == {
        "tf.math.exp": "integer, boolean or string results alone: it returns a floating tensor"
    }
    assert not found.is_complete


def test_what_has_a_row_must_not_be_excluded_too():
    row = function("tf.math.exp", x=normal)
    found = account([row], [exclude(Why.NO_TENSOR, "tf.exp", normal(3))], ("tf.math",))
    assert found.false == {"tf.exp": "it has a row, tf.math.exp"}


def test_a_name_is_excluded_once():
    entry = exclude(Why.VALUE, "tf.newaxis")
    assert "twice" in account([], [entry, entry], ("tf",)).false["tf.newaxis"]


def test_an_exclusion_of_what_there_is_not_is_stale_and_no_error():
    found = account([], [exclude(Why.VALUE, "tf.quantization.old")], ("tf.quantization",))
    assert found.stale == ("tf.quantization.old",)
    assert found.false == {}
    assert account([], [exclude(Why.VALUE, "tf.quantization.old")], SPECIAL).stale == ()


# -- The proofs -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "entry",
    [
        exclude(Why.VALUE, "tf.newaxis"),
        exclude(Why.VALUE, "tf.experimental.numpy.float32"),
        exclude(Why.CLASS, "tf.Module"),
        exclude(Why.TYPE, "tf.Tensor"),
        exclude(Why.SWITCH, "tf.experimental.numpy.experimental_enable_numpy_behavior"),
        exclude(Why.ABSTRACT, "keras.losses.Loss", normal(2), normal(2)),
        exclude(Why.NO_TENSOR, "tf.is_tensor", normal(2)),
        exclude(Why.NO_FLOATING_RESULT, "tf.argmax", normal(3)),
        exclude(Why.NO_FLOATING_RESULT, "tf.shape", normal(3)),
        exclude(Why.NO_FLOATING_INPUT, "tf.zeros", [2]),
        # A size becomes an integer, whatever it comes as.
        exclude(Why.NO_FLOATING_INPUT, "tf.eye", 3),
        exclude(Why.NO_FLOATING_INPUT, "keras.layers.Hashing", integers(0, 5)(3), num_bins=3),
        exclude(Why.FILE, "tf.load_op_library", "no/such/file"),
        exclude(Why.BACKEND, "keras.layers.TorchModuleWrapper", normal(2), module=None),
    ],
    ids=lambda entry: entry.names[0],
)
def test_a_reason_that_is_true(entry):
    assert falsehood(entry, entry.names[0]) == ""


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (exclude(Why.VALUE, "tf.abs"), "it can be called"),
        (exclude(Why.CLASS, "tf.abs"), "it is no class"),
        (exclude(Why.CLASS, "tf.keras.layers.Dense"), "its instances can be called"),
        (exclude(Why.CLASS, "tf.Variable"), "its instances are tensors"),
        (exclude(Why.CLASS, "tf.IndexedSlices"), "its instances are tensors"),
        (exclude(Why.TYPE, "tf.Variable"), "it is another type"),
        (exclude(Why.SWITCH, "tf.abs"), "it takes x"),
        (exclude(Why.ABSTRACT, "keras.losses.MeanSquaredError", normal(2), normal(2)), "called"),
        (exclude(Why.NO_TENSOR, "tf.abs", normal(2)), "it returns a tensor"),
        (
            exclude(Why.NO_TENSOR, "tf.recompute_grad", named("tf.sin")),
            "it makes a function of a function",
        ),
        (exclude(Why.NO_FLOATING_RESULT, "tf.abs", normal(2)), "it returns a floating tensor"),
        (exclude(Why.NO_FLOATING_RESULT, "tf.print", normal(2), end=""), "it returns no tensor"),
        # Its sample is of integers: with floating tensors it returns such.
        (exclude(Why.NO_FLOATING_RESULT, "tf.abs", integers(0, 5)(3)), "when argument 0 is"),
        (exclude(Why.NO_FLOATING_RESULT, "tf.sign", integers(0, 5)(3)), "when argument 0 is"),
        (exclude(Why.NO_FLOATING_RESULT, "tf.cast", normal(2), "int32"), "when dtype='float32'"),
        (exclude(Why.NO_FLOATING_INPUT, "tf.abs", normal(2)), "its own sample gives it"),
        (exclude(Why.NO_FLOATING_INPUT, "tf.fill", [2], 1), "when argument 1 is"),
        # Neither names the argument that may be a tensor: its default is a number.
        (exclude(Why.NO_FLOATING_INPUT, "tf.random.normal", [2]), "when mean is"),
        (exclude(Why.NO_FLOATING_INPUT, "tf.signal.kaiser_window", 4), "when beta is"),
        (exclude(Why.NO_FLOATING_INPUT, "tf.zeros", "no shape"), "its sample cannot be called"),
        (exclude(Why.FILE, "tf.abs", normal(2)), "without a file"),
        (exclude(Why.FILE, "tf.abs"), "its sample cannot be called"),
        (exclude(Why.BUILD, "tf.abs", normal(2)), "with this build"),
        (exclude(Why.BACKEND, "keras.layers.Dense", normal(1, 2), units=2), "with this backend"),
        (
            exclude(
                Why.NO_TENSOR, "keras.layers.serialize", named("keras.layers.Dense", units=0.5)
            ),
            "its sample cannot be called",
        ),
    ],
    ids=lambda value: f"{value.why.name}-{value.names[0]}" if hasattr(value, "why") else "",
)
def test_a_reason_that_is_not(entry, said):
    assert said in falsehood(entry, entry.names[0])


def test_a_proof_leaves_the_global_generator_as_it_was():
    generator = tf.random.get_global_generator()
    entry = exclude(
        Why.NO_TENSOR,
        "tf.random.set_global_generator",
        named("tf.random.Generator", state=[1, 2, 3], alg="philox"),
    )
    assert falsehood(entry, entry.names[0]) == ""
    assert tf.random.get_global_generator() is generator


@pytest.mark.parametrize(
    ("names", "arguments", "message"),
    [
        ("abs", (), "'abs' must be a dotted name"),
        (("tf.abs", "tf.abs"), (), "written once"),
        ("tf.newaxis", (1,), "VALUE is seen without a call"),
    ],
)
def test_a_line_that_says_nothing_is_refused(names, arguments, message):
    with pytest.raises(UsageError, match=message):
        exclude(Why.VALUE, names, *arguments)


# -- Claims of rows ---------------------------------------------------------------------------


def test_a_row_that_calls_what_it_covers_accounts_for_it():
    row = function(
        "opcheck.compositions.map_rows",
        x=normal(3, 2),
        y=normal(3, 2),
        covers=("StatelessWhile", "tf.map_fn"),
    )
    assert row.covered_ops == ("StatelessWhile",)
    assert row.covered_names == ("tf.map_fn",)
    assert broken([row]) == {}
    found = account([row], [], ("tf",))
    assert found.standing["tf.map_fn"] is Standing.ROW
    assert found.broken == {}


def test_a_claim_of_what_is_never_called_is_told():
    row = function(
        "opcheck.compositions.map_rows",
        x=normal(3, 2),
        y=normal(3, 2),
        covers=("tf.map_fn", "tf.scan", "tf.nn.no_such_name"),
    )
    found = broken([row])
    assert found["opcheck.compositions.map_rows covers tf.scan"] == "it is never called"
    assert (
        "lacks tf.nn.no_such_name"
        in found["opcheck.compositions.map_rows covers tf.nn.no_such_name"]
    )
    assert not account([row], [], ("tf",)).is_complete


def test_what_only_surrounds_a_call_does_not_count():
    # The tensors of any case are made by it, outside of the function under test.
    row = function("opcheck.compositions.python_function", x=normal(), y=normal())
    assert broken([replace(row, covers=("tf.constant",))]) != {}


def test_a_class_is_covered_by_making_an_instance():
    rows = [row for row in registry.rows() if "tf.TensorArray" in row.covers]
    assert rows != []
    assert broken(rows) == {}
    assert broken([replace(rows[0], covers=("tf.Variable",))]) != {}


def test_every_claim_of_the_registry_holds():
    assert broken(registry.rows()) == {}


def test_every_exclusion_of_the_registry_is_true():
    found = account(registry.rows(), registry.exclusions())
    assert found.false == {}
    assert found.stale == ()
