"""The whole house of a caller: every part of it that knows feeds, limited."""

from __future__ import annotations

from dataclasses import replace

from wayside.serve.house import House
from wayside.serve.limited.archive import LimitedArchive
from wayside.serve.limited.fleet import LimitedFleet
from wayside.serve.limited.seen import Seen
from wayside.serve.limited.site import LimitedSite
from wayside.serve.limited.truth import LimitedTruth
from wayside.serve.roles import Groups


def house_for(house: House, groups: Groups) -> House:
    """The house itself for None.

    Routes are given nothing else, so that none of them can forget to ask: what is not of
    these groups is not there, in lists and by its id alike.
    """
    if groups is None:
        return house
    seen = Seen(house.site, groups)
    return replace(
        house,
        fleet=LimitedFleet(house.fleet, seen),
        archive=LimitedArchive(house.archive, seen),
        site=LimitedSite(house.site, seen),
        truth=None if house.truth is None else LimitedTruth(house.truth, seen),
        is_limited=True,
    )
