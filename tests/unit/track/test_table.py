"""Columns stay aligned through births and deaths; ids tell nothing and never repeat."""

import numpy as np

from wayside.track.table import IdSequence, Row, TrackTable, first_entries


def table_of(*ids: int) -> TrackTable:
    count = len(ids)
    row = np.array(ids, float)
    return TrackTable(
        np.array(ids, np.int64),
        np.broadcast_to(row, (5, 4, count)).copy(),
        np.broadcast_to(row, (7, count)).copy(),
        np.broadcast_to(row, (len(Row), count)).copy(),
        row > 2,
    )


def test_columns_stay_aligned() -> None:
    table = TrackTable.empty()
    table.append(table_of(1, 2, 3))
    table.append(table_of(4))
    table.keep(np.array([True, False, True, True]))
    assert table.ids.tolist() == [1, 3, 4]
    assert len(table) == 3
    for columns in (table.state[4, 3], table.votes[6], table.ledger[Row.PATH]):
        assert columns.tolist() == [1, 3, 4]
    assert table.confirmed.tolist() == [False, True, True]


def test_arrays_handed_out_are_not_written_to() -> None:
    table = table_of(1, 2)
    handed_out = table.ids
    table.keep(np.array([False, True]))
    table.append(table_of(9))
    assert handed_out.tolist() == [1, 2]


def test_first_entries() -> None:
    places = np.array([[0.1, 0.2], [0.3, 0.4]])
    ledger = first_entries(7.0, places, np.array([0.9, 0.5]), np.array([False, True]))
    assert ledger[Row.FIRST_S].tolist() == ledger[Row.SEEN_S].tolist() == [7, 7]
    assert ledger[Row.NAMED].tolist() == [1, 0]
    assert ledger[Row.BEST].tolist() == [0.9, 0.0]
    assert ledger[Row.SCORE].tolist() == [0.9, 0.5]
    assert ledger[Row.LAST_Y].tolist() == ledger[Row.START_Y].tolist() == [0.3, 0.4]


def test_ids_count_up_from_a_random_start() -> None:
    ids, again, other = IdSequence(1), IdSequence(1), IdSequence(2)
    first = ids.take(3)
    assert np.diff(first).tolist() == [1, 1]
    assert ids.take(1)[0] == first[-1] + 1
    assert again.take(1)[0] == first[0]
    assert other.take(1)[0] != first[0]
    assert first.dtype == np.int64
    assert IdSequence(None).take(1)[0] != IdSequence(None).take(1)[0]
    assert first[-1] < 2**53
