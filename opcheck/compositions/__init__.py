"""Ops that no single call can show, in ordinary compositions of calls around the op under test.

Rows name them by their dotted names, `opcheck.compositions.list_stack`; generated tests show these.
"""

# ruff: noqa: F401 - what is imported here is what is offered

from __future__ import annotations

from opcheck.compositions.control_flow import (
    call_in_graph,
    case_by_index,
    case_of_variable,
    cond_of_flag,
    cond_of_number,
    cond_of_value,
    fold_left,
    fold_right,
    map_rows,
    python_function,
    python_function_later,
    python_function_of_index,
    recomputed,
    scan_rows,
    while_counted,
    while_nested,
    while_until_large,
)
from opcheck.compositions.gradient_ops import (
    batch_norm_grad,
    max_pool_grad,
)
from opcheck.compositions.handles import (
    composite_variant,
    gather_nd_of_variable,
    gather_of_variable,
    list_concat,
    list_concat_lists,
    list_concat_version_1,
    list_gather,
    list_get_item,
    list_pop_back,
    list_push_back,
    list_push_back_batch,
    list_resize,
    list_scatter,
    list_scatter_into_existing,
    list_scatter_version_1,
    list_set_item,
    list_split,
    list_stack,
    map_lookup,
    optional_value,
    ragged_variant,
    read_variable,
)
from opcheck.compositions.passing import (
    debug_gradient,
    debug_gradient_of_reference,
    eager_const,
    entry_at,
    isotonic_regression,
    xla_einsum,
    xla_shard_to_full_shape,
    xla_sharding,
)
from opcheck.compositions.sampling import (
    gamma_quantile,
    gumbel,
    stateless_gamma_quantile,
    stateless_gamma_v2_quantile,
    truncated_normal_quantile,
)
from opcheck.compositions.sparse_matrices import (
    csr_from_dense,
    csr_matmul,
    csr_sparse_matmul,
    csr_sparse_matmul_in_graph,
    csr_to_dense,
    csr_transpose,
)
from opcheck.compositions.tensor_arrays import (
    array_concat,
    array_gather,
    array_read,
    array_scatter_flow,
    array_split_flow,
    array_write_flow,
    tensor_array_read,
)
from opcheck.compositions.version_1 import (
    frame_cond,
    frame_cond_of_value,
    frame_switch,
    frame_while,
    frame_while_gather,
    frame_while_nested,
    frame_while_until_large,
    reference_cond,
    reference_identity,
    reference_of_loop,
    reference_while,
)
