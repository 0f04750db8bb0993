"""The server's TLS certificate and its key, as files: read, tried, and what is weak about them.

The pair is tried before anybody meets it, by a handshake in memory: a server
that starts with a pair that fits nothing refuses every browser, and says why
to none of them.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from wayside.domain.errors import ConfigError

SOON = timedelta(days=14)
"""Before its end, a certificate that nothing has renewed is worth a word."""

_NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME, which the ssl module has no name for: time is told, not judged."""

_OTHERS = 0o007
"""Rights of whoever is neither the file's user nor of its group; a group may hold a key."""

_MISMATCH = ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH", "NO_CERTIFICATE_ASSIGNED")
"""The last is what is said of a key of another kind, RSA for EC."""

Stamp: TypeAlias = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Caution:
    """Something that works and should not stay so. where: the file."""

    what: str
    where: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Tried:
    """A pair that can be used. context: for a server, TLS 1.2 at least, no renegotiation."""

    context: ssl.SSLContext
    cautions: tuple[Caution, ...]


@dataclass(frozen=True, slots=True)
class Certificate:
    """chain: PEM, the server's own certificate first, then those that signed it. key: PEM."""

    chain: Path
    key: Path

    def stamp(self) -> Stamp:
        """Differs once either file has been written. Raises OSError."""
        found = (path.stat() for path in (self.chain, self.key))
        return tuple((each.st_ino, each.st_mtime_ns, each.st_size) for each in found)

    def tried(self, now: datetime) -> Tried:
        """now: aware. Raises ConfigError for a pair that no server can use."""
        for path in (self.chain, self.key):
            _require_readable(path)
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        made.options |= ssl.OP_NO_RENEGOTIATION
        made.set_alpn_protocols(["http/1.1"])
        try:
            made.load_cert_chain(self.chain, self.key, password=self._refuse_encrypted)
            told = _greeted(made, self.chain)
        except ssl.SSLError as error:
            raise self._unfit(error) from None
        return Tried(made, (*self._time(told, now), *self._rights()))

    def _time(self, told: dict[str, Any], now: datetime) -> Iterator[Caution]:
        begins, ends = (_time_of(told[name]) for name in ("notBefore", "notAfter"))
        where, remedy = str(self.chain), "Renew it; it is taken without a restart"
        if ends <= now:
            what = f"the certificate has expired on {ends:%Y-%m-%d}; browsers refuse it"
            yield Caution(what, where, remedy)
        elif ends - now < SOON:
            yield Caution(f"the certificate expires on {ends:%Y-%m-%d}", where, remedy)
        if begins > now:
            what = f"the certificate is not valid before {begins:%Y-%m-%d}"
            yield Caution(what, where, "Check this machine's clock")
        if "subjectAltName" not in told:
            what = "the certificate names no host; browsers refuse it"
            yield Caution(what, where, "Have the server's name put in as subjectAltName")

    def _rights(self) -> Iterator[Caution]:
        if self.key.stat().st_mode & _OTHERS:
            what = "the key can be read by every user of this machine"
            yield Caution(
                what, str(self.key), "Take the right away (chmod o=), and have a new key made"
            )

    def _refuse_encrypted(self) -> NoReturn:
        """Asked for the key's password. Without this OpenSSL would ask the terminal for it."""
        raise ConfigError(
            "the key is encrypted, and nobody is there to type its password",
            where=str(self.key),
            remedy="Keep it unencrypted in a file that only wayside's user may read",
        )

    def _unfit(self, error: ssl.SSLError) -> ConfigError:
        for path, label in ((self.chain, b"CERTIFICATE"), (self.key, b"PRIVATE KEY")):
            if label not in path.read_bytes():
                return ConfigError(
                    f"there is no {label.decode().lower()} in the file",
                    where=str(path),
                    remedy="Give it in PEM, as the authority or ACME client wrote it",
                )
        if error.reason in _MISMATCH:
            return ConfigError(
                "the key does not belong to the certificate",
                where=str(self.key),
                remedy=f"Check that {self.chain} begins with the server's own certificate",
            )
        reason = getattr(error, "verify_message", "") or error.reason or "unknown reason"
        return ConfigError(
            f"the certificate cannot be used for a server ({str(reason).lower()})",
            where=str(self.chain),
            remedy="`openssl x509 -in FILE -noout -text` shows what it is for",
        )


def _require_readable(path: Path) -> None:
    try:
        with path.open("rb"):
            return
    except OSError as error:
        raise ConfigError(
            f"the file cannot be read ({error.strerror})",
            where=str(path),
            remedy="Check the path, which counts from site.yaml's folder, and that "
            "wayside's user may read it",
        ) from None


def _greeted(context: ssl.SSLContext, chain: Path) -> dict[str, Any]:
    """What a client that trusts this very chain is told in a handshake. Raises ssl.SSLError."""
    knowing = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    knowing.check_hostname = False
    knowing.load_verify_locations(chain)
    knowing.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    knowing.verify_flags |= ssl.VerifyFlags(_NO_CHECK_TIME)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = knowing.wrap_bio(down, up)
    server = context.wrap_bio(up, down, server_side=True)
    waiting = [client, server]
    while waiting:
        turn = waiting.pop(0)
        try:
            turn.do_handshake()
        except ssl.SSLWantReadError:
            waiting.append(turn)
    return client.getpeercert() or {}


def _time_of(text: str) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(text), UTC)
