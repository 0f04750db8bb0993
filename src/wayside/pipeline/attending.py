"""Which pictures of one live session are decoded, and which of those are looked at.

Awake, every packet is decoded and pictures are taken at the rate that the
budget allows. Where nothing moves the session falls asleep: packets are kept,
only their sizes are looked at, and the keyframes. As soon as either says that
something has changed, what was kept since the keyframe before is decoded, so
that what woke it is seen from before it began.

It may sleep where nobody can come and go between two keyframes, by how long
visits have lasted so far, or where its sizes have proved to tell of
everything; then a keyframe now and then will do.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from wayside.attend.alertness import Alertness, AlertnessSettings, stood
from wayside.attend.kept import KeptPackets
from wayside.attend.pace import Pace
from wayside.attend.references import ReferenceRate
from wayside.attend.sampling import Sampler
from wayside.decode.decoder import Decoder
from wayside.detect.peek import Peek
from wayside.domain.media import Packet, RawFrame, StreamFormat
from wayside.domain.tracks import Trajectory
from wayside.observe.stages import StageTimer

_PIXEL_S = 1.3e-9
"""CPU seconds that decoding takes a pixel, until a feed's own cost is known."""
_PACE = 0.05


class SizeWatch(Protocol):
    """What listens to the packets of a sleeping feed; see attend.sleeping."""

    @property
    def may_sleep(self) -> bool: ...

    @property
    def is_telling(self) -> bool: ...

    def learn(self, packets: Sequence[Packet], *, is_still: bool) -> None: ...

    def fell_asleep(self) -> None: ...

    def wakes(self, packets: Sequence[Packet]) -> bool: ...

    def glanced(self, is_still: bool) -> None: ...


@dataclass(slots=True)
class Cost:
    """CPU seconds: of one packet that is decoded, of one picture that is analysed."""

    decode_s: float
    sample_s: float = 0.004
    _begun_s: float = 0.0

    def decoded(self, seconds: float) -> None:
        self.decode_s += _PACE * (seconds - self.decode_s)

    def began(self, seconds: float) -> None:
        """A picture that has to wait for the network took so long already."""
        self._begun_s = seconds

    def analysed(self, seconds: float) -> None:
        self.sample_s += _PACE * (self._begun_s + seconds - self.sample_s)
        self._begun_s = 0.0


