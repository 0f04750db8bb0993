"""``python -m wayside.cli.worker_start --fd N --page M --parent P``: a worker's first lines.

It is bound to its parent P before its imports begin, of which there are many:
see ``worker_process``, which is all the rest.
"""

from __future__ import annotations

import argparse
import signal
import sys

from wayside.fleet.parent import end_with_parent


def main() -> int:
    """Exit code: 0 after an orderly end, 1 where the worker could not begin."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--fd", type=int, required=True)
    arguments.add_argument("--page", type=int, required=True)
    arguments.add_argument("--parent", type=int, required=True)
    given = arguments.parse_args()
    end_with_parent(given.parent)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # both may reach the whole group; the parent decides
    from wayside.cli.worker_process import run  # noqa: PLC0415 - a second or more

    return run(given.fd, given.page)


if __name__ == "__main__":
    sys.exit(main())
