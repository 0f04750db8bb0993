"""Five faults in a minute lead into quarantine, and out of it again."""

from __future__ import annotations

from wayside.pipeline.quarantine import Quarantine


def test_waits_double_until_the_fifth_fault() -> None:
    quarantine = Quarantine()
    assert [quarantine.fault(float(n)) for n in range(5)] == [0.5, 1.0, 2.0, 4.0, 600.0]
    assert quarantine.is_quarantined(100.0)
    assert not quarantine.is_quarantined(604.0)


def test_faults_far_apart_never_do() -> None:
    quarantine = Quarantine()
    waits = [quarantine.fault(30.0 * n) for n in range(20)]
    assert max(waits) < 600.0
    assert quarantine.faults == 20
