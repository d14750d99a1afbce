"""Generated files on disk: what is written, and what is refused with the file untouched."""

import stat

import pytest

from opcheck.domains import normal
from opcheck.errors import GeneratedFileError, UsageError
from opcheck.generate.plan import plan_files
from opcheck.generate.render import render
from opcheck.generate.write import Change, apply, changes
from opcheck.spec import op
from tests.examples import in_family

EXP, LOG = op("Exp", x=normal(2)), op("Log", x=normal(2))
ONE = plan_files(in_family("one", EXP, LOG), [])
BOTH = plan_files([*in_family("one", EXP, LOG), *in_family("two", EXP)], [])
NEWER = plan_files(in_family("one", EXP, LOG, op("Sin", x=normal(2))), [])


@pytest.fixture
def written(tmp_path):
    """A directory that holds both files, current."""
    apply(changes(BOTH, tmp_path, is_whole=True))
    return tmp_path


@pytest.fixture
def file(written):
    return written / "test_one_gradients.py"


def names_in(directory):
    return sorted(path.name for path in directory.iterdir())


def append(path, text):
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(text)


# -- Fresh, current, stale --------------------------------------------------------------------


def test_fresh_files_are_written_with_their_directory(tmp_path):
    directory = tmp_path / "deep" / "er"
    found = changes(BOTH, directory, is_whole=True)
    assert [(change.path.name, change.before) for change in found] == [
        ("test_one_gradients.py", None),
        ("test_two_gradients.py", None),
    ]
    assert not directory.exists()
    apply(found)
    assert names_in(directory) == ["test_one_gradients.py", "test_two_gradients.py"]
    assert (directory / "test_one_gradients.py").read_bytes() == render(BOTH[0]).encode()


def test_a_written_file_can_be_read_by_others_and_ends_lines_with_line_feeds(file):
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert b"\r" not in file.read_bytes()


def test_current_files_need_no_change(written):
    assert changes(BOTH, written, is_whole=True) == []
    assert changes(ONE, written, is_whole=False) == []


def test_a_stale_file_is_shown_as_a_diff_and_replaced(written, file):
    (change,) = changes((*NEWER, BOTH[1]), written, is_whole=True)
    diff = change.diff()
    assert f"--- {file.as_posix()} (on disk)\n+++ {file.as_posix()} (from the registry)\n" in diff
    assert "+def test_sin(gradcheck, sample, dtype, check):\n" in diff
    assert "-def test_" not in diff
    assert file.read_text() == render(ONE[0])
    apply([change])
    assert file.read_text() == render(NEWER[0])
    assert changes((*NEWER, BOTH[1]), written, is_whole=True) == []


def test_the_diff_of_a_new_file_shows_all_of_it(tmp_path):
    (change,) = changes(ONE, tmp_path, is_whole=False)
    added = [line[1:] for line in change.diff().splitlines(keepends=True) if line[0] == "+"]
    assert "".join(added[1:]) == render(ONE[0])


def test_looking_for_changes_writes_nothing(tmp_path):
    changes(BOTH, tmp_path, is_whole=True)
    assert names_in(tmp_path) == []


def test_no_temporary_file_stays_behind(written):
    assert names_in(written) == ["test_one_gradients.py", "test_two_gradients.py"]


# -- Edited by hand, written by others --------------------------------------------------------


def refused(plans, directory, path):
    """The message of the refusal; the file is as it was."""
    before = path.read_bytes()
    with pytest.raises(GeneratedFileError) as caught:
        changes(plans, directory, is_whole=True)
    assert path.read_bytes() == before
    return str(caught.value)


@pytest.mark.parametrize("plans", [BOTH, (*NEWER, BOTH[1])], ids=["current", "stale"])
def test_a_file_edited_by_hand_is_refused(written, file, plans):
    append(file, "\n# mine\n")
    assert refused(plans, written, file) == (
        f"{file} was edited by hand since it was generated, and opcheck will not overwrite that: "
        "put the change into the registry or the template, then delete the file and run "
        "`opcheck generate` again"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("def test_exp(", "def test_exq("),
        ("import pytest\n", "import pytest \n"),
        ('"""Gradients', '"""gradients'),
    ],
)
def test_an_edit_of_one_letter_is_seen(written, file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    assert "was edited by hand" in refused(BOTH, written, file)


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: "# Copyright: mine\n" + text,
        lambda text: text.replace("# Do not edit", "# I did edit\n# Do not edit", 1),
    ],
    ids=["above", "inside"],
)
def test_an_edit_of_the_header_is_seen(written, file, edit):
    file.write_text(edit(file.read_text()))
    assert "was edited by hand" in refused((*NEWER, BOTH[1]), written, file)


def test_a_file_deleted_after_an_edit_is_written_again(written, file):
    append(file, "# mine\n")
    file.unlink()
    apply(changes(BOTH, written, is_whole=True))
    assert file.read_text() == render(BOTH[0])


