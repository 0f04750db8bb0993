import importlib
import platform
import re
from importlib import metadata
from pathlib import PurePosixPath

import pytest

import wayside
from wayside.observe.versions import ABSENT, versions


def test_it_names_what_computes() -> None:
    found = versions()
    assert found["wayside"] == wayside.__version__
    assert found["python"] == platform.python_version()
    assert found["numpy"] == importlib.import_module("numpy").__version__
    assert {"av", "openvino", "opencv", "sqlite"} <= found.keys()
    assert all(isinstance(version, str) and version for version in found.values())


def test_ffmpeg_libraries_are_those_that_av_loads() -> None:
    av = importlib.import_module("av")
    found = versions()
    for name in ("libavcodec", "libavformat", "libavutil"):
        assert found[name] == ".".join(map(str, av.library_versions[name]))


@pytest.mark.parametrize(
    "file",
    [
        "av.libs/libavcodec-5e6b81c2.so.62.28.102",
        "av/.dylibs/libavcodec.62.28.102.dylib",
        "av.libs/libavcodec.so.62.28.102",
    ],
)
def test_ffmpeg_versions_are_read_from_the_wheels_file_names(
    file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = ["av/codec/codec.py", "av.libs/libvpx-edb6de90.so.12.0.0"]
    listed = [PurePosixPath(name) for name in (*others, file)]
    monkeypatch.setattr(metadata, "files", lambda package: listed)
    libraries = {name: version for name, version in versions().items() if name.startswith("lib")}
    assert libraries == {"libavcodec": "62.28.102"}


def test_a_missing_package_is_said_and_breaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(package: str) -> str:
        raise metadata.PackageNotFoundError(package)

    monkeypatch.setattr(metadata, "version", nothing)
    monkeypatch.setattr(metadata, "files", nothing)
    found = versions()
    assert found["av"] == found["openvino"] == ABSENT
    assert not any(name.startswith("lib") for name in found)
    assert re.match(r"3\.\d+", found["python"])
