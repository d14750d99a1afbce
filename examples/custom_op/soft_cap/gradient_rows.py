"""How opcheck is to call what this package has; named in [tool.opcheck] of pyproject.toml."""

from opcheck.domains import between, normal
from opcheck.spec import FLOATS, function

CAP = between(0.5, 3.0)()

ROWS = (
    function("soft_cap.ops:soft_cap", x=normal(2, 3), cap=CAP, dtypes=FLOATS),
    function("soft_cap.ops:soft_cap_v2", x=normal(2, 3), cap=CAP, dtypes=FLOATS),
    # Vectors of zeros have no direction.
    function("soft_cap.unit:unit", x=normal(2, 3), dtypes=FLOATS, unjudged_at=("x=zeros",)),
    function(
        "soft_cap.unit:unit_of_fixed_length",
        x=normal(2, 3),
        dtypes=FLOATS,
        unjudged_at=("x=zeros",),
    ),
)