class Attending:
    """Of one session, for one thread. The owner analyses what it is given and says what it saw.

    is_asleep: packets go to ``listen`` instead of ``take``. t_s: media second reached, decoded
    or not. slept_s: media seconds spent asleep. woken: times it woke. is_shown: somebody wants
    to see every picture.
    """

    def __init__(
        self,
        form: StreamFormat,
        rate: float,
        timer: StageTimer,
        sizes: SizeWatch | None = None,
        settings: AlertnessSettings | None = None,
        *,
        phase: float = 0.0,
    ) -> None:
        """rate: pictures a second that are wanted at most. sizes: None for a session that never
        sleeps and always has the full rate. phase: see Pace.

        Raises SourceUnreadable where nothing decodes such a stream.
        """
        self.is_asleep = False
        self.t_s = 0.0
        self.slept_s = 0.0
        self.woken = 0
        self.is_shown = False
        self.cost = Cost(_PIXEL_S * form.width * form.height)
        self._decoder = Decoder(form)
        self._decoding = timer("decode")
        self._sampler = Sampler(rate)
        self._sizes = sizes
        self._full_rate = rate
        self._pace = Pace(rate, phase=phase) if sizes is not None else None
        self._alertness = Alertness(settings)
        self._glance_every_s = self._alertness.settings.glance_every_s(form.width, form.height)
        self._kept = KeptPackets()
        self._peek = Peek()
        self._unchanged: list[RawFrame] = []
        self._peeking = timer("peek")
        self._unlabelled: list[Packet] = []
        self._again = 0
        self._is_woken = False
        self._references = ReferenceRate(form.rate)
        self._keyframe: Packet | None = None
        self._gops: deque[float] = deque(maxlen=4)
        self._gop_s = math.inf
        self._hears = False
        self._every_s = 0.0
        self._is_skipping = False
        self._seen_s = -math.inf
        self._from_s = -math.inf
        self._looked_s = -math.inf
        self._pondered_s = -math.inf
        self._glanced_s = -math.inf

    @property
    def decode_errors(self) -> int:
        return self._decoder.decode_errors

    @property
    def is_still(self) -> bool:
        return self._alertness.is_still

    @property
    def wanted_rate(self) -> float:
        """Pictures a second that the feed's own objects need, by how fast they move."""
        return self._pace.rate(self.t_s) if self._pace is not None else self._full_rate

    def take(self, packet: Packet, rate: float | None) -> list[RawFrame]:
        """Pictures to be analysed now. rate: None for keyframes only."""
        self._remember(packet, rate)
        if not packet.is_keyframe and (rate is None or self._is_skipping):
            return self.skip([packet])
        self._is_skipping = False
        before = self._decoding.cpu_ns
        with self._decoding:
            frames = self._decoder.decode(packet)
            if rate is None:
                frames += self._decoder.flush()
        if rate is not None:
            # Keyframes alone cost several times as much each.
            self.cost.decoded((self._decoding.cpu_ns - before) / 1e9)
            idle = self._alertness.settings.idle_rate
            rate = min(rate, idle) if self._alertness.is_still and not self.is_shown else rate
            self._sampler.interval_s = 1.0 / rate
            self._decoder.references_only = self._references.will_do(len(frames), rate)
        return self._wanted(frames)

    def skip(self, packets: Sequence[Packet]) -> list[RawFrame]:
        """Goes on behind these packets, at the next keyframe; what was still inside comes out."""
        rest: list[RawFrame] = []
        if not self._is_skipping:
            self._is_skipping = True
            with self._decoding:
                rest = self._decoder.flush()
        self._unlabelled.clear()
        for packet in packets:
            self._decoder.skip(packet)
        return self._wanted(rest)

    def flush(self) -> list[RawFrame]:
        """What is still inside the decoder at the end of the session."""
        if self._is_skipping or self.is_asleep:
            return []
        with self._decoding:
            return self._wanted(self._decoder.flush())

    def saw(self, frame: RawFrame, *, is_still: bool) -> None:
        """What an analysed picture showed."""
        with self._peeking:
            self._peek.looked(frame, is_still=is_still)
        self._told(frame.time.t_s, is_still=is_still)

    def _told(self, t_s: float, *, is_still: bool) -> None:
        self._alertness.saw(t_s, is_still=is_still)
        if self.is_asleep:
            if self._sizes is not None:
                self._sizes.glanced(is_still)
            if not is_still:
                self._wake(t_s)
        elif self._sizes is not None and self._unlabelled:
            self._sizes.learn(self._unlabelled, is_still=is_still)
            self._unlabelled.clear()

    def rest(self) -> list[RawFrame]:
        """Falls asleep where it may; gives what was still inside the decoder.

        May be asked after each packet: it is thought about once for each picture.
        """
        sizes = self._sizes
        if sizes is None or self.is_asleep or self._pondered_s == self._seen_s:
            return []
        self._pondered_s = self._seen_s
        if not self._kept.has_keyframe or not self._alertness.may_sleep(self.t_s):
            return []
        self._hears, is_telling = sizes.may_sleep, sizes.is_telling
        if not is_telling and not self._alertness.sees_all(self._gop_s):
            return []
        self._every_s = self._glance_every_s if is_telling else 0.0
        with self._decoding:
            rest = [] if self._is_skipping else self._decoder.flush()
        self.is_asleep = True
        self._is_skipping = True
        self._glanced_s = self._seen_s
        sizes.fell_asleep()
        return self._wanted(rest)

    def listen(self, packets: Sequence[Packet]) -> list[RawFrame]:
        """Asleep: a batch of packets, in decoding order. Gives a keyframe to be analysed now and
        then. It wakes where the packets or a keyframe say that something has changed.
        """
        assert self._sizes is not None
        before_s = self.t_s
        self._kept.add(packets)
        self._decoder.skip(packets[-1])
        self.t_s = max(self.t_s, self._decoder.timer.reached_s)
        self.slept_s += self.t_s - before_s
        startled = self._hears and self._sizes.wakes(packets)
        if startled or self._kept.is_nearly_full or any(packet.is_corrupt for packet in packets):
            self._wake(before_s - self._alertness.settings.look_back_s)
            return []
        keyframe = next((packet for packet in reversed(packets) if packet.is_keyframe), None)
        if keyframe is None or self.t_s - self._glanced_s < self._every_s:
            return []
        return self._glanced(keyframe)

    def _glanced(self, keyframe: Packet) -> list[RawFrame]:
        """Asleep: a keyframe is held against the last still picture."""
        quiet_s = self._glanced_s
        self._decoder.rewind(keyframe)
        with self._decoding:
            frames = self._decoder.decode(keyframe) + self._decoder.flush()
        if not frames:
            return []
        frame, self._glanced_s = frames[0], frames[0].time.t_s
        with self._peeking:
            is_unchanged = self._peek.is_unchanged(frame)
        if not is_unchanged:
            # It is analysed in its turn, after what came before it.
            self._wake(quiet_s)
            return []
        self._seen_s = self._glanced_s
        if self._glanced_s - self._looked_s >= self._alertness.settings.asleep_look_s:
            self._looked_s = self._glanced_s
            return [frame]
        self._unchanged.append(frame)
        self._told(self._glanced_s, is_still=True)
        return []

    def stir(self) -> None:
        """Wakes because of something else: somebody watches."""
        if self.is_asleep:
            self._wake(self.t_s)

    def look_back(self) -> list[Packet]:
        """Just woken: the packets to begin with, from the last keyframe on. Else none."""
        if not self._is_woken:
            return []
        self._is_woken = False
        packets = self._kept.last(self.t_s - self._from_s)
        self._kept.clear()
        self._again = len(packets)
        if packets:
            self._decoder.rewind(packets[0])
        return packets

    def _wake(self, from_s: float) -> None:
        """from_s: media second from which on what was kept is to be seen."""
        self.is_asleep = False
        self._is_woken = True
        self._keyframe = None
        self.woken += 1
        self._alertness.woke()
        self._from_s = from_s

    def _remember(self, packet: Packet, rate: float | None) -> None:
        if self._sizes is None:
            return
        if packet.pts is None and packet.dts is None:
            self._kept.clear()  # without stamps there is no going back in time
            return
        self._kept.add((packet,))
        if packet.is_keyframe and not self._again:
            self._measure_gop(packet)
        if self._again:
            self._again -= 1  # what it shows is not known to have begun with it
        elif rate is not None:
            self._unlabelled.append(packet)

    def unchanged(self) -> list[RawFrame]:
        """Pictures since this was last asked that show what the last analysed one did."""
        frames, self._unchanged = self._unchanged, []
        return frames

    def visited(self, path: Trajectory) -> None:
        """An object was in the picture, and has left it."""
        if not stood(path):
            self._alertness.visited(float(path.t_s[0]), float(path.t_s[-1]))
        if self._pace is not None:
            self._pace.visited(path)

    def _measure_gop(self, keyframe: Packet) -> None:
        """The longest of the last few: encoders put in keyframes of their own now and then."""
        before, self._keyframe = self._keyframe, keyframe
        if before is None or before.pts is None or keyframe.pts is None:
            return
        seconds = float((keyframe.pts - before.pts) * keyframe.time_base)
        if 0 < seconds < 60:
            self._gops.append(seconds)
            self._gop_s = max(self._gops)

    def _wanted(self, frames: Sequence[RawFrame]) -> list[RawFrame]:
        wanted = []
        for frame in frames:
            t_s = frame.time.t_s
            self.t_s = max(self.t_s, t_s)
            # What was decoded once more in order to look back was seen already.
            if t_s > self._seen_s and t_s >= self._from_s and self._sampler.wants(t_s):
                self._seen_s = t_s
                if self._is_unchanged(frame):
                    self._unchanged.append(frame)
                    self._told(t_s, is_still=True)
                else:
                    self._looked_s = t_s
                    wanted.append(frame)
        return wanted

    def _is_unchanged(self, frame: RawFrame) -> bool:
        """As still as the last picture that was looked at, which is not long ago."""
        look_s = self._alertness.settings.look_s
        if (
            not self._alertness.is_still
            or self.is_shown
            or frame.time.t_s - self._looked_s >= look_s
        ):
            return False
        with self._peeking:
            return self._peek.is_unchanged(frame)
