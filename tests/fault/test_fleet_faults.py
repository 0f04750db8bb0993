"""Worker processes that are killed, stopped, orphaned or poisoned: only their own feeds notice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from made_media import make_video
from wayside.cli.running import WORKER
from wayside.domain.feeds import Attention, FeedSpec, FeedState, LivePicture, SourceKind, SourceSpec
from wayside.domain.scene import Line, SceneGeometry
from wayside.fleet.blame import memory_kills
from wayside.fleet.epochs import Epochs
from wayside.fleet.local import FleetSettings, LocalFleet
from wayside.store.journal import Journal, journal_path

GEOMETRY = SceneGeometry(lines=(Line("L", (0.5, 1.0), (0.5, 0.0)),))
MOST_S = 60.0
"""Far above what anything here takes on a busy machine; the promises are measured elsewhere."""


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clip")
    options = {"g": "10", "bf": "0"}
    return make_video(folder / "a.mp4", frames=50, rate=10, size=(96, 64), options=options)


def settings(folder: Path) -> dict[str, object]:
    return {
        "site": "test",
        "journals": str(folder),
        "model": "motion",
        "interval_s": 2,
        "log_level": "error",
    }


@contextmanager
def fleet_of(
    folder: Path, workers: int, command: Sequence[str] | None = None
) -> Iterator[LocalFleet]:
    fleet = LocalFleet(
        command or WORKER,
        settings(folder),
        Epochs(folder / "epochs.json"),
        settings=FleetSettings(workers=workers),
    )
    fleet.start()
    try:
        yield fleet
    finally:
        fleet.close()


def feed(name: str, clip: Path) -> FeedSpec:
    return FeedSpec(name, SourceSpec(SourceKind.FILE, str(clip), loop=True), GEOMETRY)


def wait(until: Callable[[], bool], what: str, most_s: float = MOST_S) -> None:
    deadline_s = time.monotonic() + most_s
    while not until():
        assert time.monotonic() < deadline_s, f"never: {what}"
        time.sleep(0.02)


def is_live(fleet: LocalFleet, *names: str) -> bool:
    statuses = fleet.statuses()
    return all(
        statuses[name].state is FeedState.LIVE and statuses[name].last_frame for name in names
    )


def pid_of(fleet: LocalFleet, worker: int) -> int:
    return fleet.workers()[worker].pid


def is_gone(pid: int) -> bool:
    """Ended and reaped: a zombie is still there."""
    return not Path(f"/proc/{pid}").exists()


def records(folder: Path, worker: int) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """(sessions, measurements) of a worker's journal, rows in order."""
    with Journal.open(journal_path(folder, worker)) as journal:
        entries = journal.read(limit=10_000)
    return (
        [row for entry in entries for row in entry.batch.sessions],
        [row for entry in entries for row in entry.batch.measurements],
    )


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_killed_or_stopped_worker_is_replaced_and_no_other_feed_notices(
    tmp_path: Path, clip: Path, number: signal.Signals
) -> None:
    with fleet_of(tmp_path, 2) as fleet:
        fleet.apply([feed("a", clip), feed("b", clip)])
        wait(lambda: is_live(fleet, "a", "b"), "both live")
        hit, other = pid_of(fleet, 0), pid_of(fleet, 1)
        session = fleet.statuses()["b"].session
        os.kill(hit, number)
        wait(lambda: fleet.statuses()["a"].state is FeedState.RETRYING, "the loss is said")
        assert "its worker" in fleet.statuses()["a"].reason
        assert fleet.statuses()["a"].attention is Attention.NONE
        wait(lambda: is_live(fleet, "a"), "replaced")
        assert is_gone(hit)
        assert fleet.workers()[0].restarts == 1
        assert fleet.workers()[0].pid not in (hit, 0)
        assert (pid_of(fleet, 1), fleet.statuses()["b"].session) == (other, session)
        assert fleet.statuses()["b"].dropped == 0
        wait(lambda: len(fleet.statuses()) == 2, "both told")
    sessions, measurements = records(tmp_path, 0)
    assert {row["feed"] for row in sessions} == {"a"}
    epochs = {row["epoch"] for row in measurements}
    assert 2 in epochs
    assert epochs <= {1, 2}
    sessions, _ = records(tmp_path, 1)
    assert {row["id"] for row in sessions} == {session}
    assert sessions[-1]["status"] == "interrupted"


