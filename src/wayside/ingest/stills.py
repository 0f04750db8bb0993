"""Cameras that send JPEGs over HTTP: as one endless answer, or one for each request."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx

from wayside.domain.errors import SourceError, SourceLost, SourceTimedOut, SourceUnreadable
from wayside.ingest.fetch import Fetcher
from wayside.ingest.live_session import stalled
from wayside.ingest.live_source import RemoteSource
from wayside.ingest.multipart import MAX_PICTURE, MultipartSplitter
from wayside.ingest.opening import AGAIN
from wayside.ingest.still_session import StillSession

_LEAST_EVERY_S = 0.05


class MjpegSource(RemoteSource):
    """Motion JPEG over HTTP (multipart/x-mixed-replace)."""

    def open(self) -> StillSession:
        self._not_halted()
        fetcher = self._fetcher()
        return self._session(fetcher, self._pictures(fetcher), self._spec.rate)

    def _pictures(self, fetcher: Fetcher) -> Iterator[bytes]:
        until_s = time.monotonic() + self._open_s
        splitter = MultipartSplitter()
        with fetcher.open(self._spec.address) as response:
            _refuse_single(response, self.name)
            for chunk in fetcher.chunks(response):
                for picture in splitter.feed(chunk):
                    until_s = time.monotonic() + self._stall_s
                    yield picture
                if time.monotonic() > until_s:
                    raise stalled(self.name, self._stall_s)
                if self._halt.is_set:
                    return
        if self._halt.is_set:
            return
        raise SourceLost("the server ended its answer", where=self.name, remedy=AGAIN)

    def _fetcher(self) -> Fetcher:
        return Fetcher(self._spec, self._network, self._halt, answer_s=self._stall_s)

    def _session(
        self, fetcher: Fetcher, pictures: Iterator[bytes], rate: float | None
    ) -> StillSession:
        def close() -> None:
            pictures.close()  # type: ignore[attr-defined]  # a generator: ends its answer
            fetcher.close()

        try:
            return StillSession(
                self._sound(pictures), self.name, clock=self._clock, rate=rate, close=close
            )
        except BaseException:
            close()
            raise

    def _sound(self, pictures: Iterator[bytes]) -> Iterator[bytes]:
        """The same pictures, with what only this protocol can raise put in our words."""
        failure: SourceError
        try:
            yield from pictures
        except ValueError:
            failure = SourceUnreadable(
                f"a picture of more than {MAX_PICTURE // 1_000_000} MB",
                where=self.name,
                remedy="Check the address",
            )
        except SourceTimedOut:
            failure = stalled(self.name, self._stall_s)
        else:
            return
        if self._halt.is_set:
            return
        raise failure


class SnapshotSource(MjpegSource):
    """One JPEG every ``every_s``. A picture that has not changed (304) counts again as itself."""

    def open(self) -> StillSession:
        self._not_halted()
        fetcher = self._fetcher()
        return self._session(
            fetcher, self._pictures(fetcher), 1.0 / max(self._spec.every_s, _LEAST_EVERY_S)
        )

    def _pictures(self, fetcher: Fetcher) -> Iterator[bytes]:
        known: dict[str, str] = {}
        last = b""
        due_s = self._clock.monotonic_s()
        while not self._halt.is_set:
            response = fetcher.get(
                self._spec.address, limit=MAX_PICTURE, within_s=self._stall_s, headers=known
            )
            if response.status_code == httpx.codes.NOT_MODIFIED:
                yield last
            else:
                last = response.content
                known = _conditions(response) if last else {}
                yield last
            # From one due time to the next, so that a slow answer does not slow the pace.
            due_s = max(due_s + max(self._spec.every_s, _LEAST_EVERY_S), self._clock.monotonic_s())
            self._halt.wait(due_s - self._clock.monotonic_s())


def _conditions(response: httpx.Response) -> dict[str, str]:
    """Headers with which a server may answer that nothing has changed."""
    asked = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
    return {
        ours: response.headers[name] for name, ours in asked.items() if name in response.headers
    }


def _refuse_single(response: httpx.Response, where: str) -> None:
    kind = response.headers.get("content-type", "").lower()
    if kind.startswith("image/"):
        raise SourceUnreadable(
            "it answers with a single picture",
            where=where,
            remedy="Set the feed's kind to snapshot",
        )
    if kind.startswith("text/"):
        raise SourceUnreadable(
            "it answers with a page, not with pictures",
            where=where,
            remedy="Look up the address of the video in the camera's manual",
        )
