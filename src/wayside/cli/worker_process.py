"""A worker process, from ``worker_start`` on.

Its parent starts it, tells it everything over a socket, and is told of its
feeds there. A page of memory is shared with the parent, in which it notes the
feed it is working on. It ends with its parent, whatever ends that.
"""

from __future__ import annotations

import os
import resource
import select
import socket
import sys
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

import cv2
import numpy as np

from wayside.attend.budget import Budget
from wayside.attend.sleeping import PacketListener
from wayside.cli.detectors import Choice, choose, find_faces
from wayside.cli.worker_journal import JournalRecorder
from wayside.cli.worker_probe import probe
from wayside.domain.errors import WaysideError
from wayside.domain.feeds import FeedSpec, LivePicture, WorkerStatus
from wayside.domain.time import SystemClock
from wayside.events.identifiers import Identifiers
from wayside.fleet import codec
from wayside.fleet.child import NotedFeed
from wayside.fleet.wire import Channel, Frame, WireError
from wayside.ingest.buffer import PacketBuffer
from wayside.ingest.live import source_of
from wayside.ingest.network import EVERYWHERE, NetworkPolicy
from wayside.ingest.reader import FeedReader
from wayside.observe.logging import configure_logging, get_logger
from wayside.observe.stages import StageTimer
from wayside.pipeline.clips import ClipMaker
from wayside.pipeline.feed_health import PictureHealth
from wayside.pipeline.house import FeedInput, House
from wayside.pipeline.outgoing import CommitGroup
from wayside.pipeline.wiring import FACES_SIDE, FINE_FACES_SIDE, LIVE_SIDE, Eyes, shared_looks
from wayside.pipeline.worker import Worker
from wayside.redact.faces import YuNetFaces
from wayside.redact.paint import Style
from wayside.store.journal import Journal, journal_path

