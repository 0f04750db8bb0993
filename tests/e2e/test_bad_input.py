"""Whatever is wrong with what a run is given, it is told at the door and nothing is changed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from e2e.running import (
    COMMAND,
    RESULTS,
    contents,
    earlier_results,
    environment,
    leftovers,
    pictures_in,
    refused,
    rows,
    run,
    tag,
)
from fault import bad_media
from made_media import make_video

LINE = ("--line", "L=0.5,1,0.5,0")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return make_video(tmp_path / "clip.mp4", frames=50)


SITE = """\
site: test
feeds:
  - id: north
    source: clip.mp4
    scene:
      lines:
        - {id: L, a: [0.5, 1.0], b: [0.5, 0.0]}
"""


# Recordings


@pytest.mark.parametrize("name", bad_media.NOT_VIDEO)
def test_what_is_no_video_is_refused(name: str, tmp_path: Path) -> None:
    path = bad_media.NOT_VIDEO[name](tmp_path)
    refused(tmp_path, "tag", path, "--model", "motion", code=4, says=("Error ", str(path)))


def test_one_bad_recording_among_many_stops_all_before_the_first(
    clip: Path, tmp_path: Path
) -> None:
    earlier_results(tmp_path)
    bad = bad_media.audio_only(tmp_path)
    refused(tmp_path, "tag", clip, bad, "--model", "motion", code=4, says=(str(bad), "sound only"))


def test_an_address_is_refused_without_its_password(tmp_path: Path) -> None:
    address = "rtsp://user:secret@10.0.0.1/stream"
    said = refused(tmp_path, "tag", address, "--model", "motion", code=4, says=("an address",))
    assert "secret" not in said


def test_a_corrupted_middle_costs_coverage_and_nothing_else(tmp_path: Path) -> None:
    path = bad_media.corrupted_middle(tmp_path)
    result = tag(tmp_path, path, *LINE)
    assert result.returncode == 0, result.stderr
    [(coverage, status)] = rows(
        tmp_path / "out" / "wayside.db", "SELECT coverage, status FROM sessions"
    )
    assert 0 < coverage < 1
    assert status == "finished"
    [(reason,)] = rows(tmp_path / "out" / "wayside.db", "SELECT DISTINCT reason FROM gaps")
    assert reason == "corrupt pictures"
    assert pictures_in(tmp_path / "out" / "tagged.mp4") > 0


def test_a_recording_cut_off_in_the_middle_gives_what_there_is(tmp_path: Path) -> None:
    result = tag(tmp_path, bad_media.truncated_playable(tmp_path), *LINE)
    assert result.returncode == 0, result.stderr
    assert set(contents(tmp_path / "out")) == RESULTS


def test_a_header_that_promises_eleven_days_does_not_fill_the_disk(tmp_path: Path) -> None:
    path = make_video(tmp_path / "promising.mkv", frames=50)
    content = bytearray(path.read_bytes())
    # EBML element Duration (0x4489), 8 bytes, float64 in milliseconds.
    at = content.index(b"\x44\x89\x88") + 3
    content[at : at + 8] = bytes.fromhex("41cdcd6500000000")  # 1e9
    path.write_bytes(content)
    result = tag(tmp_path, path, *LINE)
    assert result.returncode == 0, result.stderr
    [(duration_s,)] = rows(tmp_path / "out" / "wayside.db", "SELECT duration_s FROM sessions")
    assert 1.9 < duration_s < 2.1


def test_a_name_that_is_no_text_is_tagged_like_any_other(clip: Path, tmp_path: Path) -> None:
    path = clip.rename(tmp_path / "no\udcfftext.mp4")
    result = tag(tmp_path, path, "-o", "ou\udcfft", env={"PYTHONIOENCODING": "ascii"})
    assert result.returncode == 0, result.stderr
    database = tmp_path / "ou\udcfft" / "wayside.db"
    shutil.copy(database, tmp_path / "copy.db")  # SQLite's addresses are text
    assert rows(tmp_path / "copy.db", "SELECT source FROM sessions") == [("no\\xfftext.mp4",)]


def test_a_recording_that_the_results_would_replace_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    path = make_video(out / "tagged.mp4")
    refused(
        tmp_path, "tag", path, "--model", "motion", code=2, says=("would replace", "tagged.mp4")
    )


def test_nothing_to_tag(tmp_path: Path) -> None:
    refused(tmp_path, "tag", code=2, says=("nothing to tag",))


# Lines, zones and other flags


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        (("--line", "L=0.5,0.5,0.5,0.5"), ("'L=0.5,0.5,0.5,0.5'", "has no length")),
        (("--line", "L=0.5,0.5,1.5,0.5"), ("`1.5` at character 11", "outside the picture")),
        (("--line", "L=nan,0,1,1"), ("`nan` at character 3", "not a finite number")),
        (("--line", "L=0,0,1,inf"), ("`inf`", "not a finite number")),
        (("--line", "L=0,0,1"), ("'L=0,0,1'", "pairs")),
        (("--line", "0,0,1,1"), ("'0,0,1,1'", "no `=`")),
        (("--line", "L=0,0,1,1", "--line", "L=0,1,1,0"), ("`L` is given twice",)),
        (("--zone", "Z=0,0,1,1,1,0,0,1"), ("zone 'Z' crosses itself",)),
        (("--zone", "Z=0,0,1,1"), ("at least 6 numbers",)),
        (("--backend", "abacus"), ("there is no backend 'abacus'",)),
        (("--feed", "north"), ("--feed needs --site",)),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
def test_a_wrong_flag_is_refused(
    flags: tuple[str, ...], says: tuple[str, ...], clip: Path, tmp_path: Path
) -> None:
    earlier_results(tmp_path)
    refused(tmp_path, "tag", clip, *flags, code=2, says=says)


@pytest.mark.parametrize(
    "flags",
    [("--threshold", "2"), ("--interval", "0"), ("--anchor", "sky"), ("--colour", "red")],
    ids=" ".join,
)
def test_a_flag_out_of_its_range_is_refused(
    flags: tuple[str, ...], clip: Path, tmp_path: Path
) -> None:
    before = contents(tmp_path)
    result = run(tmp_path, "tag", clip, *flags)
    assert result.returncode == 2
    assert flags[0] in result.stderr
    assert "Traceback" not in result.stderr
    assert contents(tmp_path) == before


def test_an_unknown_log_level_is_refused(clip: Path, tmp_path: Path) -> None:
    result = run(tmp_path, "--log-level", "loud", "tag", clip)
    assert result.returncode == 2
    assert "'loud'" in result.stderr
    assert not (tmp_path / "out").exists()


# site.yaml


def site_of(folder: Path, text: str) -> Path:
    path = folder / "site.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (SITE + "colour: red\n", ("site.yaml:8:1 colour", "unknown key")),
        (SITE + "privacy: [solid\n", ("site.yaml:9:1", "not valid YAML")),
        (SITE.replace("[0.5, 1.0]", "[0.5, .nan]"), ("site.yaml:7:",)),
        (SITE.replace("[0.5, 0.0]", "[0.5, 1.0]"), ("site.yaml:7:", "no length")),
        ("site: test\nfeeds: []\n", ("site.yaml", "no feeds")),
        ("", ("site.yaml",)),
    ],
    ids=["unknown key", "broken", "nan", "no length", "no feeds", "empty"],
)
def test_a_wrong_site_is_refused_at_its_line(
    text: str, says: tuple[str, ...], clip: Path, tmp_path: Path
) -> None:
    earlier_results(tmp_path)
    site = site_of(tmp_path, text)
    before = contents(tmp_path)
    result = run(tmp_path, "tag", "--site", site)
    assert result.returncode == 3
    assert all(words in result.stderr for words in says), result.stderr
    assert "Traceback" not in result.stderr
    assert contents(tmp_path) == before


def test_a_site_that_is_not_there(tmp_path: Path) -> None:
    refused(tmp_path, "tag", "--site", "site.yaml", code=3, says=("site.yaml", "no such file"))


def test_a_source_of_a_site_that_is_not_there(tmp_path: Path) -> None:
    site = site_of(tmp_path, SITE)
    refused(tmp_path, "tag", "--site", site, code=4, says=("'north'", "clip.mp4", str(tmp_path)))


def test_a_feed_that_the_site_does_not_have(clip: Path, tmp_path: Path) -> None:
    site = site_of(tmp_path, SITE)
    says = ("there is no feed 'south'", "Feeds: north")
    refused(tmp_path, "tag", "--site", site, "--feed", "south", code=2, says=says)


def test_a_recording_that_belongs_to_none_of_several_feeds(clip: Path, tmp_path: Path) -> None:
    site = site_of(tmp_path, SITE + "  - {id: south, source: south.mp4}\n")
    other = make_video(tmp_path / "other.mp4")
    says = ("source of none", "--feed: north, south")
    refused(tmp_path, "tag", other, "--site", site, code=2, says=says)


def test_a_line_that_the_site_has_already(clip: Path, tmp_path: Path) -> None:
    site = site_of(tmp_path, SITE)
    refused(tmp_path, "tag", "--site", site, *LINE, code=2, says=("line 'L' is in the site",))


# Models


def test_an_unknown_model(clip: Path, tmp_path: Path) -> None:
    says = ("there is no model 'oracle'", "Known models: auto, motion")
    refused(tmp_path, "tag", clip, "--model", "oracle", code=1, says=says)


def test_a_model_that_is_not_here_and_may_not_be_fetched(clip: Path, tmp_path: Path) -> None:
    says = ("nanodet-plus", "user cache")
    refused(tmp_path, "tag", clip, "--model", "nanodet-plus", code=1, says=says)


def test_a_model_that_finds_no_objects(clip: Path, tmp_path: Path) -> None:
    refused(tmp_path, "tag", clip, "--model", "yunet", code=1, says=("'yunet' finds faces",))


def test_a_model_file_that_is_not_there(clip: Path, tmp_path: Path) -> None:
    says = ("no such model file", "mine.onnx")
    refused(tmp_path, "tag", clip, "--model", "mine.onnx", code=1, says=says)


def test_a_model_file_of_unknown_bytes(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.onnx").write_bytes(b"weights of my own")
    says = ("no model of the catalogue", "mine.onnx")
    refused(tmp_path, "tag", clip, "--model", "mine.onnx", code=1, says=says)


@pytest.mark.parametrize("model", ["nanodet-plus", "auto"])
def test_a_model_with_one_flipped_byte(
    model: str, clip: Path, tmp_path: Path, models: Path
) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    weights = bytearray((models / "nanodet_plus_m_dyn_fp16w.onnx").read_bytes())
    weights[len(weights) // 2] ^= 1
    path = folder / "nanodet_plus_m_dyn_fp16w.onnx"
    path.write_bytes(weights)
    says = (str(path), "differ from the catalogue's sha256")
    env = {"WAYSIDE_MODEL_DIR": str(folder)}
    refused(tmp_path, "tag", clip, "--model", model, code=1, says=says, env=env)


def test_a_model_folder_that_is_not_there(clip: Path, tmp_path: Path) -> None:
    env = {"WAYSIDE_MODEL_DIR": str(tmp_path / "nowhere")}
    says = (str(tmp_path / "nowhere"), "WAYSIDE_MODEL_DIR")
    refused(tmp_path, "tag", clip, code=3, says=says, env=env)


# Many recordings


def test_two_recordings_of_one_name_are_two_feeds(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    other = make_video(tmp_path / "b" / "clip.mp4", frames=25)
    result = tag(tmp_path, clip, other, *LINE)
    assert result.returncode == 0, result.stderr
    found = rows(tmp_path / "out" / "wayside.db", "SELECT feed, round(duration_s) FROM sessions")
    assert sorted(found) == [("clip", 2.0), ("clip-2", 1.0)]
    videos = {"tagged-001-clip.mp4": 50, "tagged-002-clip-2.mp4": 25}
    assert RESULTS - {"tagged.mp4"} | videos.keys() == set(contents(tmp_path / "out"))


def test_many_recordings_give_one_database_and_a_video_each(tmp_path: Path) -> None:
    paths = [make_video(tmp_path / f"{n}.mp4", frames=10) for n in range(12)]
    result = tag(tmp_path, *paths)
    assert result.returncode == 0, result.stderr
    assert rows(tmp_path / "out" / "wayside.db", "SELECT count(*) FROM sessions") == [(12,)]
    videos = [name for name in contents(tmp_path / "out") if name.endswith(".mp4")]
    assert len(videos) == 12


def test_a_site_whose_source_is_a_pattern(tmp_path: Path) -> None:
    for n in range(3):
        make_video(tmp_path / f"clip-{n}.mp4", frames=10)
    site = site_of(tmp_path, SITE.replace("clip.mp4", "clip-*.mp4"))
    result = tag(tmp_path, "--site", site)
    assert result.returncode == 0, result.stderr
    found = rows(tmp_path / "out" / "wayside.db", "SELECT feed, source FROM sessions")
    assert sorted(found) == [("north", f"clip-{n}.mp4") for n in range(3)]
    names = {f"tagged-00{n}-north.mp4" for n in (1, 2, 3)}
    assert names < set(contents(tmp_path / "out"))


# The output folder


def test_earlier_results_are_replaced_whole(clip: Path, tmp_path: Path) -> None:
    out = earlier_results(tmp_path)
    (out / "tagged-001-clip.mp4").write_text("of a run of many recordings")
    for suffix in ("-wal", "-shm"):
        (out / f"wayside.db{suffix}").write_bytes(b"of the old database" * 100)
    killed = out / ".wayside-partial-killed"
    killed.mkdir()
    (killed / "tagged.mp4.partial").write_text("half")
    result = tag(tmp_path, clip, "--no-video")
    assert result.returncode == 0, result.stderr
    assert set(contents(out)) == RESULTS - {"tagged.mp4"} | {"notes.txt"}
    assert (out / "notes.txt").read_text() == "mine\n"
    assert b"earlier run" not in b"".join(content or b"" for content in contents(out).values())
    assert rows(out / "wayside.db", "SELECT source FROM sessions") == [("clip.mp4",)]


@pytest.mark.parametrize("out", ["file", "file/below", "/proc/nope", "x" * 300, "a\x01/" * 2000])
def test_an_output_that_is_no_folder(out: str, clip: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    says = ("output folder cannot be written", out[:20])
    refused(tmp_path, "tag", clip, "--model", "motion", "-o", out, code=1, says=says)


def test_a_folder_in_the_place_of_a_result(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "out" / "report.html").mkdir(parents=True)
    says = ("folder is in the place of a result", "report.html")
    refused(tmp_path, "tag", clip, "--model", "motion", code=1, says=says)


Mount = Callable[..., Path]


@pytest.fixture
def mounted(tmp_path: Path) -> Mount:
    """``mounted("size=1m")``: the folder ``disk`` as a file system of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()

    def mount(options: str) -> Path:
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)]
        tried = subprocess.run(command, capture_output=True, text=True, check=False)
        if tried.returncode:
            pytest.skip(f"this user cannot mount: {tried.stderr.strip()}")
        return disk

    yield mount
    subprocess.run(["umount", "-q", str(disk)], check=False)


