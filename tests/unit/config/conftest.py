"""One full site.yaml that is right, to be broken by the tests."""

import pytest

FULL = """\
site: north-junction
feeds:
  - id: mast-1
    source: ${VIDEOS}/mast-1.mp4
    start: 2026-05-04T09:00:00+02:00
    rate: 25
    scene: &scene
      anchor: centre
      lines:
        - {id: north-in, a: [0.1, 0.5], b: [0.9, 0.5]}
        - id: east-out
          a: [0.1, 0.3]
          b: [0.2, 0.9]
      zones:
        - {id: box, polygon: [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]}
      movements:
        - {id: north-to-east, from: north-in, to: east-out}
      calibration:
        points:
          - {image: [0.1, 0.2], ground: [0.0, 12.5]}
          - {image: [0.9, 0.2], ground: [20.0, 12.5]}
          - {image: [0.1, 0.9], ground: [5.0, 0]}
          - {image: [0.9, 0.9], ground: [10.0, 0]}
          - {image: [0.5, 0.5], ground: [8.1, 8.1]}
      private_zones:
        - {id: windows, polygon: [[0, 0], [0.1, 0], [0, 0.1]]}
    rules:
      - {kind: stopped, zone: box, min_stop_s: 12}
      - {kind: stopped}
  - id: mast-2
    source: "mast 2.mp4"
    scene: *scene
detect: {model: auto, backend: openvino, precision: auto, threshold: 0.4}
privacy: {style: silhouette, faces: true}
output: {video: false, stills: true, interval_s: 300, retention_days: 7}
"""

ENV = {"VIDEOS": "recordings"}


@pytest.fixture
def full() -> str:
    return FULL


@pytest.fixture
def env() -> dict[str, str]:
    return dict(ENV)
