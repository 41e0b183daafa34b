"""Full searches for garbage are seldom, and spare what lives as long as the window."""

import gc

import pytest


@pytest.fixture
def searched(qapp):
    from qtpy.QtCore import QObject

    from smtjlab.gui.views.garbage import search_seldom

    before, parent = gc.get_threshold(), QObject()
    gc.unfreeze()
    yield search_seldom(parent)
    gc.set_threshold(*before)
    gc.unfreeze()


def test_modules_are_left_out_of_the_search(searched):
    assert gc.get_freeze_count() > 10_000


def test_no_full_search_begins_by_itself(searched):
    full = gc.get_stats()[2]["collections"]
    kept = [[number] for number in range(200_000)]
    assert len(kept) == 200_000
    assert gc.get_stats()[2]["collections"] == full


def test_a_full_search_comes_after_some_looks(searched):
    from smtjlab.gui.views.garbage import FULL

    full = gc.get_stats()[2]["collections"]
    for _ in range(FULL):
        searched.timeout.emit()
    assert gc.get_stats()[2]["collections"] == full + 1
