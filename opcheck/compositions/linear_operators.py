"""Methods of `tf.linalg.LinearOperator`, on operators that rows write as data.

`{"Diag": {"diag": ...}}` stands for `tf.linalg.LinearOperatorDiag(diag=...)`; operators made of
others hold them in the same way.
"""

from __future__ import annotations

from typing import Any

from opcheck.backend import tf
from opcheck.compositions.graphs import in_graph


def linear_operator(operator: Any, method: Any, x: Any = None, **options: Any) -> Any:
    """What a method of an operator gives, as tensors.

    Args:
        operator: an operator as data, whose tensors are differentiated.
        method: the name of the method.
        x: what the method is called with, if anything: a tensor, a list of them or an operator.
        options: further arguments of the method.
    """
    given = () if x is None else (_made(x),)
    return _dense(getattr(_made(operator), method)(*given, **options))


def conjugate_gradient(operator: Any, rhs: Any, **options: Any) -> Any:
    """The solution that `tf.linalg.experimental.conjugate_gradient` has in the end."""
    made = {name: _made(option) for name, option in options.items()}
    return tf.linalg.experimental.conjugate_gradient(_made(operator), rhs, **made).x


@in_graph
def tridiagonal_eigenvalues(alpha: Any, beta: Any) -> Any:
    """`tf.linalg.eigh_tridiagonal`, whose bisection would take long step by step."""
    return tf.linalg.eigh_tridiagonal(alpha, beta)


def _made(value: Any) -> Any:
    """A value with the operators in it made."""
    if isinstance(value, list):
        return [_made(item) for item in value]
    if not isinstance(value, dict):
        return value
    [(name, arguments)] = value.items()
    made = {argument: _made(given) for argument, given in arguments.items()}
    return getattr(tf.linalg, f"LinearOperator{name}")(**made)


def _dense(result: Any) -> Any:
    return result.to_dense() if isinstance(result, tf.linalg.LinearOperator) else result
