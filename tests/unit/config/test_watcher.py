import os

from wayside.config.watcher import Watcher, stamp_of
from wayside.testing.clock import FakeClock


class Watched:
    def __init__(self):
        self.clock = FakeClock()
        self.stamp = 0
        self.asked = 0
        self.watcher = Watcher(self._ask, self.clock)

    def _ask(self):
        self.asked += 1
        return self.stamp

    def told(self, seconds, step=0.1):
        """How often a change was told while ``seconds`` passed."""
        told = 0
        for _ in range(round(seconds / step)):
            self.clock.advance(step)
            told += self.watcher.changed()
        return told


def test_nothing_is_told_while_nothing_changes():
    watched = Watched()
    assert watched.told(60) == 0
    assert watched.asked <= 62


def test_a_change_is_told_once_and_soon():
    watched = Watched()
    watched.told(5)
    watched.stamp = 1
    assert watched.told(2) == 1
    assert watched.told(60) == 0


def test_an_editor_that_writes_in_pieces_is_waited_for():
    watched = Watched()
    for _ in range(30):
        watched.stamp += 1
        assert watched.told(0.3) == 0
    assert watched.told(2) == 1


def test_a_change_that_was_taken_back_is_none():
    watched = Watched()
    watched.told(5)
    watched.stamp = 1
    watched.told(1.1)
    watched.stamp = 0
    assert watched.told(10) <= 1


def test_what_its_owner_wrote_is_not_told():
    watched = Watched()
    watched.stamp = 1
    watched.watcher.caught_up()
    assert watched.told(10) == 0


def test_stamps_tell_replaced_grown_and_missing_files_apart(tmp_path):
    path = tmp_path / "site.yaml"
    none = stamp_of([path])
    path.write_text("a")
    first = stamp_of([path])
    other = tmp_path / "new"
    other.write_text("b")
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.replace(path)
    assert len({none, first, stamp_of([path])}) == 3
