"""Which versions made a result: ours, Python's and those of what computes.

Read from package metadata, so that nothing heavy is imported only to be named.
"""

from __future__ import annotations

import platform
import re
import sqlite3
from importlib import metadata

ABSENT = "absent"

_PACKAGES = {
    "wayside": "wayside",
    "av": "av",
    "openvino": "openvino",
    "numpy": "numpy",
    "opencv": "opencv-python-headless",
}

# The av wheel carries FFmpeg as `av.libs/libavcodec-5e6b81c2.so.62.28.102`
# (Linux) or `av/.dylibs/libavcodec.62.28.102.dylib` (macOS).
_FFMPEG_LIBRARY = re.compile(
    r"/lib(avcodec|avformat|avfilter|avutil|swscale|swresample)\b[^/]*?\.(\d+\.\d+\.\d+)(?:\.dylib)?$"
)


def versions() -> dict[str, str]:
    """Name to version; ``absent`` for a package that is not installed.

    Keys: wayside, python, av, openvino, numpy, opencv, sqlite, and ``libavcodec``
    and its sisters where the av wheel says which FFmpeg libraries it carries.
    """
    found = {name: _version(package) for name, package in _PACKAGES.items()}
    found["python"] = platform.python_version()
    found["sqlite"] = sqlite3.sqlite_version
    return found | _ffmpeg_libraries()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ABSENT


def _ffmpeg_libraries() -> dict[str, str]:
    try:
        files = metadata.files("av") or []
    except metadata.PackageNotFoundError:
        return {}
    matches = (_FFMPEG_LIBRARY.search(f"/{file.as_posix()}") for file in files)
    return {f"lib{match[1]}": match[2] for match in matches if match}
