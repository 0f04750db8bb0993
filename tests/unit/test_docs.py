"""The documentation says what the program does: links, options, metrics, kinds, libraries."""

from __future__ import annotations

import ast
import re
import tomllib
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote

import pytest
import typer
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from wayside.cli.app import app
from wayside.domain.classes import ObjectClass
from wayside.domain.errors import WaysideError
from wayside.serve.access import ACCESS, V1

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
ANALYZE = ROOT / "src" / "wayside" / "analyze"
PAGES = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "NOTICE", "SECURITY.md")),
    *sorted(DOCS.rglob("*.md")),
]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def anchors(page: Path) -> set[str]:
    """As code hosts make them of headings."""
    text = FENCE.sub("", page.read_text("utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    kept = (re.sub(r"[^\w\- ]", "", heading.strip().lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in kept}


def first_cells(page: Path) -> set[str]:
    """What stands in backticks in the first column of the page's tables."""
    rows = re.findall(r"^\| (.+?) \|", page.read_text("utf-8"), re.MULTILINE)
    return {cell for row in rows for cell in re.findall(r"`([^`]+)`", row)}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_internal_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(FENCE.sub("", page.read_text("utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link} is not there"
        assert target.is_relative_to(ROOT), f"{link} leads out of the repository"
        if anchor:
            assert anchor in anchors(target), f"{link}: no such heading"


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        links = LINK.findall(page.read_text("utf-8")) if page.suffix == ".md" else []
        targets = ((page.parent / link.partition("#")[0]).resolve() for link in links)
        waiting += [t for t in targets if t.is_file() and t.is_relative_to(ROOT)]
    assert {page for page in DOCS.rglob("*") if page.is_file()} <= reached


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_pages_know_no_machine_and_no_typographic_clutter(page: Path) -> None:
    text = page.read_text("utf-8")
    paths = re.findall(r"(?<![\w./])/(?:home|root|tmp|work|Users|var|mnt)/\S*", text)
    assert paths == []
    assert "../shared" not in text
    assert "\N{EM DASH}" not in text


@pytest.mark.parametrize(
    "command", ["up", "tag", "init", "check", "models", "doctor", "bench", "export"]
)
def test_every_option_is_in_the_reference(command: str) -> None:
    group = typer.main.get_command(app)
    known = group.commands[command].params
    section = (DOCS / "reference" / "cli.md").read_text("utf-8").split(f"\n## wayside {command}\n")
    assert len(section) == 2, f"no section on {command}"
    text = section[1].split("\n## ")[0]
    for option in (
        name
        for param in known
        if not getattr(param, "hidden", False)
        for name in param.opts
        if name.startswith("-")
    ):
        if option not in ("--help", "-h"):
            assert re.search(rf"(?<![\w-]){option}(?![\w-])", text), option


def test_every_exit_code_is_in_the_reference() -> None:
    text = (DOCS / "reference" / "cli.md").read_text("utf-8").split("## Exit codes")[1]
    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", text, re.MULTILINE)}
    raised = {kind.exit_code for kind in (WaysideError, *descendants(WaysideError))}
    assert listed == raised | {0, 130}


def descendants(kind: type[WaysideError]) -> set[type[WaysideError]]:
    children = set(kind.__subclasses__())
    return children.union(*(descendants(child) for child in children))


def test_every_environment_variable_is_in_the_reference() -> None:
    sources = (path.read_text("utf-8") for path in (ROOT / "src").rglob("*.py"))
    read = {name for text in sources for name in re.findall(r"\"(WAYSIDE_[A-Z_]+)\"", text)}
    assert read
    assert read <= first_cells(DOCS / "reference" / "cli.md")


def readings() -> set[tuple[str, str]]:
    """(metric, unit) of every Reading that an analyzer makes: its first and its third argument."""
    found = set()
    for path in ANALYZE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Reading":
                metric, _, unit = node.args[:3]
                assert isinstance(metric, ast.Constant), f"{path}:{node.lineno}"
                assert isinstance(unit, ast.Constant), f"{path}:{node.lineno}"
                found.add((metric.value, unit.value))
    return found


def test_every_metric_is_in_the_measurements_with_its_unit() -> None:
    made = readings()
    assert len(made) > 10
    rows = re.findall(
        r"^\| `([a-z0-9_]+)` \| (\S+) \| .+ \| .+ \|$",
        (DOCS / "measurements.md").read_text("utf-8"),
        re.MULTILINE,
    )
    assert set(rows) == made


def test_every_unit_is_in_the_outputs() -> None:
    page = (DOCS / "reference" / "outputs.md").read_text("utf-8")
    row = re.search(r"^\| `unit` \| (.+) \|$", page, re.MULTILINE)
    assert row is not None
    assert set(re.findall(r"`([^`]+)`", row[1])) == {unit for _, unit in readings()}


def test_every_event_kind_is_in_the_measurements() -> None:
    sources = (path.read_text("utf-8") for path in ANALYZE.rglob("*.py"))
    kinds = {
        kind for text in sources for kind in re.findall(r"^KIND = \"(.+)\"$", text, re.MULTILINE)
    }
    assert len(kinds) >= 4
    assert kinds == {c for c in first_cells(DOCS / "measurements.md") if "." in c}


def test_every_kind_of_event_is_in_its_reference() -> None:
    sources = [path.read_text("utf-8") for path in (ROOT / "src" / "wayside").rglob("*.py")]
    shipped = [text for text in sources if "health." in text or "KIND" in text]
    named = re.compile(
        r"^KIND = \"([a-z]+\.[a-z_]+)\"$|Condition\(\"(health\.[a-z_]+)\"", re.MULTILINE
    )
    kinds = {one or other for text in shipped for one, other in named.findall(text)}
    assert len(kinds) >= 13
    page = DOCS / "reference" / "events.md"
    assert kinds == {c for c in first_cells(page) if re.fullmatch(r"[a-z]+\.[a-z_]+", c)}


def test_every_prometheus_metric_is_in_its_reference() -> None:
    text = (ROOT / "src" / "wayside" / "serve" / "metrics.py").read_text("utf-8")
    whole = set(re.findall(r"\"(wayside_[a-z_]+)\"", text))
    feeds = {
        f"wayside_feed_{name}"
        for name in re.findall(r"^        \(\"([a-z_]+)\"", text, re.MULTILINE)
    }
    listed = {c.removesuffix("_total") for c in first_cells(DOCS / "reference" / "metrics.md")}
    assert len(feeds) >= 8
    assert {c for c in listed if c.startswith("wayside_")} == whole | feeds


def test_every_route_is_in_the_reference() -> None:
    text = (DOCS / "reference" / "api.md").read_text("utf-8")
    for _, path in ACCESS:
        plain = path.removeprefix(V1)
        plain = re.sub(r"\{(feed|incident|junction|token)\}", "{id}", plain).removeprefix("/api")
        last = plain.rpartition("/")[2]
        assert plain in text or f"`/{last}`" in text or "{path:path}" in plain, path


def test_every_class_is_in_the_glossary() -> None:
    text = (DOCS / "glossary.md").read_text("utf-8")
    assert [c.label for c in ObjectClass if f"`{c.label}`" not in text] == []


def test_words_of_the_glossary_are_in_the_code() -> None:
    rows = re.findall(
        r"^\| \*\*.+ \| (.*) \|$", (DOCS / "glossary.md").read_text("utf-8"), re.MULTILINE
    )
    places = [place for row in rows for place in re.findall(r"`([a-z_.]+)\.([A-Z]\w+)`", row)]
    assert len(places) > 30
    for module, name in places:
        path = ROOT / "src" / "wayside" / (module.replace(".", "/") + ".py")
        assert re.search(rf"^(class )?{name}\b", path.read_text("utf-8"), re.MULTILINE), (
            f"{module}.{name}"
        )


def test_every_runtime_library_is_in_third_party() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed: set[str] = set()
    waiting = list(project["dependencies"])
    while waiting:
        wanted = Requirement(waiting.pop())
        name = canonicalize_name(wanted.name)
        if name in needed or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
            continue
        needed.add(name)
        waiting += metadata.requires(name) or []
    page = (DOCS / "reference" / "third-party.md").read_text("utf-8")
    listed = set(re.findall(r"^\| ([a-z0-9-]+) \| \d\S* \| ", page, re.MULTILINE))
    assert listed == needed


def test_licence_and_notice_are_those_of_the_project() -> None:
    licence = (ROOT / "LICENSE").read_text("utf-8")
    assert "Apache License" in licence
    assert "TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION" in licence
    assert (ROOT / "NOTICE").read_text("utf-8").startswith("wayside\n")


def test_the_picture_of_the_report_is_small_enough_for_a_repository() -> None:
    picture = DOCS / "images" / "report.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size < 400_000


def test_decisions_are_numbered_without_holes_and_short() -> None:
    records = sorted(path for path in (DOCS / "decisions").glob("[0-9]*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    for path in records:
        lines = path.read_text("utf-8").splitlines()
        assert len(lines) <= 40, path.name
        assert lines[0].startswith(f"# {path.name[:4]} "), path.name
        assert {"## Context", "## Choice", "## Measured"} <= set(lines), path.name