def test_a_read_only_disk(clip: Path, tmp_path: Path, mounted: Mount) -> None:
    mounted("ro")
    for out in ("disk", "disk/out"):
        says = ("output folder cannot be written", "Read-only", out)
        refused(tmp_path, "tag", clip, "--model", "motion", "-o", out, code=1, says=says)


@pytest.mark.parametrize("size", ["64k", "192k", "300k", "340k"])
def test_a_full_disk_at_any_stage(size: str, clip: Path, tmp_path: Path, mounted: Mount) -> None:
    mounted(f"size={size}")
    says = ("disk/deep/out",)
    arguments = ("tag", clip, "--model", "motion", "-o", "disk/deep/out")
    said = refused(tmp_path, *arguments, code=1, says=says)
    assert ".wayside-partial" not in said
    assert "full" in said or "No space" in said or "cut short" in said


def test_a_disk_that_fills_up_in_the_video_keeps_earlier_results(
    street: Path, tmp_path: Path, mounted: Mount
) -> None:
    disk = mounted("size=500k")
    out = earlier_results(disk)
    before = contents(out)
    refused(tmp_path, "tag", street, "--model", "motion", "-o", out, code=1, says=("disk/out",))
    assert contents(out) == before


# Whoever reads the output may go


def test_a_reader_that_has_gone_costs_no_result(clip: Path, tmp_path: Path) -> None:
    command = [*COMMAND, "tag", str(clip), "--model", "motion"]
    run_without_reader(command, tmp_path)
    assert set(contents(tmp_path / "out")) == RESULTS
    assert not leftovers(tmp_path)


@pytest.mark.parametrize("arguments", [("--version",), ("--help",), ("models",)], ids=" ".join)
def test_a_reader_that_has_gone_is_no_reason_to_complain(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    run_without_reader([*COMMAND, *arguments], tmp_path)


def run_without_reader(command: list[str], folder: Path) -> None:
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 1
    assert said == ""
