"""Proposing rows: the reading of definitions, the search, the widening, and what is printed."""

import itertools
import os
import signal

import pytest

from opcheck.cases import NUMERIC, expand
from opcheck.domains import complex_normal, nonzero, normal, positive, spd
from opcheck.errors import UnknownNameError, UsageError
from opcheck.outcome import Outcome
from opcheck.proposing import proposal, trying
from opcheck.proposing.candidates import DOMAINS, SHAPES, first_calls, slots, steps_from
from opcheck.proposing.proposal import NoRowError, propose
from opcheck.proposing.search import _kind, search
from opcheck.proposing.signature import Argument, Role, Signature, read
from opcheck.proposing.source import parse, source_of
from opcheck.proposing.trying import Attempt, Elsewhere, Here, Verdict, answer, signature_from
from opcheck.spec import DTYPE, Kind, choices, function, op


@pytest.fixture(scope="module")
def here():
    return Here()


# -- Definitions ------------------------------------------------------------------------------


def roles(name):
    return {argument.name: argument.role for argument in read(name).arguments}


def test_arguments_bear_the_names_of_raw_ops():
    assert roles("Sum") == {"input": Role.QUANTITY, "axis": Role.WHOLE, "keep_dims": Role.FLAG}


def test_roles_follow_from_dtypes_and_kernels():
    assert roles("IFFT") == {"input": Role.COMPLEX}
    assert roles("Select")["condition"] is Role.FLAG
    assert roles("Range")["start"] is Role.QUANTITY
    assert roles("GatherV2")["indices"] is Role.WHOLE
    assert roles("Conv2D")["padding"] is Role.TEXT
    assert roles("Cast")["DstT"] is Role.TYPE


def test_what_the_cpu_does_not_take_is_left_out():
    assert read("Tanh").dtypes == (
        "bfloat16",
        "complex128",
        "complex64",
        "float16",
        "float32",
        "float64",
    )
    assert "complex128" not in read("Relu").dtypes
    assert "float64" not in read("FusedBatchNorm").dtypes


def test_attributes_carry_what_is_allowed_and_the_default():
    by_name = {argument.name: argument for argument in read("MaxPool").arguments}
    assert by_name["padding"].allowed == ("SAME", "VALID", "EXPLICIT")
    assert by_name["data_format"].default == "NHWC"
    assert by_name["ksize"].default is None
    assert by_name["ksize"].length == 4


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("StackPushV2", "handle is a handle"),
        ("CudnnRNN", "no kernel for the CPU"),
        ("Range_", ""),
        ("LogicalAnd", "nothing to differentiate"),
        ("TileGrad", "removed from TensorFlow: TileGrad has been replaced"),
    ],
)
def test_obstacles_are_found_before_anything_is_called(name, words):
    if name == "Range_":
        with pytest.raises(UnknownNameError, match="did you mean Range"):
            read(name)
        return
    assert words in read(name).obstacle


def blended(x, y, axis, size: int, *rest, is_kept=False, rate=0.5, **others):
    return x


def only_by_position(x, /):
    return x


def test_a_function_is_read_from_its_parameters():
    found = read("tests.test_proposing:blended")
    assert found.name == "tests.test_proposing:blended"
    assert {argument.name: argument.role for argument in found.arguments} == {
        "x": Role.QUANTITY,
        "y": Role.QUANTITY,
        "axis": Role.WHOLE,
        "size": Role.WHOLE,
        "is_kept": Role.FLAG,
    }
    assert not found.obstacle


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("tests.test_proposing:only_by_position", "it takes x by position alone"),
        ("tests.test_proposing:Here", "it is a class; `opcheck audit` looks at layers"),
        ("tests.test_proposing:pytest", "it is no function"),
        ("time:time", "it is no function, or one that shows no parameters"),
        ("os:getcwd", "it needs no argument to draw"),
    ],
)
def test_what_is_no_function_to_try_is_told(name, words):
    assert words in read(name).obstacle


def test_a_row_is_proposed_for_a_function(here):
    found = propose("tf.math.tanh", here)
    assert found.passed
    row = parse(found.source)
    assert (row.kind, row.target) == (Kind.FUNCTION, "tf.math.tanh")
    assert row.dtypes == ("complex128", "float32", "float64")
    assert "precision" in {verdict.case.rpartition("/")[2] for verdict in found.verdicts}


