"""Wayside: video feeds in, what happens in them out. It sees what happens, never who."""

__version__ = "0.1.0"
