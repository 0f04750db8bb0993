"""Where a feed's picture meets the ground: calibration, lines, zones.

In: the geometry that a user drew (domain/scene.py) and the picture's aspect.
Out: a Scene, compiled once, that analyzers ask where objects stand; or a clear
error that names what was drawn wrong and how to mend it.
"""
