"""The audit of layers, models and functions: planted defects, and what it asks for."""

import keras
import numpy as np
import pytest

import opcheck
from opcheck.auditing.building import subject_of
from opcheck.auditing.finding import find_targets, has_custom_gradient
from opcheck.auditing.records import Unaudited, told_apart
from opcheck.backend import tf
from opcheck.errors import UnknownNameError, UsageError
from opcheck.modes import POLICIES
from opcheck.spec import sample
from tests.audited import right, wrong

# What must be found in each planted layer: the check that finds it, its outcome, and its words.
PLANTED = {
    "lost_factor": ("gradient", "wrong", "scaled by 0.5"),
    "Transposed": ("inference", "wrong", "kernel is transposed"),
    "Stopped": ("weights", "missing", "gain changes the output and gets no gradient"),
    "ThroughNumpy": ("inference", "missing", "gain: "),
    "LogarithmTrap": ("input=zeros", "nan", "is nan"),
    "LengthTrap": ("input=zeros", "nan", "is nan"),
    "CutByMask": ("mask", "missing", "with a mask, input gets no gradient"),
    "WrongInTraining": ("training", "wrong", "negated"),
    "WrongInGraph": ("graph", "mode_mismatch", "scaled by 0.5"),
    "Drifting": ("state", "inconclusive", "a call in inference changes what the next one gives"),
}
RIGHT = (
    "Affine",
    "Block",
    "Image",
    "Attend",
    "Lookup",
    "MaskedMean",
    "SafeNorm",
    "soft_step",
    "Noise",
    "Sized",
)


# What only one look sees: with further options of the audit, the check, its outcome, and its words.
HIDDEN = {
    "WrongByXla": ({}, "xla", "mode_mismatch", "scaled by 0.5"),
    "UnscaledTwice": ({"policies": POLICIES}, "mixed_float16", "wrong", "scaled by 0.12"),
    "WrongInBrainFloat": ({"policies": POLICIES}, "mixed_bfloat16", "wrong", "negated"),
    "HugeMask": ({"policies": POLICIES}, "mixed_float16", "nan", "returns NaN"),
    "TinyEpsilon": (
        {"policies": POLICIES},
        "mixed_float16, input=zeros",
        "nan",
        "not finite at zeros",
    ),
    "WrongInSingle": ({}, "float32", "wrong", "scaled by 1.01"),
    "WrongSecond": ({"order": 2}, "order 2", "wrong", "scaled by 0.5"),
    "Unsteady": ({}, "state", "inconclusive", "draws numbers that no seed replays"),
    "Untracked": ({}, "weights", "missing", "no optimizer will train it"),
}


def names(module):
    return [name.partition(":")[2] for name in find_targets(module)]


def test_all_twenty_are_found_and_nineteen_need_no_recipe():
    assert sorted(names("tests.audited")) == sorted([*PLANTED, *RIGHT])
    assert names("tests.audited.wrong") == list(PLANTED)
    needy = [name for name in RIGHT if hasattr(getattr(right, name), "__opcheck_recipe__")]
    assert needy == ["Sized"]


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_defect_is_named(name):
    check, outcome, words = PLANTED[name]
    report = opcheck.audit(f"tests.audited.wrong:{name}")
    assert not report.passed
    first = report.defects[0]
    assert (first.name, str(first.outcome)) == (check, outcome)
    assert words in first.diagnosis
    assert words in report.line
    assert words in report.explain()
    assert report.to_dict()["diagnosis"] == first.diagnosis


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_one_passes(name):
    report = opcheck.audit(f"tests.audited.right:{name}")
    assert report.passed, report.explain()
    assert report.compared > 0


@pytest.mark.parametrize("name", HIDDEN)
def test_a_hidden_defect_is_named(name):
    options, check, outcome, words = HIDDEN[name]
    report = opcheck.audit(f"tests.hidden_defects:{name}", **options)
    [defect] = report.defects
    assert (defect.name, str(defect.outcome)) == (check, outcome)
    assert words in report.line


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("WrongByXla", {"modes": ("forward", "graph")}),
        ("UnscaledTwice", {"policies": ("mixed_bfloat16",)}),
        ("HugeMask", {}),
        ("WrongSecond", {}),
    ],
)
def test_nothing_else_sees_it(name, options):
    report = opcheck.audit(f"tests.hidden_defects:{name}", **options)
    assert report.passed, report.explain()


def test_what_xla_cannot_compile_is_noted():
    report = opcheck.audit("tests.hidden_defects:ByPython")
    assert report.passed, report.explain()
    assert "xla" not in [check.name for check in report.checks]
    [note] = report.notes
    assert note.startswith("xla: ")
    assert note.endswith("PyFunc")


def test_an_instance_is_made_anew_under_a_policy():
    layer = keras.layers.Dense(2, activation="tanh")
    report = opcheck.audit(layer, [(2, 3)], modes=(), policies=POLICIES)
    assert {"mixed_float16", "mixed_bfloat16"} <= {check.name for check in report.checks}
    assert report.passed, report.explain()


