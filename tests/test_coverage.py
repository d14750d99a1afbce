"""The registry against TensorFlow's own lists."""

from opcheck.coverage import gradient_ops, has_kernel, measure
from opcheck.domains import normal
from opcheck.registry import rows
from opcheck.spec import function, op


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


def test_rows_and_what_they_cover_are_counted():
    table = [op("Exp", x=normal), function("m.f", x=normal, covers=("ReadVariableOp",))]
    found = measure(table)
    assert found.covered == ("Exp", "ReadVariableOp")
    assert set(found.covered) | set(found.uncovered) == set(found.with_kernel)
    assert found.to_dict()["covered"] == ["Exp", "ReadVariableOp"]


def test_what_rows_claim_to_cover_exists():
    from tensorflow.python.framework import op_def_registry

    claimed = {name for row in rows() for name in row.covers}
    assert claimed
    assert [name for name in sorted(claimed) if op_def_registry.get(name) is None] == []
