"""``wayside up`` with many feeds of one local RTSP server, for as long as you like.

    python benchmarks/up.py --feeds 64 --minutes 30
    python benchmarks/up.py --feeds 120 --minutes 10 --films FOLDER

Without films one server of GStreamer sends 640x360, 25 pictures a second, H.264
over TCP, a ball that never rests, and all feeds read that. With a folder of MP4s
each feed plays one of them, from a place of its own, over and over
(``attention.py --films`` makes some). Every ten seconds the server is asked how
its feeds are, as a page would; told at the end: analysed pictures a second of
each feed, lag, drops, coverage, attention, CPU and memory of all its processes.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import live_servers
from e2e.running_up import Up, running_up
from wayside.testing.workloads.phases import begins, phased

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Moment:
    """cpu_s, rss_mb: of the server and all its children so far, and now."""

    t_s: float
    feeds: list[dict[str, Any]]
    cpu_s: float
    rss_mb: float


@contextmanager
def sources(given: argparse.Namespace) -> Iterator[list[str]]:
    """Addresses of the feeds."""
    if given.films is not None:
        films = sorted(given.films.rglob("*.mp4"))
        if not films:
            sys.exit(f"there is no MP4 in {given.films}")
        with tempfile.TemporaryDirectory() as folder:
            yield [
                str(_from_its_place(films, number, Path(folder))) for number in range(given.feeds)
            ]
        return
    with live_servers.rtsp_server(size=(640, 360), rate=25) as port:
        yield [f"rtsp://127.0.0.1:{port}/live"] * given.feeds


def _from_its_place(films: list[Path], number: int, folder: Path) -> Path:
    film, path = films[number % len(films)], folder / f"{number:04d}.mp4"
    with av.open(str(film)) as container:
        seconds = float(container.duration or 0) / av.time_base
    phased(film, begins(number, len(films)) * seconds, seconds, path)
    return path


def site(addresses: list[str], model: str) -> str:
    lines = ["site: bench", "detect:", f"  model: {model}", "output:", "  interval_s: 10", "feeds:"]
    for number, address in enumerate(addresses):
        lines += [f"  - id: feed-{number:03d}", f"    source: {address}"]
        if not address.startswith("rtsp"):
            lines.append("    loop: true")
    return "\n".join(lines) + "\n"


def processes(root: int) -> list[int]:
    """The process and all below it."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                text = (entry / "stat").read_text("ascii", errors="replace")
            except OSError:
                continue
            parents[int(entry.name)] = int(text.rsplit(")", 1)[1].split()[1])
    found = {root}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found)


def cost(pids: list[int]) -> tuple[float, float]:
    """(CPU seconds so far, MB of memory now)."""
    cpu_s = rss_mb = 0.0
    for pid in pids:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace")
        except OSError:
            continue
        fields = stat.rsplit(")", 1)[1].split()
        cpu_s += (int(fields[11]) + int(fields[12])) / _TICKS
        rss_mb += int(fields[21]) * _PAGE / 1e6
    return cpu_s, rss_mb


def statuses(client: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        given = {"limit": 200} | ({"cursor": cursor} if cursor else {})
        page = client.get("/api/v1/feeds", params=given).raise_for_status().json()
        found += [item["status"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            return found


def watched(up: Up, client: httpx.Client, minutes: float) -> list[Moment]:
    moments: list[Moment] = []
    began = time.monotonic()
    while (t_s := time.monotonic() - began) < 60 * minutes:
        feeds = statuses(client)
        moment = Moment(t_s, feeds, *cost(processes(up.process.pid)))
        before = moments[-1] if moments else None
        moments.append(moment)
        site_now = client.get("/api/v1/site").json()
        cores = (moment.cpu_s - before.cpu_s) / (t_s - before.t_s) if before else 0.0
        live = [each for each in feeds if each["state"] == "live"]
        fps = [each["fps_analysed"] for each in live] or [0.0]
        print(
            f"{t_s:6.0f} s: {len(live)} live, analysed {min(fps):.1f} to {max(fps):.1f} a second,"
            f" lag p95 {lag(moment):.2f} s, {cores:.2f} cores, {moment.rss_mb:.0f} MB,"
            f" {dict(Counter(each.get('attention', '?') for each in live))},"
            f" {[worker['state'] for worker in site_now['workers']]}",
            flush=True,
        )
        time.sleep(max(0.0, 10 - (time.monotonic() - began - t_s)))
    return moments


def lag(moment: Moment) -> float:
    lags = [each["lag_s"] for each in moment.feeds if each["lag_s"] is not None]
    return float(np.percentile(lags, 95)) if lags else float("nan")


def told(moments: list[Moment]) -> None:
    """Of everything but the first minute."""
    rest = [moment for moment in moments if moment.t_s >= 60] or moments
    first, last = rest[0], rest[-1]
    span_s = max(last.t_s - first.t_s, 1e-3)
    fps = np.array([[each["fps_analysed"] for each in moment.feeds] for moment in rest])
    received = sum(e["received"] for e in last.feeds) - sum(e["received"] for e in first.feeds)
    dropped = sum(e["dropped"] for e in last.feeds) - sum(e["dropped"] for e in first.feeds)
    every = np.array([lag(moment) for moment in rest])
    rss = np.array([moment.rss_mb for moment in rest])
    slope = np.polyfit([m.t_s / 3600 for m in rest], rss, 1)[0] if len(rest) > 2 else 0.0
    print(f"\n{len(last.feeds)} feeds, {span_s / 60:.1f} minutes after the first:")
    print(f"analysed a second, mean of each feed: least {fps.mean(0).min():.2f},"
          f" median {np.median(fps.mean(0)):.2f}")  # fmt: skip
    print(f"lag p95 over feeds: median {np.median(every):.2f} s, most {every.max():.2f} s")
    print(f"dropped {100 * dropped / max(received, 1):.2f} % of {received} packets")
    print(f"coverage of the last minute: least {min(e['coverage'] for e in last.feeds):.3f}")
    print(f"CPU {(last.cpu_s - first.cpu_s) / span_s:.2f} cores of {os.cpu_count()}")
    print(f"memory {rss[0]:.0f} to {rss[-1]:.0f} MB, {slope:+.0f} MB an hour")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--feeds", type=int, default=64)
    arguments.add_argument("--minutes", type=float, default=30.0)
    arguments.add_argument("--films", type=Path, help="folder of MP4s; else one RTSP server")
    arguments.add_argument("--model", default="motion")
    given = arguments.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        addresses = stack.enter_context(sources(given))
        (folder / "site.yaml").write_text(site(addresses, given.model), "utf-8")
        up = stack.enter_context(running_up(folder, "--site", str(folder / "site.yaml")))
        client = stack.enter_context(up.signed_in())
        told(watched(up, client, given.minutes))


if __name__ == "__main__":
    main()
