"""What the tracker may be told, and why each default is what it is.

Lengths are in own sizes (the square root of a box's area) unless said
otherwise, times in media seconds, so one set serves every picture size,
distance and sampling rate. The defaults were chosen on made scenes and then
checked on recorded ones (``benchmarks/tracking.py``), never per sequence.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """Thresholds of one tracker. Raises ValueError where they contradict each other.

    Scores
        high_score: rows from here on are associated first; a detector that
            reports 0.5 is right more often than not.
        low_score: rows below it are dropped and counted. Rows between the two
            may only extend a track (ByteTrack's second stage): a half hidden
            object scores low, and so does clutter, which has no track there.
        new_score: an unmatched row from here on may start a track.

    Confirmation
        confirm_hits: named sightings that make an object of a track whose best
            score is high. Two, so that no single false alarm is ever counted.
        confirm_hits_low: the same for a track that never scored high.
        tentative_misses: consecutive looks that may fail before a tentative
            track is given up; one, so that a detector's 10 % of misses does
            not cost every tenth newcomer its first second.
        motion_hits, motion_min_s, motion_directness, motion_min_travel: a track
            that only moving blobs support must have been seen this often, over
            this time, with net displacement ÷ path length at least this, and
            have travelled at least one own size and ``motion_min_travel``
            picture heights. Swaying trees and flicker travel nowhere.

    Loss
        max_lost_s: looked for and not seen for this long, a track ends.
        max_blind_s: not looked for (outside ``examined``) and moving for this
            long, a track ends: what it predicts by then is a guess.
        rest_speed: own sizes a second under which an object counts as resting.
        rest_decay_s: time constant with which the velocity of a resting object
            that nobody looks at dies out.
        min_visible: share of the predicted box that must still be in the
            picture for an unseen track to live on.

    Association
        min_similarity: least buffered IoU (see ``association.py``) of a match
            with a high row.
        min_similarity_low: the same for a low row; stricter, as clutter scores low.
        min_similarity_motion: least IoU, or containment, of a match with a moving blob.
        margin_sigmas: how many standard deviations of the predicted position
            the boxes are buffered by.
        max_margin: bound of that buffer, in own sizes, so that an uncertain
            track cannot claim the other side of the picture.
        margin_penalty: cost of a match that needs the buffer; makes a sure
            track win over a lost one.
        size_penalty: cost of a match per unit of the logarithm of the ratio of
            sizes. Of wrong re-associations after an occlusion most join boxes
            of quite different size; of the right ones hardly any does.

    Motion model (standard deviations)
        measurement_noise: of a named box's position and size, in own sizes.
        motion_noise: of a blob's; it has the object's shadow and its holes.
        acceleration: white acceleration, own sizes ÷ s^1.5.
        growth: the same for width and height.
        growth_memory_s: time constant with which growth dies out.
        fast: own sizes a second from which a changing size is read as a changing
            depth, which bends the way in the picture. fast_rigid: the same of vehicles,
            whose boxes do not swing.
        start_speed: of a newcomer, own sizes a second.
        start_growth: the same for its width and height.

    Chains (see ``chains.py``): three first sightings that are one fast object
        chain_speed: own sizes a second that it may go at most. 45 m/s of a car
            seen from its side is ten.
        chain_wait_s: longest time between two of the sightings.
        chain_error: how far from the even way the third may lie, in own sizes;
        chain_bend: the same in parts of the way, which perspective bends.
        chain_depth: most that its size may change from the first to the second,
            as a logarithm: it comes nearer or goes away. chain_size: most that the
            third may differ from what these two foretell.

    Duplicates
        duplicate_iou: overlap, and duplicate_inside: share of the smaller box
            inside the larger, that make two tracks of similar velocity one
            object ...
        duplicate_updates, duplicate_s: ... once it has lasted this many
            updates in a row and this long. Two people who pass each other
            overlap as much, but not at the same velocity and not for long.
        relay_iou, relay_s: overlap at which a new track, up to this old, hands
            over to a lost one that was last seen before it began.
    """

    high_score: float = 0.5
    low_score: float = 0.1
    new_score: float = 0.4

    confirm_hits: int = 2
    confirm_hits_low: int = 3
    tentative_misses: int = 1
    motion_hits: int = 4
    motion_min_s: float = 0.4
    motion_directness: float = 0.6
    motion_min_travel: float = 0.04

    max_lost_s: float = 1.5
    max_blind_s: float = 10.0
    rest_speed: float = 0.15
    rest_decay_s: float = 0.5
    min_visible: float = 0.2

    min_similarity: float = 0.15
    min_similarity_low: float = 0.35
    min_similarity_motion: float = 0.2
    margin_sigmas: float = 1.0
    max_margin: float = 1.5
    margin_penalty: float = 0.3
    size_penalty: float = 0.8

    measurement_noise: float = 0.03
    motion_noise: float = 0.2
    acceleration: float = 1.2
    growth: float = 0.15
    growth_memory_s: float = 0.5
    fast: float = 2.5
    fast_rigid: float = 0.7
    start_speed: float = 1.5
    start_growth: float = 0.2

    chain_speed: float = 12.0
    chain_wait_s: float = 0.8
    chain_error: float = 0.3
    chain_bend: float = 0.2
    chain_depth: float = 0.8
    chain_size: float = 0.35

    duplicate_iou: float = 0.7
    duplicate_inside: float = 0.85
    duplicate_updates: int = 3
    duplicate_s: float = 0.6
    relay_iou: float = 0.5
    relay_s: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.low_score <= self.new_score <= 1:
            raise ValueError("need 0 <= low_score <= new_score <= 1")
        if not self.low_score <= self.high_score <= 1:
            raise ValueError("need low_score <= high_score <= 1")
        if self.confirm_hits < 1 or self.confirm_hits_low < self.confirm_hits:
            raise ValueError("need 1 <= confirm_hits <= confirm_hits_low")
        durations = (self.max_lost_s, self.max_blind_s, self.rest_decay_s, self.growth_memory_s)
        if min(durations) <= 0:
            raise ValueError("durations must be positive")
