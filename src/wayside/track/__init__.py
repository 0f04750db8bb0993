"""Detections to tracks: one object's estimated state over time.

In: boxes with class and score of one picture, and its media time. Out: boxes
with an id, a velocity and a class by vote. Boxes only; no appearance, so
nothing here could tell two people apart, and an id never outlives its track.
"""

from wayside.track.association import GroundGate
from wayside.track.settings import TrackerSettings
from wayside.track.tracker import Tracker, TrackerCounters

__all__ = ["GroundGate", "Tracker", "TrackerCounters", "TrackerSettings"]
