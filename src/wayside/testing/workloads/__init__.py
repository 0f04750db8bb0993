"""Films of feeds as they come: busy, typical, at night; small and large; in three encodings.

Drawn from the places of ``testing.places`` at 25 pictures a second, with noise in
every picture, so that an encoder has as much to do with a still street as a
camera's has. What is true of them is known. Used by ``benchmarks/attention.py``
and, in a process of its own, by ``wayside bench``.

    bursts      who is in the picture when
    recipes     which films a workload has
    encoding    noise, VBR, CBR, long GOP
    films       made once and kept
    phases      many feeds of few films
"""

from wayside.testing.workloads.films import (
    TrueCrossing,
    WorkloadFilm,
    films_of,
    films_with_progress,
    picture_count,
)
from wayside.testing.workloads.phases import phased_feeds
from wayside.testing.workloads.recipes import SIZES, WORKLOADS, Recipe, recipes

__all__ = [
    "SIZES",
    "WORKLOADS",
    "Recipe",
    "TrueCrossing",
    "WorkloadFilm",
    "films_of",
    "films_with_progress",
    "phased_feeds",
    "picture_count",
    "recipes",
]
