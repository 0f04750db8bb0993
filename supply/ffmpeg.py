"""The FFmpeg inside the av wheel, asked itself: version, terms, how it was built."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import av


@dataclass(frozen=True, slots=True)
class FFmpeg:
    """libraries: their versions by name. configuration: the words that it was configured with,
    but for those that name folders of the machine that did it.
    """

    version: str
    licence: str
    configuration: tuple[str, ...]
    libraries: dict[str, str]


def ffmpeg() -> FFmpeg:
    """Raises LookupError where av brings none of its own, as when it was built from source."""
    for file in metadata.files("av") or ():
        if file.parts[0] == "av.libs" and file.name.startswith("libavcodec"):
            library = ctypes.CDLL(str(Path(str(file.locate()))))
            break
    else:
        raise LookupError("the installed av brings no FFmpeg")
    library.avcodec_configuration.restype = library.avcodec_license.restype = ctypes.c_char_p
    versions = {name: ".".join(map(str, version)) for name, version in av.library_versions.items()}
    words = library.avcodec_configuration().decode().split()
    return FFmpeg(
        str(av.ffmpeg_version_info),
        library.avcodec_license().decode(),
        tuple(word for word in words if not word.startswith(("--prefix=", "--libdir="))),
        versions,
    )
