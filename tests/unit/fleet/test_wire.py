"""Frames survive any cutting of their bytes, and nothing else passes for one."""

from __future__ import annotations

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.fleet.wire import LONGEST_PAYLOAD, Channel, FrameReader, WireError, encoded

HEADERS = st.dictionaries(
    st.text(max_size=8), st.none() | st.integers(-(2**53), 2**53) | st.text(max_size=20), max_size=4
)


@given(
    st.lists(st.tuples(HEADERS, st.binary(max_size=200)), max_size=5),
    st.lists(st.integers(1, 60), min_size=1, max_size=20),
)
def test_frames_come_out_as_they_went_in_however_they_are_cut(
    messages: list[tuple[dict[str, object], bytes]], cuts: list[int]
) -> None:
    stream = b"".join(encoded(header, payload) for header, payload in messages)
    reader, frames, at, turn = FrameReader(), [], 0, 0
    while at < len(stream):
        size = cuts[turn % len(cuts)]
        frames += reader.feed(stream[at : at + size])
        at, turn = at + size, turn + 1
    assert [(frame.header, frame.payload) for frame in frames] == messages
    assert reader.is_between


def test_half_a_frame_is_none_and_is_known_to_be_half() -> None:
    reader = FrameReader()
    whole = encoded({"op": "beat"}, b"12345")
    assert reader.feed(whole[:-1]) == []
    assert not reader.is_between
    [frame] = reader.feed(whole[-1:])
    assert (frame.op, frame.payload) == ("beat", b"12345")


@pytest.mark.parametrize(
    "broken",
    [
        struct.pack(">II", 2, LONGEST_PAYLOAD + 1),
        struct.pack(">II", 3, 0) + b"{a}",
        struct.pack(">II", 2, 0) + b"[]",
        struct.pack(">II", 2, 0) + b"\xff\xfe",
    ],
)
def test_what_is_no_frame_is_refused(broken: bytes) -> None:
    with pytest.raises(WireError):
        FrameReader().feed(broken)


def test_not_a_number_does_not_travel() -> None:
    with pytest.raises(ValueError, match="JSON"):
        encoded({"lag": float("nan")})


def test_a_frames_text_shows_nothing_of_what_it_carries() -> None:
    [frame] = FrameReader().feed(encoded({"password": "canary"}))
    assert "canary" not in repr(frame)


def test_a_channel_keeps_what_the_other_end_does_not_take_yet() -> None:
    ours, theirs = (Channel(end) for end in socket.socketpair())
    ours.send({"op": "picture"}, bytes(3_000_000))
    ours.flush()
    assert ours.pending_bytes > 0
    got = []
    while not got:
        got += theirs.receive()
        ours.flush()
    assert (len(got[0].payload), ours.pending_bytes) == (3_000_000, 0)
    ours.close()
    theirs.close()


def test_a_channel_outlives_an_end_killed_in_the_middle_of_a_frame() -> None:
    end, other = socket.socketpair()
    channel = Channel(end)
    other.sendall(encoded({"op": "ready"}) + encoded({"op": "beat"})[:7])
    other.close()
    assert [frame.op for frame in channel.receive()] == ["ready"]
    assert channel.receive() == []
    assert channel.closed
    channel.send({"op": "add"})  # to nobody: not an error, and not kept
    channel.flush()
    assert channel.pending_bytes == 0
    channel.close()