@pytest.mark.parametrize("text", ["", "import pytest\n", "def test_mine():\n    pass\n"])
def test_a_file_that_opcheck_did_not_write_is_refused(tmp_path, text):
    file = tmp_path / "test_one_gradients.py"
    file.write_text(text)
    assert refused(ONE, tmp_path, file) == (
        f"{file} was not written by opcheck and is in the way of a generated file; "
        "move it or choose another directory with --out"
    )


def test_line_ends_that_git_turned_round_are_no_edit(written, file):
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    found = changes(BOTH, written, is_whole=True)
    apply(found)
    assert changes(BOTH, written, is_whole=True) == []


def test_an_edit_is_seen_behind_other_line_ends_too(written, file):
    append(file, "# mine\n")
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert "was edited by hand" in refused(BOTH, written, file)


# -- Left over --------------------------------------------------------------------------------


def test_the_file_of_a_family_that_is_gone_is_removed(written):
    (change,) = changes(ONE, written, is_whole=True)
    assert (change.path.name, change.after) == ("test_two_gradients.py", None)
    assert "-def test_exp(gradcheck, sample, dtype, check):\n" in change.diff()
    apply([change])
    assert names_in(written) == ["test_one_gradients.py"]


def test_a_selection_removes_nothing(written):
    assert changes(ONE, written, is_whole=False) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("test_two_gradients.py", None),
        ("test_mine_gradients.py", b"def test_mine(): pass\n"),
        ("test_latin_gradients.py", b"# \xe9\n"),
        ("test_two.py", b""),
        ("conftest.py", b""),
    ],
)
def test_files_of_others_and_edited_ones_are_never_left_over(written, name, content):
    path = written / name
    if content is None:
        append(path, "# mine\n")
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    apply(changes(ONE, written, is_whole=True))
    assert path.read_bytes() == before


# -- Narrowing --------------------------------------------------------------------------------


def test_a_selection_must_not_drop_tests_from_a_file(written, file):
    before = file.read_bytes()
    with pytest.raises(GeneratedFileError) as caught:
        changes(plan_files(in_family("one", EXP), []), written, is_whole=False)
    message = str(caught.value)
    assert message.startswith(f"{file} also holds 3 tests ")  # test_log, test_log_special, …
    assert "not selected (test_log" in message
    assert message.endswith("generate without a selection, or into another directory with --out")
    assert file.read_bytes() == before


def test_a_selection_may_add_tests_to_a_file(written, file):
    (change,) = changes(NEWER, written, is_whole=False)
    assert change.path == file


def test_the_whole_registry_may_drop_tests_from_a_file(written, file):
    plans = (*plan_files(in_family("one", EXP), []), BOTH[1])
    (change,) = changes(plans, written, is_whole=True)
    assert change.path == file
    assert "-def test_log(gradcheck, sample, dtype, check):\n" in change.diff()


# -- Directories that will not do -------------------------------------------------------------


@pytest.fixture
def below_a_file(tmp_path):
    (tmp_path / "plain").write_text("")
    return tmp_path / "plain" / "tests"


def test_a_directory_that_cannot_be_made_is_named(below_a_file):
    path = below_a_file / "test_one_gradients.py"
    with pytest.raises(UsageError) as caught:
        apply([Change(path, None, "text")])
    assert str(caught.value) == (
        f"cannot write {path}: Not a directory; choose another directory with --out"
    )


def test_a_directory_that_cannot_be_read_is_named(below_a_file):
    with pytest.raises(UsageError) as caught:
        changes(ONE, below_a_file, is_whole=True)
    message = str(caught.value)
    assert message.startswith(f"cannot read {below_a_file / 'test_one_gradients.py'}: ")
    assert "Not a directory" in message


def test_a_file_that_is_no_text_is_named(tmp_path):
    path = tmp_path / "test_one_gradients.py"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match=r"^cannot read .*test_one_gradients\.py: .*utf-8"):
        changes(ONE, tmp_path, is_whole=True)
    assert path.read_bytes() == b"\xff\xfe"


def test_a_failed_write_leaves_no_temporary_file(tmp_path):
    path = tmp_path / "test_one_gradients.py"
    path.mkdir()
    with pytest.raises(UsageError) as caught:
        apply([Change(path, None, "text")])
    assert str(caught.value) == (
        f"cannot write {path}: Is a directory; choose another directory with --out"
    )
    assert names_in(tmp_path) == ["test_one_gradients.py"]


def test_a_file_that_is_gone_cannot_be_removed(tmp_path):
    path = tmp_path / "test_one_gradients.py"
    with pytest.raises(UsageError, match=r"cannot write .*: No such file or directory; choose"):
        apply([Change(path, "text", None)])