# -- Source -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "row"),
    [
        ('op("Tanh", x=normal)', op("Tanh", x=normal)),
        (
            'op("Sum", input=normal(2, 3), axis=choices(0, [0, 1]), dtypes=DOUBLES)',
            op(
                "Sum", input=normal(2, 3), axis=choices(0, [0, 1]), dtypes=("complex128", "float64")
            ),
        ),
        ('op("Cast", x=normal(2), DstT=DTYPE)', op("Cast", x=normal(2), DstT=DTYPE)),
        ('function("a.b:f", x=normal)', function("a.b:f", x=normal)),
    ],
)
def test_source_and_row_are_one(source, row):
    assert parse(source) == row


def test_rows_are_written_on_one_line_where_they_fit():
    assert source_of("Tanh", {"x": normal}, ("float64",)) == 'op("Tanh", x=normal)'
    function_source = source_of("a.b:f", {"x": normal}, ("float32", "float64"))
    assert function_source == 'function("a.b:f", x=normal, dtypes=FLOATS)'
    long = source_of("F", {f"argument_{n}": normal(2, 3) for n in range(5)}, ("float32",))
    assert long.splitlines()[0] == "op("
    assert parse(long).dtypes == ("float32",)


@pytest.mark.parametrize("source", ["1", "op(", "__import__('os')", 'op("Tanh")'])
def test_what_is_no_row_is_refused(source):
    with pytest.raises(UsageError):
        parse(source)


# -- Candidates -------------------------------------------------------------------------------


def table_of(name):
    return slots(read(name))


def test_only_what_a_call_must_give_has_a_slot():
    assert [slot.name for slot in table_of("Sum")] == ["input", "axis"]


def test_calls_begin_with_one_shape_for_all():
    first = next(first_calls(table_of("Add")))
    assert first == {"x": normal(2, 3), "y": normal(2, 3)}


def test_arguments_in_the_message_change_first():
    table = table_of("SegmentSum")
    call = next(first_calls(table))
    step = next(steps_from(call, table, "segment_ids should be a vector"))
    assert step["data"] == call["data"]
    plain = list(steps_from(call, table))
    assert {repr(step) for step in plain} >= {repr(call | {"data": normal()})}


def test_the_sizes_of_a_message_are_tried():
    table = table_of("GRUBlockCell")
    call = {slot.name: normal(2, 3) for slot in table}
    step = next(steps_from(call, table, "w_ru.dim_size(0) != input_size + cell_size: 2 vs. 6"))
    assert step == call | {"w_ru": normal(6, 3)}


def test_an_argument_is_meant_by_the_first_part_of_its_name():
    table = table_of("Conv2DBackpropFilter")
    call = next(first_calls(table))
    steps = list(itertools.islice(steps_from(call, table, "the filter must have 4 axes"), 5))
    assert {repr(call | {"filter_sizes": step["filter_sizes"]}) for step in steps} == {
        repr(step) for step in steps
    }


def test_steps_stay_within_what_domains_can_draw():
    table = table_of("MatMul")
    call = {"a": spd(3, 3), "b": spd(3, 3)}
    for step in steps_from(call, table):
        for value in step.values():
            assert value.domain is not spd or value.shape[-1] == value.shape[-2]


def test_a_complex_argument_has_complex_values():
    (slot,) = table_of("IFFT")
    assert slot.domains == (complex_normal,)
    assert slot.shapes == SHAPES


# -- Search -----------------------------------------------------------------------------------


def fake(rule):
    """A trier whose calls run where `rule` says nothing."""
    calls = []

    def attempt(call):
        calls.append(call)
        message = rule(call)
        return Attempt(not message, message, is_finite=True, moving=() if message else ("x",))

    return attempt, calls


def test_a_search_follows_what_is_said():
    signature = Signature(
        "F",
        (
            Argument("x", Role.QUANTITY, ("float64",)),
            Argument("axis", Role.WHOLE, ("int32",)),
            Argument("ids", Role.WHOLE, ("int32",)),
        ),
    )

    def rule(call):
        if len(call["x"].shape) != 4:
            return "x must have rank 4"
        if call["axis"] != [2]:
            return "axis must be a vector"
        return "" if call["ids"] == [2, 2] else f"ids must have 2 entries, not {call['ids']}"

    attempt, calls = fake(rule)
    found = search(slots(signature), attempt)
    assert found.call == {"x": normal(1, 4, 4, 2), "axis": [2], "ids": [2, 2]}
    assert found.tries == len(calls) < 200
    assert [message.split()[0] for message in found.messages] == ["x", "axis", "ids"]


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("rank must be 3, not 2", "rank must be 3, not 12", True),
        ("shapes [2,3] and [4]", "shapes [] and [2,3]", True),
        ("bad {{node A}} value [Op:F]", "bad {{node B}} value [Op:F] name: x", True),
        ("space_1 is too short", "space_2 is too short", False),
    ],
)
def test_messages_of_one_kind_differ_in_numbers_alone(one, other, is_same):
    kinds = {_kind(Attempt(False, message)) for message in (one, other)}
    assert (len(kinds) == 1) == is_same


