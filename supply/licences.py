"""Under which terms each library comes, by its own metadata, and which of them need a word.

``python -m supply.licences`` prints all of them; exit 1 where one is neither permissive
nor explained in explained.toml.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from license_expression import get_spdx_licensing

from supply.lock import REQUIREMENTS, packages

PERMISSIVE = frozenset(
    {"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "HPND", "IJG", "ISC"}
    | {"libpng-2.0", "MIT", "MIT-0", "OpenSSL", "PSF-2.0", "Python-2.0", "Unlicense", "Zlib"}
)
EXPLAINED = Path(__file__).with_name("explained.toml")

_SPDX = get_spdx_licensing()

_CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
_READ = {"jinja2": "BSD-3-Clause"}
"""What the package's own licence file says, where its metadata only says "BSD License"."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something in a wheel, or a whole package, whose terms ask for a word.

    files: stems of shared libraries; empty for the package itself. why: it may be used
    all the same, "" for what is permissive.
    """

    wheel: str
    name: str
    files: tuple[str, ...]
    licence: str
    why: str


def parts(path: Path = EXPLAINED) -> list[Part]:
    """As explained.toml has them, in its order."""
    return [
        Part(
            each["wheel"], each["name"], tuple(each.get("files", ())), each["licence"], each["why"]
        )
        for each in tomllib.loads(path.read_text("utf-8"))["part"]
    ]


def licence_of(name: str) -> str:
    """An SPDX expression of an installed package, "" where its metadata gives none."""
    told = metadata.metadata(name)
    if "License-Expression" in told:
        return str(told["License-Expression"])
    classifiers = [
        _CLASSIFIERS[last]
        for each in told.get_all("Classifier") or ()
        if each.startswith("License ::") and (last := each.split(" :: ")[-1]) in _CLASSIFIERS
    ]
    fields = told.get_all("License") or [""]
    field = str(fields[0]).removesuffix(" License")
    if field in PERMISSIVE or field == "MPL-2.0":
        return field
    return " AND ".join(sorted(classifiers)) or _READ.get(name, "")


def is_permissive(expression: str) -> bool:
    """Whether the terms can be met by permissive ones alone: of OR, one; of AND, all."""
    if not expression:
        return False
    return bool(_is_met(_SPDX.parse(expression)))


def _is_met(term: object) -> bool:
    if isinstance(term, _SPDX.OR):
        return any(map(_is_met, term.args))
    if isinstance(term, _SPDX.AND):
        return all(map(_is_met, term.args))
    return str(getattr(term, "key", term)) in PERMISSIVE


def libraries_in(name: str) -> set[str]:
    """Stems of shared libraries that a wheel brings of others: ``libx264`` in ``av.libs/``."""
    return {
        re.split(r"[-.]", file.name)[0]
        for file in metadata.files(name) or ()
        if file.parts[0].endswith(".libs") and ".so" in file.name
    }


def unexplained(licences: Mapping[str, str], explained: Iterable[Part]) -> list[str]:
    """Sentences; none is good. licences: of packages by name, as ``licence_of``."""
    known = list(explained)
    whole = {part.wheel: part for part in known if not part.files}
    found = [f"{part.name} in {part.wheel} is {part.licence}, and nothing says why that is right"
             for part in known if not part.why and not is_permissive(part.licence)]  # fmt: skip
    for name, licence in licences.items():
        if not is_permissive(licence) and name not in whole:
            found.append(f"{name} is {licence or 'under unknown terms'}, and not explained")
        named = {file for part in known if part.wheel == name for file in part.files}
        found += [
            f"{name} carries {file}, which explained.toml does not name"
            for file in sorted(libraries_in(name) - named)
        ]
    return found


def main() -> int:
    licences = {each.name: licence_of(each.name) for each in packages(REQUIREMENTS / "runtime.txt")}
    for name, licence in licences.items():
        print(f"{name:28} {licence}")
    for part in parts():
        if not is_permissive(part.licence):
            print(f"\n{part.name} ({part.wheel}): {part.licence}\n  {part.why}")
    problems = unexplained(licences, parts())
    for problem in problems:
        print(f"NOT PERMISSIVE: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
