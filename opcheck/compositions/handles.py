"""Ops on variables and on variants: lists of tensors, maps, optionals and ragged tensors."""

from __future__ import annotations

from typing import Any

from opcheck.backend import tf
from opcheck.compositions.graphs import in_graph

raw = tf.raw_ops


# ---------------------------------------------------------------------------------------------
# Variables


def gather_nd_of_variable(x: Any, indices: Any) -> Any:
    """`ResourceGatherNd`: entries or slices of a variable by their coordinates."""
    return raw.ResourceGatherNd(resource=x.handle, indices=indices, dtype=x.dtype)


def gather_of_variable(x: Any, indices: Any, **attributes: Any) -> Any:
    """`ResourceGather`: rows of a variable, whose gradient is a `tf.IndexedSlices`."""
    return raw.ResourceGather(resource=x.handle, indices=indices, dtype=x.dtype, **attributes)


def read_variable(x: Any) -> Any:
    """`ReadVariableOp`: the value of a resource variable that the tape watches."""
    return raw.ReadVariableOp(resource=x.handle, dtype=x.dtype)


# ---------------------------------------------------------------------------------------------
# Lists of tensors, which are variants


def _row(x: Any, shape_type: Any = "int32") -> Any:
    return tf.constant(x.shape[1:].as_list(), shape_type)


def _list(x: Any, shape_type: Any = "int32") -> Any:
    return raw.TensorListFromTensor(tensor=x, element_shape=_row(x, shape_type))


def _stack(handle: Any, like: Any) -> Any:
    return raw.TensorListStack(
        input_handle=handle, element_shape=_row(like), element_dtype=like.dtype
    )


def _concat(handle: Any, dtype: Any, row: Any, shape_type: Any = "int32") -> Any:
    lengths = tf.constant([], tf.int64)
    shape = tf.constant([-1, *row], shape_type)
    return raw.TensorListConcatV2(
        input_handle=handle, element_shape=shape, leading_dims=lengths, element_dtype=dtype
    ).tensor


def list_concat(x: Any, y: Any) -> Any:
    """`TensorListConcatV2`: elements of differing lengths joined along their first axis."""
    row = tf.constant([-1, *x.shape[1:]], tf.int32)
    empty = raw.EmptyTensorList(element_shape=row, max_num_elements=2, element_dtype=x.dtype)
    handle = raw.TensorListPushBack(input_handle=empty, tensor=x)
    handle = raw.TensorListPushBack(input_handle=handle, tensor=y)
    return _concat(handle, x.dtype, x.shape[1:])


def list_concat_version_1(x: Any) -> Any:
    """`TensorListConcat`: elements of one length joined along their first axis."""
    return raw.TensorListConcat(
        input_handle=_list(x), element_dtype=x.dtype, element_shape=[None, *x.shape[2:]]
    ).tensor


def list_concat_lists(x: Any, y: Any) -> Any:
    """`TensorListConcatLists`: the elements of one list, then those of another."""
    joined = raw.TensorListConcatLists(input_a=_list(x), input_b=_list(y), element_dtype=x.dtype)
    return _stack(joined, x)


def list_gather(x: Any, indices: Any) -> Any:
    """`TensorListGather`: chosen elements of a list, in one tensor."""
    return raw.TensorListGather(
        input_handle=_list(x),
        indices=indices,
        element_shape=tf.constant(x.shape[1:], tf.int32),
        element_dtype=x.dtype,
    )


def list_get_item(x: Any, index: Any, shape_type: Any = "int32") -> Any:
    """`TensorListGetItem`: one element of a list."""
    return raw.TensorListGetItem(
        input_handle=_list(x, shape_type),
        index=index,
        element_shape=tf.constant(x.shape[1:], shape_type),
        element_dtype=x.dtype,
    )


def list_pop_back(x: Any) -> Any:
    """`TensorListPopBack`: the last element, and the list that is left."""
    shape = tf.constant(x.shape[1:], tf.int32)
    popped = raw.TensorListPopBack(
        input_handle=_list(x), element_shape=shape, element_dtype=x.dtype
    )
    return popped.tensor, _stack(popped.output_handle, x)


def list_push_back(x: Any, item: Any) -> Any:
    """`TensorListPushBack`: a list with one more element."""
    return _stack(raw.TensorListPushBack(input_handle=_list(x), tensor=item), x)


def list_push_back_batch(x: Any, y: Any, items: Any) -> Any:
    """`TensorListPushBackBatch`: one more element for each of two lists."""
    handles = tf.stack([_list(x), _list(y)])
    pushed = tf.unstack(raw.TensorListPushBackBatch(input_handles=handles, tensor=items))
    return [_stack(handle, x) for handle in pushed]


def list_resize(x: Any, size: Any) -> Any:
    """`TensorListResize`: a list cut short, or grown by zeros."""
    return _stack(raw.TensorListResize(input_handle=_list(x), size=size), x)


def list_scatter(x: Any, indices: Any, size: Any, shape_type: Any = "int32") -> Any:
    """`TensorListScatterV2`: rows of a tensor to the places of a new list."""
    shape = tf.constant(x.shape[1:], shape_type)
    scattered = raw.TensorListScatterV2(
        tensor=x, indices=indices, element_shape=shape, num_elements=size
    )
    return _stack(scattered, x)


