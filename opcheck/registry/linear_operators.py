"""Every class of linear operators, through its methods and the tensors that make it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from opcheck.domains import (
    between,
    complex_between,
    lower_triangular,
    nonzero,
    normal,
    positive,
    spd,
    well_conditioned,
)
from opcheck.spec import COMPLEX128, DOUBLES, DTYPE, FLOAT64, Row, Sample, choices, function, sample

ENTRIES = ("diag_part", "to_dense", "trace")
DETERMINANTS = ("determinant", "log_abs_determinant")
DEFINITE = {"is_positive_definite": True, "is_self_adjoint": True}

MATRIX: Any = {"FullMatrix": {"matrix": well_conditioned(2, 2)}}
DEFINITE_MATRIX: Any = {"FullMatrix": {"matrix": spd(2, 2), **DEFINITE}}
DIAGONAL: Any = {"Diag": {"diag": nonzero(2)}}
LOWER: Any = {"LowerTriangular": {"tril": lower_triangular(2, 2)}}
CIRCULANT: Any = {
    "Circulant": {"spectrum": complex_between(0.5, 2.0)(2), "input_output_dtype": DTYPE}
}


@dataclass(frozen=True)
class Methods:
    """One operator and the methods that it is put through.

    Attributes:
        operator: the operator as data, by the end of its class's name.
        x: what `matmul` and `solve` are called with, as they are and with `adjoint=True`.
        further: more methods that take nothing.
        determinants_in: the dtypes of its determinants; () where these are constant or refused.
        variant: what is special about it.
        unjudged_at: special points of its methods that cannot be judged.
    """

    operator: dict[str, Any]
    x: Any
    entries: tuple[str, ...] = ENTRIES
    further: tuple[str, ...] = ()
    called: tuple[str, ...] = ("matmul", "solve")
    dtypes: tuple[str, ...] = DOUBLES
    determinants_in: tuple[str, ...] = FLOAT64
    variant: str = ""
    unjudged_at: tuple[str, ...] = ()

    def rows(self) -> tuple[Row, ...]:
        """A row of its methods, and one of its determinants, in dtypes of their own."""
        own = (self._sample(method) for method in (*self.entries, *self.further))
        called = (
            self._sample(method, way, x=self.x, adjoint=bool(way))
            for method in self.called
            for way in ("", "-adjoint")
        )
        rows = [self._row((*own, *called), self.dtypes, unjudged_at=self.unjudged_at)]
        if self.determinants_in:
            samples = tuple(self._sample(method) for method in DETERMINANTS)
            rows.append(self._row(samples, self.determinants_in, "-determinants"))
        return tuple(rows)

    def _sample(self, method: str, way: str = "", **arguments: Any) -> Sample:
        return sample(method + way, operator=self.operator, method=method, **arguments)

    def _row(
        self,
        samples: tuple[Sample, ...],
        dtypes: tuple[str, ...],
        what: str = "",
        unjudged_at: tuple[str, ...] = (),
    ) -> Row:
        [name] = self.operator
        return function(
            "opcheck.compositions.linear_operator",
            *samples,
            dtypes=dtypes,
            covers=("tf.linalg.LinearOperator", f"tf.linalg.LinearOperator{name}"),
            variant="-".join(filter(None, (name, self.variant))) + what,
            unjudged_at=unjudged_at,
        )


# Determinants of complex matrices are computed by few operators themselves; the others leave it
# to the op that `FullMatrix` calls.
OPERATORS = (
    Methods({"Adjoint": {"operator": MATRIX}}, normal(2, 2)),
    Methods({"BlockDiag": {"operators": [MATRIX, DIAGONAL]}}, normal(4, 2), further=("inverse",)),
    Methods(
        {"BlockDiag": {"operators": [DEFINITE_MATRIX, DIAGONAL], "is_self_adjoint": True}},
        [normal(2, 2), normal(2, 1)],
        further=("eigvals", "cond"),
        dtypes=FLOAT64,
        variant="blocks",
    ),
    Methods(
        {
            "BlockLowerTriangular": {
                "operators": [[MATRIX], [{"FullMatrix": {"matrix": normal(2, 2)}}, DIAGONAL]]
            }
        },
        normal(4, 1),
    ),
    Methods(
        {"Circulant": {"spectrum": complex_between(0.5, 2.0)(3), "input_output_dtype": DTYPE}},
        normal(3, 2),
        further=("inverse",),
        determinants_in=DOUBLES,
    ),
    Methods(
        {"Circulant": {"spectrum": positive(3), "input_output_dtype": "complex128"}},
        complex_between(0.5, 2.0)(3, 1),
        further=("eigvals", "cond"),
        dtypes=FLOAT64,
        variant="hermitian",
    ),
    Methods(
        {"Circulant2D": {"spectrum": complex_between(0.5, 2.0)(2, 2), "input_output_dtype": DTYPE}},
        normal(4, 1),
        dtypes=COMPLEX128,
        determinants_in=COMPLEX128,
    ),
    Methods(
        {
            "Circulant3D": {
                "spectrum": complex_between(0.5, 2.0)(2, 1, 2),
                "input_output_dtype": DTYPE,
            }
        },
        normal(4, 1),
        dtypes=COMPLEX128,
        determinants_in=COMPLEX128,
    ),
    Methods({"Composition": {"operators": [MATRIX, DIAGONAL]}}, normal(2, 2)),
    Methods(
        {"Diag": {"diag": nonzero(3)}},
        normal(3, 2),
        further=("cond", "inverse"),
        determinants_in=DOUBLES,
    ),
    Methods(
        {"Diag": {"diag": positive(3), **DEFINITE}},
        normal(3, 1),
        entries=(),
        further=("cholesky", "eigvals"),
        dtypes=FLOAT64,
        variant="definite",
    ),
    Methods(
        {"FullMatrix": {"matrix": well_conditioned(2, 2)}},
        normal(2, 2),
        further=("adjoint", "cond", "inverse"),
        determinants_in=DOUBLES,
    ),
    Methods(
        {"FullMatrix": {"matrix": spd(3, 3), **DEFINITE}},
        normal(3, 1),
        entries=(),
        further=("cholesky", "cond", "eigvals", "inverse"),
        dtypes=DOUBLES,
        determinants_in=DOUBLES,
        variant="definite",
    ),
    Methods(
        {"Householder": {"reflection_axis": nonzero(3)}},
        normal(3, 2),
        further=("cond", "inverse"),
        determinants_in=DOUBLES,
    ),
    Methods(
        {"Identity": {"num_rows": 3, "dtype": DTYPE}},
        normal(3, 2),
        entries=(),
        determinants_in=(),
    ),
    Methods(
        {"Inversion": {"operator": MATRIX}},
        normal(2, 2),
        unjudged_at=(
            "operator.Inversion.operator.FullMatrix.matrix=singular",
            "operator.Inversion.operator.FullMatrix.matrix=zeros",
        ),
    ),
    Methods({"Kronecker": {"operators": [MATRIX, DIAGONAL]}}, normal(4, 1), further=("inverse",)),
    Methods(
        {
            "LowRankUpdate": {
                "base_operator": {"Diag": {"diag": positive(3), **DEFINITE}},
                "u": normal(3, 2),
                "diag_update": positive(2),
                "is_diag_update_positive": True,
            }
        },
        normal(3, 2),
        further=("cholesky", "cond", "eigvals", "inverse"),
        dtypes=FLOAT64,
        variant="definite",
    ),
    Methods(
        {
            "LowRankUpdate": {
                "base_operator": {"Diag": {"diag": nonzero(3)}},
                "u": normal(3, 1),
                "diag_update": nonzero(1),
                "v": normal(3, 1),
            }
        },
        normal(3, 2),
    ),
    Methods(
        {"LowerTriangular": {"tril": lower_triangular(3, 3)}},
        normal(3, 2),
        further=("cond", "inverse"),
        determinants_in=DOUBLES,
    ),
    Methods(
        {"Permutation": {"perm": [2, 0, 1], "dtype": DTYPE}},
        normal(3, 2),
        entries=(),
        determinants_in=(),
    ),
    Methods(
        {"ScaledIdentity": {"num_rows": 3, "multiplier": nonzero()}},
        normal(3, 2),
        further=("cond", "inverse"),
        determinants_in=DOUBLES,
    ),
    Methods(
        {"ScaledIdentity": {"num_rows": 2, "multiplier": positive(), **DEFINITE}},
        normal(2, 1),
        entries=(),
        further=("cholesky", "eigvals"),
        dtypes=FLOAT64,
        determinants_in=(),
        variant="definite",
    ),
    Methods({"Toeplitz": {"col": nonzero(3), "row": nonzero(3)}}, normal(3, 2)),
    Methods({"Tridiag": {"diagonals": nonzero(3, 3)}}, normal(3, 1), dtypes=FLOAT64),
    # What `solve` does with complex numbers is at `tf.linalg.tridiagonal_solve`.
    Methods(
        {"Tridiag": {"diagonals": nonzero(3, 2)}},
        normal(2, 1),
        called=("matmul",),
        dtypes=COMPLEX128,
        determinants_in=(),
        variant="complex",
    ),
    Methods(
        {
            "Tridiag": {
                "diagonals": [normal(3), positive(3), normal(3)],
                "diagonals_format": "sequence",
            }
        },
        normal(3, 2),
        dtypes=FLOAT64,
        determinants_in=(),
        variant="sequence",
    ),
    Methods(
        {"Tridiag": {"diagonals": well_conditioned(3, 3), "diagonals_format": "matrix"}},
        normal(3, 2),
        dtypes=FLOAT64,
        determinants_in=(),
        variant="matrix",
    ),
    Methods(
        {"Zeros": {"num_rows": 3, "dtype": DTYPE}},
        normal(3, 2),
        entries=(),
        called=("matmul",),
        dtypes=FLOAT64,
        determinants_in=(),
    ),
)

# Pairs whose products, and quotients, are computed from what the two hold.
PAIRS: Any = (
    (CIRCULANT, CIRCULANT),
    (DIAGONAL, DIAGONAL),
    (DIAGONAL, LOWER),
    (DIAGONAL, MATRIX),
    (LOWER, DIAGONAL),
    (MATRIX, DIAGONAL),
    (MATRIX, LOWER),
)
NESTED_PAIRS: Any = (
    (
        {"Kronecker": {"operators": [MATRIX, DIAGONAL]}},
        {"Kronecker": {"operators": [DIAGONAL, MATRIX]}},
    ),
    (
        {"BlockDiag": {"operators": [MATRIX, DIAGONAL]}},
        {"BlockDiag": {"operators": [DIAGONAL, DIAGONAL]}},
    ),
)


def _calls(method: str, operator: dict[str, Any], x: Any, **options: Any) -> Sample:
    """A call whose id names the method, the operator, and what it is called with."""
    parts = [method, *operator, *(x if isinstance(x, dict) else ()), *options]
    return sample("-".join(parts), operator=operator, method=method, x=x, **options)


ROWS = (
    *(row for methods in OPERATORS for row in methods.rows()),
    function(
        "opcheck.compositions.linear_operator",
        *(_calls("matmul", first, second) for first, second in (*PAIRS, *NESTED_PAIRS)),
        *(_calls("solve", first, second) for first, second in PAIRS),
        variant="of-operators",
    ),
    function(
        "opcheck.compositions.linear_operator",
        *(
            _calls(method, operator, normal(2, 2), adjoint_arg=True)
            for method in ("matmul", "solve")
            for operator in (CIRCULANT, DIAGONAL, LOWER, MATRIX)
        ),
        *(
            _calls(method, operator, normal(2))
            for method in ("matvec", "solvevec")
            for operator in (CIRCULANT, DIAGONAL, LOWER, MATRIX)
        ),
        dtypes=DOUBLES,
        variant="arguments",
    ),
    function(
        "opcheck.compositions.linear_operator",
        *(
            _calls("add_to_tensor", operator, normal(2, 2))
            for operator in (
                DIAGONAL,
                MATRIX,
                {"Identity": {"num_rows": 2, "dtype": DTYPE}},
                {"ScaledIdentity": {"num_rows": 2, "multiplier": normal()}},
                {"Zeros": {"num_rows": 2, "dtype": DTYPE}},
            )
        ),
        variant="sums",
    ),
    # What converges only in the limit is judged where it stops, after as many steps near a point.
    function(
        "opcheck.compositions.conjugate_gradient",
        operator={"FullMatrix": {"matrix": spd(3, 3), **DEFINITE}},
        rhs=normal(3),
        max_iter=choices(1, 2),
        covers=("tf.linalg.experimental.conjugate_gradient",),
    ),
    function(
        "opcheck.compositions.conjugate_gradient",
        operator={"FullMatrix": {"matrix": spd(3, 3), **DEFINITE}},
        rhs=between(0.5, 2.0)(3),
        x=between(0.5, 2.0)(3),
        preconditioner={"Diag": {"diag": positive(3), **DEFINITE}},
        max_iter=2,
        variant="preconditioned",
        unjudged_at=("preconditioner.Diag.diag=zeros",),
    ),
)
