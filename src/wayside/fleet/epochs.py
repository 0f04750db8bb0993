"""Which life of a shard is the present one: a number that only grows, also over restarts."""

from __future__ import annotations

import json
import os
from pathlib import Path

from wayside.domain.errors import StoreError


class Epochs:
    """Kept in a small file, replaced in one go. One process has it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._epochs = self._read()

    def next(self, shard: int) -> int:
        """The next epoch of the shard, kept before it is answered. Raises StoreError."""
        epoch = self._epochs[str(shard)] = self._epochs.get(str(shard), 0) + 1
        draft = self._path.with_suffix(".new")
        try:
            with draft.open("w", encoding="utf-8") as file:
                json.dump(self._epochs, file)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path)
        except OSError as error:
            raise StoreError(
                f"a worker's epoch cannot be kept ({error.strerror})",
                where=str(self._path),
                remedy="Free some disk space, and check that the folder can be written",
            ) from error
        return epoch

    def _read(self) -> dict[str, int]:
        try:
            given = json.loads(self._path.read_text("utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise StoreError(
                "the workers' epochs cannot be read",
                where=str(self._path),
                remedy="Move the file away; epochs then begin again at 1",
            ) from error
        return {str(shard): int(epoch) for shard, epoch in given.items()}
