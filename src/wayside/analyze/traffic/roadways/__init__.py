"""Lanes and carriageways: how full they are, who queues in them, when they are congested."""
