"""An epoch is used once, also over a restart."""

from __future__ import annotations

from pathlib import Path

import pytest

from wayside.domain.errors import StoreError
from wayside.fleet.epochs import Epochs


def test_epochs_go_on_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "epochs.json"
    epochs = Epochs(path)
    assert [epochs.next(0), epochs.next(0), epochs.next(1)] == [1, 2, 1]
    assert Epochs(path).next(0) == 3


def test_an_unreadable_file_is_said_and_not_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "epochs.json"
    path.write_text("{")
    with pytest.raises(StoreError, match="cannot be read"):
        Epochs(path)


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be kept"):
        Epochs(tmp_path / "gone" / "epochs.json").next(0)
