"""A synthetic junction, filmed from a mast, whose truth is known exactly.

Cars, lorries, buses, cyclists and people obey a signal, one another and
physics; a pinhole camera films them; truth says where each one was in every
picture and which counting line it crossed when. In: a Scenario (all numbers
and a seed). Out: pictures, a video, site.yaml and truth.json.

    layout, paths   the ground plan and the ways through it
    signal, agents, traffic   who goes where, and why nobody overlaps
    camera          metres to pixels
    shapes, scenery, light, paint   what it looks like
    truth, site     what is so, and how a site.yaml describes it
"""

from wayside.testing.town.camera import Camera
from wayside.testing.town.files import TownFiles, write_town
from wayside.testing.town.render import frames, write_video
from wayside.testing.town.scenario import Mix, Scenario
from wayside.testing.town.site import site_text, write_site
from wayside.testing.town.town import Town, build_town
from wayside.testing.town.truth import Crossing, FrameTruth, Truth, truth_of

__all__ = [
    "Camera",
    "Crossing",
    "FrameTruth",
    "Mix",
    "Scenario",
    "Town",
    "TownFiles",
    "Truth",
    "build_town",
    "frames",
    "site_text",
    "truth_of",
    "write_site",
    "write_town",
    "write_video",
]
