"""Ops that no single call can show: on variables, on variant handles, and functional control flow.

Each function here is an ordinary composition of public TensorFlow calls around the op under test;
rows name it by its dotted name, and generated tests show that name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from opcheck.backend import tf

raw = tf.raw_ops


def _in_graph(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` traced to a graph, where control flow is made of ops; eagerly it is Python."""
    traced: Callable[..., Any] = tf.function(function, autograph=False)
    return traced


# ---------------------------------------------------------------------------------------------
# Sparse matrices in CSR form, which are variants


def _csr(values: Any, indices: Any, shape: Any) -> Any:
    return raw.SparseTensorToCSRSparseMatrix(
        indices=tf.constant(indices, tf.int64), values=values, dense_shape=shape
    )


def _dense(matrix: Any, dtype: Any) -> Any:
    return raw.CSRSparseMatrixToDense(sparse_input=matrix, type=dtype)


def csr_from_dense(x: Any, indices: Any) -> Any:
    """`DenseToCSRSparseMatrix` and back to coordinates by `CSRSparseMatrixToSparseTensor`."""
    matrix = raw.DenseToCSRSparseMatrix(dense_input=x, indices=tf.constant(indices, tf.int64))
    return raw.CSRSparseMatrixToSparseTensor(sparse_matrix=matrix, type=x.dtype).values


def csr_matmul(a: Any, b: Any, indices: Any, shape: Any, **attributes: Any) -> Any:
    """`SparseMatrixMatMul`: a CSR matrix times a dense one."""
    return raw.SparseMatrixMatMul(a=_csr(a, indices, shape), b=b, **attributes)


def csr_sparse_matmul(
    a: Any, b: Any, a_indices: Any, b_indices: Any, shape: Any, **attributes: Any
) -> Any:
    """`SparseMatrixSparseMatMul`: the product of two square CSR matrices."""
    left, right = _csr(a, a_indices, shape), _csr(b, b_indices, shape)
    product = raw.SparseMatrixSparseMatMul(a=left, b=right, type=a.dtype, **attributes)
    return _dense(product, a.dtype)


@_in_graph
def csr_sparse_matmul_in_graph(a: Any, b: Any, **facts: Any) -> Any:
    """`SparseMatrixSparseMatMul` with the product and its gradient in one graph."""
    return tf.recompute_grad(lambda a, b: csr_sparse_matmul(a, b, **facts))(a, b)


def csr_to_dense(x: Any, indices: Any, shape: Any) -> Any:
    """`SparseTensorToCSRSparseMatrix` and `CSRSparseMatrixToDense`."""
    return _dense(_csr(x, indices, shape), x.dtype)


def csr_transpose(x: Any, indices: Any, shape: Any, conjugate: Any) -> Any:
    """`SparseMatrixTranspose`: the transpose or the adjoint of a CSR matrix."""
    matrix = _csr(x, indices, shape)
    turned = raw.SparseMatrixTranspose(input=matrix, conjugate=conjugate, type=x.dtype)
    return _dense(turned, x.dtype)


# ---------------------------------------------------------------------------------------------
# Variables


def gather_nd_of_variable(x: Any, indices: Any) -> Any:
    """`ResourceGatherNd`: entries or slices of a variable by their coordinates."""
    return raw.ResourceGatherNd(resource=x.handle, indices=indices, dtype=x.dtype)


def gather_of_variable(x: Any, indices: Any, batch_dims: Any = 0) -> Any:
    """`ResourceGather`: rows of a variable, whose gradient is a `tf.IndexedSlices`."""
    return raw.ResourceGather(
        resource=x.handle, indices=indices, batch_dims=batch_dims, dtype=x.dtype
    )


def read_variable(x: Any) -> Any:
    """`ReadVariableOp`: the value of a resource variable that the tape watches."""
    return raw.ReadVariableOp(resource=x.handle, dtype=x.dtype)


# ---------------------------------------------------------------------------------------------
# Lists of tensors, which are variants


