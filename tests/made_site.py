"""One full site.yaml that is right, to be broken by the tests."""

from __future__ import annotations

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
  - id: gate
    source: rtsp://10.0.0.7:8554/stream1
    groups: [harbour, bridge]
    username: viewer
    password: "${GATE:-letmein}"
    transport: udp
  - {id: still, source: http://10.0.0.8/now, kind: snapshot, password_file: secrets/s, every_s: 5}
junctions:
  - id: square
    title: Station Square
    approaches:
      - id: north
        title: Station Road
        bearing_deg: 350
        in: [{feed: mast-1, line: north-in, direction: forward}]
        out: [{feed: mast-1, line: north-in, direction: backward}]
      - {id: east, out: [{feed: mast-1, line: east-out, direction: forward}]}
    movements:
      - {id: left, from: north, to: east, feed: mast-1, movement: north-to-east}
detect: {model: auto, backend: openvino, precision: auto, threshold: 0.4}
privacy: {style: silhouette, faces: true}
output: {video: false, stills: true, interval_s: 300, retention_days: 7}
sinks:
  - {kind: jsonl, path: events.jsonl, rotate_mb: 10, kinds: [traffic., health.frozen]}
  - {id: room, kind: webhook, url: "https://example.org/hook", secret: "${CANARY_SECRET:-x}"}
  - {kind: mqtt, host: 10.0.0.9, port: 1884, username: u, password: "p", tls: true, topic: a/b}
server:
  host: 10.0.0.1
  port: 8443
  workers: 3
  hosts: [wayside.example.org, "*.example.net"]
  public_url: https://wayside.example.org
  sign_in:
    name: City account
    issuer: https://login.example.org/realms/city
    client_id: wayside
    client_secret: "a secret"
    scopes: [openid, groups]
    name_claim: name
    claim: groups
    rights:
      - {value: chiefs, role: admin}
      - {value: team, role: viewer, groups: [harbour]}
    ca_file: tls/provider.pem
network: {allow: [10.0.0.0/8, "fd00::/8"]}
"""

ENV = {"VIDEOS": "recordings"}
