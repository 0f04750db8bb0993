"""``python -m fuzz.parse NAME [libFuzzer's options] CORPUS``, or ``NAME FILE`` for one input.

Atheris watches which branches of our parsers an input reaches, and goes on from those that
reached new ones. libFuzzer owns the process; what a parser raises but must not ends it.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable

import atheris

from fuzz.parsing import PARSERS


def main() -> None:
    name = sys.argv[1]
    with atheris.instrument_imports(include=["wayside.config", "wayside.ingest", "wayside.fleet"]):
        for module in PARSERS[name].modules:
            importlib.import_module(module)
    attempt: Callable[[bytes], None] = PARSERS[name].attempt
    atheris.Setup([sys.argv[0], *sys.argv[2:]], attempt)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
