"""Venues: how many are in a zone and how long they stay."""
