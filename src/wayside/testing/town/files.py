"""A town on disk: video, site.yaml and truth.json in one folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from wayside.domain.errors import OutputError
from wayside.testing.town.render import write_video
from wayside.testing.town.scenario import Scenario
from wayside.testing.town.site import write_site
from wayside.testing.town.town import build_town
from wayside.testing.town.truth import Truth, truth_of


@dataclass(frozen=True, slots=True)
class TownFiles:
    """Where the three files are, and the truth that was written."""

    video: Path
    site: Path
    truth_file: Path
    truth: Truth


def write_town(
    scenario: Scenario, folder: Path, progress: Callable[[int], None] | None = None
) -> TownFiles:
    """Write junction.mp4, site.yaml and truth.json into ``folder``, made if absent.

    progress: called with the number of pictures written so far. Raises
    OutputError where the folder cannot be written.
    """
    video, site, truth_file = (
        folder / name for name in ("junction.mp4", "site.yaml", "truth.json")
    )
    town = build_town(scenario)
    truth = truth_of(town)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_site(scenario, site, video.name)
        truth.write(truth_file)
        write_video(town, video, progress)
    except OSError as error:
        raise OutputError(
            f"the town cannot be written ({error.strerror})",
            where=str(folder),
            remedy="Choose a folder that can be written",
        ) from error
    return TownFiles(video, site, truth_file, truth)
