"""What the locks name: requirements/*.txt of Python, web/package-lock.json of the page."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ROOT / "requirements"
PAGE = ROOT / "web" / "package-lock.json"

_HASH = re.compile(r"--hash=(\S+)")
_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Package:
    """One Python package as locked. sha256: of each of its files, in hex; never empty."""

    name: str
    version: str
    sha256: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Module:
    """One npm package as locked. sha512: in hex. needs: names. licence: as SPDX."""

    name: str
    version: str
    sha512: str
    licence: str
    needs: tuple[str, ...]


def packages(path: Path) -> list[Package]:
    """Raises ValueError for one that is not pinned to one version with a SHA-256."""
    text = re.sub(r"^\s*#.*$", "", path.read_text("utf-8"), flags=re.MULTILINE)
    entries = (entry for entry in re.sub(r"\\\n", " ", text).splitlines() if entry.strip())
    return [_package(entry.strip(), path) for entry in entries]


def _package(entry: str, path: Path) -> Package:
    wanted = Requirement(_HASH.sub("", entry).strip())
    pins = [each.version for each in wanted.specifier if each.operator == "=="]
    hashes = _HASH.findall(entry)
    if len(wanted.specifier) != 1 or not pins or "*" in pins[0] or wanted.url:
        raise ValueError(f"{path.name}: {wanted.name} is not pinned to one version")
    if not hashes or not all(_SHA256.fullmatch(each) for each in hashes):
        raise ValueError(f"{path.name}: {wanted.name} has no SHA-256, or another hash")
    sums = tuple(each.removeprefix("sha256:") for each in hashes)
    return Package(str(canonicalize_name(wanted.name)), pins[0], sums)


def modules(path: Path = PAGE) -> list[Module]:
    """Without the page itself. Raises ValueError for one without SHA-512 or licence."""
    found = json.loads(path.read_text("utf-8"))["packages"]
    return [_module(place, entry) for place, entry in found.items() if place]


def _module(place: str, entry: dict[str, object]) -> Module:
    name = place.rpartition("node_modules/")[2]
    algorithm, _, coded = str(entry.get("integrity", "")).partition("-")
    licence = entry.get("license")
    if algorithm != "sha512" or not licence or entry.get("link"):
        raise ValueError(f"{place} has no SHA-512, no licence, or is no package of the registry")
    needs = entry.get("dependencies", {})
    assert isinstance(needs, dict)
    return Module(
        name, str(entry["version"]), base64.b64decode(coded).hex(), str(licence), tuple(needs)
    )