def test_a_search_ends_at_its_limit():
    attempt, calls = fake(lambda call: "no")
    signature = Signature("F", (Argument("x", Role.QUANTITY, ("float64",)),))
    found = search(slots(signature), attempt, limit=50)
    assert found.call is None
    assert len(calls) == found.tries == 50


def test_no_call_is_made_twice():
    attempt, calls = fake(lambda call: f"no {len(call['x'].shape)}")
    search(slots(read("Tanh")), attempt, limit=500)
    assert len({repr(call) for call in calls}) == len(calls)


def test_a_search_gives_up_on_fatal_calls():
    made = []

    def attempt(call):
        made.append(call)
        return Attempt(False, "killed", is_fatal=True)

    assert search(slots(read("Tanh")), attempt).call is None
    assert len(made) == 10


def test_the_best_call_is_kept_where_none_shows_every_input():
    def attempt(call):
        still = () if call["x"].domain is positive else ("x",)
        return Attempt(True, is_finite=call["x"].domain is not nonzero, still=("x", *still))

    found = search(slots(read("Tanh")), attempt)
    assert found.call == {"x": normal(2, 3)}


# -- Whole proposals --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("Tanh", 'op("Tanh", x=normal, dtypes=DOUBLES)'),
        ("Log", 'op("Log", x=positive, unjudged_at=("x=zeros",))'),
        ("Exp", 'op("Exp", x=normal, dtypes=DOUBLES, unjudged_at=("x=huge",))'),
        ("Relu", 'op("Relu", features=normal)'),
        ("Mul", 'op("Mul", x=normal, y=normal, dtypes=DOUBLES)'),
        ("Complex", 'op("Complex", real=normal, imag=normal, Tout="complex128")'),
        ("Gather", 'op("Gather", params=normal(2, 3), indices=[0, 1], dtypes=DOUBLES)'),
        ("Cholesky", 'op("Cholesky", input=spd, shapes=((3, 3), (2, 3, 3)), dtypes=DOUBLES)'),
    ],
)
def test_plain_ops_are_found(here, name, source):
    found = propose(name, here)
    assert found.source == source or (name == "Gather" and "indices=[0, 1]" in found.source)
    assert found.passed
    random = {v.outcome for v in found.verdicts if v.case.endswith("/jacobian")}
    assert random <= {Outcome.PASS, Outcome.BY_DESIGN}


def test_special_points_choose_no_domain_but_are_judged(here):
    """At x = 0 the slope of a power below one is infinite, which is for the author to look at."""
    found = propose("Pow", here)
    assert found.source == ('op("Pow", x=positive, y=positive, unjudged_at=("y=huge", "all=huge"))')
    assert "no derivative, or none that is decided, at y=huge, all=huge" in found.notes
    assert not found.passed
    bad = [verdict for verdict in found.verdicts if not verdict.outcome.is_good]
    assert {verdict.case.split("-", 1)[1] for verdict in bad} == {
        "x=zeros/float64/special",
        "all=zeros/float64/special",
    }


def test_a_kink_at_a_special_point_is_kept(here):
    found = propose("Relu", here)
    (there,) = (v for v in found.verdicts if "features=zeros" in v.case)
    assert there.outcome is Outcome.KINK
    assert not any("no derivative" in note for note in found.notes)


def test_choices_hold_what_runs_and_differs(here):
    arguments = dict(parse(propose("Sum", here).source).samples[0].arguments)
    assert set(arguments) == {"input", "axis", "keep_dims"}
    samples = parse(propose("MatMul", here).source).samples
    pairs = {(dict(s.arguments)["transpose_a"], dict(s.arguments)["transpose_b"]) for s in samples}
    assert len(pairs) == 4


def test_attributes_that_change_nothing_are_left_out(here):
    assert "use_cudnn_on_gpu" not in propose("Conv2D", here).source


def test_the_printed_row_runs(here):
    found = propose("Conv2D", here)
    row = parse(found.source)
    cases = [case.id for case in expand(row) if case.check in NUMERIC]
    assert cases == [verdict.case for verdict in found.verdicts]
    assert here.attempt(found.source).runs


