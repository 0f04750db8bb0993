"""From a feed's specification to the source that reads it."""

from __future__ import annotations

from collections.abc import Callable

from wayside.domain.feeds import SourceKind, SourceSpec
from wayside.domain.media import Session, Source
from wayside.domain.time import Clock
from wayside.ingest.file import FileSource
from wayside.ingest.hls import HlsSource
from wayside.ingest.live_session import STALL_S
from wayside.ingest.live_source import OPEN_S, RemoteSource
from wayside.ingest.looped import LoopedFileSource
from wayside.ingest.mpegts import MpegTsSource
from wayside.ingest.network import NetworkPolicy
from wayside.ingest.pictures import PictureFolderSource
from wayside.ingest.reader import LiveSource
from wayside.ingest.rtsp import RtspSource
from wayside.ingest.stills import MjpegSource, SnapshotSource
from wayside.ingest.usb import UsbSource

_REMOTE: dict[SourceKind, type[RemoteSource]] = {
    SourceKind.RTSP: RtspSource,
    SourceKind.HLS: HlsSource,
    SourceKind.MJPEG: MjpegSource,
    SourceKind.SNAPSHOT: SnapshotSource,
    SourceKind.MPEGTS: MpegTsSource,
}


def source_of(
    spec: SourceSpec,
    *,
    network: NetworkPolicy,
    clock: Clock,
    stall_s: float = STALL_S,
    open_s: float = OPEN_S,
) -> LiveSource:
    """The source of a feed; nothing is opened or resolved yet.

    stall_s: seconds without a complete picture after which a session fails.
    open_s: seconds that an opening may take.
    """
    remote = _REMOTE.get(spec.kind)
    if remote is not None:
        made: RemoteSource = remote(
            spec, network=network, clock=clock, stall_s=stall_s, open_s=open_s
        )
        return made  # type: ignore[return-value]  # each of them has open()
    if spec.kind is SourceKind.USB:
        return UsbSource(spec, clock=clock, stall_s=stall_s)
    if spec.kind is SourceKind.PICTURES:
        return _Finite(PictureFolderSource(spec.address, spec.rate or 1.0, start=spec.start))
    if spec.loop:
        return LoopedFileSource(spec, clock=clock)
    return _Finite(FileSource(spec.address, start=spec.start, rate=spec.rate))


class _Finite:
    """A file or folder, read once and as fast as it is taken."""

    def __init__(self, source: Source) -> None:
        self.name = source.name
        self._source = source
        self._close: Callable[[], None] | None = None

    def open(self) -> Session:
        session = self._source.open()
        self._close = session.close
        return session

    def interrupt(self) -> None:
        """Closing is how these sessions end; it waits for no more than one read of a disk."""
        if self._close is not None:
            self._close()
