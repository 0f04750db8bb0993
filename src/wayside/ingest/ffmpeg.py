"""FFmpeg as a whole, before anything of it is used: silent, and modest in what it takes."""

from __future__ import annotations

import ctypes
from functools import cache

import av
import av.container.core

MOST_AT_ONCE = 512 << 20
"""Bytes of one allocation. The largest that is wanted: a picture of MAX_PIXELS with 16 bits a
colour takes 384 MB, the index of a day's MP4 at 25 pictures a second 52 MB. Without a limit an
MP4 of 3 kB that claims 84 million samples took 3 GB and ten seconds; with it, 2 ms.
"""


@cache
def prepare() -> None:
    """For this process; once is enough."""
    # A log line that arrives in Python from a thread of FFmpeg's own waits for the GIL, whose
    # holder waits for that thread.
    av.logging.set_level(None)
    # PyAV has no name for it. A library's handle also finds what the library itself is linked to.
    util = ctypes.CDLL(av.container.core.__file__)
    util.av_max_alloc.argtypes = [ctypes.c_size_t]
    util.av_max_alloc.restype = None
    util.av_max_alloc(MOST_AT_ONCE)
