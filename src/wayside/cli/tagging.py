"""One job from its first packet to its last record, wired of the pieces below."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from wayside.attend.sampling import Sampler
from wayside.cli.detectors import Choice
from wayside.cli.jobs import Job, Plan
from wayside.cli.keeper import Keeper
from wayside.cli.results import Results
from wayside.decode.decoder import Decoder
from wayside.domain.media import Session
from wayside.domain.records import Origin
from wayside.ingest.sources import source_for
from wayside.observe.stages import StageTimer
from wayside.observe.versions import versions
from wayside.pipeline.chain import ChainSettings, FeedChain
from wayside.pipeline.run import SessionRun
from wayside.pipeline.wiring import FACES_SIDE, FINE_FACES_SIDE, Eyes, Place, wire
from wayside.redact.encode_jpeg import jpeg
from wayside.redact.faces import YuNetFaces
from wayside.redact.paint import Style
from wayside.report.contents import FeedContents
from wayside.report.contents import Gap as ReportGap
from wayside.scene.scene import Scene
from wayside.store.records import SessionRecord, describe_format


@dataclass(slots=True)
class Outcome:
    """What a finished job leaves for the report and the summary."""

    contents: FeedContents


class Tagger:
    """Tags jobs one after the other into the same results."""

    def __init__(
        self,
        plan: Plan,
        choice: Choice,
        results: Results,
        *,
        faces: Path | None,
        stop: Callable[[], bool],
    ) -> None:
        self._plan = plan
        self._choice = choice
        self._results = results
        self._eyes = Eyes(
            choice.detector,
            choice.threshold,
            YuNetFaces(faces, max_side=FACES_SIDE) if faces else None,
            Style(plan.privacy.style),
            fine_faces=YuNetFaces(faces, max_side=FINE_FACES_SIDE) if faces else None,
            types=choice.types(),
            any_vehicle=choice.any_vehicle,
        )
        self._stop = stop

    def tag(self, job: Job, video: str | None, progress: Callable[[float, float], None]) -> Outcome:
        """Runs one job. video: file name of the tagged video, None for none.

        progress: called with the share done and the media seconds reached.
        Raises SourceError where the recording fails, OutputError, StoreError.
        """
        timer = StageTimer()
        session = source_for(job.path, start=job.start, rate=job.rate).open()
        try:
            run, chain, scene = self._wire(job, session, timer)
            keeper = Keeper(self._results, self._record(job, session), video, session, timer)
            try:
                for given in run:
                    keeper.take(given, run.t_s)
                    progress(session.position, run.t_s)
            except BaseException:
                keeper.abort()
                raise
            return self._conclude(job, session, run, chain, scene, keeper, timer)
        finally:
            session.close()

    def _wire(
        self, job: Job, session: Session, timer: StageTimer
    ) -> tuple[SessionRun, FeedChain, Scene]:
        output = self._plan.output
        wired = wire(
            session,
            Place(job.geometry, job.rules),
            Origin(self._plan.site, job.feed, session.id),
            self._eyes,
            ChainSettings(window_s=output.interval_s, pictures=output.video, stills=output.stills),
            timer=timer,
        )
        if self._eyes.detector is None:
            with closing(source_for(job.path, start=job.start, rate=job.rate).open()) as ahead:
                wired.perception.prime(ahead)
        run = SessionRun(
            session,
            Decoder(session.format),
            Sampler(self._eyes.rate),
            wired.chain,
            stop=self._stop,
            timer=timer,
        )
        return run, wired.chain, wired.scene

    def _record(self, job: Job, session: Session) -> SessionRecord:
        return SessionRecord(
            id=session.id,
            site=self._plan.site,
            feed=job.feed,
            source=_readable(job.path.name),
            start=session.start,
            start_is_known=session.start_is_known,
            duration_s=session.format.duration_s,
            format=describe_format(session.format),
            model=self._choice.described(),
            versions=dict(versions()),
        )

    def _conclude(
        self,
        job: Job,
        session: Session,
        run: SessionRun,
        chain: FeedChain,
        scene: Scene,
        keeper: Keeper,
        timer: StageTimer,
    ) -> Outcome:
        duration_s = run.t_s
        share = chain.coverage.share(0.0, duration_s) if duration_s > 0 else 1.0
        counters: dict[str, int] = {
            "packets": run.packets,
            "pictures": run.frames,
            "analysed": chain.analysed,
            "looks": chain.looks,
            "corrupt_packets": session.corrupt_packets,
        }
        gaps = chain.coverage.gaps
        keeper.close(gaps, counters, duration_s, share, was_stopped=run.was_stopped)
        stages = {name: total.cpu_s for name, total in timer.totals().items()}
        plane = scene.ground_plane
        contents = FeedContents(
            feed=job.feed,
            source=_readable(job.path.name),
            start=session.start,
            start_known=session.start_is_known,
            duration_s=duration_s,
            width=session.format.width,
            height=session.format.height,
            rate=session.format.rate,
            coverage=share,
            gaps=[ReportGap(gap.start_s, gap.end_s, gap.reason) for gap in gaps],
            still_jpeg=jpeg(chain.cover, width=960) if chain.cover else b"",
            geometry=job.geometry,
            events=keeper.events,
            measurements=keeper.measurements,
            trajectories=keeper.trajectories,
            event_stills=keeper.stills,
            calibration_error_m=plane.rms_m if plane else None,
            counters=counters,
            stage_cpu_s=stages,
        )
        return Outcome(contents)


def _readable(name: str) -> str:
    """A file's name as text: it may hold bytes that are none, and no store takes those."""
    return os.fsencode(name).decode("utf-8", errors="backslashreplace")
