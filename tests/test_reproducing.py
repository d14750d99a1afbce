"""`opcheck repro`: cases made smaller, functions copied out, scripts that show a defect alone."""

import ast
import contextlib
import importlib
import io
import textwrap

import numpy as np
import pytest

from opcheck import registry
from opcheck.backend import tf
from opcheck.cases import Case, select_cases
from opcheck.domains import indices, normal
from opcheck.outcome import Outcome
from opcheck.pipeline import target_case
from opcheck.reproducing.fixed import Fixed, fixed, fixed_inputs
from opcheck.reproducing.inlining import CannotInlineError, Inliner, Runs
from opcheck.reproducing.reproduction import NotReproducedError, _exception, reproduce
from opcheck.reproducing.script import LINES, _array, _tensor, identifier
from opcheck.reproducing.shrinking import Likeness, shrunk
from opcheck.reproducing.spelling import spelled, subject
from opcheck.spec import Kind, sample
from tests.examples import a_part, a_report


def run(text):
    """The exit code of a script, and what it prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile(text, "script.py", "exec"), {"__name__": "__main__"})
        except SystemExit as end:
            return end.code, printed.getvalue()
    raise AssertionError("the script does not end by itself")


@pytest.fixture(autouse=True)
def control_flow():
    """A script may choose frames, which is for its whole process."""
    yield
    tf.compat.v1.enable_control_flow_v2()


def case_of(pattern):
    return select_cases(registry.rows(), [pattern])[0]


def exit_code(text):
    """Of a script; one that an error of its own ends shows nothing."""
    try:
        return run(text)[0]
    except Exception:
        return 3


def script_of(pattern, tries=8):
    return reproduce(case_of(pattern), tries=tries, run=exit_code).script


def imported(text):
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import)]
    assert not [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.ImportFrom)]
    return {alias.name for node in nodes for alias in node.names}


# -- Scripts ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "shows"),
    [
        # The output has no entry to pick, so the script sums nothing, whose slope is zero.
        ("tf.raw_ops.UnsortedSegmentMax/no-segments-2", "return tf.reduce_sum("),
        # The graph takes the result for one of rank four, so it is picked when it is flat.
        ("opcheck.branches.in_graph/ExtractVolumePatches-1x2x3x3x1-known=ranks", ", [-1])["),
        # By frames alone the gradient function reaches the op that does not take the handle.
        ("opcheck.compositions.array_concat/3-version=V1/complex128", "except TypeError as error"),
    ],
)
def test_of_a_derivative_that_raises(pattern, shows):
    script = script_of(pattern, tries=0)
    code, printed = run(script)
    assert shows in script
    assert code == 1
    assert printed.startswith("analytic")
    assert "numeric" in printed


def test_of_a_gradient_with_too_few_entries():
    script = script_of("opcheck.compositions.csr_sparse_matmul_in_graph/empty_row-3_2", tries=0)
    code, printed = run(script)
    assert code == 1
    assert printed.startswith("the gradient has shape (2,) and the input (3,)\nanalytic None")


def test_whole_numbers_of_a_loss_are_a_tensor():
    script = script_of("tf.keras.losses.CTC/1x2x3-1=huge/float32/special", tries=0)
    assert "layer(tf.constant([[1, 2]]), y_pred)" in script
    assert run(script)[0] == 1


@pytest.mark.parametrize(
    ("pattern", "analytic"),
    [
        pytest.param("Acos/2x3-x=low/float64/special", "analytic nan", id="nan"),
        pytest.param("BesselI0e/2x3-x=huge/float64/special", "analytic 0.0", id="wrong"),
        pytest.param("Snapshot/2x3/complex128/jacobian", "analytic LookupError", id="unregistered"),
        pytest.param("opcheck.compositions.numpy_function", "analytic None", id="declared"),
        pytest.param("BandedTriangularSolve/diagonal-*", "the gradient has shape", id="shape"),
        pytest.param("Qr/tall-full-*", "analytic NotImplementedError", id="crash"),
        pytest.param("tf.keras.layers.Masking/*-0=zeros/float64/special", "0.0", id="layer"),
        pytest.param("*.frame_while_second/*", "analytic TypeError: Second-order", id="session"),
        pytest.param("*.xla_einsum/sum-*/complex64/*", "analytic ValueError: Einsum", id="xla"),
        pytest.param("*.tensor_array_taped/*", "analytic ValueError: Expected op", id="taped"),
        pytest.param("*.of_composites/maximum-*", "analytic TypeError: _Sparse", id="sparse"),
        pytest.param("*.rows_in_graph/ConcatV2-drawn-*", "statically-known", id="rows-in-graph"),
        pytest.param("*.branches.in_graph/Qr-*", "with dynamic shapes", id="unknown-shape"),
        pytest.param("*.linear_operator/FullMatrix-determ*", "analytic", id="operator"),
    ],
)
def test_a_script_shows_the_defect_alone(pattern, analytic):
    text = script_of(pattern)
    assert text.count("\n") <= LINES
    assert imported(text) == {"numpy", "tensorflow"}
    assert "opcheck" not in text.split('"""')[2]
    code, printed = run(text)
    assert code == 1
    assert analytic in printed
    assert "numeric " in printed


