"""A ground and lanes proposed from stored paths, and the ground of a draft drawn as a grid."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter, Request

from wayside.domain.errors import ConfigError
from wayside.serve import shapes
from wayside.serve.access import V1
from wayside.serve.guard import GuardedRoute, house_of
from wayside.serve.problems import Refusal
from wayside.serve.proposing import (
    ground_grid,
    moved_scene,
    proposed_calibration,
    proposed_scene,
)
from wayside.serve.records import IncidentQuery, TimedPath
from wayside.serve.requests import GridAsk, ProposeAsk, SceneProposeAsk
from wayside.serve.routes.feeds import entry_of
from wayside.serve.turns import turn

router = APIRouter(route_class=GuardedRoute, tags=["scenes"])

_READ = 4_000
"""Paths that a proposal reads at most, the newest: an hour of a busy road."""

_USUAL_ASPECT = 16 / 9


@router.post(f"{V1}/feeds/{{feed}}/calibration/propose", responses={429: {}})
async def propose_calibration(
    request: Request, feed: str, ask: ProposeAsk
) -> shapes.CalibrationProposalShape:
    """What camera would see the traffic of the last hour so. Changes nothing; takes seconds.

    ``camera`` is null, and ``why`` and ``remedy`` say the reason, where the paths do not tell.
    """
    async with request.app.state.turns.proposing():
        paths, aspect = await turn(_paths, request, feed, ask.minutes)
        return await turn(proposed_calibration, paths, aspect)


@router.post(f"{V1}/feeds/{{feed}}/scene/propose", responses={429: {}})
async def propose_scene(
    request: Request, feed: str, ask: SceneProposeAsk
) -> shapes.SceneProposalShape:
    """Lanes, lines, movements and crossings that the paths show. Changes nothing.

    ``scene``: the draft whose calibration is the ground; without one the traffic's own is taken.
    """
    async with request.app.state.turns.proposing():
        paths, aspect = await turn(_paths, request, feed, ask.minutes)
        geometry = await turn(house_of(request).site.geometry_of, ask.scene)
        return await turn(proposed_scene, paths, geometry, aspect)


@router.post(f"{V1}/feeds/{{feed}}/scene/grid")
def scene_grid(request: Request, feed: str, ask: GridAsk) -> shapes.GridAnswer:
    """Lines of a grid on the ground of a draft, in the picture. ``grid`` is null without one."""
    house = house_of(request)
    entry_of(house.site.current(), feed)
    geometry = house.site.geometry_of(ask.scene)
    try:
        return shapes.GridAnswer(grid=ground_grid(geometry, _aspect(request, feed), ask.step_m))
    except ConfigError as error:
        raise Refusal(422, error.what, where=error.where or "", remedy=error.remedy or "") from None


@router.post(f"{V1}/feeds/{{feed}}/view/propose", responses={409: {}})
def propose_moved_scene(request: Request, feed: str) -> shapes.MovedSceneShape:
    """The saved scene where the moved view has it. Changes nothing; save it, then confirm the view.

    409 where the view has not moved, or has become one that was not recognised.
    """
    house = house_of(request)
    entry = entry_of(house.site.current(), feed)
    query = IncidentQuery(kind="health.view_moved", feed=feed)
    newest = house.archive.incidents(query, 1, None).items
    found = None
    if newest and newest[0].is_open:
        geometry = house.site.geometry_of(entry.scene)
        found = moved_scene(geometry, newest[0].data, _aspect(request, feed))
    if found is None:
        raise Refusal(
            409,
            "where the view has gone is not known",
            where="feed",
            remedy="Draw the scene anew where it no longer fits, then confirm the view",
        )
    return found


def _paths(request: Request, feed: str, minutes: int) -> tuple[list[TimedPath], float]:
    """(paths of the last minutes, the picture's aspect)."""
    house = house_of(request)
    entry_of(house.site.current(), feed)
    now = house.clock.now()
    found = house.archive.paths(feed, now - timedelta(minutes=minutes), now, _READ)
    return found, _aspect(request, feed)


def _aspect(request: Request, feed: str) -> float:
    status = house_of(request).fleet.statuses().get(feed)
    if status is None or not (status.width and status.height):
        return _USUAL_ASPECT
    return status.width / status.height
