"""Reductions over segments, sorted, unsorted and sparse."""

from __future__ import annotations

from opcheck.domains import distinct, nonzero, normal
from opcheck.spec import COMPLEX, DTYPES, REALS, choices, op, sample

ROWS = (
    op(
        "SegmentMax",
        sample("rank1", data=distinct(5), segment_ids=[0, 0, 1, 1, 1]),
        sample("gap", data=distinct(4, 2), segment_ids=[0, 0, 2, 3]),
        sample("rank3", data=distinct(3, 2, 2), segment_ids=[0, 1, 1]),
        dtypes=REALS,
    ),
    op(
        "SegmentMean",
        sample("rank1", data=normal(5), segment_ids=[0, 0, 1, 1, 1]),
        sample("gap", data=normal(4, 2), segment_ids=[0, 0, 2, 3]),
        sample("rank3", data=normal(3, 2, 2), segment_ids=[0, 1, 1]),
        dtypes=DTYPES,
    ),
    op(
        "SegmentMin",
        sample("rank1", data=distinct(5), segment_ids=[0, 0, 1, 1, 1]),
        sample("gap", data=distinct(4, 2), segment_ids=[0, 0, 2, 3]),
        sample("rank3", data=distinct(3, 2, 2), segment_ids=[0, 1, 1]),
        dtypes=REALS,
    ),
    op(
        "SegmentProd",
        sample("rank1", data=nonzero(5), segment_ids=[0, 0, 1, 1, 1]),
        sample("gap", data=nonzero(4, 2), segment_ids=[0, 0, 2, 3]),
        sample("rank3", data=nonzero(3, 2, 2), segment_ids=[0, 1, 1]),
        dtypes=REALS,
    ),
    # The gradient lacks the conjugate of the product of the other factors.
    op(
        "SegmentProd",
        data=nonzero(4),
        segment_ids=[0, 0, 1, 1],
        dtypes=COMPLEX,
        variant="complex",
    ),
    op(
        "SegmentSum",
        sample("rank1", data=normal(5), segment_ids=[0, 0, 1, 1, 1]),
        sample("gap", data=normal(4, 2), segment_ids=[0, 0, 2, 3]),
        sample("rank3", data=normal(3, 2, 2), segment_ids=[0, 1, 1]),
        dtypes=DTYPES,
    ),
    op(
        "SparseSegmentMean",
        sample("gap", data=normal(4, 2), indices=[3, 1], segment_ids=[0, 2]),
        data=normal(4, 2),
        indices=[3, 0, 3, 1],
        segment_ids=choices([0, 0, 1, 1], [0, 0, 0, 1]),
        sparse_gradient=choices(False, True),
        dtypes=REALS,
    ),
    op(
        "SparseSegmentMeanWithNumSegments",
        data=normal(4, 2),
        indices=[3, 0, 3, 1],
        segment_ids=choices([0, 0, 2, 2], [1, 1, 1, 2]),
        num_segments=4,
        sparse_gradient=choices(False, True),
        dtypes=REALS,
    ),
    op(
        "SparseSegmentSqrtN",
        sample("gap", data=normal(4, 2), indices=[3, 1], segment_ids=[0, 2]),
        data=normal(4, 2),
        indices=[3, 0, 3, 1],
        segment_ids=choices([0, 0, 1, 1], [0, 0, 0, 1]),
        sparse_gradient=choices(False, True),
        dtypes=REALS,
    ),
    op(
        "SparseSegmentSqrtNWithNumSegments",
        data=normal(4, 2),
        indices=[3, 0, 3, 1],
        segment_ids=choices([0, 0, 2, 2], [1, 1, 1, 2]),
        num_segments=4,
        sparse_gradient=choices(False, True),
        dtypes=REALS,
    ),
    op(
        "SparseSegmentSum",
        sample("gap", data=normal(4, 2), indices=[3, 1], segment_ids=[0, 2]),
        data=normal(4, 2),
        indices=[3, 0, 3, 1],
        segment_ids=choices([0, 0, 1, 1], [0, 0, 0, 1]),
        sparse_gradient=choices(False, True),
        dtypes=REALS,
    ),
    op(
        "SparseSegmentSumWithNumSegments",
        data=normal(4, 2),
        indices=[3, 0, 3, 1],
        segment_ids=choices([0, 0, 2, 2], [1, 1, 1, 2]),
        num_segments=4,
        sparse_gradient=choices(False, True),
        dtypes=REALS,
    ),
    # A negative id drops its entries; a segment without entries keeps the neutral element.
    op(
        "UnsortedSegmentMax",
        sample("rank1", data=distinct(5), segment_ids=[1, 0, 1, 0, 1], num_segments=2),
        sample("dropped", data=distinct(4, 2), segment_ids=[2, -1, 0, 2], num_segments=3),
        sample("empty", data=distinct(3), segment_ids=[0, 2, 2], num_segments=4),
        sample("rank2", data=distinct(2, 3), segment_ids=[[0, 1, 0], [1, 1, 0]], num_segments=2),
        dtypes=REALS,
    ),
    op(
        "UnsortedSegmentMin",
        sample("rank1", data=distinct(5), segment_ids=[1, 0, 1, 0, 1], num_segments=2),
        sample("dropped", data=distinct(4, 2), segment_ids=[2, -1, 0, 2], num_segments=3),
        sample("empty", data=distinct(3), segment_ids=[0, 2, 2], num_segments=4),
        sample("rank2", data=distinct(2, 3), segment_ids=[[0, 1, 0], [1, 1, 0]], num_segments=2),
        dtypes=REALS,
    ),
    op(
        "UnsortedSegmentProd",
        sample("rank1", data=nonzero(5), segment_ids=[1, 0, 1, 0, 1], num_segments=2),
        sample("dropped", data=nonzero(4, 2), segment_ids=[2, -1, 0, 2], num_segments=3),
        sample("empty", data=nonzero(3), segment_ids=[0, 2, 2], num_segments=4),
        sample("rank2", data=nonzero(2, 3), segment_ids=[[0, 1, 0], [1, 1, 0]], num_segments=2),
        dtypes=REALS,
    ),
    # As for SegmentProd.
    op(
        "UnsortedSegmentProd",
        data=nonzero(4),
        segment_ids=[1, 0, 1, 0],
        num_segments=2,
        dtypes=COMPLEX,
        variant="complex",
    ),
    op(
        "UnsortedSegmentSum",
        sample("rank1", data=normal(5), segment_ids=[1, 0, 1, 0, 1], num_segments=2),
        sample("dropped", data=normal(4, 2), segment_ids=[2, -1, 0, 2], num_segments=3),
        sample("empty", data=normal(3), segment_ids=[0, 2, 2], num_segments=4),
        sample("rank2", data=normal(2, 3), segment_ids=[[0, 1, 0], [1, 1, 0]], num_segments=2),
        dtypes=DTYPES,
    ),
)
