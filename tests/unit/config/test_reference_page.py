"""The pages about site.yaml say what the models say, and their examples load."""

import json
import re
from pathlib import Path

import pytest

from wayside.config import calibration, junctions, model, rules, scene, server, sign_in, sinks
from wayside.config.load import parse_site

from .conftest import sections

DOCS = Path(__file__).parents[3] / "docs"
PAGE = DOCS / "reference" / "site-yaml.md"

HEADINGS = {
    model.Site: "The site",
    model.Feed: "`feeds[]`",
    scene.Scene: "`feeds[].scene`",
    scene.LineEntry: "`feeds[].scene.lines[]`",
    scene.ZoneEntry: "`feeds[].scene.zones[]` and `feeds[].scene.private_zones[]`",
    scene.MovementEntry: "`feeds[].scene.movements[]`",
    calibration.Calibration: "`feeds[].scene.calibration`",
    calibration.PointEntry: "`feeds[].scene.calibration.points[]`",
    calibration.MapPoint: "`feeds[].scene.calibration.points[].map`",
    calibration.LengthEntry: "`feeds[].scene.calibration.lengths[]`",
    calibration.CameraEntry: "`feeds[].scene.calibration.camera`",
    rules.StoppedRule: "`feeds[].rules[]` of kind `stopped`",
    rules.WrongWayRule: "`feeds[].rules[]` of kind `wrong_way`",
    rules.OnCarriagewayRule: "`feeds[].rules[]` of kind `on_carriageway`",
    rules.UTurnRule: "`feeds[].rules[]` of kind `u_turn`",
    rules.ClosedLineRule: "`feeds[].rules[]` of kind `closed_line`",
    junctions.JunctionEntry: "`junctions[]`",
    junctions.ApproachEntry: "`junctions[].approaches[]`",
    junctions.JunctionLine: "`junctions[].approaches[].in[]` and `junctions[].approaches[].out[]`",
    junctions.JunctionMovementEntry: "`junctions[].movements[]`",
    rules.QueueRule: "`feeds[].rules[]` of kind `queue`",
    rules.CongestionRule: "`feeds[].rules[]` of kind `congestion`",
    rules.NearMissRule: "`feeds[].rules[]` of kind `near_miss`",
    rules.CollisionRule: "`feeds[].rules[]` of kind `collision`",
    rules.BrakingWaveRule: "`feeds[].rules[]` of kind `braking_wave`",
    model.Detect: "`detect`",
    model.Privacy: "`privacy`",
    model.Output: "`output`",
    sinks.JsonlSink: "`sinks[]` of kind `jsonl`",
    sinks.WebhookSink: "`sinks[]` of kind `webhook`",
    sinks.MqttSink: "`sinks[]` of kind `mqtt`",
    server.Server: "`server`",
    sign_in.SignInEntry: "`server.sign_in`",
    sign_in.SignInRights: "`server.sign_in.rights[]`",
    server.Network: "`network`",
}


def default(field) -> str:
    if field.is_required():
        return "required"
    if field.default_factory is not None:
        return "its defaults"
    if field.default is None or field.default == ():
        return "none"
    if isinstance(field.default, str):
        return f"`{field.default}`"
    value = field.default
    return (
        f"`{int(value) if isinstance(value, float) and value.is_integer() else json.dumps(value)}`"
    )


def rows(heading: str) -> dict[str, list[str]]:
    """Cells of the table below a heading, by key."""
    section = PAGE.read_text("utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    cells = [
        line.strip("|").split(" | ") for line in section.splitlines() if line.startswith("| `")
    ]
    return {row[0].strip(" `"): [cell.strip() for cell in row] for row in cells}


@pytest.mark.parametrize("section", HEADINGS, ids=lambda s: s.__name__)
def test_every_key_has_its_row_with_its_default_and_meaning(section):
    table = rows(HEADINGS[section])
    fields = {field.alias or name: field for name, field in section.model_fields.items()}
    assert list(table) == list(fields)
    for key, field in fields.items():
        assert table[key][2] == default(field), key
        assert table[key][3] == field.description, key


def test_every_section_is_on_the_page():
    assert set(sections()) == set(HEADINGS)


@pytest.mark.parametrize(
    "page",
    [
        *("reference/site-yaml.md", "how-to/describe-a-scene.md", "how-to/first-feed.md"),
        *("how-to/sinks.md", "how-to/security.md", "how-to/tls.md", "how-to/calibrate.md"),
        "how-to/sign-in.md",
    ],
)
def test_the_examples_load(page):
    examples = re.findall(r"```yaml\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)
    assert examples
    for text in examples:
        assert parse_site(text, env={}).site == "north-junction"