def list_scatter_version_1(x: Any, indices: Any, shape_type: Any = "int32") -> Any:
    """`TensorListScatter`: rows of a tensor to the places of a list that is as long as needed."""
    shape = tf.constant(x.shape[1:], shape_type)
    return _stack(raw.TensorListScatter(tensor=x, indices=indices, element_shape=shape), x)


def list_scatter_into_existing(x: Any, items: Any, indices: Any) -> Any:
    """`TensorListScatterIntoExistingList`: rows of a tensor over elements of a list."""
    scattered = raw.TensorListScatterIntoExistingList(
        input_handle=_list(x), tensor=items, indices=indices
    )
    return _stack(scattered, x)


@in_graph
def list_of_unknown_length(x: Any) -> Any:
    """`TensorListFromTensor` in a graph that does not know how long the tensor is."""
    rows = raw.PlaceholderWithDefault(input=x, shape=[None, *x.shape[1:]])
    return _stack(_list(rows), x)


def list_set_item(x: Any, item: Any, index: Any, **attributes: Any) -> Any:
    """`TensorListSetItem`: a list with one element replaced."""
    changed = raw.TensorListSetItem(input_handle=_list(x), index=index, item=item, **attributes)
    return _stack(changed, x)


def list_split(x: Any, lengths: Any, shape_type: Any = "int32") -> Any:
    """`TensorListSplit`: a tensor cut into elements of given lengths, then rejoined."""
    handle = raw.TensorListSplit(
        tensor=x,
        element_shape=tf.constant([-1, *x.shape[1:]], shape_type),
        lengths=tf.constant(lengths, tf.int64),
    )
    return _concat(handle, x.dtype, x.shape[1:], shape_type)


def list_stack(x: Any) -> Any:
    """`TensorListFromTensor` and `TensorListStack`."""
    return _stack(_list(x), x)


# ---------------------------------------------------------------------------------------------
# Other variants


def composite_variant(x: Any, y: Any) -> Any:
    """`CompositeTensorVariantFromComponents` and `CompositeTensorVariantToComponents`."""
    handle = raw.CompositeTensorVariantFromComponents(components=[x, y], metadata="")
    return raw.CompositeTensorVariantToComponents(
        encoded=handle, metadata="", Tcomponents=[x.dtype, y.dtype]
    )


def map_lookup(x: Any, y: Any) -> Any:
    """`TensorMapInsert`, `TensorMapErase` and `TensorMapLookup` in a map with two keys."""
    handle = raw.TensorMapInsert(input_handle=raw.EmptyTensorMap(), key=0, value=x)
    handle = raw.TensorMapInsert(input_handle=handle, key=1, value=y)
    handle = raw.TensorMapErase(input_handle=handle, key=0, value_dtype=x.dtype)
    return raw.TensorMapLookup(input_handle=handle, key=1, value_dtype=y.dtype)


def optional_value(x: Any, y: Any) -> Any:
    """`OptionalFromValue` and `OptionalGetValue` of a pair."""
    handle = raw.OptionalFromValue(components=[x, y])
    return raw.OptionalGetValue(
        optional=handle, output_types=[x.dtype, y.dtype], output_shapes=[x.shape, y.shape]
    )


def ragged_variant(
    values: Any, splits: Any, batched_input: Any = True, splits_type: Any = "int64"
) -> Any:
    """`RaggedTensorToVariant` and `RaggedTensorFromVariant`: a variant a row, or one for all."""
    handle = _variant(values, splits, batched_input, splits_type)
    return _ragged(handle, 0 if batched_input else 1, 1, values.dtype, splits_type)


def _variant(values: Any, splits: Any, is_batch: Any, splits_type: Any = "int64") -> Any:
    return raw.RaggedTensorToVariant(
        rt_nested_splits=[tf.cast(splits, splits_type)],
        rt_dense_values=values,
        batched_input=is_batch,
    )


def _ragged(
    handle: Any, rank_within: Any, rank: Any, dtype: Any, splits_type: Any = "int64"
) -> Any:
    return raw.RaggedTensorFromVariant(
        encoded_ragged=handle,
        input_ragged_rank=rank_within,
        output_ragged_rank=rank,
        Tvalues=dtype,
        Tsplits=splits_type,
    ).output_dense_values


def ragged_variant_whole(values: Any, splits: Any) -> Any:
    """`RaggedTensorFromVariant` of one variant that holds a ragged tensor."""
    return _ragged(_variant(values, splits, False), 1, 1, values.dtype)


def ragged_variant_matrix(values: Any, splits: Any) -> Any:
    """`RaggedTensorFromVariant` of a matrix of variants, one for each row."""
    handles = tf.reshape(_variant(values, splits, True), [1, -1])
    return _ragged(handles, 0, 2, values.dtype)


@in_graph
def ragged_variant_unknown(values: Any, splits: Any, is_batch: Any) -> Any:
    """`RaggedTensorFromVariant` in a graph that does not know how many variants there are."""
    handle = _variant(values, splits, is_batch)
    handle = raw.PlaceholderWithDefault(input=handle, shape=None)
    return _ragged(handle, 0 if is_batch else 1, 1, values.dtype)
