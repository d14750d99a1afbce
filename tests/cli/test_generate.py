"""`opcheck generate`: exit codes, messages and files."""

import re
from dataclasses import replace

import pytest

from opcheck import registry
from opcheck.cases import plans
from opcheck.cli import main
from tests.examples import DEFECTS, ROWS

FILE = "test_example_gradients.py"
COUNT = sum(1 for row in ROWS for _ in plans(row))
OF_EXP = tuple(
    f"{row}{check}"
    for row in ("exp", "exp_positive_half")
    for check in ("", "_special", "_agreement")
)
OF_CHOLESKY = ("cholesky", "cholesky_special", "cholesky_agreement")


@pytest.fixture(autouse=True)
def table(monkeypatch):
    """A registry of few rows; a test may put another in its place."""

    def use(rows, defects=DEFECTS):
        monkeypatch.setattr(registry, "rows", lambda: tuple(rows))
        monkeypatch.setattr(registry, "known_defects", lambda: tuple(defects))

    use(ROWS)
    return use


def generate(directory, *arguments):
    return main(["generate", "--out", str(directory), *arguments])


def test_files_are_written_and_counted(tmp_path, capsys):
    assert generate(tmp_path) == 0
    assert capsys.readouterr().out == f"{tmp_path}: {COUNT} tests in 1 files, 1 files changed\n"
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_second_time_nothing_changes(tmp_path, capsys):
    generate(tmp_path)
    before = (tmp_path / FILE).stat().st_mtime_ns
    assert generate(tmp_path) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("0 files changed")
    assert (tmp_path / FILE).stat().st_mtime_ns == before


def test_check_of_current_files_is_good_and_silent(tmp_path, capsys):
    generate(tmp_path)
    capsys.readouterr()
    assert generate(tmp_path, "--check") == 0
    assert capsys.readouterr() == ("", "")


def test_check_of_missing_files_shows_them_and_writes_nothing(tmp_path, capsys):
    directory = tmp_path / "none"
    assert generate(directory, "--check") == 1
    captured = capsys.readouterr()
    assert "+def test_exp(gradcheck, sample, dtype, check):" in captured.out
    assert captured.err == "1 of 1 files are stale: run `opcheck generate`\n"
    assert not directory.exists()


def test_check_of_stale_files_shows_the_difference(tmp_path, capsys, table):
    generate(tmp_path)
    before = (tmp_path / FILE).read_bytes()
    capsys.readouterr()
    table(ROWS[1:])
    assert generate(tmp_path, "--check") == 1
    out = capsys.readouterr().out
    assert f"--- {tmp_path / FILE} (on disk)" in out
    assert "-def test_batch_mat_mul_v2(gradcheck, sample, dtype, check):" in out
    assert (tmp_path / FILE).read_bytes() == before


def test_a_selection_is_written_alone(tmp_path, capsys):
    assert generate(tmp_path, "exp", "cholesky") == 0
    assert capsys.readouterr().out == f"{tmp_path}: 9 tests in 1 files, 1 files changed\n"
    written = re.findall(r"^def test_(\w+)", (tmp_path / FILE).read_text(), re.MULTILINE)
    assert sorted(written) == sorted(OF_EXP + OF_CHOLESKY)


def test_a_selection_that_would_drop_tests_is_refused(tmp_path, capsys):
    generate(tmp_path)
    before = (tmp_path / FILE).read_bytes()
    assert generate(tmp_path, "exp") == 1
    err = capsys.readouterr().err
    dropped = COUNT - len(OF_EXP)
    assert f"opcheck: {tmp_path / FILE} also holds {dropped} tests that are not selected" in err
    assert (tmp_path / FILE).read_bytes() == before


@pytest.mark.parametrize("arguments", [[], ["--check"]])
def test_a_file_edited_by_hand_is_refused(tmp_path, capsys, arguments):
    generate(tmp_path)
    edited = (tmp_path / FILE).read_text() + "# mine\n"
    (tmp_path / FILE).write_text(edited)
    assert generate(tmp_path, *arguments) == 1
    err = capsys.readouterr().err
    assert err.startswith(f"opcheck: {tmp_path / FILE} was edited by hand since it was generated")
    assert (tmp_path / FILE).read_text() == edited


def test_a_family_that_is_gone_loses_its_file(tmp_path, capsys, table):
    other = replace(ROWS[0], family="gone")
    table([*ROWS, other])
    generate(tmp_path)
    assert (tmp_path / "test_gone_gradients.py").exists()
    table(ROWS)
    assert generate(tmp_path, "--check") == 1
    assert generate(tmp_path) == 0
    assert not (tmp_path / "test_gone_gradients.py").exists()


# -- Known defects ----------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [[], ["--check"]])
def test_a_known_defect_that_matches_nothing_is_told(tmp_path, capsys, table, arguments):
    generate(tmp_path)
    capsys.readouterr()
    table(ROWS, [*DEFECTS, replace(DEFECTS[0], id="gone", cases="tf.raw_ops.Gone/*")])
    assert generate(tmp_path, *arguments) == 1
    assert capsys.readouterr().err == (
        "known defect 'gone' matches no case: tf.raw_ops.Gone/*\n"
    )  # fmt: skip


def test_a_selection_does_not_make_known_defects_stale(tmp_path, capsys):
    assert generate(tmp_path, "exp") == 0
    assert capsys.readouterr().err == ""


# -- Wrong usage ------------------------------------------------------------------------------


def test_an_unknown_name_suggests_the_nearest_and_writes_nothing(tmp_path, capsys):
    assert generate(tmp_path, "Droput") == 2
    assert capsys.readouterr().err == (
        "opcheck: unknown op, family or case 'Droput'; did you mean tf.keras.layers.Dropout?\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_no_directory(tmp_path, capsys):
    (tmp_path / "plain").write_text("")
    assert generate(tmp_path / "plain") == 2
    err = capsys.readouterr().err
    assert "Invalid value for '--out'" in err
    assert f"'{tmp_path / 'plain'}' is a file" in err


@pytest.mark.parametrize("arguments", [[], ["--check"]])
def test_a_directory_below_a_file_is_named(tmp_path, capsys, arguments):
    (tmp_path / "plain").write_text("")
    directory = tmp_path / "plain" / "tests"
    assert generate(directory, *arguments) == 2
    err = capsys.readouterr().err
    assert err.startswith("opcheck: cannot ")
    assert str(directory) in err
    assert "Not a directory" in err


def test_an_unknown_option_is_wrong_usage(tmp_path, capsys):
    assert generate(tmp_path, "--chek") == 2
    err = capsys.readouterr().err
    assert "--chek" in err
    assert "--check" in err


def test_a_row_that_cannot_be_written_is_named(tmp_path, capsys, table):
    from opcheck.spec import function

    table([replace(function("pkg.f", fn=print), family="example")], [])
    assert generate(tmp_path) == 2
    assert capsys.readouterr().err.startswith(
        "opcheck: pkg.f, default, fn: a builtin_function_or_method cannot be written into a test"
    )
    assert list(tmp_path.iterdir()) == []
