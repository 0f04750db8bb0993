"""``python -m wayside.testing.cameras --folder DIR``: see the package."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from wayside.domain.errors import WaysideError
from wayside.testing.cameras.serving import Options, serve
from wayside.testing.places import PLACES


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = argparse.ArgumentParser(
        prog="python -m wayside.testing.cameras", description="Serve a small town's cameras."
    )
    options.add_argument("--folder", type=Path, required=True, metavar="DIR")
    options.add_argument("--port", type=int, default=0, help="of the first feed; 0: any free ones")
    options.add_argument(
        "--place", action="append", choices=tuple(PLACES), help="only this one; repeatable"
    )
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0 when told to stop, 1 where the folder, a port or the films fail."""
    arguments = parser().parse_args(argv)
    places = tuple(arguments.place or PLACES)
    try:
        asyncio.run(serve(Options(arguments.folder, arguments.port, places)))
    except (WaysideError, OSError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
