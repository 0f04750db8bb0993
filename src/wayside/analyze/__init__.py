"""Tracks in a scene become findings and readings.

In: Tracks, one instant after the other, and the Scene they move in. Out:
findings (something happened) and readings (numbers for a window). Analyzers
see no pixels and know nothing of files, feeds or wall clocks.
"""
