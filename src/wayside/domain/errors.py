"""Every error wayside raises on purpose, drawn as one tree.

    WaysideError
    ├── UsageError          the command line is wrong                 exit 2
    ├── ConfigError         site.yaml (or a flag that replaces it)    exit 3
    │   └── ConfigConflict      it has changed since it was read
    ├── SourceError         a feed's source cannot be read            exit 4
    │   ├── SourceMissing       nothing there
    │   ├── SourceUnreadable    there, but not video we can read
    │   ├── SourceRefused       readable, but refused (size, protocol, address)
    │   ├── SourceUnauthorized  it wants other credentials
    │   ├── SourceTimedOut      nothing came within the deadline
    │   └── SourceLost          it ended or broke while it was being read
    │       └── SourceChanged       it goes on, in another size or codec
    ├── ModelError          a detector's weights                      exit 1
    │   ├── ModelMissing        in none of the places searched
    │   ├── ModelCorrupt        bytes differ from the catalogue's hash
    │   └── ModelRefused        an output that could identify a person
    ├── OutputError         a result cannot be written                exit 1
    ├── SinkError           a sink did not take a record          exit 1
    │   └── SinkRefused         and never will: this record is wrong to it
    ├── StoreError          the database cannot be used               exit 1
    ├── PublicationError    counts cannot be published              exit 1
    └── PrivacyError        a raw picture was about to leave          exit 1

Each error says what failed, where, and what to do about it, in that order.
"""

from __future__ import annotations


class WaysideError(Exception):
    """Base of the tree.

    what: one sentence in the reader's words. where: file, line, feed or key.
    remedy: the next thing to try. The three are kept apart so that a terminal,
    a log line and an RFC 9457 answer can each lay them out in their own way.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str | None = None, remedy: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text}. {self.remedy}" if self.remedy else text


class UsageError(WaysideError):
    """The command line is wrong."""

    exit_code = 2


class ConfigError(WaysideError):
    """site.yaml, or a flag that stands for a part of it, is wrong."""

    exit_code = 3


class ConfigConflict(ConfigError):
    """Somebody else has changed site.yaml since the change was begun."""


class SourceError(WaysideError):
    """A feed's source cannot be read."""

    exit_code = 4


class SourceMissing(SourceError):
    """There is nothing at that place."""


class SourceUnreadable(SourceError):
    """There is something, but no video we can read."""


class SourceRefused(SourceError):
    """Readable perhaps, but refused: too large, or a protocol we do not open."""


class SourceUnauthorized(SourceError):
    """It answers, and wants other credentials (401, 403)."""


class SourceTimedOut(SourceError):
    """No answer, or no picture, within the deadline."""


class SourceLost(SourceError):
    """A live source ended, or its connection broke."""


class SourceChanged(SourceLost):
    """A live source goes on in another size or codec: worth opening again at once."""


class ModelError(WaysideError):
    """A detector's weights cannot be used."""


class ModelMissing(ModelError):
    """The model is in none of the places searched."""


class ModelCorrupt(ModelError):
    """The bytes differ from the hash in the catalogue."""


class ModelRefused(ModelError):
    """An output of the model could identify a person."""


class OutputError(WaysideError):
    """A result cannot be written."""


class SinkError(WaysideError):
    """A sink did not take what was delivered; the same is delivered again later.

    delivered: how many of the batch it took before, in order. retry_after_s:
    what the receiver asked for, None where it did not.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        remedy: str | None = None,
        delivered: int = 0,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.delivered = delivered
        self.retry_after_s = retry_after_s


class SinkRefused(SinkError):
    """The receiver understood the record after those ``delivered`` and refuses it."""


class StoreError(WaysideError):
    """The database cannot be used."""


class PublicationError(WaysideError):
    """Counts cannot be published: the budget does not allow it, or no noise can be drawn."""


class PrivacyError(WaysideError):
    """A raw picture was about to leave its worker."""
