"""The ops without a gradient function: every one has a reason, or a row."""

import json

import pytest
import tensorflow as tf

from opcheck import registry
from opcheck.domains import normal
from opcheck.registry.undifferentiated import ROWS
from opcheck.spec import function, op
from opcheck.undifferentiated import (
    Reason,
    definitions,
    is_declared,
    reason_of,
    survey,
)


@pytest.fixture(scope="module")
def found():
    return survey(registry.rows())


def test_every_op_definition_has_one_reason(found):
    assert tuple(found.reasons) == definitions()
    assert len(found.reasons) > 1900
    assert sum(found.counts.values()) == len(found.reasons)


def test_every_op_that_needs_a_row_has_one(found):
    assert found.unaccounted == ()
    assert len(found.accounted) > 90


def test_an_op_without_a_row_is_named():
    found = survey([op("Snapshot", input=normal)])
    assert "Snapshot" in found.accounted
    assert "HSVToRGB" in found.unaccounted
    covered = survey([function("m.f", x=normal, covers=("HSVToRGB",))])
    assert covered.accounted == ("HSVToRGB",)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Exp", Reason.DIFFERENTIABLE),
        ("_FusedMatMul", Reason.INTERNAL),
        ("CustomAggregator", Reason.INTERNAL),
        ("BatchCholesky", Reason.REMOVED),
        ("CudnnRNN", Reason.DIFFERENTIABLE),
        ("Fingerprint", Reason.NO_FLOATING_OUTPUT),
        ("LogicalAnd", Reason.NO_FLOATING_INPUT),
        ("ResourceApplyAdam", Reason.NO_FLOATING_OUTPUT),
        ("AssignAdd", Reason.REFERENCE),
        ("XlaDot", Reason.INTERNAL),
        ("CollectiveReduce", Reason.MEETING),
        ("PartitionedCall", Reason.FUNCTION),
        ("PyFunc", Reason.FUNCTION),
        ("StackPushV2", Reason.HANDLE),
        ("QuantizedMatMul", Reason.QUANTIZED),
        ("StatelessShuffle", Reason.RANDOM),
        ("RandomShuffle", Reason.RANDOM),
        ("DecodeCSV", Reason.TEXT),
        ("CheckPinned", Reason.CUDA),
        ("Snapshot", Reason.DIFFERENTIATES_NOT),
        ("StopGradient", Reason.DIFFERENTIATES_NOT),
    ],
)
def test_reasons_are_read_from_tensorflows_tables(name, reason):
    assert reason_of(name) is reason


def test_declared_and_unregistered_ops_are_told_apart():
    assert is_declared("StopGradient")
    assert not is_declared("Snapshot")
    assert not is_declared("Exp")


@pytest.mark.skipif(tf.test.is_built_with_cuda(), reason="its kernel runs there")
def test_the_op_of_cuda_refuses_to_run():
    with pytest.raises(tf.errors.FailedPreconditionError, match="cuda"):
        tf.raw_ops.CheckPinned(tensor=[1.0])


def test_a_removed_op_refuses_to_run():
    with pytest.raises(tf.errors.UnimplementedError, match="has been removed"):
        tf.raw_ops.BatchCholesky(input=[[1.0]])


def test_the_table_holds_nothing_but_such_ops():
    others = [r.name for r in ROWS if reason_of(r.name) is not Reason.DIFFERENTIATES_NOT]
    assert others == []


def test_the_survey_is_plain_data(found):
    data = found.to_dict()
    assert json.loads(json.dumps(data)) == data
    assert data["ops"]["Snapshot"] == "differentiates_not"
    assert data["counts"]["differentiable"] > 350