def test_a_gradient_in_half_precision_is_found():
    class Halved(keras.layers.Layer):
        def call(self, x):
            @tf.custom_gradient
            def doubled(x):
                return 2 * x, lambda dy: tf.cast(tf.cast(2.003 * dy, tf.float16), dy.dtype)

            return doubled(x)

    report = opcheck.audit(Halved)
    assert report.defects[0].name == "inference"
    assert "scaled by 1.00" in report.line


def test_a_variable_that_keras_does_not_know_is_found():
    class Untracked(keras.layers.Layer):
        def build(self, shape):
            self.gain = tf.Variable(tf.ones(shape[-1:], self.dtype), name="gain")

        def call(self, x):
            return x * self.gain

    assert "no optimizer will train it" in opcheck.audit(Untracked).line


def test_each_precision_has_its_policy_in_the_call_too():
    class Shared(keras.layers.Layer):
        def call(self, x):
            return x / tf.sqrt(tf.cast(tf.shape(x)[-1], keras.config.floatx()))

    report = opcheck.audit(Shared)
    assert report.passed, report.explain()
    assert "float32" in [check.name for check in report.checks]


class Scaled(tf.Module):
    """No layer of this Keras, and yet it has a weight; the gradient of it is lost by half."""

    def __init__(self, units: int, is_right: bool = True):
        super().__init__()
        self.units = units
        self.share = 1.0 if is_right else 0.5

    def __call__(self, x):
        if not hasattr(self, "kernel"):
            self.kernel = tf.Variable(tf.ones([x.shape[-1], self.units], x.dtype), name="kernel")

        @tf.custom_gradient
        def passed(kernel):
            return tf.identity(kernel), lambda grad: self.share * grad

        return tf.tanh(tf.matmul(x, passed(tf.identity(self.kernel))))


def test_the_variables_of_a_module_are_judged():
    report = opcheck.audit(Scaled, modes=())
    assert report.passed, report.explain()
    assert report.built == "Scaled(units=4) called with normal(2, 3)"
    assert len(report.checks[0].report.parts) == 2
    assert "float32" in [check.name for check in report.checks]
    wrong = opcheck.audit(Scaled(2, is_right=False), [(3, 3)], modes=())
    assert "kernel: the gradient is scaled by 0.5" in wrong.line


def test_an_instance_keeps_its_weights():
    layer = keras.layers.Dense(2)
    layer.build((None, 3))
    before = layer.get_weights()
    assert opcheck.audit(layer, [(2, 3)], modes=()).passed
    for old, new in zip(before, layer.get_weights()):
        np.testing.assert_array_equal(old, new)


def test_a_large_layer_is_judged_along_directions():
    report = opcheck.audit(keras.layers.Dense(300, activation="tanh"), [(8, 200)])
    assert report.passed, report.explain()
    assert any(note.startswith("it is large") for note in report.notes)


def test_an_embedding_is_given_integers():
    report = opcheck.audit(keras.layers.Embedding(5, 2), [np.array([[0, 1], [3, 3]])], modes=())
    assert report.passed, report.explain()


def test_numbers_that_differ_are_shown_to_differ():
    assert told_apart(1.0, 2.0) == ("1", "2")
    assert told_apart(656.0, 655.99996) == ("656", "655.99996")
    assert told_apart(1.0, 1.0 + 2**-52) == ("1", "1.0000000000000002")


# -- Models with a loss -----------------------------------------------------------------------


def classifier(*layers):
    tf.keras.utils.set_random_seed(0)
    generator = np.random.default_rng(0)
    model = keras.Sequential([keras.layers.Dense(8, activation="relu"), *layers])
    x = generator.normal(size=(16, 5)).astype("float32")
    return model, x, generator.normal(size=(16, 3)).astype("float32")


class Turned(keras.layers.Layer):
    """A kernel whose gradient is half of what it should be."""

    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(shape[-1], 3))

    def call(self, x):
        @tf.custom_gradient
        def halved(kernel):
            return tf.identity(kernel), lambda dy: dy / 2

        return tf.matmul(x, halved(tf.identity(self.kernel)))


def test_a_models_loss_is_judged_by_every_variable():
    model, x, y = classifier(keras.layers.Dense(3))
    report = opcheck.audit(model, [x, y], loss=keras.losses.mean_squared_error)
    assert report.passed, report.explain()
    assert report.compared == 4
    assert report.checks[0].report.evaluations < 40


def test_the_wrong_variable_of_a_model_is_named():
    model, x, y = classifier(Turned())
    report = opcheck.audit(model, [x], targets=y, loss=keras.losses.MeanSquaredError())
    assert "kernel: the gradient is scaled by about 0.5" in report.line
    bad = [part.input for part in report.checks[0].report.parts if not part.outcome.is_good]
    assert len(bad) == 1
    assert "/turned" in bad[0]


def test_a_loss_of_the_outputs_alone():
    model, x, _ = classifier(keras.layers.Dense(3))
    assert opcheck.audit(model, [x], loss=lambda out: tf.reduce_sum(out**2)).passed


