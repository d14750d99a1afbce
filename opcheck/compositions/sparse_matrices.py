"""Sparse matrices in CSR form, which are variants."""

from __future__ import annotations

from typing import Any

from opcheck.backend import tf
from opcheck.compositions.graphs import in_graph

raw = tf.raw_ops


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


@in_graph
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
