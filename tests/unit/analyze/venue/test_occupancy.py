import pytest

from wayside.analyze.venue.occupancy import Stay, StayLog


@pytest.fixture
def log():
    return StayLog(("Z", "Y"))


def _ended(log, number, entry_s, end_s, *, label="person", is_complete=True):
    log.ended(Stay(number, "Z", label, entry_s, end_s), is_complete=is_complete)


def test_occupancy_is_the_overlap_with_the_window(stage, log):
    _ended(log, 1, -5.0, 2.0)
    _ended(log, 2, 8.0, 40.0)
    rows = log.readings(0, 10)
    assert stage.value(rows, "occupancy_mean", place="Z", class_label="") == pytest.approx(0.4)
    assert stage.value(rows, "occupancy_max", place="Z", class_label="") == 1
    assert stage.value(rows, "occupancy_mean", place="Y", class_label="") == 0


def test_who_leaves_makes_room_for_who_comes_at_the_same_instant(stage, log):
    _ended(log, 1, 0.0, 5.0)
    _ended(log, 2, 5.0, 9.0)
    assert stage.value(log.readings(0, 10), "occupancy_max", place="Z", class_label="") == 1


def test_dwell_statistics(stage, log):
    for number, dwell in enumerate((1.0, 2.0, 6.0)):
        _ended(log, number, 1.0, 1.0 + dwell)
    rows = log.readings(0, 10)
    which = {"place": "Z", "class_label": "person"}
    assert stage.value(rows, "dwell_mean", **which) == pytest.approx(3)
    assert stage.value(rows, "dwell_median", **which) == pytest.approx(2)
    assert stage.value(rows, "dwell_max", **which) == pytest.approx(6)


def test_a_stay_enters_once_over_many_windows(stage, log):
    entries, exits = [], []
    for window in range(3):
        if window < 2:
            log.goes_on(Stay(1, "Z", "car", 5.0, None))
        else:
            _ended(log, 1, 5.0, 25.0, label="car")
        rows = log.readings(window * 10, window * 10 + 10)
        entries.append(stage.value(rows, "entries", place="Z", class_label=""))
        exits.append(stage.value(rows, "exits", place="Z", class_label=""))
    assert entries == [1, 0, 0]
    assert exits == [0, 0, 1]


def test_a_stay_told_late_is_counted_late_not_never(stage, log):
    log.readings(0, 10)
    _ended(log, 1, 8.0, 9.0)
    rows = log.readings(10, 20)
    assert stage.value(rows, "entries", place="Z", class_label="") == 1
    assert stage.value(rows, "exits", place="Z", class_label="") == 1
    assert stage.value(rows, "occupancy_mean", place="Z", class_label="") == 0


def test_cut_off_stays_have_no_dwell(stage, log):
    _ended(log, 1, 2.0, 7.0, is_complete=False)
    rows = log.readings(0, 10)
    assert stage.value(rows, "exits", place="Z", class_label="") == 0
    assert stage.value(rows, "dwell_max", place="Z", class_label="") is None
    assert stage.value(rows, "occupancy_mean", place="Z", class_label="") == pytest.approx(0.5)