# -- What it asks for -------------------------------------------------------------------------


class NeedsWord(keras.layers.Layer):
    def __init__(self, plan, **options):
        super().__init__(**options)
        self.plan = plan

    def call(self, x):
        return x * self.plan


class Unbuildable(keras.layers.Layer):
    def __init__(self, units: int):
        raise RuntimeError("no such device")

    def call(self, x):
        return x


class Picky(keras.layers.Layer):
    def call(self, x):
        return tf.ensure_shape(x, (7, 11, 13))


@pytest.mark.parametrize(
    ("target", "options", "message"),
    [
        (NeedsWord, {}, "NeedsWord needs `plan`: no default, .* give a recipe"),
        (Unbuildable, {}, "cannot be built with units=4: RuntimeError: no such device"),
        (Picky, {}, "Picky takes none of the .* inputs that were tried"),
        (Picky, {"inputs": [(2, 3)]}, r"Picky rejects its inputs normal\(2, 3\)"),
        (Picky, {"inputs": (2, 3)}, "rejects its inputs"),
        (Picky, {"inputs": 3}, "inputs must be a list"),
        (3, {}, "3|int"),
        ("tests.audited.wrong:Stoped", {}, "did you mean Stopped"),
        ("no.such:thing", {}, "there is no module 'no'"),
        (right.Lookup, {"inputs": [(2, 3)]}, "integer inputs are written 2x3:int32"),
        (right.Affine, {"policies": ["float16"]}, "expected some of mixed_float16"),
        (Picky, {"order": 4}, "order=4 must be one of"),
        (right.Affine, {"loss": abs}, "inputs must hold the batch"),
    ],
)
def test_what_cannot_be_audited_is_explained(target, options, message):
    with pytest.raises(UsageError, match=message):
        opcheck.audit(target, **options)


def test_the_errors_of_inputs_are_told_and_not_what_keras_puts_around_them():
    with pytest.raises(UsageError) as caught:
        opcheck.audit(Picky)
    assert "is not compatible with expected shape [7,11,13]" in str(caught.value)
    assert "Exception encountered" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_an_unknown_mode_is_named():
    with pytest.raises(UnknownNameError, match="did you mean graph"):
        opcheck.audit(right.Affine, modes=["graf"])


def test_a_recipe_is_enough():
    given = sample("audit", plan=2.0)
    assert opcheck.audit(NeedsWord, [(2, 2)], recipe=given, modes=()).passed


def test_shapes_are_found_by_trying():
    assert repr(subject_of(right.Image, "Image").sample.inputs) == "(normal(2, 4, 4, 3),)"
    assert repr(subject_of(right.Lookup, "Lookup").sample.inputs) == "(indices(3)(2, 3),)"
    assert len(subject_of(right.Attend, "Attend").sample.inputs) == 2


class Spread(keras.layers.Layer):
    """Takes the nodes of a graph and how they are coupled."""

    def call(self, inputs):
        nodes, coupling = (tf.ensure_shape(one, [4, None]) for one in inputs)
        return tf.tanh(tf.matmul(coupling, nodes))


def test_nodes_and_their_coupling_are_tried():
    [inputs] = subject_of(Spread, "Spread").sample.inputs
    assert repr(inputs) == "[normal(4, 3), normal(4, 4)]"


class Products(keras.layers.Layer):
    """Takes a list, and in an eager call a tensor just as well."""

    def call(self, inputs):
        first, *others = list(inputs)
        return tf.concat([first * other for other in others], axis=-1)


def test_a_list_is_tried_where_a_tensor_only_passes_for_one():
    [inputs] = subject_of(Products, "Products").sample.inputs
    assert repr(inputs) == "[normal(2, 3), normal(2, 3)]"


def test_what_is_no_target_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "plain_of_all.py").write_text("import numpy as np\nx = 3\n")
    (tmp_path / "raising_on_import.py").write_text("raise RuntimeError('not today')\n")
    [plain] = find_targets("plain_of_all")
    assert isinstance(plain, Unaudited)
    assert "there is no Keras layer" in plain.reason
    [raising] = find_targets("raising_on_import")
    assert raising.reason == "it raises on import: RuntimeError: not today"
    [nowhere] = find_targets(str(tmp_path / "nowhere.py"))
    assert "does not exist" in nowhere.reason


def test_a_file_is_a_target(tmp_path):
    (tmp_path / "layers_in_a_file.py").write_text(
        "import keras\nclass Twice(keras.layers.Layer):\n    def call(self, x): return 2 * x\n"
    )
    assert find_targets(str(tmp_path / "layers_in_a_file.py")) == ["layers_in_a_file:Twice"]


def test_custom_gradients_are_told_by_their_decorator():
    assert has_custom_gradient(wrong.lost_factor)
    assert has_custom_gradient(tf.function(wrong.lost_factor).python_function)
    assert not has_custom_gradient(tf.nn.relu)
