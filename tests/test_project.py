"""The project that opcheck is called in: what its pyproject.toml says, and says wrong."""

import re
from pathlib import Path

import pytest

from opcheck import project
from opcheck.errors import UsageError


def write(directory, text):
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "pyproject.toml").write_text(text, encoding="utf-8")
    return directory


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("[tool.opcheck]\n", ()),
        ('[tool.opcheck]\nrows = "a.rows"\n', ("a.rows",)),
        ('[tool.opcheck]\nrows = ["a.rows", "b"]\n', ("a.rows", "b")),
    ],
)
def test_the_names_of_the_modules_of_rows(tmp_path, text, rows):
    found = project.find(write(tmp_path, text))
    assert found == project.Project(tmp_path, rows)
    assert found.file == tmp_path / "pyproject.toml"


def test_a_project_is_found_from_inside_of_it(tmp_path):
    write(tmp_path, '[tool.opcheck]\nrows = "a"\n')
    inner = write(tmp_path / "inner", "[tool.other]\n")
    (inner / "deep").mkdir()
    assert project.find(inner / "deep").root == tmp_path


def test_there_need_be_none(tmp_path):
    assert project.find(write(tmp_path, '[project]\nname = "opcheck-user"\n')) is None


def test_a_broken_file_that_does_not_name_opcheck_is_none_of_its_business(tmp_path):
    assert project.find(write(tmp_path, "[[[")) is None


def test_a_directory_that_is_gone_holds_no_project(tmp_path, monkeypatch):
    def gone():
        raise FileNotFoundError

    monkeypatch.setattr(Path, "cwd", gone)
    assert project.find() is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.opcheck\n", "is no TOML: "),
        ("[tool]\nopcheck = 1\n", "opcheck=1 under [tool] must be a table: [tool.opcheck]"),
        ('[tool.opcheck]\nrow = "a"\n', "'row'; did you mean rows?"),
        ("[tool.opcheck]\nrows = 3\n", "rows=3 under [tool.opcheck] must be the name of a module"),
        ('[tool.opcheck]\nrows = ["a", ""]\n', "rows=['a', ''] under [tool.opcheck] must be"),
    ],
)
def test_what_is_wrong_is_told_with_the_file(tmp_path, text, message):
    with pytest.raises(UsageError, match=re.escape(message)) as found:
        project.find(write(tmp_path, text))
    assert str(tmp_path / "pyproject.toml") in str(found.value)


def test_a_file_that_is_no_text_is_named(tmp_path):
    (tmp_path / "pyproject.toml").write_bytes(b"opcheck \xff")
    with pytest.raises(UsageError, match=r"cannot read .*pyproject\.toml"):
        project.find(tmp_path)
