"""The collector of cycles is away within the context alone."""

import gc

import pytest

from opcheck.garbage import lasting


def test_no_cycles_are_looked_for_within():
    assert gc.isenabled()
    with lasting():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_an_error_leaves_the_collector_as_it_was():
    with pytest.raises(ValueError, match="bad row"), lasting():
        raise ValueError("bad row")
    assert gc.isenabled()


def test_whoever_has_no_collector_gets_none():
    gc.disable()
    try:
        with lasting():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_was_made_is_walked_no_more():
    gc.collect()
    before = gc.get_freeze_count()
    with lasting():
        table = [[] for _ in range(1000)]
    assert gc.get_freeze_count() - before >= len(table)
    gc.unfreeze()