def test_a_script_for_a_tie_moves_all_that_is_tied():
    text = script_of("tf.keras.layers.MaxPooling3D/*-0=ti*/float32/special", tries=0)
    code, printed = run(text)
    assert code == 1
    assert "along `step`" in text
    values = [float(line.split()[1]) for line in printed.splitlines()]
    assert values == pytest.approx([2.0, 1.0], rel=1e-2)


def test_a_script_of_a_variable_moves_it():
    # Some smaller cases of this op end the process.
    text = script_of("*.gather_of_variable/batch_dims-*", tries=0)
    assert "at = tf.Variable(x)" in text
    code, printed = run(text)
    assert code == 1
    assert "analytic InvalidArgumentError" in printed


def test_a_case_that_passes_has_no_script():
    found = reproduce(case_of("Exp/2x3/float64/jacobian"))
    assert found.script == ""
    assert found.report.outcome is Outcome.PASS


def test_a_script_that_does_not_show_the_defect_is_not_handed_out():
    with pytest.raises(NotReproducedError, match="a script for it exits with 0, not with 1"):
        reproduce(case_of("Acos/2x3-x=low/float64/special"), tries=0, run=lambda text: 0)


USERS = """
    import tensorflow as tf

    RATE = 3.0

    def _helped(x):
        '''Words.'''
        return tf.sin(x) * RATE

    @tf.custom_gradient
    def bent(x):
        y = _helped(x)
        return y, lambda dy: 1.5 * dy * tf.cos(x)

    def of_two(x, w):
        return bent(x) * tf.reduce_sum(w)

    @tf.custom_gradient
    def doubled(w):
        return w * w, lambda dy: 3.0 * dy * w

    class Scaling(tf.keras.layers.Layer):
        def build(self, shape):
            self.factor = self.add_weight(shape=(shape[-1],), name="factor")

        def call(self, x):
            return x * doubled(tf.convert_to_tensor(self.factor))
"""


