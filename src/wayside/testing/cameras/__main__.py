"""``python -m wayside.testing.cameras --folder DIR``: see the package.

Whoever starts it as a child says ``--parent PID`` and it ends with that, from its first lines on.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from wayside.fleet.parent import end_with_parent


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = argparse.ArgumentParser(
        prog="python -m wayside.testing.cameras", description="Serve a small town's cameras."
    )
    options.add_argument("--folder", type=Path, required=True, metavar="DIR")
    options.add_argument("--port", type=int, default=0, help="of the first feed; 0: any free ones")
    options.add_argument("--place", action="append", help="only this one; repeatable")
    options.add_argument("--parent", type=int, metavar="PID", help="to end with, however it ends")
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0 when told to stop, 1 where the folder, a port or the films fail."""
    options = parser()
    arguments = options.parse_args(argv)
    if arguments.parent is not None:
        end_with_parent(arguments.parent)
    # Only now: these take a second, in which nothing else would notice that the parent has gone.
    from wayside.domain.errors import WaysideError  # noqa: PLC0415
    from wayside.testing.cameras.serving import Options, serve  # noqa: PLC0415
    from wayside.testing.places import PLACES  # noqa: PLC0415

    places = tuple(arguments.place or PLACES)
    if unknown := set(places) - set(PLACES):
        options.error(f"no such place: {', '.join(sorted(unknown))} (of {', '.join(PLACES)})")
    try:
        asyncio.run(serve(Options(arguments.folder, arguments.port, places)))
    except (WaysideError, OSError, RuntimeError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