@pytest.mark.slow
def test_many_watch_one_feed_and_a_replacement_goes_on_showing_it(
    tmp_path: Path, clip: Path
) -> None:
    with fleet_of(tmp_path, 1) as fleet:
        fleet.apply([feed("a", clip)])
        first: list[LivePicture] = []
        second: list[LivePicture] = []
        ends = [fleet.watch("a", 48, 5.0, first.append), fleet.watch("a", 64, 5.0, second.append)]
        wait(lambda: len(first) > 1 and len(second) > 1, "pictures for both")
        assert {picture.width for picture in second[1:]} == {64}
        assert first[-1].jpeg.startswith(b"\xff\xd8")
        still = fleet.still("a", 32, timeout_s=MOST_S)
        assert still is not None
        assert fleet.still("unknown", 32, timeout_s=0.1) is None
        os.kill(pid_of(fleet, 0), signal.SIGKILL)
        wait(lambda: fleet.statuses()["a"].state is FeedState.RETRYING, "the loss is said")
        seen = len(first)
        wait(lambda: len(first) > seen, "pictures from the replacement")
        for end in ends:
            end()
            end()


@pytest.mark.slow
def test_feeds_come_and_go_without_touching_others(tmp_path: Path, clip: Path) -> None:
    with fleet_of(tmp_path, 1) as fleet:
        fleet.apply([feed("a", clip), feed("b", clip)])
        wait(lambda: is_live(fleet, "a", "b"), "both live")
        session = fleet.statuses()["a"].session
        fleet.apply([feed("a", clip), feed("c", clip)])
        wait(lambda: is_live(fleet, "c"), "the new one live")
        assert fleet.statuses().keys() == {"a", "c"}
        assert fleet.statuses()["a"].session == session


@pytest.mark.slow
def test_children_end_with_a_killed_parent(tmp_path: Path, clip: Path) -> None:
    script = textwrap.dedent("""
        import sys, time
        sys.path.insert(0, sys.argv[3])
        from pathlib import Path
        from test_fleet_faults import feed, fleet_of, is_live, pid_of
        with fleet_of(Path(sys.argv[1]), 2) as fleet:
            fleet.apply([feed(name, Path(sys.argv[2])) for name in "ab"])
            while not is_live(fleet, "a", "b"):
                time.sleep(0.05)
            print(pid_of(fleet, 0), pid_of(fleet, 1), flush=True)
            time.sleep(600)
    """)
    here = Path(__file__).parent
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(here.parent), os.environ.get("PYTHONPATH", "")]),
    }
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path), str(clip), str(here)],
        stdout=subprocess.PIPE,
        env=environment,
    ) as parent:
        assert parent.stdout is not None
        pids = [int(word) for word in parent.stdout.readline().split()]
        parent.kill()
        assert len(pids) == 2

    def has_ended(pid: int) -> bool:
        # Where nobody reaps orphans, a zombie stays; it runs nothing.
        try:
            return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text("ascii")
        except FileNotFoundError:
            return True

    wait(lambda: all(map(has_ended, pids)), "children end")


