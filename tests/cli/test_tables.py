"""Tables at any width: no number is ever cut off."""

import io

import pytest
from rich.console import Console
from rich.table import Table

from opcheck.cli import tables


@pytest.fixture
def table():
    made = Table("family", "cases", "not\njudged")
    made.add_row("unary", "24,548", "1,234,567")
    made.add_row("all", "24,548", "")
    return made


def shown(table, width, is_terminal):
    console = Console(
        file=io.StringIO(), width=width, force_terminal=is_terminal, color_system=None
    )
    tables.show(console, table)
    assert console.width == width
    return console.file.getvalue()


@pytest.mark.parametrize(("width", "is_terminal"), [(80, True), (80, False), (20, False)])
def test_a_table_is_whole_where_it_fits_and_in_files(table, width, is_terminal):
    text = shown(table, width, is_terminal)
    assert "24,548" in text
    assert "1,234,567" in text
    assert "…" not in text
    assert text.count("\n") == 7


def test_on_a_narrow_terminal_each_row_is_a_line(table):
    text = shown(table, 30, is_terminal=True)
    assert " ".join(text.split()) == ("unary: 24,548 cases, 1,234,567 not judged all: 24,548 cases")
