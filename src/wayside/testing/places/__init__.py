"""Nine places of a small town, each filmed in a loop whose end joins its beginning.

Built from the painter, the bodies, the light and the truth of ``town``.

    place       what a place is
    journeys, traffic   who moves how, for ever and without collisions
    surfaces, furniture   what the ground and the things on it look like
    weather, film   pictures
    loops       one period and its truth
"""

from __future__ import annotations

from collections.abc import Callable

from wayside.testing.places.bridge import bridge
from wayside.testing.places.car_park import car_park
from wayside.testing.places.junction import junction
from wayside.testing.places.loops import Loop, loop_of
from wayside.testing.places.motorway import motorway
from wayside.testing.places.night import night
from wayside.testing.places.place import Place, StoppedRule
from wayside.testing.places.quay import quay
from wayside.testing.places.rain import rain
from wayside.testing.places.shop_door import shop_door
from wayside.testing.places.square import square

PLACES: dict[str, Callable[[], Place]] = {
    "junction": junction,
    "motorway": motorway,
    "square": square,
    "shop-door": shop_door,
    "car-park": car_park,
    "night": night,
    "rain": rain,
    "bridge": bridge,
    "quay": quay,
}

__all__ = ["PLACES", "Loop", "Place", "StoppedRule", "loop_of"]