@pytest.fixture
def users(tmp_path, monkeypatch):
    """The name of a module of a user's."""
    (tmp_path / "users_own.py").write_text(textwrap.dedent(USERS), encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return "users_own"


def test_a_users_function_is_copied_and_a_mended_one_exits_with_0(users):
    case, found = target_case(f"{users}:of_two", [((3,), "float64"), ((2,), "float64")])
    text = reproduce(case, found, run=lambda text: run(text)[0]).script
    assert imported(text) == {"numpy", "tensorflow"}
    assert "Words" not in text
    assert "np.array([" not in text, "it shrinks to a scalar"
    assert run(text)[0] == 1
    mended = text.replace("1.5 * dy", "3.0 * dy")
    assert mended != text
    assert run(mended)[0] == 0


def test_a_weight_is_what_a_layers_script_moves(users):
    case, found = target_case(f"{users}:Scaling", [((2, 3), "float64")])
    text = reproduce(case, None, run=lambda text: run(text)[0]).script
    assert "layer.trainable_variables[0].assign(" in text
    assert run(text)[0] == 1
    assert run(text.replace("3.0 * dy", "2.0 * dy"))[0] == 0
    assert isinstance(found, type)


# -- Smaller cases ----------------------------------------------------------------------------


def held(arrays, **arguments):
    """A case of a function of nothing, at these arrays."""
    drawn = {name: normal(*array.shape) for name, array in arrays.items()}
    case = Case(Kind.FUNCTION, "f", sample("s", **drawn, **arguments), "float64", "jacobian", "")
    return fixed(case, arrays.values())


def arrays_of(case):
    return [value.array for value in fixed_inputs(case.sample)]


def test_shapes_shrink_together_with_the_numbers_that_name_them():
    case = held({"a": np.ones((3, 5)), "b": np.ones((5, 4))}, size=5, axis=0)

    def holds(candidate):
        arguments = dict(candidate.sample.arguments)
        if not {"a", "b"} <= set(arguments):
            return False
        a, b = arrays_of(candidate)
        return a.ndim == b.ndim == 2 and a.shape[1] == b.shape[0] == arguments.get("size") >= 2

    small = shrunk(case, holds)
    assert [array.shape for array in arrays_of(small)] == [(1, 2), (2, 1)]
    assert dict(small.sample.arguments)["size"] == 2
    assert "axis" not in dict(small.sample.arguments)


def test_values_get_rounder_without_new_zeros_or_ties():
    case = held({"x": np.array([0.0, 0.2486, 1.2486, -0.7])})
    small = shrunk(case, lambda candidate: [a.shape for a in arrays_of(candidate)] == [(4,)])
    np.testing.assert_array_equal(arrays_of(small)[0], [0.0, 0.2, 1.2, -0.7])


def test_axes_of_length_one_go():
    case = held({"x": np.full((2, 1, 3), 0.5)})
    small = shrunk(case, lambda candidate: len(arrays_of(candidate)) == 1)
    assert arrays_of(small)[0].shape == ()


def test_indices_stay_within_a_shorter_axis():
    case = Case(
        Kind.FUNCTION, "f", sample("s", x=normal(4), i=indices(4)(2)), "float64", "jacobian", ""
    )
    case = fixed(case, [np.arange(1.0, 5.0), np.array([3, 1], "int32")])

    def holds(candidate):
        if len(arrays_of(candidate)) < 2:
            return False
        x, i = arrays_of(candidate)
        return x.ndim == 1 and i.ndim == 1 and i.size == 2 and int(i.max()) < x.size

    x, i = arrays_of(shrunk(case, holds))
    assert x.size == 1
    assert i.tolist() == [0, 0]


def test_nothing_is_tried_beyond_the_limit():
    asked = []
    case = held({"x": np.ones((4, 4))})
    assert shrunk(case, lambda candidate: asked.append(1) is not None, tries=7) is case
    assert len(asked) == 7


def test_a_fixed_case_is_the_drawn_one():
    from opcheck.targets import evaluate_case

    case = case_of("MatMul/*/float64/jacobian")
    drawn = evaluate_case(case)
    again = evaluate_case(fixed(case, [primal.point for primal in drawn.primals]))
    np.testing.assert_array_equal(again.value, drawn.value)


@pytest.mark.parametrize(
    ("part", "is_like"),
    [
        ({"cause": "the gradient of out[0] is scaled by 2"}, True),
        ({"cause": "the gradient is zero everywhere"}, False),
        ({"outcome": Outcome.NAN, "cause": "the gradient is scaled by 2"}, False),
        ({"gap": 1000.0, "cause": "the gradient is scaled by 2"}, False),
    ],
)
def test_the_same_defect_has_outcome_size_and_diagnosis(part, is_like):
    first = a_part(Outcome.WRONG, gap=1.0, cause="the gradient is scaled by 2")
    outcome = part.pop("outcome", Outcome.WRONG)
    other = a_part(outcome, **{"gap": 1.0, **part})
    assert Likeness(a_report(Outcome.WRONG, first))(a_report(outcome, other)) is is_like


# -- Copies and literals ----------------------------------------------------------------------


def test_what_a_function_needs_comes_before_it(users):
    inliner = Inliner()
    assert inliner.add(users, "of_two") == "of_two"
    assert list(inliner.sources) == ["RATE", "_helped", "bent", "of_two"]
    assert inliner.imports == []


def test_what_cannot_be_copied_is_said(users):
    with pytest.raises(CannotInlineError, match="users_own does not define no_such in Python"):
        Inliner().add(users, "no_such")
    with pytest.raises(CannotInlineError, match="math has no Python source"):
        Inliner().add("math", "sin")


@pytest.mark.parametrize(
    ("name", "runs", "decorators"),
    [
        ("opcheck.compositions.loops.while_raw", Runs.EAGERLY, ["tf.function(autograph=False)"]),
        ("opcheck.compositions.version_1.frame_while", Runs.IN_SESSION, []),
        (
            "opcheck.compositions.passing.xla_einsum",
            Runs.IN_SESSION,
            ["tf.function(autograph=False, jit_compile=True)"],
        ),
        ("opcheck.compositions.loops.while_pop", Runs.TAPED_WITHIN, []),
        ("opcheck.compositions.control_flow.python_function", Runs.EAGERLY, []),
    ],
)
def test_a_wrapper_of_opchecks_own_becomes_how_the_function_runs(name, runs, decorators):
    inliner = Inliner()
    module, _, function = name.rpartition(".")
    inliner.add(module, function)
    assert inliner.runs is runs
    node = ast.parse(inliner.sources[function]).body[0]
    assert [ast.unparse(decorator) for decorator in node.decorator_list] == decorators
    assert not {"in_graph", "in_session", "compiled", "taped_within"} & set(inliner.sources)


def spelling_of(target, **arguments):
    """The source of a call whose input is `x`."""
    case = Case(
        Kind.FUNCTION, f"opcheck.{target}", sample("s", **arguments), "float64", "jacobian", ""
    )
    size = sum(1 for _ in case.sample.named_inputs())
    case = fixed(case, [np.ones(2)] * size)
    said = spelled(case, lambda value: "x" if isinstance(value, Fixed) else repr(value))
    head = f"{said.head}({', '.join(said.parts)}){said.tail}"
    return head, said.subject, said.is_graph


@pytest.mark.parametrize(
    ("function", "value", "source"),
    [
        (
            "tf.sparse.softmax",
            {"indices": [[0], [2]], "values": normal(2), "dense_shape": [3]},
            "tf.SparseTensor([[0], [2]], x, [3])",
        ),
        (
            "tf.ragged.stack",
            [{"values": normal(2), "row_lengths": [1, 1]}, None],
            "[tf.RaggedTensor.from_row_lengths(x, [1, 1]), None]",
        ),
        (
            "tf.convert_to_tensor",
            {"slices": normal(2), "indices": [0, 2], "dense_shape": [3]},
            "tf.IndexedSlices(x, tf.constant([0, 2]), tf.constant([3]))",
        ),
    ],
)
def test_composites_are_written_as_what_they_are(function, value, source):
    said, about, is_graph = spelling_of(
        "compositions.of_composites", function=function, value=value
    )
    assert said == f"tf.nest.flatten({function}(value={source}), expand_composites=True)"
    assert about == function
    assert not is_graph


def test_operators_are_written_as_what_they_are():
    operator = {"Kronecker": {"operators": [{"Diag": {"diag": normal(2)}}]}}
    kronecker = "tf.linalg.LinearOperatorKronecker"
    made = f"{kronecker}(operators=[tf.linalg.LinearOperatorDiag(diag=x)])"
    said, about, _ = spelling_of(
        "compositions.linear_operator",
        operator=operator,
        method="matvec",
        x=normal(2),
        adjoint=True,
    )
    assert said == f"{made}.matvec(x, adjoint=True)"
    assert about == f"{kronecker}.matvec"
    said, _, _ = spelling_of("compositions.conjugate_gradient", operator=operator, rhs=normal(2))
    assert said == f"tf.linalg.experimental.conjugate_gradient(operator={made}, rhs=x).x"


@pytest.mark.parametrize(
    ("known", "source"),
    [
        ("shapes", "x"),
        ("columns", "tf.raw_ops.PlaceholderWithDefault(input=x, shape=[2])"),
        ("ranks", "tf.raw_ops.PlaceholderWithDefault(input=x, shape=[None])"),
        ("nothing", "tf.raw_ops.PlaceholderWithDefault(input=x, shape=None)"),
    ],
)
def test_a_graph_knows_as_much_of_a_shape_as_it_is_told(known, source):
    said, about, is_graph = spelling_of("branches.in_graph", op="Abs", known=known, x=normal(2))
    assert said == f"tf.raw_ops.Abs(x={source})"
    assert about == "tf.raw_ops.Abs in a graph"
    assert is_graph
    said, _, _ = spelling_of("branches.rows_in_graph", op="Abs", known=known, rows=[0], x=normal(2))
    assert said == f"tf.gather(tf.raw_ops.Abs(x={source}), [0])"


def test_a_call_of_nothing_elses_is_left_as_it_is():
    case = case_of("Acos/2x3-x=low/float64/special")
    assert spelled(case, repr) is None
    assert subject(case) == "tf.raw_ops.Acos"


@pytest.mark.parametrize(
    ("error", "source"),
    [
        ("ValueError: no", "ValueError"),
        ("InvalidArgumentError: {{node x}}: no", "tf.errors.InvalidArgumentError"),
        ("OwnError: no", "Exception"),
        ("", "LookupError"),
    ],
)
def test_an_exception_is_caught_by_its_type(error, source):
    assert _exception(error) == source


def test_two_definitions_of_one_name_are_no_script(users, tmp_path):
    (tmp_path / "users_other.py").write_text("def bent(x):\n    return x\n", encoding="utf-8")
    importlib.invalidate_caches()
    inliner = Inliner()
    inliner.add(users, "bent")
    with pytest.raises(CannotInlineError, match="bent is a name in both users_other and users_own"):
        inliner.add("users_other", "bent")


@pytest.mark.parametrize(
    ("array", "source"),
    [
        (np.array([0.1, -2.0]), "np.array([0.1, -2.0])"),
        (np.array([0.1], np.float32), "np.array([0.1], np.float32)"),
        (np.array(0.1, np.float16), "np.array(0.1, np.float16)"),
        (np.array([1 - 2j]), "np.array([1.0-2.0j])"),
        (np.array([np.inf, -np.inf, np.nan]), "np.array([np.inf, -np.inf, np.nan])"),
        (np.array([True, False]), "np.array([True, False])"),
        (np.array([[1], [2]], np.int32), "np.array([[1], [2]], np.int32)"),
        (np.zeros((0, 2)), "np.array(np.zeros((0, 2)))"),
    ],
)
def test_an_array_is_written_with_the_digits_of_its_dtype(array, source):
    assert _array(array) == source
    np.testing.assert_array_equal(eval(source), array)
    assert eval(source).dtype == array.dtype


def test_a_bfloat16_array_reads_back():
    array = np.array([0.1, 3.0], tf.bfloat16.as_numpy_dtype)
    again = eval(_array(array))
    assert again.dtype == array.dtype
    assert again.tolist() == array.tolist()


def test_a_tensor_of_one_number_is_short():
    source = _tensor(np.full((2, 3), 0.5, np.float32), "float32")
    assert source == "tf.fill([2, 3], tf.constant(0.5, tf.float32))"
    np.testing.assert_array_equal(eval(source).numpy(), np.full((2, 3), 0.5))


@pytest.mark.parametrize(
    ("name", "expected"),
    [("x", "x"), ("values[0]", "values_0"), ("lambda", "lambda_"), ("y", "y_"), ("0", "x_0")],
)
def test_inputs_have_names_of_their_own(name, expected):
    assert identifier(name) == expected
