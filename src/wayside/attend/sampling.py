"""Which pictures of a stream are analysed: a steady rate in media time."""

from __future__ import annotations


class Sampler:
    """Takes pictures so that the mean rate is ``rate`` a second, whatever the stream's own rate.

    A stream slower than ``rate`` is taken whole. Instants are kept on a grid,
    so 12.5 pictures a second sampled at 8 do not turn into 6.25.
    """

    def __init__(self, rate: float) -> None:
        if not rate > 0:
            raise ValueError("a sample rate is above 0")
        self.interval_s = 1.0 / rate
        self._next_s: float | None = None

    def wants(self, t_s: float) -> bool:
        """Whether the picture at media second ``t_s`` is to be analysed; call once a picture."""
        if self._next_s is None:
            self._next_s = t_s + self.interval_s
            return True
        if t_s + 1e-6 < self._next_s:
            return False
        behind = t_s - self._next_s
        self._next_s += self.interval_s
        if behind > self.interval_s:  # after a gap: start again from here, do not catch up
            self._next_s = t_s + self.interval_s
        return True
