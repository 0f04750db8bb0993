"""Covers faces as ``deface`` does at its defaults, in the peers' environment.

Started by ``redaction.py``, with JSON lines. In: a film, the numbers of its pictures to cover,
the faces in them, and what CenterFace runs on. Out: which share of each face was covered, which
share of the picture, and CPU milliseconds a picture of finding and covering, decoding left out.

Everything is deface's own code with its own defaults: threshold 0.2, the picture at its full
size, ellipses blurred in boxes with 30 % more on each side. Which pixels that changes is seen on a
picture of noise that it covers with the same faces, outside of what is timed.
"""

from __future__ import annotations

import json
import sys
import time
from contextlib import redirect_stdout

import av
import numpy as np
from deface.centerface import CenterFace
from deface.deface import anonymize_frame
from numpy.typing import NDArray

from redaction_films import covered_shares

DEFAULTS = {
    "mask_scale": 1.3,
    "replacewith": "blur",
    "ellipse": True,
    "draw_scores": False,
    "replaceimg": None,
    "mosaicsize": 20,
}
THRESHOLD = 0.2


def changed(found: NDArray[np.float32], noises: list[NDArray[np.uint8]]) -> NDArray[np.bool_]:
    """(H, W) where deface changes a picture in which it has found these faces."""
    mask = np.zeros(noises[0].shape[:2], bool)
    for noise in noises:
        picture = noise.copy()
        anonymize_frame(found, picture, **DEFAULTS)
        mask |= (picture != noise).any(2)
    return mask


def covered(task: dict, centerface: CenterFace) -> dict:
    """Answers one question of ``redaction.py``."""
    boxes = {int(number): np.array(b).reshape(-1, 4) for number, b in task["faces"].items()}
    shares: dict[int, list[float]] = {}
    noises: list[NDArray[np.uint8]] = []
    pictures, spent_s = [], 0.0
    with av.open(task["film"]) as film:
        for number, frame in enumerate(film.decode(video=0)):
            if number not in boxes:
                continue
            rgb = frame.to_ndarray(format="rgb24")
            if not noises:
                random = np.random.default_rng(1)
                noises = [random.integers(0, 256, rgb.shape, np.uint8) for _ in range(2)]
            began = time.process_time()
            found, _ = centerface(rgb, threshold=THRESHOLD)
            anonymize_frame(found, rgb, **DEFAULTS)
            spent_s += time.process_time() - began
            mask = changed(found, noises)
            shares[number] = covered_shares(mask, boxes[number])
            pictures.append(float(mask.mean()))
    return {
        "shares": shares,
        "picture": float(np.mean(pictures)),
        "cpu_ms": 1000 * spent_s / max(len(pictures), 1),
    }


def main() -> None:
    made: dict[str, CenterFace] = {}
    for line in sys.stdin:
        task = json.loads(line)
        runs_on = task["runs_on"]
        with redirect_stdout(sys.stderr):
            if runs_on not in made:
                made[runs_on] = CenterFace(backend=runs_on)
                made[runs_on](np.zeros((64, 64, 3), np.uint8))
            answer = covered(task, made[runs_on])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
