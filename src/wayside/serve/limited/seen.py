"""Which feeds there are for somebody, by the site file as it is at this moment."""

from __future__ import annotations

from wayside.serve.house import SiteFile
from wayside.serve.records import FeedEntry


class Seen:
    """The feeds of some groups. Asked anew for each answer, so that an edit holds at once.

    A feed without a group is seen by nobody who is limited; one that has left the
    site file has no groups any more, and what was recorded of it is not seen either.
    """

    def __init__(self, site: SiteFile, groups: frozenset[str]) -> None:
        self._site = site
        self._groups = groups

    def has(self, entry: FeedEntry) -> bool:
        return not self._groups.isdisjoint(entry.groups)

    def feeds(self) -> frozenset[str]:
        return frozenset(each.id for each in self._site.current().feeds if self.has(each))
