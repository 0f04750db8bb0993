"""Health of a feed: can it be seen, is it whole, does it keep time."""

from wayside.analyze.health.watch import HealthWatch

__all__ = ["HealthWatch"]
