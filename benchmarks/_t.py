"""CPU of reading one live feed, ours against a plain loop over ``av.open``, in the same run.

    python benchmarks/ingest.py [--seconds 20] [--feeds 4]

One RTSP server of GStreamer sends 640x360, 25 pictures a second, H.264 over
TCP. In turns, so that both see the same machine, a process reads it with
FeedReader into a PacketBuffer that is drained every 50 ms, and another with
``for packet in av.open(...).demux(video=0)`` in as many threads. Printed:
milliseconds of CPU (user and system, of the whole process) for one second of
one feed, opening left out.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import threading
import time
from pathlib import Path

import av

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from wayside.domain.time import SystemClock
from wayside.ingest.address import parse_address
from wayside.ingest.buffer import PacketBuffer
from wayside.ingest.live import source_of
from wayside.ingest.network import NetworkPolicy
from wayside.ingest.reader import FeedReader

WARM_UP_S = 3.0


def cpu_s() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def ours(address: str, feeds: int, seconds: float) -> tuple[float, int]:
    """(CPU seconds, packets) of ``seconds`` of all feeds."""
    clock, network = SystemClock(), NetworkPolicy()
    readers = []
    for _ in range(feeds):
        source = source_of(parse_address(address), network=network, clock=clock)
        readers.append((FeedReader(source, buffer := PacketBuffer(), clock=clock), buffer))
    for reader, _ in readers:
        reader.start()
    packets, begun_s, counting = 0, time.monotonic(), False
    before_s = 0.0
    while (elapsed_s := time.monotonic() - begun_s) < WARM_UP_S + seconds:
        if not counting and elapsed_s >= WARM_UP_S:
            counting, packets, before_s = True, 0, cpu_s()
        packets += sum(len(buffer.take(1_000)) for _, buffer in readers)
        time.sleep(0.5)
    spent_s = cpu_s() - before_s
    for reader, _ in readers:
        reader.stop()
    return spent_s, packets


def plain(address: str, feeds: int, seconds: float) -> tuple[float, int]:
    """The same with nothing but PyAV."""
    av.logging.set_level(None)
    counts = [0] * feeds
    ends = threading.Event()

    def read(index: int) -> None:
        with av.open(address, options={"rtsp_transport": "tcp"}) as container:
            for _ in container.demux(video=0):
                counts[index] += 1
                if ends.is_set():
                    return

    threads = [threading.Thread(target=read, args=(n,)) for n in range(feeds)]
    for thread in threads:
        thread.start()
    time.sleep(WARM_UP_S)
    before_s, counted = cpu_s(), sum(counts)
    time.sleep(seconds)
    spent_s, packets = cpu_s() - before_s, sum(counts) - counted
    ends.set()
    for thread in threads:
        thread.join()
    return spent_s, packets


def _child(name: str, address: str, feeds: int, seconds: float, answer: object) -> None:
    answer.put({"ours": ours, "plain": plain}[name](address, feeds, seconds))  # type: ignore[attr-defined]


def main() -> None:
    import live_servers

    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=20.0)
    options.add_argument("--feeds", type=int, default=4)
    options.add_argument("--rounds", type=int, default=2)
    chosen = options.parse_args()
    context = multiprocessing.get_context("spawn")
    with live_servers.rtsp_server(size=(640, 360), rate=25) as port:
        address = f"rtsp://127.0.0.1:{port}/live"
        for _ in range(chosen.rounds):
            for name in ("plain", "ours"):
                answer = context.Queue()
                child = context.Process(
                    target=_child, args=(name, address, chosen.feeds, chosen.seconds, answer)
                )
                child.start()
                spent_s, packets = answer.get()
                child.join()
                per_feed_ms = 1000 * spent_s / chosen.seconds / chosen.feeds
                rate = packets / chosen.seconds / chosen.feeds
                print(f"{name:6} {per_feed_ms:6.2f} ms CPU per feed-second, {rate:.1f} packets/s")


if __name__ == "__main__":
    main()
