"""TLS of the server's own, with a certificate that may be renewed while it runs.

An ACME client writes a new pair every few weeks. It is taken at the next
handshake after both files have come; until they fit each other, the pair
before serves on.
"""

from __future__ import annotations

import ssl

from wayside.config.certificate import Certificate, Stamp
from wayside.domain.errors import ConfigError
from wayside.domain.time import Clock
from wayside.observe.logging import get_logger

LOOK_S = 1.0
"""Seconds between two looks at the files, however many come meanwhile."""


class RenewedTls:
    """context: for the server; its handshakes are made with the newest pair that works.

    renewals: pairs taken since the start. Handshakes come one after the other, on the
    server's own thread. Raises ConfigError where the first pair cannot be used.
    """

    def __init__(self, certificate: Certificate, clock: Clock) -> None:
        self._certificate = certificate
        self._clock = clock
        self._log = get_logger(__name__)
        self._seen = _stamp(certificate)
        self._looked_s = clock.monotonic_s()
        self.renewals = 0
        self.context = self._present = self._tried()
        self.context.sni_callback = self._choose

    def _choose(self, connection: ssl.SSLObject, _name: str | None, _: ssl.SSLContext) -> None:
        """Called in each handshake, also where the client names no host."""
        self._look()
        connection.context = self._present

    def _look(self) -> None:
        now_s = self._clock.monotonic_s()
        if now_s - self._looked_s < LOOK_S:
            return
        self._looked_s = now_s
        stamp = _stamp(self._certificate)
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            self._present = self._tried()
        except (ConfigError, OSError) as error:
            # Half of a renewal, or a bad one: whoever comes is served with the old pair.
            self._log.warning("certificate not renewed", why=str(error))
            return
        self.renewals += 1
        self._log.info("certificate renewed", where=str(self._certificate.chain))

    def _tried(self) -> ssl.SSLContext:
        tried = self._certificate.tried(self._clock.now())
        for caution in tried.cautions:
            self._log.warning(
                "certificate", where=caution.where, what=caution.what, remedy=caution.remedy
            )
        return tried.context


def _stamp(certificate: Certificate) -> Stamp | None:
    """None while one of the files is not there."""
    try:
        return certificate.stamp()
    except OSError:
        return None
