"""Ops that no single call can show, in ordinary compositions of calls around the op under test.

Rows name them by their dotted names, `opcheck.compositions.list_stack`; generated tests show these.
"""

# ruff: noqa: F401 - what is imported here is what is offered

from __future__ import annotations

from opcheck.compositions.composites import mapped, of_composites
from opcheck.compositions.conds import (
    case_compiled,
    cond_compiled,
    cond_constant,
    cond_eager_tensor,
    cond_handle,
    cond_index,
    cond_rows,
)
from opcheck.compositions.control_flow import (
    call_in_graph,
    case_by_index,
    cond_of_flag,
    cond_of_value,
    fold_left,
    fold_right,
    map_rows,
    python_function,
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
    reshaped_rows,
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
    list_of_unknown_length,
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
    ragged_variant_matrix,
    ragged_variant_unknown,
    ragged_variant_whole,
    read_variable,
)
from opcheck.compositions.linear_operators import (
    conjugate_gradient,
    linear_operator,
    tridiagonal_eigenvalues,
)
from opcheck.compositions.loops import (
    while_compiled,
    while_constant,
    while_eager_tensor,
    while_gather,
    while_gather_of_variable,
    while_handle,
    while_outer_tensor,
    while_pop,
    while_raw,
    while_raw_counted,
    while_rows,
    while_size,
    while_slope,
    while_swapped,
    while_taped_of_variables,
    while_taped_rows,
)
from opcheck.compositions.passing import (
    debug_gradient,
    debug_gradient_of_reference,
    debug_gradient_twice,
    eager_const,
    entry_at,
    entry_below,
    isotonic_regression,
    xla_einsum,
    xla_shard_to_full_shape,
    xla_sharding,
)
from opcheck.compositions.public import (
    array_of_rows,
    batched,
    case_of_values,
    custom_gradient,
    edit_distance_of_values,
    einsum_of_two,
    gradient_passed_through,
    gradients_in_graph,
    grid,
    hessians_in_graph,
    indexed_slices,
    keras_model,
    numpy_function,
    parallel_stack,
    ragged_rows,
    registered_gradient,
    sparse_entries,
    through_function,
    variable_of_value,
    vectorized_rows,
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
    tensor_array_taped,
)
from opcheck.compositions.version_1 import (
    frame_cond,
    frame_cond_of_value,
    frame_slope,
    frame_switch,
    frame_while,
    frame_while_concat,
    frame_while_cond,
    frame_while_floor,
    frame_while_forward,
    frame_while_gather,
    frame_while_nested,
    frame_while_rows,
    frame_while_second,
    frame_while_slices,
    frame_while_until_large,
    reference_cond,
    reference_identity,
    reference_while,
)
