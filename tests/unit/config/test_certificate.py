"""Pairs of a certificate and a key: tried at the door, with a reason and a remedy."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from made_certificates import Authority
from wayside.config.certificate import Certificate
from wayside.domain.errors import ConfigError

NOW = datetime.now(UTC) + timedelta(hours=1)


@pytest.fixture
def authority() -> Authority:
    return Authority()


@pytest.fixture
def pair(authority: Authority, tmp_path: Path) -> Certificate:
    return authority.write(tmp_path)


def test_a_good_pair_serves_from_tls_1_2_on_and_needs_no_word(pair: Certificate) -> None:
    tried = pair.tried(NOW)
    assert tried.cautions == ()
    assert tried.context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert tried.context.options & ssl.OP_NO_RENEGOTIATION


def encrypted(pair: Certificate) -> str:
    key = load_pem_private_key(pair.key.read_bytes(), None)
    form = (Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"swordfish"))
    pair.key.write_bytes(key.private_bytes(*form))
    return "encrypted"


def of_another(pair: Certificate) -> str:
    key = rsa.generate_private_key(65_537, 2048)
    form = (Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pair.key.write_bytes(key.private_bytes(*form))
    return "does not belong to the certificate"


def of_the_same_kind(pair: Certificate) -> str:
    (pair.key.parent / "other").mkdir()
    pair.key.write_bytes(Authority().write(pair.key.parent / "other").key.read_bytes())
    return "does not belong to the certificate"


def swapped(pair: Certificate) -> str:
    chain, key = pair.chain.read_bytes(), pair.key.read_bytes()
    pair.chain.write_bytes(key)
    pair.key.write_bytes(chain)
    return "no certificate in the file"


def without_key(pair: Certificate) -> str:
    pair.key.write_bytes(pair.chain.read_bytes())
    return "no private key in the file"


def absent(pair: Certificate) -> str:
    pair.key.unlink()
    return "cannot be read .No such file"


def folder(pair: Certificate) -> str:
    pair.chain.unlink()
    pair.chain.mkdir()
    return "cannot be read .Is a directory"


def cut(pair: Certificate) -> str:
    pair.chain.write_bytes(pair.chain.read_bytes()[:200])
    return "cannot be used for a server"


@pytest.mark.parametrize(
    "spoil",
    [encrypted, of_another, of_the_same_kind, swapped, without_key, absent, folder, cut],
    ids=lambda each: each.__name__,
)
def test_a_pair_that_cannot_serve_is_refused_with_its_reason(
    spoil: Callable[[Certificate], str], pair: Certificate
) -> None:
    reason = spoil(pair)
    with pytest.raises(ConfigError, match=reason) as caught:
        pair.tried(NOW)
    assert caught.value.where in (str(pair.chain), str(pair.key))
    assert caught.value.remedy
    assert "PRIVATE" not in str(caught.value)


def test_a_certificate_that_is_for_clients_alone_is_refused(tmp_path: Path) -> None:
    pair = Certificate(tmp_path / "c.pem", tmp_path / "k.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", pair.key, "-out", pair.chain, "-days", "9", "-subj", "/CN=a",
         "-addext", "extendedKeyUsage=clientAuth"],
        check=True, capture_output=True,
    )  # fmt: skip
    with pytest.raises(ConfigError, match=r"for a server .*purpose"):
        pair.tried(NOW)


@pytest.mark.parametrize(
    ("days", "since_days", "said"),
    [(-1, 9, "has expired on"), (13, 9, "expires on"), (15, 9, ""), (90, -2, "not valid before")],
)
def test_what_time_does_to_a_certificate_is_told_and_serves_on(
    days: int, since_days: int, said: str, authority: Authority, tmp_path: Path
) -> None:
    pair = authority.write(tmp_path, days=days, since_days=since_days)
    told = [caution.what for caution in pair.tried(datetime.now(UTC)).cautions]
    assert len(told) == bool(said)
    assert said in " ".join(told)


def test_it_is_told_by_the_clock_that_is_given(pair: Certificate) -> None:
    (told,) = pair.tried(datetime.now(UTC) + timedelta(days=100)).cautions
    assert "has expired" in told.what
    assert told.where == str(pair.chain)


@pytest.mark.parametrize(("mode", "is_told"), [(0o600, 0), (0o640, 0), (0o644, 1), (0o604, 1)])
def test_a_key_that_everybody_can_read_is_told(mode: int, is_told: int, pair: Certificate) -> None:
    pair.key.chmod(mode)
    told = pair.tried(NOW).cautions
    assert len(told) == is_told
    assert all("every user" in each.what and each.where == str(pair.key) for each in told)


def test_a_certificate_without_names_is_told(tmp_path: Path) -> None:
    pair = Certificate(tmp_path / "c.pem", tmp_path / "k.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", pair.key, "-out", pair.chain, "-days", "90", "-subj", "/CN=a"],
        check=True, capture_output=True,
    )  # fmt: skip
    assert ["names no host" in each.what for each in pair.tried(NOW).cautions] == [True]


def test_its_stamp_changes_with_either_file(pair: Certificate) -> None:
    stamps = {pair.stamp()}
    for path in (pair.chain, pair.key):
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content + b"\n")
        stamps.add(pair.stamp())
    assert len(stamps) == 3
    pair.key.unlink()
    with pytest.raises(OSError, match="No such file"):
        pair.stamp()