def test_a_worker_whose_parent_went_while_it_started_ends_at_once() -> None:
    parent = ["--parent", str(os.getppid())]  # whoever that is, it has not started this one
    ended = subprocess.run(
        [*WORKER, "--fd", "0", "--page", "0", *parent], capture_output=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (1, b"")


POISONED = """
import signal, sys
from wayside.cli import worker_start
from wayside.pipeline.live_feed import LiveFeed
whole = LiveFeed.step
def step(self, rate, why):
    if self.spec.id == "poison":
        signal.raise_signal(signal.SIGSEGV)  # in this thread, as a decoder's would be
    whole(self, rate, why)
LiveFeed.step = step
sys.exit(worker_start.main())
"""


@pytest.mark.slow
def test_a_feed_that_kills_its_worker_again_and_again_is_quarantined(
    tmp_path: Path, clip: Path
) -> None:
    with fleet_of(tmp_path, 1, [sys.executable, "-c", POISONED]) as fleet:
        fleet.apply([feed("poison", clip), feed("good", clip)])
        wait(lambda: fleet.statuses()["poison"].state is FeedState.QUARANTINED, "quarantine", 120)
        wait(lambda: is_live(fleet, "good"), "the other lives")
        assert fleet.workers()[0].restarts == 5
        assert "again and again" in fleet.statuses()["poison"].reason


@pytest.mark.skipif(memory_kills() is None, reason="the kernel does not count these kills")
def test_a_worker_killed_from_outside_again_and_again_is_no_feeds_fault(
    tmp_path: Path, clip: Path
) -> None:
    script = """
import mmap, os, signal, sys
mmap.mmap(int(sys.argv[4]), 4096)[0] = 1
os.kill(os.getpid(), signal.SIGKILL)
"""
    with fleet_of(tmp_path, 1, [sys.executable, "-c", script]) as fleet:
        fleet.apply([feed("innocent", clip)])
        wait(lambda: fleet.workers()[0].restarts >= 6, "killed six times")
        assert fleet.statuses()["innocent"].state is FeedState.RETRYING


def test_a_worker_that_crashes_again_and_again_in_one_feed_is_that_feeds_fault(
    tmp_path: Path, clip: Path
) -> None:
    script = """
import mmap, os, sys
mmap.mmap(int(sys.argv[4]), 4096)[0] = 1
os.abort()
"""
    with fleet_of(tmp_path, 1, [sys.executable, "-c", script]) as fleet:
        fleet.apply([feed("guilty", clip)])
        wait(lambda: fleet.workers()[0].restarts >= 6, "ended six times")
        assert fleet.statuses()["guilty"].state is FeedState.QUARANTINED


BLIND = """
import sys
from wayside.cli import worker_start
from wayside.redact import redactor
def refuse(*_):
    raise RuntimeError("injected")
redactor.paint = refuse
sys.exit(worker_start.main())
"""


@pytest.mark.slow
def test_pictures_that_cannot_be_covered_are_counted_over_the_death_of_their_worker(
    tmp_path: Path, clip: Path
) -> None:
    with fleet_of(tmp_path, 1, [sys.executable, "-c", BLIND]) as fleet:
        fleet.apply([feed("a", clip)])
        shown: list[LivePicture] = []
        end = fleet.watch("a", 48, 5.0, shown.append)
        wait(lambda: fleet.workers()[0].redaction_failures > 2, "counted")
        before = fleet.workers()[0].redaction_failures
        os.kill(pid_of(fleet, 0), signal.SIGKILL)
        wait(lambda: fleet.workers()[0].restarts == 1, "replaced")
        assert fleet.workers()[0].redaction_failures >= before
        wait(lambda: fleet.workers()[0].redaction_failures > before + 2, "counted on")
        end()
        assert shown


MOVED = """
import sys
from wayside.cli import worker_start
from wayside.pipeline.feed_health import PictureHealth
PictureHealth.conditions = property(lambda self: frozenset(getattr(self, "said", {"view_moved"})))
whole = PictureHealth.confirm_view
def confirm_view(self, t_s):
    self.said = ()
    return whole(self, t_s)
PictureHealth.confirm_view = confirm_view
sys.exit(worker_start.main())
"""


@pytest.mark.slow
def test_a_view_is_confirmed_in_the_worker_that_has_the_feed(tmp_path: Path, clip: Path) -> None:
    with fleet_of(tmp_path, 2, [sys.executable, "-c", MOVED]) as fleet:
        fleet.apply([feed("a", clip), feed("b", clip)])
        wait(lambda: is_live(fleet, "a", "b"), "both live")
        fleet.confirm_view("a")
        fleet.confirm_view("nobody")
        wait(lambda: fleet.statuses()["a"].conditions == (), "confirmed")
        assert fleet.statuses()["b"].conditions == ("view_moved",)


def test_a_probe_tells_what_a_source_is(tmp_path: Path, clip: Path) -> None:
    fleet = LocalFleet(WORKER, settings(tmp_path), Epochs(tmp_path / "epochs.json"))
    found = fleet.probe(SourceSpec(SourceKind.FILE, str(clip)), timeout_s=MOST_S)
    fleet.close()
    assert (found.problem, found.codec, found.width, found.height) == ("", "h264", 96, 64)


def test_a_probe_of_nothing_says_so(tmp_path: Path) -> None:
    fleet = LocalFleet(WORKER, settings(tmp_path), Epochs(tmp_path / "epochs.json"))
    source = SourceSpec(SourceKind.FILE, str(tmp_path / "gone.mp4"), password="canary")
    found = fleet.probe(source, timeout_s=MOST_S)
    fleet.close()
    assert "no such file" in found.problem
    assert found.remedy
    assert "canary" not in repr(found)


def test_a_probe_that_hangs_is_ended(tmp_path: Path, clip: Path) -> None:
    asleep = [sys.executable, "-c", "import time; time.sleep(600)"]
    fleet = LocalFleet(asleep, settings(tmp_path), Epochs(tmp_path / "epochs.json"))
    found = fleet.probe(SourceSpec(SourceKind.FILE, str(clip)), timeout_s=0.5)
    fleet.close()
    assert "no picture came" in found.problem


def test_a_worker_that_says_nonsense_or_half_a_frame_is_replaced(tmp_path: Path) -> None:
    script = """
import socket, sys, time
end = socket.socket(fileno=int(sys.argv[2]))
end.sendall(b"\\0\\0\\0\\2\\0\\0\\0\\0[]" if int(sys.argv[4]) % 2 else b"\\0\\0\\0\\7")
if int(sys.argv[4]) % 2:
    time.sleep(600)
"""
    with fleet_of(tmp_path, 1, [sys.executable, "-c", script]) as fleet:
        wait(lambda: fleet.workers()[0].restarts >= 2, "replaced")
        assert fleet.workers()[0].state != "running"


def test_a_worker_whose_message_lacks_what_was_agreed_is_replaced_and_the_fleet_goes_on(
    tmp_path: Path,
) -> None:
    script = """
import socket, sys, time
end = socket.socket(fileno=int(sys.argv[2]))
end.sendall(b'\\0\\0\\0\\x0d\\0\\0\\0\\0{"op":"beat"}')
time.sleep(600)
"""
    with fleet_of(tmp_path, 1, [sys.executable, "-c", script]) as fleet:
        wait(lambda: fleet.workers()[0].restarts >= 2, "replaced")
        assert fleet.workers()[0].state != "running"


def test_what_goes_wrong_in_supervising_is_logged_and_does_not_end_the_workers(
    tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fleet_of(tmp_path, 1) as fleet:
        fleet.apply([feed("a", clip)])
        wait(lambda: is_live(fleet, "a"), "live")
        pid, fails = pid_of(fleet, 0), []
        whole = fleet._tend

        def tend(place: object) -> None:
            if len(fails) < 3:
                fails.append(place)
                raise RuntimeError("a bug")
            whole(place)

        monkeypatch.setattr(fleet, "_tend", tend)
        wait(lambda: len(fails) == 3, "failed")
        os.kill(pid, signal.SIGKILL)
        wait(lambda: is_live(fleet, "a") and pid_of(fleet, 0) not in {0, pid}, "replaced")
