"""Files that are there whole, or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from wayside.domain.errors import OutputError

_REMEDIES = {
    errno.ENOSPC: "Free some space and try again",
    errno.EDQUOT: "Free some of this user's quota and try again",
    errno.EFBIG: "Raise the limit on file sizes and try again",
    errno.EACCES: "Give this user the right to write the folder, or choose another",
    errno.EPERM: "Give this user the right to write the folder, or choose another",
    errno.EROFS: "This disk is read-only: choose another folder",
    errno.ENOENT: "Make the folder, or choose another",
    errno.ENOTDIR: "A part of the path is a file: choose another folder",
    errno.EISDIR: "There is a folder of that name: choose another name",
}


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A text file (UTF-8, newlines as written) that takes the place of ``path`` at the end.

    It is written beside ``path``, synced and renamed, so that at any instant,
    after a kill or a power cut too, ``path`` is the old file or the whole new
    one. On any error the old one stays. Raises OutputError with what to do.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        file = draft.open("x", encoding="utf-8", newline="")
        try:
            with file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
    except OSError as error:
        raise OutputError(
            f"the file cannot be written ({error.strerror})",
            where=str(path),
            remedy=_REMEDIES.get(error.errno or 0, "Check the disk, or choose another folder"),
        ) from error


def sync_folder(folder: Path) -> None:
    """Make a new name in it survive a power cut. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
