import json
import re
from base64 import b64encode
from datetime import datetime
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from wayside.domain.errors import OutputError
from wayside.domain.scene import Line, SceneGeometry, Zone
from wayside.report.contents import Gap
from wayside.report.render import render, write_report
from wayside.report.sections import happenings

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;"


class Page(HTMLParser):
    """Tags and their attributes, and the text outside script and style."""

    def __init__(self, html):
        super().__init__()
        self.tags = []
        self.text = ""
        self.open = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "link", "input", "img", "br", "hr"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"script", "style"} & set(self.open):
            self.text += data

    def of(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture(scope="module")
def html(sample):
    page = sample.contents(
        sample.junction(still=b"\xff\xd8\xff\xe0jpeg"),
        settings={"feeds": [{"source": "rtsp://joe:hunter2@cam/1"}], "token": "hunter2"},
        model={"name": "road-s", "licence": "Apache-2.0"},
        versions={"wayside": "0.1.0"},
    )
    return render(page)


def test_the_page_is_closed_html_with_all_sections(html):
    page = Page(html)
    assert page.open == []
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for section in ("seen", "counts", "speeds", "turns", "zones", "events", "coverage", "running"):
        assert f"feed-1-{section}" in ids
    targets = {a["href"].lstrip("#") for a in page.of("a")}
    assert targets <= set(ids)


def test_nothing_is_loaded_from_anywhere(html):
    page = Page(html)
    for tag, attrs in page.tags:
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            value = attrs.get(name)
            assert value is None or value.startswith(("data:", "#")), (tag, name)
    assert not page.of("link")
    assert "@import" not in html
    assert not re.search(r"url\((?!#)", html)


def test_the_policy_allows_our_script_and_nothing_else(html):
    (policy,) = [m["content"] for m in Page(html).of("meta") if "http-equiv" in m]
    assert "default-src 'none'" in policy
    script = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert len(script) == 1
    digest = b64encode(sha256(script[0].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy


def test_passwords_in_settings_and_sources_are_masked(html):
    assert "hunter2" not in html
    assert "rtsp://•••@cam/1" in html


def test_the_numbers_are_in_the_page(html):
    text = re.sub(r"\s+", " ", Page(html).text)
    assert "420 line crossings" in re.sub(r"(?<=\d)(?=[a-z])", " ", text)
    assert "Only 98.2 % of this video was analysed. About 1 min 05 s is missing" in text
    assert "stream lost: 1 time, 53.5 s in all" in text
    assert "Calibrated with 4 points; their error on the ground is 0.18 m (RMS)." in text
    assert "No identity is processed" in text


def test_hostile_names_are_text_everywhere(sample):
    line, zone = Line(HOSTILE, (0.1, 0.1), (0.9, 0.1)), Zone(HOSTILE, ((0, 0), (1, 0), (1, 1)))
    feed = sample.feed(
        feed=HOSTILE,
        source=HOSTILE,
        geometry=SceneGeometry(lines=(line,), zones=(zone,)),
        gaps=(Gap(1.0, 2.0, HOSTILE),),
        coverage=0.9,
        events=[
            sample.crossing(1, HOSTILE, "forward", 3.0, HOSTILE, speed_mps=9.0),
            sample.event(2, HOSTILE, HOSTILE, 4.0, class_=HOSTILE),
            sample.event(3, "traffic.movement", HOSTILE, 4.0, origin=HOSTILE, destination=HOSTILE),
            *sample.visit(10, HOSTILE, 1.0, 9.0, HOSTILE),
        ],
        event_stills={sample.uuid(1): b"jpeg"},
        counters={HOSTILE: 3},
        stage_cpu_s={HOSTILE: 1.0},
        measurements=[sample.measurement(1, reading=_reading(HOSTILE))],
    )
    html = render(
        sample.contents(
            feed,
            feed,
            site=HOSTILE,
            settings={HOSTILE: [{HOSTILE: HOSTILE}]},
            model={HOSTILE: HOSTILE},
            versions={HOSTILE: HOSTILE},
        )
    )
    page = Page(html)
    assert page.open == []
    assert all("onerror" not in attrs for _, attrs in page.tags)
    assert [attrs.get("type") for attrs in page.of("script")] == ["application/json"] * 2 + [None]
    assert all(not attrs.get("src") or attrs["src"].startswith("data:") for attrs in page.of("img"))
    rows = json.loads(re.search(r'application/json">(.*?)</script>', html, re.DOTALL)[1])["places"]
    assert HOSTILE in rows


def _reading(text):
    from wayside.domain.records import Reading

    return Reading(text, 1.0, text, "line", text, text, text)


def test_a_feed_where_nothing_happened_says_so(sample):
    html = render(sample.contents(sample.feed(geometry=sample.GEOMETRY, duration_s=300.0)))
    text = Page(html).text
    assert "Nothing crossed a line in these 5 min." in text
    assert "Nothing was in crossing in these 5 min." in text
    assert "There were no events in these 5 min." in text
    assert "There is no gap." in text
    assert "No picture of this feed was kept." in text


def test_a_feed_without_lines_says_how_to_draw_one(sample):
    text = Page(render(sample.contents(sample.feed()))).text
    assert "No line is drawn for this feed" in text
    assert "Not all of it was seen" not in text


def test_a_report_without_feeds_is_a_page(sample):
    assert "This report has no feed in it." in render(sample.contents())


def test_a_feed_of_no_length_and_size_is_a_page(sample):
    feed = sample.feed(
        duration_s=0.0, width=0, height=0, rate=None, coverage=0.0, stage_cpu_s={"demux": 0.1}
    )
    assert Page(render(sample.contents(feed))).open == []


def test_several_feeds_have_an_overview_and_their_own_sections(sample):
    page = Page(render(sample.contents(*[sample.feed(feed=f"f{n}") for n in range(4)])))
    assert "4 feeds" in page.text
    assert len(page.of("article")) == 4


def test_an_uncalibrated_feed_says_why_there_are_no_speeds(sample):
    html = render(sample.contents(sample.junction(calibrated=False, crossings=20)))
    assert "There are no speeds because this feed is not calibrated" in html
    assert "scene.calibration" in html


def test_ten_thousand_events_stay_a_small_file(sample):
    still = b"\xff" * 60_000
    feed = sample.junction(crossings=10_000, still=still)
    html = render(sample.contents(feed))
    assert len(html) < 8_000_000
    assert html.count("<tr>") < 2_000
    data = json.loads(re.search(r'application/json">(.*?)</script>', html, re.DOTALL)[1])
    assert len(data["rows"]) == len({e.incident_id for e in feed.events})
    assert 20 < len(data["stills"]) <= 3_000_000 // 60_000


def test_rows_beyond_the_most_are_named_and_left_out(sample, monkeypatch):
    monkeypatch.setattr(happenings, "MOST_ROWS", 100)
    html = render(sample.contents(sample.junction(crossings=150)))
    data = json.loads(re.search(r'application/json">(.*?)</script>', html, re.DOTALL)[1])
    assert len(data["rows"]) == 100
    assert "later events are not in this file" in html


def test_a_time_without_zone_is_refused(sample):
    with pytest.raises(ValueError, match="zone"):
        render(sample.contents(generated_at=datetime(2026, 1, 1)))


def test_the_report_is_written_whole(sample, tmp_path):
    path = tmp_path / "report.html"
    path.write_text("old")
    write_report(sample.contents(sample.feed()), path)
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_a_name_that_is_no_text_does_not_cost_the_report(sample, tmp_path):
    path = tmp_path / "report.html"
    write_report(sample.contents(sample.feed(source="clip\udcff.mp4")), path)
    assert "clip?.mp4" in path.read_text(encoding="utf-8")


def test_a_report_that_cannot_be_written_is_an_error_with_a_remedy(sample, tmp_path):
    with pytest.raises(OutputError) as raised:
        write_report(sample.contents(sample.feed()), tmp_path / "absent" / "report.html")
    assert raised.value.where == str(tmp_path / "absent" / "report.html")
    assert raised.value.remedy


def test_a_failed_write_leaves_the_old_report_and_no_rest(sample, tmp_path):
    path = tmp_path / "report.html"
    path.mkdir()  # replacing a folder by a file fails after everything was written
    with pytest.raises(OutputError):
        write_report(sample.contents(sample.feed()), path)
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
    assert path.is_dir()


def test_kept_templates_give_the_same_page(sample, tmp_path):
    page = sample.contents(sample.feed())
    first = render(page, cache=tmp_path / "templates")
    assert any((tmp_path / "templates").iterdir())
    assert render(page, cache=tmp_path / "templates") == first == render(page)


def test_a_folder_that_cannot_be_made_is_no_cache(sample, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    page = sample.contents(sample.feed())
    assert render(page, cache=tmp_path / "file" / "templates") == render(page)
