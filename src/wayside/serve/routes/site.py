"""``/site``: what this installation is and how it is doing."""

from __future__ import annotations

from fastapi import APIRouter, Request

from wayside.serve import shapes, telling
from wayside.serve.access import V1
from wayside.serve.guard import GuardedRoute, house_of

router = APIRouter(route_class=GuardedRoute, tags=["site"])


@router.get(f"{V1}/site")
def get_site(request: Request) -> shapes.SiteShape:
    """The installation: its feeds by state, its workers, what is wrong with its file."""
    return telling.site(house_of(request))
