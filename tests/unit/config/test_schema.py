import json

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from wayside.config.schema import committed_schema, json_schema, schema_text


def test_the_committed_schema_is_the_generated_one():
    assert committed_schema() == schema_text(), (
        "run: python -m wayside.config.schema > src/wayside/config/site.schema.json"
    )


def test_it_is_a_valid_schema_with_descriptions():
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    assert schema["properties"]["feeds"]["description"]
    assert schema["additionalProperties"] is False
    assert {"from", "to"} <= set(schema["$defs"]["MovementEntry"]["properties"])


def values(text):
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(text), default=str))


def test_an_editor_accepts_a_right_file(full):
    Draft202012Validator(json_schema()).validate(values(full))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("rate: 25", "rate: fast"),
        ("anchor:", "anchr:"),
        ("a: [0.1, 0.5]", "a: [0.1, 0.5, 0.7]"),
        ("a: [0.1, 0.5]", "a: [0.1, 1.5]"),
        ("style: silhouette", "style: blur"),
        ("faces: true", "faces: false"),
        ("site: north", "site: North"),
    ],
)
def test_an_editor_marks_what_loading_would_refuse(full, right, wrong):
    assert right in full
    assert not Draft202012Validator(json_schema()).is_valid(values(full.replace(right, wrong)))
