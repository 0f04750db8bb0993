"""From a feed's ``source`` to the files and folders it stands for."""

from __future__ import annotations

from pathlib import Path

from wayside.config.model import Feed, Site

_WILD = frozenset("*?[")


def paths_of(feed: Feed, folder: Path) -> list[Path]:
    """The files and folders that the source names, sorted; empty where there are none.

    A camera or a stream has none.

    folder: that of the site.yaml, from which relative sources count. A name
    that exists as it stands is meant as it stands, even with a ``[`` in it;
    only then is it read as a pattern.
    """
    if feed.is_live:
        return []
    source = feed.address().address
    path = folder / source
    try:
        if path.exists():
            return [path]
        if not _WILD & set(source):
            return []
        root = Path(path.anchor or ".")
        return sorted(root.glob(str(path.relative_to(root))))
    except (OSError, ValueError):
        # A name too long for the file system, a folder that may not be entered,
        # or a pattern such as `a**`: in each case nothing is there for us.
        return []


def feed_for(site: Site, folder: Path, path: Path) -> Feed | None:
    """The first feed whose source is, or is a pattern of, this very file or folder."""
    wanted = path.resolve()
    for feed in site.feeds:
        if any(found.resolve() == wanted for found in paths_of(feed, folder)):
            return feed
    return None
