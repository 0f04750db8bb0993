"""Road networks as a few values, and what netconvert makes of them."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

from wayside.domain.errors import OutputError
from wayside.domain.scene import XY


@dataclass(frozen=True, slots=True)
class Node:
    """A place where roads meet. kind: SUMO's node type, as traffic_light or priority."""

    id: str
    x_m: float
    y_m: float
    kind: str = "priority"


@dataclass(frozen=True, slots=True)
class Edge:
    """One direction of a road. lanes: for vehicles; footway_m: 0 for none, else it is SUMO's
    lane 0 and the vehicles' lanes count from 1.
    """

    id: str
    origin: str
    destination: str
    lanes: int = 1
    speed_mps: float = 13.9
    footway_m: float = 0.0
    shape: tuple[XY, ...] = ()
    priority: int = 1

    def lane_id(self, lane: int) -> str:
        """SUMO's id of the vehicles' lane ``lane``, 0 being the rightmost."""
        return f"{self.id}_{lane + (1 if self.footway_m else 0)}"


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """Where people cross ``edges`` at ``node``."""

    node: str
    edges: tuple[str, ...]
    has_priority: bool = True


@dataclass(frozen=True, slots=True)
class Network:
    """roundabouts: for each, the ids of its edges. options: further words for netconvert."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    crosswalks: tuple[Crosswalk, ...] = ()
    options: tuple[str, ...] = ()

    def edge(self, id: str) -> Edge:  # noqa: A002
        """Raises KeyError."""
        for edge in self.edges:
            if edge.id == id:
                return edge
        raise KeyError(id)


def build(network: Network, folder: Path) -> Path:
    """The net.xml of ``network``, made in ``folder``. Raises OutputError where it fails."""
    files = {
        "nodes.nod.xml": _document("nodes", [_node(node) for node in network.nodes]),
        "edges.edg.xml": _document("edges", [_edge(edge) for edge in network.edges]),
        "links.con.xml": _document("connections", [_crosswalk(c) for c in network.crosswalks]),
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    net = folder / "net.net.xml"
    words = [
        str(program("netconvert")),
        "--no-turnarounds",
        "true",
        "--offset.disable-normalization",
        "true",
    ]
    words += ["--no-warnings", "true"]
    words += ["--node-files", "nodes.nod.xml", "--edge-files", "edges.edg.xml"]
    words += ["--connection-files", "links.con.xml", "--output-file", net.name, *network.options]
    done = subprocess.run(  # noqa: S603 (words of our own)
        words, cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise OutputError(
            f"netconvert failed: {done.stderr.strip()[-400:]}",
            where=str(folder),
            remedy="Check the nodes and edges of this scenario",
        )
    return net


def program(name: str) -> Path:
    """A program of SUMO's, beside this Python or inside its package."""
    beside = Path(sys.executable).parent / name
    if beside.exists():
        return beside
    found = importlib.util.find_spec("sumo")
    folder = Path(found.origin or ".").parent if found else Path()
    return folder / "bin" / name


def _document(root: str, rows: list[str]) -> str:
    return "\n".join([f"<{root}>", *rows, f"</{root}>", ""])


def element(tag: str, **attributes: object) -> str:
    """``<tag a="b"/>``; underscores at the end of a name are dropped (``from_``)."""
    words = " ".join(f"{k.rstrip('_')}={quoteattr(str(v))}" for k, v in attributes.items())
    return f"<{tag} {words}/>"


def _node(node: Node) -> str:
    return element("node", id=node.id, x=node.x_m, y=node.y_m, type=node.kind)


def _edge(edge: Edge) -> str:
    attributes: dict[str, object] = {
        "id": edge.id,
        "from_": edge.origin,
        "to": edge.destination,
        "numLanes": edge.lanes,
        "speed": edge.speed_mps,
        "priority": edge.priority,
    }
    if edge.footway_m:
        attributes["sidewalkWidth"] = edge.footway_m
    if edge.shape:
        attributes["shape"] = " ".join(f"{x},{y}" for x, y in edge.shape)
    return element("edge", **attributes)


def _crosswalk(crosswalk: Crosswalk) -> str:
    return element(
        "crossing",
        node=crosswalk.node,
        edges=" ".join(crosswalk.edges),
        priority=str(crosswalk.has_priority).lower(),
        width=4,
    )
