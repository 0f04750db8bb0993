"""``make fuzz``: everything that wayside is given by others, broken in every way, many times.

    PYTHONPATH=tests python -m fuzz [TARGET ...] [--amount N] [--seed S] [--case K] [--file F]

Goes on where the last run with the same seed stopped. Exit code 1 where anything did not hold.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from fuzz.corpus import HARM, Corpus, Progress
from fuzz.run import Run
from fuzz.target import NAMES, Target, target_of

CACHE = Path(".cache/fuzz")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(NAMES))
    parser.add_argument("--amount", type=int, help="tries of each target; all that are promised")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--case", type=int, help="this one alone")
    parser.add_argument("--file", type=Path, help="a kept input, tried in this process")
    parser.add_argument("--cache", type=Path, default=CACHE)
    asked = parser.parse_args(arguments)
    unknown = set(asked.targets) - set(NAMES)
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    console = Console()
    harm = 0
    for name in asked.targets or NAMES:
        corpus = Corpus(asked.cache, name, asked.seed)
        target = target_of(name, corpus.cache)
        if asked.file is not None:
            console.print(dict(target.attempt(asked.file.read_bytes())))
            continue
        progress = _fuzzed(console, target, asked.seed, corpus, asked.amount, asked.case)
        harm += progress.harm
    return 1 if harm else 0


def _fuzzed(
    console: Console,
    target: Target,
    seed: int,
    corpus: Corpus,
    amount: int | None,
    case: int | None,
) -> Progress:
    wanted = target.whole if amount is None else amount

    def tell(progress: Progress) -> None:
        rate = progress.tries / max(progress.seconds, 1e-6)
        left_s = max(0, wanted - progress.tries) / max(rate, 1e-6)
        console.print(
            f"{target.name} seed {seed}: {progress.tries:,} of {wanted:,} {target.unit},"
            f" {rate:,.0f} a second, {left_s / 60:,.0f} min left,"
            f" case {progress.next:,}, harm {progress.harm}",
            end="\r" if console.is_terminal else "\n",
            highlight=False,
        )

    run = Run(target.name, target.suffix, target.seconds, seed, corpus, _seldom(tell, console))
    progress = run.until(wanted) if case is None else run.one(case)
    tell(progress)
    console.print()
    for kind, count in sorted(progress.seen.items()):
        console.print(f"  {kind:40} {count:>14,}", highlight=False)
    slowest_s, slowest = progress.slowest
    console.print(f"  slowest: case {slowest}, {slowest_s:.2f} s; {progress.memory >> 20} MB")
    if progress.harm:
        found = ", ".join(f"{progress.seen[kind]} {kind}" for kind in HARM if progress.seen[kind])
        console.print(f"  [red]{found}[/]: {corpus.folder}", highlight=False)
    return progress


def _seldom(tell, console):  # type: ignore[no-untyped-def]
    """A terminal is told of every stretch, a log of every thirtieth."""
    turns = 0

    def told(progress: Progress) -> None:
        nonlocal turns
        turns += 1
        if console.is_terminal or turns % 30 == 0:
            tell(progress)

    return told


if __name__ == "__main__":
    sys.exit(main())
