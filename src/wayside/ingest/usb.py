"""A camera at this machine (Video4Linux)."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from wayside.domain.errors import SourceLost, SourceMissing, SourceRefused, SourceUnreadable
from wayside.domain.feeds import SourceSpec
from wayside.domain.time import Clock
from wayside.ingest.halt import Halt
from wayside.ingest.live_session import POLL_S, STALL_S, LiveSession
from wayside.ingest.opening import open_input

_DEVICE = re.compile(r"/dev/video\d{1,3}")
_OPEN_S = 5.0


class UsbSource:
    """``/dev/videoN``. The camera chooses its own size; rate: pictures a second asked of it."""

    def __init__(self, spec: SourceSpec, *, clock: Clock, stall_s: float = STALL_S) -> None:
        self.name = spec.address
        self._rate = spec.rate
        self._clock = clock
        self._stall_s = stall_s
        self._halt = Halt()

    def interrupt(self) -> None:
        self._halt.set()

    def open(self) -> LiveSession:
        if self._halt.is_set:
            raise SourceLost("the reading was stopped", where=self.name)
        check_device(self.name)
        options = {"framerate": f"{self._rate:g}"} if self._rate else {}
        container = open_input(
            self.name,
            where=self.name,
            demuxer="video4linux2,v4l2",
            # Inside this FFmpeg "file" is how a device is opened as well.
            options=options | {"protocol_whitelist": "file"},
            timeout=(_OPEN_S, POLL_S),
        )
        try:
            return LiveSession(
                container, self.name, clock=self._clock, halt=self._halt, stall_s=self._stall_s
            )
        except BaseException:
            container.close()
            raise


def check_device(address: str) -> None:
    """Raises SourceError for all that can be told before FFmpeg sees it."""
    if not _DEVICE.fullmatch(address):
        raise SourceRefused(
            "not a camera of this machine", where=address, remedy="Give /dev/video0, for example"
        )
    try:
        is_device = stat.S_ISCHR(Path(address).stat().st_mode)
    except FileNotFoundError:
        raise SourceMissing(
            "there is no such camera",
            where=address,
            remedy="Plug it in; `ls /dev/video*` lists those that are there",
        ) from None
    except OSError as error:
        raise SourceUnreadable(
            f"it cannot be opened ({error.strerror})",
            where=address,
            remedy="Add this user to the group video",
        ) from error
    if not is_device:
        raise SourceRefused("not a device", where=address, remedy="Give /dev/video0, for example")
