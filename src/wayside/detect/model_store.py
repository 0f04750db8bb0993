"""Where a model's bytes come from, and whether they are the right ones.

Search order: the path given, WAYSIDE_MODEL_DIR, the user's cache, a download
whose hash is checked before the file gets its name. A file with the right
name and the wrong bytes is an error, not a reason to look further: somebody
should know.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import tempfile
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from wayside.detect.catalogue import ModelBuild, ModelCard, ModelFile
from wayside.domain.errors import ModelCorrupt, ModelMissing

DOWNLOAD_TIMEOUT_S = 10.0
CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class FoundModel:
    """path: the file a backend opens. sha256: of that file. origin: why it was taken."""

    card: ModelCard
    path: Path
    sha256: str
    origin: str


class ModelStore:
    """Finds models in folders and, where allowed, brings them.

    folders: (path, why) in search order. cache: where downloads go. online:
    False never touches the network.
    """

    def __init__(
        self,
        folders: Sequence[tuple[Path, str]],
        cache: Path,
        *,
        online: bool = True,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> None:
        self._folders = [*folders, (cache, "user cache")]
        self._cache = cache
        self._online = online
        self._progress = progress

    @property
    def searched(self) -> list[str]:
        """The places looked at, for messages."""
        return [f"{path} ({why})" for path, why in self._folders]

    def find(self, card: ModelCard) -> FoundModel | None:
        """The model where it lies on this machine, None where it does not.

        Raises ModelCorrupt for a file whose bytes are not those of any build.
        """
        for folder, why in self._folders:
            if found := self._in_folder(card, folder, why):
                return found
        return None

    def get(self, card: ModelCard) -> FoundModel:
        """As find, else by download. Raises ModelMissing, ModelCorrupt."""
        found = self.find(card) or self._download(card)
        if found:
            return found
        can_download = any(build.is_downloadable for build in card.builds)
        raise ModelMissing(
            f"model '{card.name}' is in none of: {'; '.join(self.searched)}",
            remedy=(
                "Connect to the network once, or put its files into one of these folders"
                if can_download
                else f"It has no public download of its own: get it from {card.source} and set "
                "WAYSIDE_MODEL_DIR to its folder"
            ),
        )

    def _in_folder(self, card: ModelCard, folder: Path, why: str) -> FoundModel | None:
        present = folder / card.builds[0].files[0].path
        if not present.is_file():
            return None
        hashes: dict[str, str | None] = {}
        for build in card.builds:
            for file in build.files:
                if file.path not in hashes:
                    path = folder / file.path
                    hashes[file.path] = sha256_of(path) if path.is_file() else None
            if all(hashes[file.path] == file.sha256 for file in build.files):
                main = build.files[0]
                return FoundModel(card, folder / main.path, main.sha256, why)
        wrong = ", ".join(str(folder / path) for path in hashes)
        raise ModelCorrupt(
            f"the bytes of model '{card.name}' differ from the catalogue's sha256",
            where=wrong,
            remedy="Delete the file and fetch it again; it may be cut off or changed",
        )

    def _download(self, card: ModelCard) -> FoundModel | None:
        builds = [build for build in card.builds if build.is_downloadable]
        if not (self._online and builds):
            return None
        return self._fetch_build(card, builds[0])

    def _fetch_build(self, card: ModelCard, build: ModelBuild) -> FoundModel | None:
        # The main file last: its presence says that the build is whole.
        for file in reversed(build.files):
            if not self._fetch(card, file):
                return None
        main = build.files[0]
        return FoundModel(card, self._cache / main.path, main.sha256, "downloaded, hash checked")

    def _fetch(self, card: ModelCard, file: ModelFile) -> bool:
        """Into a temporary name first; the hash decides whether it gets its own."""
        assert file.url is not None
        target = self._cache / file.path
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=target.parent, prefix=".download-")
        except OSError:
            return False
        partial = Path(name)
        try:
            with os.fdopen(handle, "wb") as out:
                digest = self._stream(file, out.write)
        except (OSError, http.client.HTTPException):
            partial.unlink(missing_ok=True)
            return False
        if digest != file.sha256:
            partial.unlink(missing_ok=True)
            raise ModelCorrupt(
                f"the download of model '{card.name}' has the wrong sha256",
                where=file.url,
                remedy="Nothing was kept. A proxy may have answered in the server's place",
            )
        partial.replace(target)
        return True

    def _stream(self, file: ModelFile, write: Callable[[bytes], int]) -> str:
        assert file.url is not None
        digest = hashlib.sha256()
        done = 0
        with urllib.request.urlopen(file.url, timeout=DOWNLOAD_TIMEOUT_S) as answer:  # noqa: S310
            while chunk := answer.read(CHUNK):
                done += len(chunk)
                if done > file.size:
                    break  # longer than the catalogue says: the hash will not match
                digest.update(chunk)
                write(chunk)
                if self._progress:
                    self._progress(file.path, done, file.size)
        return digest.hexdigest()


def sha256_of(path: Path) -> str:
    """Hex digest of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
