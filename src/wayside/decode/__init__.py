"""From packets to raw frames with media time.

Comes in: Packets of one session. Goes out: RawFrames, in display order, with
a time that always moves forward. Damage is counted and marked, never raised.
"""
