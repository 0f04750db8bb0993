"""Passwords beside site.yaml, one to a file that only this user may read.

The page writes them as ``secrets/FEED.1a2b3c4d`` and site.yaml names the
file. Each new password gets a new name: the change of site.yaml alone decides
which of the two is used, so that a crash between the writes leaves a whole.
"""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

from wayside.config.expand import MAX_SECRET_BYTES
from wayside.domain.errors import ConfigError, OutputError

FOLDER = "secrets"
_OURS = re.compile(r"(?P<feed>[a-z0-9-]{1,63})\.[0-9a-f]{8}")


def read_secret(folder: Path, name: str) -> str:
    """Text of the file without its last line break. folder: that of site.yaml.

    Raises ConfigError, which names the file and shows nothing of it.
    """
    path = folder / name
    try:
        if not path.is_file():
            raise ConfigError(
                "the password's file is not there",
                where=str(path),
                remedy="Write the password into it, or correct `password_file`",
            )
        with path.open("rb") as file:
            content = file.read(MAX_SECRET_BYTES + 1)
        text = content.decode("utf-8").removesuffix("\n").removesuffix("\r")
    except (OSError, ValueError):
        raise ConfigError(
            "the password's file cannot be read as UTF-8 text",
            where=str(path),
            remedy="Check that this user may read it",
        ) from None
    if len(content) > MAX_SECRET_BYTES or "\0" in text:
        raise ConfigError("the password's file holds no password", where=str(path))
    return text


def write_secret(folder: Path, feed_id: str, password: str) -> str:
    """Writes a new file, mode 0600, and returns what ``password_file`` shall say.

    Raises OutputError where it cannot be written.
    """
    name = f"{FOLDER}/{feed_id}.{secrets.token_hex(4)}"
    place = folder / FOLDER
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        ignore = place / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
        # Exclusive and 0600 from its first byte: it is never anybody else's to read.
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(password)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        with suppress(OSError):
            (folder / name).unlink()
        raise OutputError(
            f"the password cannot be written ({error.strerror})",
            where=str(place),
            remedy="Check the free space and the permissions of this folder",
        ) from None
    return name


def remove_unused(folder: Path, used: set[str], feed_ids: set[str]) -> None:
    """Deletes the files that the page once wrote for these feeds and site.yaml no longer names."""
    place = folder / FOLDER
    if not place.is_dir():
        return
    for path in place.iterdir():
        match = _OURS.fullmatch(path.name)
        if match and match["feed"] in feed_ids and f"{FOLDER}/{path.name}" not in used:
            path.unlink(missing_ok=True)
