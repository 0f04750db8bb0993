"""Real servers of live video for tests, on loopback ports that the system picks.

None of them is ours: GStreamer's RTSP server and multipart muxer, FFmpeg's
command line, nginx. Each rig is a context manager that ends what it started.
A rig whose Debian package is missing skips its test and says which;
WAYSIDE_REQUIRE_DATA=1 makes that a failure.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

SIZE = (320, 180)
RATE = 10

_SYSTEM_PYTHON = "/usr/bin/python3"
_GST_PACKAGES = (
    "python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base"
    " gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly"
)

_RTSP_SERVER = """
import signal, sys
import gi
gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer

port, launch, user, password, scheme = sys.argv[1:6]
Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(port)
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch(launch)
factory.set_shared(True)
if user:
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("viewer", "media.factory.access", True)
    permissions.add_permission_for_role("viewer", "media.factory.construct", True)
    if scheme == "digest":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password, token)
    else:
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)
    factory.set_permissions(permissions)
server.get_mount_points().add_factory("/live", factory)
server.attach(None)
loop = GLib.MainLoop()
GLib.unix_signal_add(GLib.PRIORITY_HIGH, signal.SIGTERM, loop.quit)
print("ready", server.get_bound_port(), flush=True)
loop.run()
"""

_PICTURE = f"video/x-raw,width={SIZE[0]},height={SIZE[1]},framerate={RATE}/1"
CODECS = {
    "h264": "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10 bitrate=200"
    " ! rtph264pay name=pay0 pt=96 config-interval=1",
    "hevc": "x265enc tune=zerolatency speed-preset=ultrafast key-int-max=10 bitrate=200"
    " ! rtph265pay name=pay0 pt=96 config-interval=1",
    "mjpeg": "jpegenc ! rtpjpegpay name=pay0 pt=26",
}


def lacking(what: str) -> None:
    """Skips the test that needs ``what``, or fails it where everything is required."""
    if os.environ.get("WAYSIDE_REQUIRE_DATA") == "1":
        pytest.fail(f"missing in spite of WAYSIDE_REQUIRE_DATA=1: {what}")
    pytest.skip(what)


def program(name: str, package: str) -> str:
    """Path of a program of the system."""
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin")
    if found is None:
        lacking(f"{name} is missing: apt-get install {package}")
    return str(found)


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A port of 127.0.0.1 that nothing listens on at the moment."""
    with closing(socket.socket(socket.AF_INET, kind)) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def eventually(condition: Callable[[], bool], within_s: float = 15.0) -> bool:
    """True as soon as the condition holds; False where it does not in time."""
    until_s = time.monotonic() + within_s
    while time.monotonic() < until_s:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def listens(port: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _ended(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(3.0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(3.0)
    for stream in (process.stdout, process.stderr, process.stdin):
        if stream is not None:
            stream.close()


@contextmanager
def running(command: Sequence[str], **how: object) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is ended on the way out."""
    silent = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
    process = subprocess.Popen(  # type: ignore[call-overload]
        list(command), **(silent | {"stderr": subprocess.DEVNULL} | how)
    )
    try:
        yield process
    finally:
        _ended(process)


def _check_gstreamer(*elements: str) -> None:
    program("gst-inspect-1.0", "gstreamer1.0-tools")
    for element in elements:
        found = subprocess.run(
            ["gst-inspect-1.0", "--exists", element], check=False, capture_output=True
        )
        if found.returncode:
            lacking(f"GStreamer has no {element}: apt-get install {_GST_PACKAGES}")


@contextmanager
def rtsp_server(
    codec: str = "h264",
    *,
    user: str = "",
    password: str = "",
    scheme: str = "digest",
    port: int = 0,
    size: tuple[int, int] = SIZE,
    rate: int = RATE,
    source: str = "videotestsrc is-live=true pattern=ball",
) -> Iterator[int]:
    """GStreamer's RTSP server; its one stream is rtsp://127.0.0.1:PORT/live."""
    chain = CODECS[codec]
    _check_gstreamer(chain.split()[0], "rtph264pay")
    picture = f"video/x-raw,format=I420,width={size[0]},height={size[1]},framerate={rate}/1"
    launch = f"( {source} ! {picture} ! {chain} )"
    command = [_SYSTEM_PYTHON, "-c", _RTSP_SERVER, str(port), launch, user, password, scheme]
    with running(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        words = process.stdout.readline().split()
        if not words:
            assert process.stderr is not None
            reason = process.stderr.read().decode(errors="replace")
            if "ModuleNotFoundError" in reason or "not available" in reason:
                lacking(f"apt-get install {_GST_PACKAGES}")
            pytest.fail(f"the RTSP server did not start: {reason[-600:]}")
        yield int(words[1])


def ffmpeg_source(
    size: tuple[int, int] = SIZE, rate: int = RATE, seconds: float | None = None
) -> list[str]:
    """Arguments of ffmpeg for a moving test picture in real time."""
    end = [] if seconds is None else ["-t", str(seconds)]
    return ["-re", "-f", "lavfi", *end, "-i", f"testsrc2=size={size[0]}x{size[1]}:rate={rate}"]


_H264 = [
    "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", str(RATE),
    "-b:v", "200k", "-pix_fmt", "yuv420p",
]  # fmt: skip


def ffmpeg() -> list[str]:
    return [program("ffmpeg", "ffmpeg"), "-hide_banner", "-loglevel", "error", "-nostdin", "-y"]


@contextmanager
def transport_stream_tcp(
    *,
    codec: Sequence[str] = tuple(_H264),
    size: tuple[int, int] = SIZE,
    seconds: float | None = None,
    port: int = 0,
) -> Iterator[int]:
    """ffmpeg that waits for one connection and sends MPEG-TS over it."""
    port = port or free_port()
    command = [
        *ffmpeg(), *ffmpeg_source(size, seconds=seconds), *codec, "-f", "mpegts", f"tcp://127.0.0.1:{port}?listen=1",
    ]  # fmt: skip
    with running(command) as process:
        # A probing connection would be the only one that it takes: look at the kernel's table.
        assert eventually(lambda: _in_listen_table(port) or process.poll() is not None)
        yield port


def _in_listen_table(port: int) -> bool:
    wanted = f":{port:04X} "
    lines = Path("/proc/net/tcp").read_text().splitlines()
    return any(wanted in line and line.split()[3] == "0A" for line in lines)


@contextmanager
def transport_stream_udp(port: int) -> Iterator[None]:
    """ffmpeg that sends MPEG-TS to a UDP port of 127.0.0.1."""
    target = f"udp://127.0.0.1:{port}?pkt_size=1316"
    with running([*ffmpeg(), *ffmpeg_source(), *_H264, "-f", "mpegts", target]):
        yield


_NGINX = """
{user}daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr crit;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2;
  fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  types {{ application/vnd.apple.mpegurl m3u8; video/mp2t ts; image/jpeg jpg; }}
  server {{
    listen 127.0.0.1:{port}; root {folder}/www;
    location /private/ {{
      alias {folder}/www/; auth_basic "camera"; auth_basic_user_file {folder}/users;
    }}
    location = /away.m3u8 {{ return 302 /stream.m3u8; }}
    location = /around.m3u8 {{ return 302 /around.m3u8; }}
    {more}
  }}
}}
"""


@contextmanager
def nginx(folder: Path, *, port: int = 0, more: str = "") -> Iterator[int]:
    """nginx that serves ``folder``/www; /private/ wants viewer:secret (basic)."""
    port = port or free_port()
    (folder / "www").mkdir(exist_ok=True)
    (folder / "users").write_text("viewer:{PLAIN}secret\n")
    # As root it would give its rights up, and could not enter the test's folder.
    user = "user root; " if os.geteuid() == 0 else ""
    conf = folder / "nginx.conf"
    conf.write_text(_NGINX.format(folder=folder, port=port, more=more, user=user))
    command = [program("nginx", "nginx"), "-c", str(conf), "-p", str(folder), "-e", "stderr"]
    with running(command) as process:
        assert eventually(lambda: listens(port) or process.poll() is not None)
        assert process.poll() is None, "nginx did not start"
        yield port


@contextmanager
def hls_server(
    folder: Path, *, fragmented: bool = False, port: int = 0, more: str = ""
) -> Iterator[int]:
    """A live playlist that ffmpeg writes and nginx serves: http://127.0.0.1:PORT/stream.m3u8."""
    (folder / "www").mkdir(exist_ok=True)
    playlist = folder / "www" / "stream.m3u8"
    kind = ["-hls_segment_type", "fmp4"] if fragmented else []
    command = [
        *ffmpeg(), *ffmpeg_source(), *_H264, "-f", "hls", "-hls_time", "1", "-hls_list_size", "4",
        "-hls_flags", "delete_segments+temp_file+program_date_time", *kind, str(playlist),
    ]  # fmt: skip
    with ExitStack() as stack:
        stack.enter_context(running(command))
        served = stack.enter_context(nginx(folder, port=port, more=more))
        assert eventually(playlist.exists), "ffmpeg wrote no playlist"
        yield served


@contextmanager
def multipart_server(*, port: int = 0) -> Iterator[int]:
    """Motion JPEG over HTTP: ffmpeg answers one request with multipart pictures."""
    port = port or free_port()
    command = [
        *ffmpeg(), *ffmpeg_source(), "-c:v", "mjpeg", "-q:v", "8", "-pix_fmt", "yuvj420p",
        "-f", "mpjpeg", "-content_type", "multipart/x-mixed-replace;boundary=ffmpeg",
        "-listen", "1", f"http://127.0.0.1:{port}/",
    ]  # fmt: skip
    with running(command) as process:
        assert eventually(lambda: _in_listen_table(port) or process.poll() is not None)
        yield port


@contextmanager
def transport_stream_with_sound(*, pictures_s: float, port: int = 0) -> Iterator[int]:
    """MPEG-TS over TCP whose pictures end while its sound goes on."""
    port = port or free_port()
    command = [
        *ffmpeg(),
        "-re", "-f", "lavfi", "-t", str(pictures_s),
        "-i", f"testsrc2=size={SIZE[0]}x{SIZE[1]}:rate={RATE}",
        "-re", "-f", "lavfi", "-i", "sine=frequency=300", *_H264, "-c:a", "mp2",
        "-max_interleave_delta", "100000", "-f", "mpegts", f"tcp://127.0.0.1:{port}?listen=1",
    ]  # fmt: skip
    with running(command) as process:
        assert eventually(lambda: _in_listen_table(port) or process.poll() is not None)
        yield port


_REDIRECTING = """
import socket, sys
far = sys.argv[1]
listener = socket.create_server(("127.0.0.2", 0))
print(listener.getsockname()[1], flush=True)
while True:
    client, _ = listener.accept()
    with client:
        held = b""
        while received := client.recv(4096):
            held += received
            while b"\\r\\n\\r\\n" in held:
                request, _, held = held.partition(b"\\r\\n\\r\\n")
                number = [l for l in request.split(b"\\r\\n") if l.lower().startswith(b"cseq")][0]
                if request.startswith(b"OPTIONS"):
                    first, more = b"RTSP/1.0 200 OK", b"Public: DESCRIBE"
                else:
                    first = b"RTSP/1.0 302 Moved"
                    more = b"Location: rtsp://127.0.0.1:%s/live" % far.encode()
                client.sendall(b"\\r\\n".join((first, number, more, b"", b"")))
"""


@contextmanager
def redirecting_rtsp(far: int) -> Iterator[int]:
    """Answers OPTIONS at 127.0.0.2, and DESCRIBE with a redirect to port ``far`` of 127.0.0.1."""
    command = [_SYSTEM_PYTHON, "-c", _REDIRECTING, str(far)]
    with running(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())


def make_jpeg(path: Path, size: tuple[int, int]) -> None:
    """A picture of exactly that size, put in place at once as a camera's server would."""
    new = path.with_suffix(".new.jpg")
    picture = f"testsrc2=size={size[0]}x{size[1]}:rate=1"
    command = [*ffmpeg(), "-f", "lavfi", "-i", picture, "-frames:v", "1", str(new)]
    subprocess.run(command, check=True, capture_output=True)
    new.replace(path)


def _coded(codec: str) -> list[str]:
    if codec == "h264":
        return _H264
    return [
        "-c:v", "libx265", "-preset", "ultrafast", "-tune", "zerolatency", "-b:v", "200k",
        "-x265-params", f"keyint={RATE}:log-level=none", "-pix_fmt", "yuv420p",
    ]  # fmt: skip


_CHANGING = """
import socket, subprocess, sys, time
port, folder, count = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
parts = [open(f"{folder}/{n}.ts", "rb").read() for n in range(count)]
listener = socket.create_server(("127.0.0.1", port))
print("ready", flush=True)
at = 0
while True:
    client, _ = listener.accept()
    try:
        while True:
            part = parts[min(at, count - 1)]
            # Two seconds of media in 1.5 s: nothing may look like a stall.
            size = len(part) // 30 // 188 * 188 + 188
            for begin in range(0, len(part), size):
                client.sendall(part[begin:begin + size])
                time.sleep(0.05)
            at += 1
    except OSError:
        client.close()
"""


@contextmanager
def changing_stream(*parts: tuple[str, tuple[int, int]]) -> Iterator[int]:
    """MPEG-TS over TCP: two seconds of each (codec, size), then the last one for ever.

    Each part starts its time stamps anew. What is sent where a client breaks
    off goes on with the next.
    """
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        for number, (codec, size) in enumerate(parts):
            command = [
                *ffmpeg(), "-f", "lavfi", "-i", f"testsrc2=size={size[0]}x{size[1]}:rate={RATE}",
                "-t", "2", *_coded(codec), "-f", "mpegts", f"{folder}/{number}.ts",
            ]  # fmt: skip
            subprocess.run(command, check=True, capture_output=True)
        script = [_SYSTEM_PYTHON, "-c", _CHANGING, str(port), folder, str(len(parts))]
        with running(script, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline()
            yield port


_LOSING = """
import socket, sys
near, far, every = (int(word) for word in sys.argv[1:4])
receiving = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiving.bind(("127.0.0.1", near))
print("ready", flush=True)
count = 0
while True:
    datagram = receiving.recv(65536)
    count += 1
    if count % every:
        receiving.sendto(datagram, ("127.0.0.1", far))
"""


@contextmanager
def lossy_datagrams(every: int) -> Iterator[int]:
    """MPEG-TS over UDP to the port it gives, without every so manieth datagram."""
    near, far = free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_DGRAM)
    script = [_SYSTEM_PYTHON, "-c", _LOSING, str(near), str(far), str(every)]
    with running(script, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        with transport_stream_udp(near):
            yield far


@contextmanager
def hls_encoder(folder: Path) -> Iterator[None]:
    """ffmpeg that writes stream.m3u8 and its segments into ``folder``."""
    playlist = folder / "stream.m3u8"
    playlist.unlink(missing_ok=True)
    command = [
        *ffmpeg(), *ffmpeg_source(), *_H264, "-f", "hls", "-hls_time", "1", "-hls_list_size", "4",
        "-hls_flags", "temp_file+program_date_time", str(playlist),
    ]  # fmt: skip
    with running(command):
        assert eventually(playlist.exists), "ffmpeg wrote no playlist"
        yield


def without_end(playlist: Path) -> None:
    """Takes back the end that an encoder wrote when it was stopped: as if it had hung instead."""
    text = playlist.read_text().replace("#EXT-X-ENDLIST\n", "")
    new = playlist.with_suffix(".new")
    new.write_text(text)
    new.replace(playlist)
