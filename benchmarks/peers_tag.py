"""Counts line crossings in a video as most people do, in the peers' environment.

Started by ``tag.py``. PyAV decodes every picture, NanoDet-Plus finds objects in
each of them through OpenVINO (one thread, f32), ``trackers`` ByteTrack follows
them and a ``supervision`` LineZone for each line counts. Nothing else: no video,
no report, nothing stored, nothing covered.

It is written with care: candidates are cut by score before anything is computed
of them, only road users are followed, OpenCV keeps to one thread, and compiled
networks are cached where ``--cache`` says.

``--rate`` looks at so many pictures a second only: all are decoded, which the codec
needs, but only those are converted, detected and tracked.

Output (``--answer``): JSON of the crossings (line, ``in`` or ``out``, class,
seconds), the number of pictures, and CPU seconds by stage.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path

import av
import cv2
import numpy as np
import openvino as ov
import supervision as sv
from trackers import ByteTrackTracker

STRIDES = (8, 16, 32, 64)
BINS = 8
MEAN = np.array([103.53, 116.28, 123.675], np.float32)
SCALE = 1 / np.array([57.375, 57.12, 58.395], np.float32)
CLASSES = {0: "person", 1: "bicycle", 2: "car", 3: "motorcycle", 5: "bus", 7: "truck"}
ROAD_USERS = np.array(list(CLASSES))


class NanoDet:
    """NanoDet-Plus at one input size. score: below it nothing is a detection."""

    def __init__(
        self, model: Path, size: tuple[int, int], score: float, overlap: float, cache: Path | None
    ) -> None:
        self._size = size
        self._score = score
        self._overlap = overlap
        options = {
            "INFERENCE_NUM_THREADS": 1,
            "NUM_STREAMS": 1,
            "INFERENCE_PRECISION_HINT": "f32",
        }
        if cache is not None:
            options["CACHE_DIR"] = str(cache)
        core = ov.Core()
        network = core.read_model(model)
        network.reshape([1, 3, size[1], size[0]])
        self._request = core.compile_model(network, "CPU", options).create_infer_request()
        self._centres, self._strides = self._grid()

    def _grid(self) -> tuple[np.ndarray, np.ndarray]:
        """(N, 2) centres and (N,) strides of all cells, in input pixels."""
        centres, strides = [], []
        for stride in STRIDES:
            columns, rows = -(-self._size[0] // stride), -(-self._size[1] // stride)
            y, x = np.mgrid[0:rows, 0:columns]
            centres.append(np.stack([x.ravel(), y.ravel()], 1) * stride)
            strides.append(np.full(rows * columns, stride))
        return np.concatenate(centres).astype(np.float32), np.concatenate(strides)

    def tensor(self, picture: np.ndarray) -> np.ndarray:
        """(1, 3, H, W) float32 of a BGR picture."""
        resized = cv2.resize(picture, self._size)
        normalised = (resized.astype(np.float32) - MEAN) * SCALE
        return np.ascontiguousarray(normalised.transpose(2, 0, 1)[None])

    def infer(self, tensor: np.ndarray) -> np.ndarray:
        """(N, 112): 80 scores and 4 x 8 bins a cell."""
        return self._request.infer({0: tensor}, share_inputs=True)[0][0]

    def detections(self, cells: np.ndarray, width: int, height: int) -> sv.Detections:
        """Boxes in pixels of a width x height picture, after suppression class by class."""
        scores = cells[:, :80][:, ROAD_USERS]
        best = scores.argmax(1)
        confidence = scores[np.arange(len(scores)), best]
        rows = np.flatnonzero(confidence >= self._score)
        if not len(rows):
            return sv.Detections.empty()
        bins = cells[rows, 80:].reshape(-1, 4, BINS)
        share = np.exp(bins - bins.max(2, keepdims=True))
        share /= share.sum(2, keepdims=True)
        reach = share @ np.arange(BINS, dtype=np.float32) * self._strides[rows, None]
        centres = self._centres[rows]
        boxes = np.hstack([centres - reach[:, :2], centres + reach[:, 2:]])
        boxes *= np.array([width, height] * 2, np.float32) / np.array([*self._size] * 2, np.float32)
        boxes[:, 0::2] = boxes[:, 0::2].clip(0, width)
        boxes[:, 1::2] = boxes[:, 1::2].clip(0, height)
        found = sv.Detections(
            xyxy=boxes.astype(np.float32),
            confidence=confidence[rows],
            class_id=ROAD_USERS[best[rows]],
        )
        return found.with_nms(threshold=self._overlap)


class StageClock:
    """CPU seconds of the whole process by stage; each mark ends the stage that it names."""

    def __init__(self) -> None:
        self.cpu_s: dict[str, float] = defaultdict(float)
        self._before = 0.0

    def mark(self, stage: str) -> None:
        now = time.process_time()
        self.cpu_s[stage] += now - self._before
        self._before = now


def line_zones(lines: list[str], width: int, height: int) -> dict[str, sv.LineZone]:
    """``ID=x1,y1,x2,y2`` in shares of the picture, each counting box centres."""
    zones = {}
    for line in lines:
        name, _, points = line.partition("=")
        x1, y1, x2, y2 = (float(p) for p in points.split(","))
        zones[name] = sv.LineZone(
            start=sv.Point(x1 * width, y1 * height),
            end=sv.Point(x2 * width, y2 * height),
            triggering_anchors=[sv.Position.CENTER],
        )
    return zones


def tracker_for(arguments: argparse.Namespace, rate: float) -> ByteTrackTracker:
    """Defaults but for the frame rate, and for the two score thresholds where asked."""
    if arguments.track_score is None:
        return ByteTrackTracker(frame_rate=rate)
    return ByteTrackTracker(
        frame_rate=rate,
        track_activation_threshold=arguments.track_score,
        high_conf_det_threshold=arguments.track_score,
    )


def count(arguments: argparse.Namespace, clock: StageClock) -> dict[str, object]:
    cv2.setNumThreads(1)
    av.logging.set_level(None)
    detector = NanoDet(
        arguments.model, arguments.size, arguments.score, arguments.overlap, arguments.cache
    )
    crossings: list[dict[str, object]] = []
    pictures = 0
    with av.open(str(arguments.clip)) as video:
        stream = video.streams.video[0]
        width, height = stream.width, stream.height
        tracker = tracker_for(arguments, arguments.rate or float(stream.average_rate))
        due_s = 0.0
        zones = line_zones(arguments.line, width, height)
        clock.mark("start-up")
        for frame in video.decode(stream):
            if arguments.rate:
                if frame.time < due_s:
                    continue
                due_s = max(due_s + 1 / arguments.rate, frame.time)
            picture = frame.to_ndarray(format="bgr24")
            clock.mark("decode")
            tensor = detector.tensor(picture)
            clock.mark("prepare")
            cells = detector.infer(tensor)
            clock.mark("infer")
            detections = detector.detections(cells, width, height)
            clock.mark("boxes")
            tracked = tracker.update(detections)
            clock.mark("track")
            for name, zone in zones.items():
                for direction, crossed in zip(("in", "out"), zone.trigger(tracked), strict=True):
                    crossings += [
                        {
                            "line": name,
                            "direction": direction,
                            "class": CLASSES[int(tracked.class_id[row])],
                            "t_s": frame.time,
                        }
                        for row in np.flatnonzero(crossed)
                    ]
            clock.mark("count")
            pictures += 1
    return {"crossings": crossings, "pictures": pictures}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--line", action="append", default=[])
    parser.add_argument("--answer", type=Path, required=True, help="JSON file to write")
    parser.add_argument("--cache", type=Path, help="folder for compiled networks")
    parser.add_argument("--size", type=int, nargs=2, default=(640, 384))
    parser.add_argument("--score", type=float, default=0.4, help="of a detection, at least")
    parser.add_argument("--overlap", type=float, default=0.6, help="IoU of two boxes, at most")
    parser.add_argument("--rate", type=float, help="pictures a second to look at; all")
    parser.add_argument("--track-score", type=float, help="ByteTrack's thresholds; left as is")
    arguments = parser.parse_args()
    arguments.size = tuple(arguments.size)
    clock = StageClock()
    answer = count(arguments, clock)
    clock.mark("end")
    arguments.answer.write_text(json.dumps(answer | {"stage_cpu_s": clock.cpu_s}), "utf-8")


if __name__ == "__main__":
    main()