BEAT_S = 0.5
_STUCK_S = 1.5
"""The processing thread has not begun a step for so long: nothing is said, so that the parent
notices. A step takes some 20 ms, a large picture with faces 0.2 s."""
_PICTURES_WAITING = 4_000_000


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What a parent tells first. journals: folder. model, backend, precision, threshold: as in
    site.yaml. networks: that sources may lie in; none for everywhere that is allowed.
    attention: feeds may sleep; without it every picture is decoded, for comparisons.
    motion_side: see Eyes. clips: make clips of events.
    """

    site: str
    journals: str
    model: str = "auto"
    backend: str = "openvino"
    precision: str = "f32"
    threshold: float | None = None
    style: str = "solid"
    interval_s: float = 60.0
    log_level: str = "info"
    networks: tuple[str, ...] = ()
    health: bool = True
    attention: bool = True
    stills: bool = True
    motion_side: int = LIVE_SIDE
    clips: bool = True

    def chosen(self) -> Choice:
        """Raises WaysideError for a model that cannot be used."""
        return choose(
            self.model, backend=self.backend, precision=self.precision, threshold=self.threshold
        )

    def network(self) -> NetworkPolicy:
        allowed = tuple(ip_network(text) for text in self.networks)
        return NetworkPolicy(allowed or EVERYWHERE)


def run(descriptor: int, page: int) -> int:
    """descriptor: of the socket. Exit code: 0 after an orderly end, 1 where it could not begin."""
    channel = Channel(socket.socket(fileno=descriptor))
    noted = NotedFeed(page)
    os.close(page)
    # Threads of OpenCV beside one processing thread only cost: a worker owns one core.
    cv2.setNumThreads(1)
    sys.setswitchinterval(0.001)
    try:
        frames = _first(channel)
        if not frames:
            return 0
        first = frames[0]
        told = first.header["settings"]
        settings = WorkerSettings(**{**told, "networks": tuple(told.get("networks", ()))})
        configure_logging(settings.log_level, json=True)
        if first.op == "probe":
            return _probe(channel, settings, first)
        return _Process(channel, noted, settings, frames).run()
    except WaysideError as error:
        channel.send({"op": "failed", "what": error.what, "remedy": error.remedy or ""})
        get_logger(__name__).error("worker cannot begin", why=str(error))
        channel.flush()
        return 1
    finally:
        channel.close()
        noted.close()


class _Process:
    """The main thread: the socket, the heartbeat, the end. The worker has its own threads."""

    def __init__(
        self,
        channel: Channel,
        noted: NotedFeed,
        settings: WorkerSettings,
        frames: list[Frame],
    ) -> None:
        """Opens the journal and the model. frames: the settings and what came with them.

        Raises WaysideError.
        """
        first, self._frames = frames[0].header, frames[1:]
        self._channel = channel
        self._number = int(first["worker"])
        self._clock = SystemClock()
        self._network = settings.network()
        self._timer = StageTimer()
        self._pictures: deque[LivePicture] = deque(maxlen=64)
        self._wake_out, self._wake_in = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        choice = settings.chosen()
        self._log = get_logger(__name__).bind(worker=self._number)
        folder = Path(settings.journals)
        folder.mkdir(parents=True, exist_ok=True)
        self._journal = Journal.open(journal_path(folder, self._number))
        self._group = CommitGroup(JournalRecorder(self._journal, choice.described()), self._clock)
        self._eyes = _eyes(choice, settings)
        self._clips = ClipMaker(self._group.clip, self._timer, is_on=settings.clips)
        budget = Budget()
        house = House(
            site=settings.site,
            number=self._number,
            epoch=int(first["epoch"]),
            window_s=settings.interval_s,
            eyes=self._eyes,
            clock=self._clock,
            identifiers=Identifiers(self._clock),
            journal=self._group,
            timer=self._timer,
            on_picture=self._show,
            health=PictureHealth if settings.health else (lambda: None),
            has_room=lambda: budget.has_room,
            size_watch=PacketListener if settings.attention else (lambda: None),
            clips=self._clips,
            looks=shared_looks(self._eyes.detector, self._timer) if settings.attention else None,
            stills=settings.stills,
        )
        self._worker = Worker(house, self._input, mark=noted.note, budget=budget)
        self._cpu = _Pace()

    def run(self) -> int:
        self._worker.start()
        self._channel.send({"op": "ready"})
        self._log.info("worker runs", pid=os.getpid())
        beat_s = 0.0
        is_wanted = True
        while is_wanted and not self._channel.closed:
            if time.monotonic() - beat_s >= BEAT_S:
                beat_s = time.monotonic()
                self._beat(beat_s)
            is_wanted = self._exchange()
        is_whole = self._worker.close()
        self._journal.close()
        self._channel.flush()
        os.close(self._wake_in)
        os.close(self._wake_out)
        self._log.info("worker ends", whole=is_whole)
        return 0 if is_whole else 1

    def _exchange(self) -> bool:
        """One round with the parent; False where it wants an end."""
        poll = select.poll()
        writes = select.POLLOUT if self._channel.pending_bytes else 0
        poll.register(self._channel, select.POLLIN | writes)
        poll.register(self._wake_out, select.POLLIN)
        poll.poll(1000 * BEAT_S)
        with suppress(BlockingIOError):
            os.read(self._wake_out, 4096)
        while self._pictures:
            picture = self._pictures.popleft()
            # A parent that does not take them gets fewer, never late ones.
            if self._channel.pending_bytes < _PICTURES_WAITING:
                header = {"op": "picture", "picture": codec.picture_to_json(picture)}
                self._channel.send(header, picture.jpeg)
        self._channel.flush()
        try:
            frames, self._frames = self._frames + self._channel.receive(), []
            wanted = [self._obey(frame) for frame in frames]
            return all(wanted)
        except WireError:
            return False

    def _obey(self, frame: Frame) -> bool:
        header = frame.header
        if frame.op == "add":
            self._worker.add(codec.feed_from_json(header["feed"]), int(header["number"]))
        elif frame.op == "remove":
            self._worker.remove(header["feed"])
        elif frame.op == "watch":
            self._worker.watch(header["feed"], int(header["width"]), float(header["fps"]))
        elif frame.op == "unwatch":
            self._worker.unwatch(header["feed"])
        elif frame.op == "confirm_view":
            self._worker.confirm_view(header["feed"])
        return frame.op != "close"

    def _show(self, picture: LivePicture) -> None:
        """Called on the processing thread."""
        self._pictures.append(picture)
        with suppress(BlockingIOError):
            os.write(self._wake_in, b".")

    def _beat(self, now_s: float) -> None:
        if now_s - self._worker.beat_s > _STUCK_S and not self._worker.is_committing:
            return
        statuses = self._worker.statuses
        cpu, stages = self._cpu.since(now_s, self._timer)
        status = WorkerStatus(
            worker=self._number,
            pid=os.getpid(),
            state=self._worker.budget.reason or "running",
            problem=self._group.problem,
            feeds=len(statuses),
            cpu=cpu,
            rss_mb=_rss_mb(),
            stages=stages,
            load=round(self._worker.budget.load, 3),
            redaction_failures=self._eyes.blanked.count,
            clips=self._clips.counters.totals(),
        )
        feeds = [codec.status_to_json(each) for each in statuses.values()]
        self._channel.send({"op": "beat", "worker": codec.worker_to_json(status), "feeds": feeds})

    def _input(self, spec: FeedSpec) -> FeedInput:
        source = source_of(spec.source, network=self._network, clock=self._clock)
        buffer = PacketBuffer()
        return FeedInput(buffer, FeedReader(source, buffer, clock=self._clock), source.name)


class _Pace:
    """CPU seconds a second since the last question, of the process and by stage."""

    def __init__(self) -> None:
        self._at_s = time.monotonic()
        self._cpu_s = time.process_time()
        self._stages: dict[str, float] = {}

    def since(self, now_s: float, timer: StageTimer) -> tuple[float, dict[str, float]]:
        span_s = max(now_s - self._at_s, 1e-3)
        cpu_s = time.process_time()
        totals = {name: total.cpu_s for name, total in timer.totals().items()}
        stages = {
            name: round((total - self._stages.get(name, 0.0)) / span_s, 4)
            for name, total in totals.items()
        }
        cpu = round((cpu_s - self._cpu_s) / span_s, 3)
        self._at_s, self._cpu_s, self._stages = now_s, cpu_s, totals
        return cpu, stages


def _first(channel: Channel) -> list[Frame]:
    """The first message and what came with it: settings, or a source to try. Empty where the
    parent has gone.
    """
    while not channel.closed:
        poll = select.poll()
        poll.register(channel, select.POLLIN)
        poll.poll(1000)
        if frames := channel.receive():
            return frames
    return []


def _probe(channel: Channel, settings: WorkerSettings, first: Frame) -> int:
    source = codec.source_from_json(first.header["source"])
    choice = settings.chosen()
    eyes = _eyes(choice, settings)
    found = probe(source, eyes, settings.network())
    channel.send({"op": "probed", "probe": codec.probe_to_json(found)}, found.jpeg)
    while channel.pending_bytes and not channel.closed:
        poll = select.poll()
        poll.register(channel, select.POLLOUT)
        poll.poll(1000)
        channel.flush()
    return 0


def _eyes(choice: Choice, settings: WorkerSettings) -> Eyes:
    """Compiled once for all feeds, before the first of them is opened."""
    if choice.detector is not None:
        for width, height in choice.detector.sizes:
            choice.detector.detect([np.zeros((height, width, 3), np.uint8)])
    found = find_faces()
    faces = YuNetFaces(found, max_side=FACES_SIDE) if found else None
    fine_faces = YuNetFaces(found, max_side=FINE_FACES_SIDE) if found else None
    return Eyes(
        choice.detector,
        choice.threshold,
        faces,
        Style(settings.style),
        settings.motion_side,
        shared=settings.attention,
        fine_faces=fine_faces,
        types=choice.types(),
        any_vehicle=choice.any_vehicle,
    )


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return round(pages * resource.getpagesize() / 1e6, 1)
