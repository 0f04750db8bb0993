"""Packets of one session in, raw frames in display order out."""

from __future__ import annotations

import av
from av.codec.codec import UnknownCodecError
from av.codec.context import Flags2
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext

from wayside.decode.damage import Damage
from wayside.decode.pixels import DecodedPicture, PixelConverter
from wayside.decode.timing import MediaTimer
from wayside.domain.errors import SourceUnreadable
from wayside.domain.media import MAX_PIXELS, MIN_SIDE, PICTURES, Packet, RawFrame, StreamFormat

_SIGNATURES = ((b"\xff\xd8\xff", "mjpeg"), (b"\x89PNG", "png"), (b"BM", "bmp"), (b"RIFF", "webp"))
"""How each kind of picture of a folder begins, and its decoder."""


class Decoder:
    """Decodes all it is given, on the caller's thread.

    fast: for analysis, not for display: no deblocking. Measured on seven H.264
    clips: a sixth to a third of the CPU saved (2.1 to 1.7 ms a picture at
    540x960). Seen at 320x180, pictures differ by 1.6 grey levels or less in
    the mean; by more than 20 nowhere by day and in 0.5 % of the pixels by
    night. loop_filter: overrides that part of ``fast``.

    decode_errors: packets that the decoder refused. corrupt_frames: pictures
    marked ``is_corrupt``, from the first damage to the next clean keyframe.
    """

    def __init__(
        self, stream_format: StreamFormat, *, fast: bool = True, loop_filter: bool | None = None
    ) -> None:
        """Raises SourceUnreadable where FFmpeg cannot decode such a stream."""
        av.logging.set_level(None)  # see ingest/ffmpeg.py: a log line could deadlock
        self.decode_errors = 0
        self.corrupt_frames = 0
        self.timer = MediaTimer(stream_format.time_base, stream_format.rate)
        self._format = stream_format
        self._fast = fast
        self._loop_filter = not fast if loop_filter is None else loop_filter
        self._converter = PixelConverter()
        self._damage = Damage()
        self._number = 0
        self._references_only = False
        self._codec = "mjpeg" if stream_format.codec == PICTURES else stream_format.codec
        self._context = self._opened(self._codec)

    @property
    def discontinuities(self) -> int:
        """Breaks in the stream's time stamps so far."""
        return self.timer.discontinuities

    def decode(self, packet: Packet) -> list[RawFrame]:
        """Pictures that this packet completes: often one or none. Damage is counted, not raised."""
        number = self._number
        self._number += 1
        if packet.is_corrupt or (number == 0 and not packet.is_keyframe):
            self._damage.hit(number)
        if self._format.codec == PICTURES and not self._fits(packet):
            self._refused(number)
            return []
        payload: av.Packet[av.VideoStream] = packet.payload
        payload.opaque = (number,)  # a new object each: PyAV keeps it by its address
        return self._frames(payload, number)

    @property
    def references_only(self) -> bool:
        """Pictures that no other is predicted from (most B-frames) are left out. May be changed
        at any time; saves what they cost where a few pictures a second do.
        """
        return self._references_only

    @references_only.setter
    def references_only(self, only: bool) -> None:
        if only is not self._references_only:
            self._references_only = only
            self._context.skip_frame = "NONREF" if only else "DEFAULT"

    def skip(self, packet: Packet) -> None:
        """Note a packet that is not to be decoded, so that media time goes on over it."""
        self.timer.skip(packet.pts, packet.dts)

    def rewind(self, packet: Packet) -> None:
        """This packet, a keyframe, comes next, though it was skipped or decoded already."""
        self.timer.rewind(packet.pts, packet.dts)

    def flush(self) -> list[RawFrame]:
        """Pictures still inside, at the end or before a jump. Decoding may go on afterwards."""
        frames = self._frames(None, self._number)
        self._context.flush_buffers()
        return frames

    def _frames(self, payload: av.Packet[av.VideoStream] | None, number: int) -> list[RawFrame]:
        try:
            decoded = self._context.decode(payload)
        except FFmpegError:
            self._refused(number)
            return []
        frames = [frame for frame in decoded if min(frame.width, frame.height) >= MIN_SIDE]
        if len(frames) < len(decoded):
            self._refused(number)
        return [self._raw_frame(frame, number) for frame in frames]

    def _raw_frame(self, frame: av.VideoFrame, newest: int) -> RawFrame:
        # The packet's number comes back with its picture; decoders keep it through reordering.
        number = frame.opaque[0] if isinstance(frame.opaque, tuple) else newest
        if frame.is_corrupt:
            self._damage.hit(number)
        is_corrupt = self._damage.reaches(number, is_keyframe=frame.key_frame)
        self.corrupt_frames += is_corrupt
        # A picture's own turn (EXIF, SEI) comes with it; the container's with the format.
        rotation = -round(frame.rotation / 90) * 90 % 360 or self._format.rotation
        pixels = DecodedPicture(frame, rotation, self._converter)
        return RawFrame(pixels, self.timer.at(frame.pts, frame.dts), is_corrupt=is_corrupt)

    def _refused(self, number: int) -> None:
        self.decode_errors += 1
        self._damage.hit(number)

    def _fits(self, packet: Packet) -> bool:
        """Make the context fit a picture of a folder; False where it is none that we decode."""
        head = bytes(memoryview(packet.payload)[:4])
        codec = next((name for start, name in _SIGNATURES if head.startswith(start)), None)
        if codec is None:
            return False
        if codec != self._codec:
            self._codec, self._context = codec, self._opened(codec)
            self._references_only = False
        return True

    def _opened(self, codec: str) -> VideoCodecContext:
        try:
            context = av.CodecContext.create(codec, "r")
            if not isinstance(context, VideoCodecContext):
                raise self._unreadable(codec)
            for name, value in (self._format.codec_parameters or {}).items():
                setattr(context, name, value)
            # One thread: frame threads add a picture of delay each and hide what a feed costs.
            context.thread_count = 1
            context.copy_opaque = True
            context.options = {"max_pixels": str(MAX_PIXELS)}
            if codec == "mjpeg":
                # Else a JPEG of which half is missing is a picture like any other, unmarked.
                context.options |= {"err_detect": "explode"}
            if not self._loop_filter:
                context.options |= {"skip_loop_filter": "all"}
            if self._fast:
                context.flags2 |= Flags2.fast
            context.open()
        except (UnknownCodecError, FFmpegError) as error:
            raise self._unreadable(codec) from error
        return context

    def _unreadable(self, codec: str) -> SourceUnreadable:
        return SourceUnreadable(
            f"this FFmpeg has no decoder for a {codec} stream with such a header",
            remedy="Convert it to H.264: ffmpeg -i FILE out.mp4",
        )
