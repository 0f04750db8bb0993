"""The JSON Schema of site.yaml, for editors that complete and check while one types.

``python -m wayside.config.schema > src/wayside/config/site.schema.json`` renews
the committed copy; a test compares the two.
"""

from __future__ import annotations

import json
import sys
from importlib import resources
from typing import Any

from wayside.config.model import Site


def json_schema() -> dict[str, Any]:
    """Draft 2020-12, from the models, with the keys as they are written in the file."""
    schema = Site.model_json_schema(by_alias=True, mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "wayside site.yaml",
    }


def schema_text() -> str:
    """The schema as it is committed."""
    return json.dumps(json_schema(), indent=2, sort_keys=True) + "\n"


def committed_schema() -> str:
    """The copy that the package carries."""
    return resources.files("wayside.config").joinpath("site.schema.json").read_text("utf-8")


if __name__ == "__main__":
    sys.stdout.write(schema_text())
