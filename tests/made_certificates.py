"""Certificates of an authority that nobody but a test knows, made in memory."""

from __future__ import annotations

import os
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

from wayside.config.certificate import Certificate

NAMES = ("localhost", "127.0.0.1")


class Authority:
    """Signs for whom a test wants; clients of ``trusting`` know it and nobody else."""

    def __init__(self) -> None:
        self._ca = trustme.CA(key_type=trustme.KeyType.ECDSA)

    def write(
        self,
        folder: Path,
        names: Sequence[str] = NAMES,
        *,
        days: float = 90.0,
        since_days: float = 1.0,
    ) -> Certificate:
        """chain.pem and key.pem, valid from ``since_days`` ago until in ``days``; new or again.

        The key is there for its user alone.
        """
        now = datetime.now(UTC)
        made = self._ca.issue_cert(
            *names,
            not_before=now - timedelta(days=since_days),
            not_after=now + timedelta(days=days),
        )
        certificate = Certificate(folder / "chain.pem", folder / "key.pem")
        chain = b"".join(blob.bytes() for blob in made.cert_chain_pems)
        for path, content in (
            (certificate.chain, chain),
            (certificate.key, made.private_key_pem.bytes()),
        ):
            # Replaced as ACME clients do: nobody ever reads a half.
            new = path.with_suffix(".new")
            handle = os.open(new, os.O_WRONLY | os.O_CREAT, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            new.replace(path)
        return certificate

    def trusting(self) -> ssl.SSLContext:
        """A client's."""
        context = ssl.create_default_context()
        self._ca.configure_trust(context)
        return context
