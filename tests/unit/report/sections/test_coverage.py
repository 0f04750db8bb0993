from wayside.report.contents import Gap
from wayside.report.found import Found
from wayside.report.sections import coverage


def test_reasons_are_summed_worst_first(sample):
    gaps = (Gap(1.0, 2.0, "late"), Gap(5.0, 9.0, "lost"), Gap(20.0, 22.0, "lost"))
    built = coverage.build(Found.in_feed(sample.feed(gaps=gaps, coverage=0.88)))
    assert built.reasons == [("lost", 2, "6.0 s"), ("late", 1, "1.0 s")]
    assert [(g.start, g.end, g.length) for g in built.gaps][1] == ("00:00:05", "00:00:09", "4.0 s")
    assert built.timeline.count('class="gap"') == 3


def test_very_many_gaps_are_cut_and_counted(sample, monkeypatch):
    monkeypatch.setattr(coverage, "MOST_GAPS", 5)
    gaps = tuple(Gap(float(n), n + 0.5, "late") for n in range(8))
    built = coverage.build(Found.in_feed(sample.feed(gaps=gaps)))
    assert (len(built.gaps), built.left_out) == (5, 3)
