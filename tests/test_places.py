"""Names for rows and columns: entries, slices, parts."""

import numpy as np
import pytest

from opcheck.diagnosis.places import Coordinates, label_among, listed, place_among

VECTOR = Coordinates("v", (8,))
MATRIX = Coordinates("m", (3, 4))
COMPLEX = Coordinates("z", (2, 3), True)


def marked(tensor, index):
    """A mask over the flat coordinates that marks what an index of the grid selects."""
    grid = np.zeros(tensor.grid, bool)
    grid[index] = True
    return grid.ravel()


@pytest.mark.parametrize(
    ("tensor", "index", "words"),
    [
        (VECTOR, np.s_[:], "v"),
        (VECTOR, np.s_[3], "v[3]"),
        (VECTOR, np.s_[2:5], "v[2:5]"),
        (VECTOR, np.s_[1::2], "v[1:8:2]"),
        (VECTOR, [0, 5], "v[[0, 5]]"),
        (VECTOR, [0, 1, 5], "v[[0, 1, 5]]"),
        (VECTOR, [0, 1, 5, 6], ""),
        (MATRIX, np.s_[1], "m[1, :]"),
        (MATRIX, np.s_[:, 2], "m[:, 2]"),
        (MATRIX, np.s_[:2, 1:], "m[0:2, 1:4]"),
        (MATRIX, ([0, 1], [1, 0]), "m[0, 1] and m[1, 0]"),
        (MATRIX, ([0, 1, 2], [1, 0, 0]), "m[0, 1], m[1, 0] and m[2, 0]"),
        (MATRIX, ([0, 1, 2, 2], [1, 0, 0, 3]), ""),
        (COMPLEX, np.s_[..., 1], "z.imag"),
        (COMPLEX, np.s_[0, :, 0], "z[0, :].real"),
        (COMPLEX, np.s_[0, 2], "z[0, 2]"),
        (COMPLEX, np.s_[0, 2, 1], "z[0, 2].imag"),
        (Coordinates("s", ()), np.s_[...], "s"),
        (Coordinates("s", (), True), np.s_[1], "s.imag"),
        (Coordinates("one", (1, 3)), np.s_[0, 2], "one[0, 2]"),
        (Coordinates("d", (2,), labels=("north", "east")), [1], "east"),
    ],
)
def test_a_place_is_written_as_python_would(tensor, index, words):
    assert tensor.place(marked(tensor, index)) == words


def test_several_tensors_in_a_row():
    tensors = (Coordinates("a", ()), VECTOR, MATRIX)
    assert label_among(tensors, 0) == "a"
    assert label_among(tensors, 3) == "v[2]"
    assert label_among(tensors, 9 + 5) == "m[1, 1]"
    everything = np.ones(21, bool)
    assert place_among(tensors, everything) == "a, v and m"
    assert place_among(tensors, np.arange(21) == 4) == "v[3]"


def test_a_position_beyond_the_last_has_no_name():
    with pytest.raises(IndexError):
        label_among((VECTOR,), 8)


def test_a_list_ends_in_and():
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
