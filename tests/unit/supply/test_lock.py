"""Every library is locked to one version and to its hashes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from supply.lock import REQUIREMENTS, modules, packages

SUM = "a" * 64


@pytest.mark.parametrize("name", ["runtime.txt", "dev.txt", "audit.txt", "peers.txt"])
def test_every_package_has_one_version_and_sums(name: str) -> None:
    found = packages(REQUIREMENTS / name)
    assert len(found) > 10
    assert len({each.name for each in found}) == len(found)
    assert all(each.sha256 for each in found)


def test_what_runs_is_what_is_tested() -> None:
    tested = {each.name: each for each in packages(REQUIREMENTS / "dev.txt")}
    assert [
        each for each in packages(REQUIREMENTS / "runtime.txt") if tested[each.name] != each
    ] == []


def test_every_module_of_the_page_has_a_sum_and_terms() -> None:
    found = modules()
    assert {"svelte", "uplot", "@types/node"} <= {each.name for each in found}
    assert all(len(each.sha512) == 128 and each.licence for each in found)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (f"a>=1 --hash=sha256:{SUM}", "not pinned"),
        (f"a --hash=sha256:{SUM}", "not pinned"),
        (f"a==1.* --hash=sha256:{SUM}", "not pinned"),
        (f"a==1,<2 --hash=sha256:{SUM}", "not pinned"),
        (f"a @ https://example.org/a.whl --hash=sha256:{SUM}", "not pinned"),
        ("a==1", "no SHA-256"),
        ("a==1 --hash=md5:aa", "no SHA-256"),
        (f"a==1 --hash=sha256:{SUM[:-1]}", "no SHA-256"),
    ],
)
def test_a_lock_with_a_hole_is_refused(line: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "r.txt"
    path.write_text(f"# a comment\nb==2 \\\n    --hash=sha256:{SUM}\n{line}\n")
    with pytest.raises(ValueError, match=why):
        packages(path)


@pytest.mark.parametrize(
    "change", [{"integrity": ""}, {"integrity": "sha1-aa"}, {"license": None}, {"link": True}]
)
def test_a_module_without_sum_or_terms_is_refused(
    change: dict[str, object], tmp_path: Path
) -> None:
    entry = {"version": "1", "integrity": "sha512-YQ==", "license": "MIT"}
    path = tmp_path / "package-lock.json"
    path.write_text(json.dumps({"packages": {"": {}, "node_modules/a": entry}}))
    assert [each.name for each in modules(path)] == ["a"]
    path.write_text(json.dumps({"packages": {"node_modules/a": entry | change}}))
    with pytest.raises(ValueError, match="node_modules/a"):
        modules(path)