def _list(x: Any) -> Any:
    return raw.TensorListFromTensor(tensor=x, element_shape=tf.constant(x.shape[1:], tf.int32))


def _stack(handle: Any, like: Any) -> Any:
    shape = tf.constant(like.shape[1:], tf.int32)
    return raw.TensorListStack(input_handle=handle, element_shape=shape, element_dtype=like.dtype)


def _concat(handle: Any, dtype: Any, row: Any) -> Any:
    lengths = tf.constant([], tf.int64)
    shape = tf.constant([-1, *row], tf.int32)
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


def list_get_item(x: Any, index: Any) -> Any:
    """`TensorListGetItem`: one element of a list."""
    return raw.TensorListGetItem(
        input_handle=_list(x),
        index=index,
        element_shape=tf.constant(x.shape[1:], tf.int32),
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


def list_scatter(x: Any, indices: Any, size: Any) -> Any:
    """`TensorListScatterV2`: rows of a tensor to the places of a new list."""
    shape = tf.constant(x.shape[1:], tf.int32)
    scattered = raw.TensorListScatterV2(
        tensor=x, indices=indices, element_shape=shape, num_elements=size
    )
    return _stack(scattered, x)


def list_scatter_into_existing(x: Any, items: Any, indices: Any) -> Any:
    """`TensorListScatterIntoExistingList`: rows of a tensor over elements of a list."""
    scattered = raw.TensorListScatterIntoExistingList(
        input_handle=_list(x), tensor=items, indices=indices
    )
    return _stack(scattered, x)


def list_set_item(x: Any, item: Any, index: Any) -> Any:
    """`TensorListSetItem`: a list with one element replaced."""
    return _stack(raw.TensorListSetItem(input_handle=_list(x), index=index, item=item), x)


def list_split(x: Any, lengths: Any) -> Any:
    """`TensorListSplit`: a tensor cut into elements of given lengths, then rejoined."""
    handle = raw.TensorListSplit(
        tensor=x,
        element_shape=tf.constant([-1, *x.shape[1:]], tf.int32),
        lengths=tf.constant(lengths, tf.int64),
    )
    return _concat(handle, x.dtype, x.shape[1:])


def list_stack(x: Any) -> Any:
    """`TensorListFromTensor` and `TensorListStack`."""
    return _stack(_list(x), x)


# ---------------------------------------------------------------------------------------------
# Other variants


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


def ragged_variant(values: Any, splits: Any) -> Any:
    """`RaggedTensorToVariant` and `RaggedTensorFromVariant`."""
    splits = tf.constant(splits, tf.int64)
    handle = raw.RaggedTensorToVariant(
        rt_nested_splits=[splits], rt_dense_values=values, batched_input=True
    )
    return raw.RaggedTensorFromVariant(
        encoded_ragged=handle,
        input_ragged_rank=0,
        output_ragged_rank=1,
        Tvalues=values.dtype,
        Tsplits=tf.int64,
    ).output_dense_values


@_in_graph
def tensor_array_read(x: Any, y: Any) -> Any:
    """`TensorArrayWriteV3` and `TensorArrayReadV3`, the arrays that are resources."""
    array = raw.TensorArrayV3(size=2, dtype=x.dtype, clear_after_read=False)
    flow = raw.TensorArrayWriteV3(handle=array.handle, index=0, value=x, flow_in=array.flow)
    flow = raw.TensorArrayWriteV3(handle=array.handle, index=1, value=y, flow_in=flow)
    read = raw.TensorArrayReadV3(handle=array.handle, index=1, flow_in=flow, dtype=x.dtype)
    again = raw.TensorArrayReadV3(handle=array.handle, index=0, flow_in=flow, dtype=x.dtype)
    return [read, again, read]


# ---------------------------------------------------------------------------------------------
# Functional control flow: an op holds its branches or its body as functions. Ops that read a
# variable inside of these make the op one that has state, with a gradient function of its own.


@_in_graph
def case_by_index(x: Any, index: Any) -> Any:
    """`StatelessCase`, or `Case` on a variable: one of three branches; the last one by default."""
    branches = [lambda: tf.sin(x), lambda: x * x, lambda: tf.exp(x)]
    return tf.switch_case(tf.convert_to_tensor(index), branches)


@_in_graph
def cond_of_flag(x: Any, y: Any, flag: Any) -> Any:
    """`StatelessIf`, or `If` on variables: branches that use the inputs differently."""
    return tf.cond(tf.convert_to_tensor(flag), lambda: x * y, lambda: tf.sin(x))


@_in_graph
def cond_of_value(x: Any) -> Any:
    """`StatelessIf` with a predicate that depends on the input."""
    is_positive = tf.reduce_sum(x) > 0
    return tf.cond(is_positive, lambda: (x * x, 3.0 * x), lambda: (tf.exp(x), tf.sin(x)))


@_in_graph
def fold_left(x: Any) -> Any:
    """`StatelessWhile` by `tf.foldl` over the rows of a tensor."""
    return tf.foldl(lambda total, row: total * row + tf.sin(row), x)


@_in_graph
def fold_right(x: Any) -> Any:
    """`StatelessWhile` by `tf.foldr` over the rows of a tensor."""
    return tf.foldr(lambda total, row: total * row + tf.sin(row), x)


@_in_graph
def map_rows(x: Any, y: Any) -> Any:
    """`StatelessWhile` by `tf.map_fn` over the rows of two tensors."""
    return tf.map_fn(lambda rows: rows[0] * tf.exp(rows[1]), (x, y), fn_output_signature=x.dtype)


def python_function(x: Any, y: Any) -> Any:
    """`EagerPyFunc` by `tf.py_function`: Python code that TensorFlow differentiates by a tape."""
    return tf.py_function(lambda a, b: a * tf.sin(b), [x, y], x.dtype)


@_in_graph
def recomputed(x: Any, y: Any) -> Any:
    """`tf.recompute_grad`: the forward values are computed once more for the gradient."""
    return tf.recompute_grad(lambda a, b: tf.sin(a * b) * b)(x, y)


@_in_graph
def scan_rows(x: Any, start: Any, reverse: Any = False) -> Any:
    """`StatelessWhile` by `tf.scan` over the rows of a tensor."""
    return tf.scan(lambda state, row: state * row + row, x, initializer=start, reverse=reverse)


_called = _in_graph(lambda x, y: (x * tf.sin(y), x - y))


@_in_graph
def call_in_graph(x: Any, y: Any) -> Any:
    """`PartitionedCall`, or `StatefulPartitionedCall` on variables: one function in another."""
    product, difference = _called(x, y)
    return product * difference


@_in_graph
def while_counted(x: Any, y: Any, steps: Any) -> Any:
    """`StatelessWhile`, or `While` on variables: y <- sin(y) x, `steps` times."""
    return tf.while_loop(
        lambda step, _: step < steps,
        lambda step, state: (step + 1, tf.sin(state) * x),
        (tf.constant(0), tf.convert_to_tensor(y)),
    )[1]


@_in_graph
def while_nested(x: Any, steps: Any) -> Any:
    """`StatelessWhile` around `StatelessIf`: odd steps multiply, even ones add a sine."""

    def body(step: Any, state: Any) -> Any:
        return step + 1, tf.cond(step % 2 == 1, lambda: state * x, lambda: state + tf.sin(state))

    return tf.while_loop(lambda step, _: step < steps, body, (tf.constant(0), x))[1]


@_in_graph
def while_until_large(x: Any) -> Any:
    """`StatelessWhile` whose number of steps depends on the values: doubled until past 10."""
    return tf.while_loop(
        lambda state: tf.reduce_sum(state * state) < 100.0, lambda state: (state * x + state,), (x,)
    )[0]


# ---------------------------------------------------------------------------------------------
# Random ops with reparametrised gradients
#
# Samplers that reject proposals do not move with their parameters as the derivative by implicit
# reparametrisation says (Figurnov et al. 2018): it holds the quantile of the sample, which
# differences of samples at one seed do not. So the functions below put a sample into its own
# distribution function, where the two ways that a parameter acts must cancel, and keep of that
# term the derivative alone. What is left to be seen is the sum of the parameters.


def _zero_that_moves(value: Any) -> Any:
    """Zero everywhere, with the derivative of `value`."""
    return tf.zeros_like(value), lambda cotangent: cotangent


_derivative_of: Callable[[Any], Any] = tf.custom_gradient(_zero_that_moves)


def gamma_quantile(alpha: Any, seed: Any) -> Any:
    """`RandomGamma`: the quantile of a sample, which stays as alpha moves."""
    # The op's own seed alone would give another sample at each call.
    tf.random.set_seed(seed)
    drawn = tf.random.gamma([2], alpha, dtype=alpha.dtype, seed=seed)
    return alpha + _derivative_of(tf.math.igamma(alpha, drawn))


def gumbel(location: Any, scale: Any, shape: Any, seed: Any) -> Any:
    """`StatelessRandomUniformV2` as noise: location - scale log(-log u)."""
    uniform = tf.random.stateless_uniform(shape, seed, dtype=scale.dtype)
    return location - scale * tf.math.log(-tf.math.log(uniform))


def stateless_gamma_quantile(alpha: Any, shape: Any, seed: Any) -> Any:
    """`StatelessRandomGammaV3`: the quantile of a sample, which stays as alpha moves."""
    drawn = tf.random.stateless_gamma(shape, seed, alpha=alpha, dtype=alpha.dtype)
    return alpha + _derivative_of(tf.math.igamma(alpha, drawn))


def stateless_gamma_v2_quantile(alpha: Any, shape: Any, seed: Any) -> Any:
    """`StatelessRandomGammaV2`: the quantile of a sample, which stays as alpha moves."""
    drawn = raw.StatelessRandomGammaV2(shape=shape, seed=seed, alpha=alpha)
    return alpha + _derivative_of(tf.math.igamma(alpha, drawn))


def truncated_normal_quantile(
    means: Any, stddevs: Any, minvals: Any, maxvals: Any, shape: Any, seed: Any
) -> Any:
    """`StatelessParameterizedTruncatedNormal`: the quantile of a sample, whatever moves."""
    drawn = raw.StatelessParameterizedTruncatedNormal(
        shape=shape, seed=seed, means=means, stddevs=stddevs, minvals=minvals, maxvals=maxvals
    )
    below, sample, above = (
        tf.math.erf((edge - means) / stddevs / tf.sqrt(tf.constant(2.0, means.dtype)))
        for edge in (minvals, drawn, maxvals)
    )
    quantile = (sample - below) / (above - below)
    return means + stddevs + minvals + maxvals + _derivative_of(quantile)


# ---------------------------------------------------------------------------------------------
# Gradient ops, at results of the forward op that belong to its input


def batch_norm_grad(op: Any, dy: Any, x: Any, scale: Any) -> Any:
    """`FusedBatchNormGrad` and its later versions, at the mean and variance of x."""
    mean = tf.reduce_mean(x, [0, 1, 2])
    variance = tf.reduce_mean((x - mean) ** 2, [0, 1, 2])
    last = {"reserve_space_3": tf.constant([], x.dtype)} if op.endswith("V3") else {}
    gradients = getattr(raw, op)(
        y_backprop=dy,
        x=x,
        scale=scale,
        reserve_space_1=mean,
        reserve_space_2=variance,
        **last,
    )
    return gradients[:3]


def max_pool_grad(op: Any, x: Any, grad: Any, **attributes: Any) -> Any:
    """`MaxPoolGrad` and its like, at the pooled x."""
    pool = raw.MaxPool3D if "3D" in op else raw.MaxPool
    pooled = pool(input=x, **attributes)
    return getattr(raw, op)(orig_input=x, orig_output=pooled, grad=grad, **attributes)
