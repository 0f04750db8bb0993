"""Tries a source: does it open, what is it, and its first picture, covered."""

from __future__ import annotations

import time
from dataclasses import replace

from wayside.decode.decoder import Decoder
from wayside.domain.errors import WaysideError
from wayside.domain.feeds import Probe, SourceSpec
from wayside.domain.media import RawFrame, Session
from wayside.domain.time import SystemClock
from wayside.ingest.live import source_of
from wayside.ingest.network import NetworkPolicy
from wayside.pipeline.perception import Perception
from wayside.pipeline.wiring import Eyes, Place, redactor
from wayside.redact.encode_jpeg import jpeg

_WIDTH = 640


def probe(source: SourceSpec, eyes: Eyes, network: NetworkPolicy) -> Probe:
    """Never raises for a bad source. The caller bounds its time by ending the process."""
    began_s = time.monotonic()
    try:
        session = source_of(source, network=network, clock=SystemClock()).open()
        try:
            found = _looked(session, eyes)
        finally:
            session.close()
    except WaysideError as error:
        found = Probe(problem=error.what, remedy=error.remedy or "")
    return replace(found, seconds=round(time.monotonic() - began_s, 3))


def _looked(session: Session, eyes: Eyes) -> Probe:
    form = session.format
    found = Probe(codec=form.codec, width=form.width, height=form.height, rate=form.rate)
    frame = _first(session)
    if frame is None:
        return replace(
            found, problem="no picture could be decoded", remedy="Check what the camera encodes"
        )
    if eyes.detector is None and eyes.faces is None:
        return replace(found, withheld="uncoverable")
    covered = _covered(frame, eyes)
    return replace(found, jpeg=covered, withheld="" if covered else "failed")


def _first(session: Session) -> RawFrame | None:
    decoder = Decoder(session.format)
    for packet in session.packets():
        if not packet.is_keyframe:
            continue
        frames = [*decoder.decode(packet), *decoder.flush()]
        if frame := next((one for one in frames if not one.is_corrupt), None):
            return frame
    return None


def _covered(frame: RawFrame, eyes: Eyes) -> bytes:
    """b"" where covering it failed."""
    sight = Perception(eyes.detector, (frame.width, frame.height), eyes.perception()).see(frame)
    covered = redactor(Place(), eyes).redact(frame, sight.tracks, sight.to_cover)
    return b"" if covered.is_blank else jpeg(covered, width=_WIDTH, quality=80)
