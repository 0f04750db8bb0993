"""The bill of materials is valid, whole, and the same each time."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from supply import sbom
from supply.ffmpeg import ffmpeg
from supply.lock import REQUIREMENTS, ROOT, modules, packages

THIRD_PARTY = ROOT / "docs" / "reference" / "third-party.md"


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    target = tmp_path_factory.mktemp("build") / "deep" / "sbom.cdx.json"
    assert sbom.main(target) == 0
    return target.read_text("utf-8")


@pytest.fixture
def bill(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found


def test_it_is_valid_and_the_same_each_time(text: str, tmp_path: Path) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    sbom.main(tmp_path / "again.json")
    assert (tmp_path / "again.json").read_text("utf-8") == text
    broken = text.replace('"type": "library"', '"type": "libary"', 1)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(broken) is not None


def test_every_locked_package_and_module_is_in_it(bill: dict[str, Any]) -> None:
    urls = {each.get("purl") for each in bill["components"]}
    for each in packages(REQUIREMENTS / "runtime.txt"):
        assert f"pkg:pypi/{each.name}@{each.version}" in urls
    for module in modules():
        assert f"pkg:npm/{module.name.replace('@', '%40')}@{module.version}" in urls
    assert all(each["licenses"] for each in bill["components"])


def test_sums_are_those_of_the_lock(bill: dict[str, Any]) -> None:
    (numpy,) = (each for each in bill["components"] if each["name"] == "numpy")
    (locked,) = (p for p in packages(REQUIREMENTS / "runtime.txt") if p.name == "numpy")
    assert {each["value"] for each in numpy["properties"]} == set(locked.sha256)


def test_ffmpeg_inside_av_is_a_component_of_its_own(bill: dict[str, Any]) -> None:
    (av,) = (each for each in bill["components"] if each["name"] == "av")
    known = next(each for each in bill["dependencies"] if each["ref"] == av["bom-ref"])
    (inside,) = (each for each in bill["components"] if each["bom-ref"].endswith("#FFmpeg")
                 and each["bom-ref"] in known["dependsOn"])  # fmt: skip
    assert inside["version"] == ffmpeg().version
    told = {each["value"] for each in inside["properties"]}
    assert "--enable-libx264" in told
    assert any(each.startswith("libavcodec ") for each in told)


def test_what_runs_hangs_together(bill: dict[str, Any]) -> None:
    needs = {each["ref"]: each.get("dependsOn", []) for each in bill["dependencies"]}
    reached, waiting = set(), ["wayside"]
    while waiting:
        if (ref := waiting.pop()) not in reached:
            reached.add(ref)
            waiting += needs.get(ref, [])
    runs = {each["bom-ref"] for each in bill["components"] if "pypi" in each["bom-ref"]}
    assert runs <= reached


def section(heading: str) -> str:
    return THIRD_PARTY.read_text("utf-8").split(f"# {heading}\n")[1].split("\n#")[0]


def test_the_page_names_the_ffmpeg_that_is_in_use() -> None:
    told = section("The FFmpeg that is in use")
    codec = ffmpeg()
    rows = dict(re.findall(r"^\| (\w+) \| ([\d.]+) \|$", told, re.MULTILINE))
    assert rows == {"FFmpeg": codec.version} | codec.libraries
    fence = re.search(r"```text\n(.*?)```", told, re.DOTALL)
    assert fence is not None
    assert tuple(fence[1].split()) == codec.configuration
    whole = THIRD_PARTY.read_text("utf-8")
    assert f"| av | FFmpeg {codec.version} (" in whole
    assert f'"{codec.licence}"' in whole


def test_what_is_in_the_page_is_named_with_its_terms() -> None:
    rows = re.findall(
        r"^\| ([a-z][a-z-]*) \| ([A-Z]\S+) \| .+ \|$", section("The page"), re.MULTILINE
    )
    licences = {each.name: each.licence for each in modules()}
    assert dict(rows) == {name: licences[name] for name in sbom.IN_PAGE}
    notice = (ROOT / "NOTICE").read_text("utf-8").lower()
    assert all(name in notice for name in sbom.IN_PAGE)
