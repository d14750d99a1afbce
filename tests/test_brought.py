"""Rows that users bring: by their pyproject.toml, and by entry points."""

import sys

import pytest

from opcheck import cli, registry
from opcheck.errors import UsageError
from opcheck.registry import _brought

ROWS = """
from opcheck.domains import normal
from opcheck.spec import function

ROWS = (function("mine.ops:twice", x=normal(2)),)
"""
DEFECTS = """
from opcheck.known import KnownDefect

KNOWN_DEFECTS = (
    KnownDefect("twice", "mine.ops:twice/*", "wrong", "x: wrong", "It should be 2."),
)
"""
OPS = "def twice(x):\n    return 2 * x\n"


@pytest.fixture
def mine(tmp_path, monkeypatch):
    """A project with a package `mine`; its table of rows can be written anew."""
    package = tmp_path / "mine"
    package.mkdir()
    (tmp_path / "pyproject.toml").write_text('[tool.opcheck]\nrows = "mine.rows"\n')
    (package / "__init__.py").write_text("")
    (package / "ops.py").write_text(OPS)

    def write(text):
        (package / "rows.py").write_text(text)
        return tmp_path

    write(ROWS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    forget()
    yield write
    forget()


def forget():
    """Let the next look at the registry be the first."""
    _brought.tables.cache_clear()
    registry.rows.cache_clear()
    for name in [name for name in sys.modules if name.partition(".")[0] == "mine"]:
        del sys.modules[name]


def install(place, **entries):
    """What an installer leaves of a distribution `theirs` with these entry points."""
    facts = place / "theirs-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    lines = [f"{name} = {value}\n" for name, value in entries.items()]
    (facts / "entry_points.txt").write_text("[opcheck.registry]\n" + "".join(lines))
    sys.path.insert(0, str(place))


def test_rows_of_a_project_join_the_registry(mine):
    (row,) = [row for row in registry.rows() if row.target == "mine.ops:twice"]
    assert row.family == "mine_rows"
    assert "x=zeros" in row.special_points
    assert registry.default_selection() == ("mine_rows",)


def test_the_own_rows_are_as_they_were(mine):
    before = [row for row in registry.rows() if row.family != "mine_rows"]
    mine(ROWS + 'from opcheck.spec import op\nROWS += (op("Exp", x=normal(2), variant="a"),)\n')
    forget()
    assert [row for row in registry.rows() if row.family != "mine_rows"] == before


def test_known_defects_come_along(mine):
    mine(ROWS + DEFECTS)
    assert "twice" in {defect.id for defect in registry.known_defects()}


def test_without_a_project_everything_is_meant(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    forget()
    assert registry.default_selection() == ()
    forget()


def test_an_entry_point_brings_rows_that_no_command_means_by_itself(mine, tmp_path):
    (tmp_path / "pyproject.toml").unlink()
    install(tmp_path, anything="mine.rows")
    assert "mine.ops:twice" in {row.target for row in registry.rows()}
    assert registry.default_selection() == ()


def test_a_module_that_both_name_is_taken_once(mine, tmp_path):
    install(tmp_path, anything="mine.rows")
    (table,) = _brought.tables()
    assert table.is_own


# -- What is wrong with them ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "mine.rows has no rows; expected ROWS = (op(...), function(...), ...)"),
        ("ROWS = 3", "ROWS of mine.rows is a int, expected a tuple"),
        (ROWS + "ROWS = ROWS[0]", "expected a tuple; write ROWS = (...,) for a single one"),
        (ROWS + "ROWS += ('x',)", "ROWS[1] of mine.rows is 'x', expected a Row of opcheck.spec"),
        ("import nowhere", "mine.rows cannot be imported: No module named 'nowhere'"),
        ("ROWS = (", "mine.rows raises on import: SyntaxError: "),
        (ROWS + "\nfunction('f')", "rows.py, line 7): UsageError: f: the row has no samples"),
        (ROWS + "raise SystemExit(3)", "rows.py, line 6): SystemExit: 3"),
        (ROWS + "KNOWN_DEFECTS = (1,)", "KNOWN_DEFECTS[0] of mine.rows is 1, expected a Known"),
    ],
)
def test_a_wrong_table_is_told_with_who_names_it(mine, text, message):
    root = mine(text)
    with pytest.raises(UsageError) as found:
        _brought.tables()
    assert str(found.value).startswith(f"[tool.opcheck] in {root / 'pyproject.toml'}: ")
    assert message in str(found.value)


def test_a_module_that_is_not_there_is_told(mine):
    root = mine(ROWS)
    (root / "mine" / "rows.py").unlink()
    with pytest.raises(UsageError, match=r"there is no module 'mine\.rows'"):
        _brought.tables()


def test_a_wrong_entry_point_is_told(mine, tmp_path):
    install(tmp_path, rows="no_such_module")
    with pytest.raises(UsageError, match=r"^the entry point 'rows' of theirs: there is no module"):
        _brought.tables()


def test_a_family_of_opchecks_own_is_refused(mine):
    root = mine(ROWS)
    (root / "unary.py").write_text(ROWS)
    (root / "pyproject.toml").write_text('[tool.opcheck]\nrows = "unary"\n')
    with pytest.raises(UsageError, match="unary is a table of opcheck's own"):
        registry.rows()
    del sys.modules["unary"]


# -- The commands -----------------------------------------------------------------------------


def test_generate_writes_a_projects_own_rows_and_those_that_are_asked_for(mine, tmp_path, capsys):
    out = tmp_path / "tests" / "gradients"
    assert cli.main(["generate", "--out", str(out)]) == 0
    (file,) = out.iterdir()
    assert file.name == "test_mine_rows_gradients.py"
    assert 'gradcheck.function("mine.ops:twice", sample, dtype, check)' in file.read_text()
    assert cli.main(["generate", "--out", str(out), "--check"]) == 0
    assert cli.main(["generate", "Exp", "--out", str(tmp_path / "others")]) == 0
    assert "test_unary_gradients.py" in {path.name for path in (tmp_path / "others").iterdir()}
    assert capsys.readouterr().err == ""


def test_a_wrong_table_is_wrong_usage(mine, capsys):
    mine("ROWS = 3")
    assert cli.main(["list"]) == 2
    assert "ROWS of mine.rows is a int" in capsys.readouterr().err


def test_the_list_has_them(mine, capsys):
    assert cli.main(["list", "twice"]) == 0
    assert capsys.readouterr().out.startswith("mine_rows  mine.ops:twice  ")