def test_an_op_without_a_gradient_is_proposed_with_its_verdict(here):
    found = propose("Snapshot", here)
    assert not found.passed
    # What is wrong everywhere is told once, not again at each special point.
    assert {verdict.case.rpartition("/")[2] for verdict in found.verdicts} == {"jacobian"}
    assert str(found.verdicts[0]).endswith("missing, input: missing (unregistered)")


def test_where_nothing_runs_the_message_says_what_was_tried(here):
    with pytest.raises(NoRowError, match="of CheckPinned runs; tried were tensor") as caught:
        propose("CheckPinned", here)
    assert str(caught.value).endswith(
        "TensorFlow says: FailedPreconditionError: to check pinnedness, must be built with "
        "`--config=cuda`"
    )
    assert caught.value.exit_code == 2


def test_an_obstacle_ends_the_proposal(here):
    with pytest.raises(NoRowError, match="StackPushV2 cannot be tried: handle is a handle"):
        propose("StackPushV2", here)


def test_an_argument_that_a_row_would_take_for_itself_is_told(here):
    with pytest.raises(NoRowError, match="SparseConcat has an argument shapes"):
        propose("SparseConcat", here)


def test_a_random_op_is_told(here):
    found = here.attempt('op("RandomGamma", shape=[2], alpha=positive(2))')
    assert found.runs
    assert found.is_random
    assert not found.is_telling


def test_inputs_that_move_nothing_are_told(here):
    found = here.attempt('op("Floor", x=between(1.0, 2.0)(2))')
    assert found.runs
    assert found.still == ("x",)
    assert not found.is_telling


def test_a_call_that_fails_brings_the_words_of_tensorflow(here):
    found = here.attempt('op("Cholesky", input=normal(2, 3))')
    assert not found.runs
    assert "Input matrix must be square" in found.message


def test_domains_go_from_wide_to_narrow():
    assert DOMAINS[0] is normal


class Slow(Here):
    """Judges nothing in time."""

    def judge(self, source, seeds=1, **checks):
        monotonic[0] += 1e6
        return super().judge(source, seeds, **checks)


monotonic = [0.0]


def test_widening_ends_when_its_time_is_up(monkeypatch):
    monkeypatch.setattr(proposal.time, "monotonic", lambda: monotonic[0])
    found = propose("Sum", Slow())
    assert "the time for trying more is up" in found.notes
    assert "choices" not in found.source


# -- Another process --------------------------------------------------------------------------


@pytest.fixture(scope="module")
def elsewhere():
    with Elsewhere() as trier:
        yield trier


def test_another_process_says_the_same(here, elsewhere):
    source = 'op("Exp", x=normal(2, 3))'
    assert elsewhere.signature("Conv2D") == here.signature("Conv2D")
    assert elsewhere.attempt(source) == here.attempt(source)
    assert elsewhere.judge(source) == here.judge(source)
    assert elsewhere.judge(source) == [Verdict("tf.raw_ops.Exp/2x3/float64/jacobian", Outcome.PASS)]


def test_an_unknown_name_comes_back_with_the_nearest(elsewhere):
    with pytest.raises(UnknownNameError, match="unknown op 'Tanhh'; did you mean"):
        elsewhere.signature("Tanhh")


def test_a_death_is_noted_and_the_next_call_runs(elsewhere):
    elsewhere.attempt('op("Exp", x=normal(2))')
    os.kill(elsewhere._process.pid, signal.SIGKILL)
    found = elsewhere.attempt('op("Exp", x=normal(2))')
    assert found.is_fatal
    assert "killed its process" in found.message
    assert elsewhere.deaths == 1
    assert elsewhere.attempt('op("Exp", x=normal(2))').runs


def test_a_call_that_hangs_is_stopped(elsewhere, monkeypatch):
    elsewhere.attempt('op("Exp", x=normal(2))')
    os.kill(elsewhere._process.pid, signal.SIGSTOP)
    monkeypatch.setattr(trying, "SECONDS_TO_CALL", 0.2)
    found = elsewhere.attempt('op("Exp", x=normal(2))')
    assert found.is_fatal
    assert "did not return within" in found.message


def test_the_process_ends_with_the_context():
    with Elsewhere() as trier:
        trier.signature("Exp")
        process = trier._process
    assert process.poll() is not None


def test_answers_are_plain_data(here):
    data = answer({"do": "signature", "name": "Tanh"}, here)
    assert signature_from(data) == read("Tanh")
    assert answer({"do": "attempt", "source": "1", "seeds": 1}, here)["error"].startswith("'1'")
