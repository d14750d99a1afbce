"""Ops on resource variables, tensor arrays and variants: lists, maps and ragged tensors."""

from __future__ import annotations

from opcheck.domains import as_variable, normal
from opcheck.spec import DTYPES, choices, exactly, function

_VERSIONS = ("", "V2", "V3")


def _of_versions(*ops: str) -> tuple[str, ...]:
    return tuple(f"TensorArray{op}{version}" for op in ops for version in _VERSIONS)


ROWS = (
    function(
        "opcheck.compositions.array_concat",
        x=choices(normal(3), normal(2, 2)),
        version=choices("V1", "V2", "V3"),
        covers=(*_of_versions("Concat"), "TensorArraySplitV3"),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.array_gather",
        x=choices(normal(2), normal(2, 2)),
        version=choices("V1", "V2", "V3"),
        covers=(*_of_versions("Gather"), "TensorArrayScatterV3"),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.array_read",
        x=normal(2, 2),
        version=choices("V1", "V2", "V3"),
        covers=(*_of_versions("Read"), "TensorArrayWriteV3"),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.array_scatter_flow",
        x=normal(2, 2),
        version=choices("V1", "V2"),
        covers=("TensorArrayScatter", "TensorArrayScatterV2"),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.array_split_flow",
        x=normal(2, 2),
        version=choices("V1", "V2"),
        covers=("TensorArraySplit", "TensorArraySplitV2"),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.array_write_flow",
        x=normal(2, 2),
        version=choices("V1", "V2"),
        covers=("TensorArrayWrite", "TensorArrayWriteV2"),
        dtypes=DTYPES,
    ),
    # The rows above go to narrow dtypes at their first version alone.
    *(
        function(
            f"opcheck.compositions.array_{name}",
            x=normal(2, 2),
            version=version,
            dtypes=("bfloat16", "complex64", "float16", "float32"),
            variant=version,
        )
        for name in ("concat", "gather", "read", "scatter_flow", "split_flow", "write_flow")
        for version in ("V2", "V3")
        if version == "V2" or "flow" not in name
    ),
    function(
        "opcheck.compositions.composite_variant",
        x=normal(2),
        y=normal(2, 2),
        covers=(
            "CompositeTensorVariantFromComponents",
            "CompositeTensorVariantToComponents",
        ),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.gather_nd_of_variable",
        x=as_variable(normal(3, 2)),
        indices=choices([[2, 1], [0, 0], [2, 1]], [[1], [1]], [[[0, 1]], [[2, 0]]]),
        covers=("ResourceGatherNd",),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.gather_nd_of_variable",
        x=as_variable(normal(3, 2)),
        indices=exactly([[2, 1], [0, 0], [2, 1]], "int64"),
        covers=("ResourceGatherNd",),
        variant="int64",
    ),
    function(
        "opcheck.compositions.gather_of_variable",
        x=as_variable(normal(3, 2)),
        indices=choices(1, [2, 0, 2], [[0, 1], [1, 1]]),
        covers=("ResourceGather",),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.gather_of_variable",
        x=as_variable(normal(2, 3)),
        indices=[[0, 2], [1, 1]],
        batch_dims=1,
        covers=("ResourceGather",),
        variant="batch_dims",
    ),
    function(
        "opcheck.compositions.gather_of_variable",
        x=as_variable(normal(3, 2)),
        indices=exactly([2, 0, 2], "int64"),
        validate_indices=choices(False, True),
        covers=("ResourceGather",),
        variant="int64",
    ),
    function(
        "opcheck.compositions.list_concat",
        x=normal(2, 2),
        y=choices(normal(1, 2), normal(3, 2)),
        covers=("TensorListConcatV2", "TensorListPushBack"),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.list_concat_lists",
        x=normal(2, 2),
        y=normal(1, 2),
        covers=("TensorListConcatLists",),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.list_concat_version_1",
        x=choices(normal(2, 3), normal(3, 1, 2)),
        covers=("TensorListConcat",),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.list_gather",
        x=normal(3, 2),
        indices=choices([2, 0], [0, 2, 1], [2]),
        covers=("TensorListGather",),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.list_gather",
        x=normal(3, 2),
        indices=[1, 1, 0],
        covers=("TensorListGather",),
        variant="repeated_index",
    ),
    function(
        "opcheck.compositions.list_get_item",
        x=choices(normal(3), normal(3, 2)),
        index=choices(0, 2),
        covers=("TensorListGetItem",),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.list_of_unknown_length",
        x=normal(3, 2),
        covers=("TensorListFromTensor",),
    ),
    function(
        "opcheck.compositions.list_get_item",
        x=normal(3, 2),
        index=2,
        shape_type="int64",
        covers=(
            "TensorListFromTensor",
            "TensorListGetItem",
        ),
        variant="int64",
    ),
    function(
        "opcheck.compositions.list_pop_back",
        x=choices(normal(3), normal(2, 2), normal(1, 2)),
        covers=("TensorListPopBack",),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.list_push_back",
        x=normal(2, 2),
        item=normal(2),
        covers=("TensorListPushBack",),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.list_push_back_batch",
        x=normal(2, 2),
        y=normal(2, 2),
        items=normal(2, 2),
        covers=("TensorListPushBackBatch",),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.list_resize",
        x=normal(3, 2),
        size=choices(2, 3, 4),
        covers=("TensorListResize",),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.list_scatter",
        x=normal(2, 2),
        indices=choices([1, 0], [0, 2]),
        size=3,
        covers=("TensorListScatterV2",),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.list_scatter",
        x=normal(2, 2),
        indices=[0, 2],
        size=3,
        shape_type="int64",
        covers=("TensorListScatterV2",),
        variant="int64",
    ),
    function(
        "opcheck.compositions.list_scatter_into_existing",
        x=normal(3, 2),
        items=normal(2, 2),
        indices=choices([2, 0], [1, 2]),
        covers=("TensorListScatterIntoExistingList",),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.list_scatter_version_1",
        x=choices(normal(2), normal(2, 2)),
        indices=choices([1, 0], [0, 1]),
        covers=("TensorListScatter",),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.list_scatter_version_1",
        x=normal(2, 2),
        indices=[1, 0],
        shape_type="int64",
        covers=("TensorListScatter",),
        variant="int64",
    ),
    function(
        "opcheck.compositions.list_set_item",
        x=normal(3, 2),
        item=normal(2),
        index=choices(0, 2),
        covers=("TensorListSetItem",),
        dtypes=DTYPES,
    ),
    # Beyond its end a list grows.
    function(
        "opcheck.compositions.list_set_item",
        x=normal(3, 2),
        item=normal(2),
        index=choices(1, 3, 4),
        resize_if_index_out_of_bounds=True,
        covers=("TensorListSetItem",),
        variant="resized",
    ),
    function(
        "opcheck.compositions.list_split",
        x=normal(4, 2),
        lengths=choices([1, 3], [2, 0, 2], [4]),
        covers=("TensorListSplit",),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.list_split",
        x=normal(4, 2),
        lengths=[1, 3],
        shape_type="int64",
        covers=(
            "TensorListConcatV2",
            "TensorListSplit",
        ),
        variant="int64",
    ),
    function(
        "opcheck.compositions.list_stack",
        x=choices(normal(3), normal(3, 2), normal(2, 1, 2)),
        covers=("TensorListFromTensor", "TensorListStack"),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.map_lookup",
        x=normal(2),
        y=normal(3),
        covers=("TensorMapErase", "TensorMapInsert", "TensorMapLookup"),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.optional_value",
        x=normal(2),
        y=normal(1, 2),
        covers=("OptionalFromValue", "OptionalGetValue"),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.ragged_variant",
        values=choices(normal(4), normal(4, 2)),
        splits=[0, 3, 3, 4],
        covers=("RaggedTensorFromVariant", "RaggedTensorToVariant"),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.ragged_variant_matrix",
        values=normal(4),
        splits=[0, 2, 2, 3, 4],
        covers=("RaggedTensorFromVariant",),
    ),
    function(
        "opcheck.compositions.ragged_variant_unknown",
        values=normal(4),
        splits=[0, 2, 2, 3, 4],
        is_batch=choices(False, True),
        covers=("RaggedTensorFromVariant",),
    ),
    function(
        "opcheck.compositions.ragged_variant_whole",
        values=normal(4),
        splits=[0, 2, 2, 3, 4],
        covers=("RaggedTensorFromVariant",),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.ragged_variant",
        values=normal(4, 2),
        splits=[0, 3, 3, 4],
        batched_input=choices(False, True),
        splits_type=choices("int32", "int64"),
        covers=("RaggedTensorFromVariant", "RaggedTensorToVariant"),
        variant="splits",
    ),
    function(
        "opcheck.compositions.read_variable",
        x=choices(as_variable(normal()), as_variable(normal(2, 3))),
        covers=("ReadVariableOp",),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.tensor_array_read",
        x=normal(2),
        y=normal(2),
        covers=("TensorArrayReadV3",),
        dtypes=DTYPES,
    ),
    function(
        "opcheck.compositions.tensor_array_taped",
        x=normal(2),
        covers=("TensorArrayReadV3",),
    ),
)
