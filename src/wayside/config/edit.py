"""Writing a site.yaml: a first one, and later changes that keep its comments."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap

from wayside.config.addresses import is_local
from wayside.config.document import scalar
from wayside.config.load import parse_site
from wayside.domain.errors import OutputError

_HEAD = """\
# What wayside watches here. `wayside check` tells whether it is sound.
# Places in a picture are shares of its width and height: [0, 0] is the top
# left corner, [1, 1] the bottom right.
site: {site}

feeds:{feeds}
"""

_LIVE = """
# A live feed looks like this; `wayside up` runs it, `wayside tag` leaves it out.
#  - id: gate
#    source: rtsp://192.168.1.20/stream1
#    username: viewer
#    password: "${CAMERA_PASSWORD}"
"""

_FEED = """
  - id: {id}
    source: {source}
    # start: 2026-05-04T07:00:00Z    # when the first picture was taken, if the file does not say
    # scene:
    #   lines:                       # forward is from left to right, seen from a to b
    #     - {{id: across, a: [0.1, 0.6], b: [0.9, 0.6]}}
    #   zones:
    #     - {{id: box, polygon: [[0.3, 0.4], [0.7, 0.4], [0.7, 0.8], [0.3, 0.8]]}}
    # rules:
    #   - {{kind: stopped, zone: box, min_stop_s: 10}}
"""

_NO_FEED = """ []
# Put recordings beside this file, remove the [] above and describe them:
#  - id: mast-1
#    source: recordings/mast-1.mp4
"""

_TAIL = """
# The settings below are the defaults.
detect: {model: auto, backend: openvino, precision: f32, threshold: null}
privacy: {style: solid, faces: true}    # faces, heads and plates are always covered
output: {video: true, stills: true, interval_s: 60, retention_days: 30}
server: {host: 127.0.0.1, port: 8080, workers: auto}
"""

PLAIN = re.compile(r"[A-Za-z0-9./_][A-Za-z0-9./_-]*")


def starter_site(
    recordings: Sequence[Path], *, folder: Path | None = None, site: str = "my-site"
) -> str:
    """Text of a commented site.yaml with one feed for each recording, or with none.

    folder: where it will be written; recordings below it get relative paths.
    A recording whose name no text file can hold (not UTF-8, or with a line
    break) is named in a comment instead.
    """
    taken: set[str] = set()
    feeds, left_out = "", ""
    for recording in recordings:
        source = _source(recording, folder)
        if source is None:
            left_out += f"\n# Left out, its name cannot be written: {str(recording)!a}\n"
            continue
        feeds += _FEED.format(id=_fresh_id(recording, taken), source=source)
    head = _HEAD.format(site=_id_of(site, "my-site"), feeds=feeds.rstrip() or _NO_FEED.rstrip())
    return head + left_out + _LIVE + _TAIL


def _source(recording: Path, folder: Path | None) -> str | None:
    """The path as a YAML scalar that load_site reads back unchanged."""
    is_below = folder is not None and recording.is_relative_to(folder)
    text = str(recording.relative_to(folder) if is_below and folder else recording)
    if not text.isprintable():
        return None
    if not is_local(text):
        text = f"./{text}"
    text = text.replace("${", "$${")
    is_plain = PLAIN.fullmatch(text) and scalar(text) == text
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def _fresh_id(recording: Path, taken: set[str]) -> str:
    stem = _id_of(recording.stem, "feed")
    name, number = stem, 1
    while name in taken:
        number += 1
        name = f"{stem[:55].rstrip('-')}-{number}"
    taken.add(name)
    return name


def _id_of(text: str, otherwise: str) -> str:
    """``North Junction`` as ``north-junction``; after ``otherwise`` where YAML reads a number."""
    name = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:50].strip("-")
    return name if name and scalar(name) == name else f"{otherwise}-{name}".strip("-")


def edited(
    text: str,
    change: Callable[[CommentedMap], None],
    *,
    file: str = "site.yaml",
    env: Mapping[str, str] | None = None,
) -> str:
    """The text after ``change`` was made to its top mapping, comments kept.

    Both the old and the new text must load, else SiteInvalid is raised and
    there is no new text: a page cannot write a file that does not start again.
    """
    parse_site(text, file=file, env=env)
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    top = yaml.load(text)
    change(top)
    out = StringIO()
    yaml.dump(top, out)
    new = out.getvalue()
    parse_site(new, file=file, env=env)
    return new


def write_atomically(path: Path, text: str) -> None:
    """The whole text or, on any failure, the file as it was. A link keeps pointing where it did.

    Raises OutputError (disk full, no permission, no such folder).
    """
    target = path.resolve()
    temporary = None
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:100]}.")
        temporary = Path(name)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(target.stat().st_mode & 0o7777 if target.exists() else 0o644)
        temporary.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise OutputError(
            f"the file cannot be written ({error.strerror})",
            where=str(path),
            remedy="Check the free space and the permissions of its folder",
        ) from error


def _sync_folder(folder: Path) -> None:
    """Makes the rename survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
