"""Runs one scenario and writes its recording: ``python -m wayside.testing.sumo.worker``.

A process of its own, because libsumo holds one simulation a process.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

from wayside.testing.sumo import detector_files
from wayside.testing.sumo.demand import WINDOW_S, write_demand, write_detectors
from wayside.testing.sumo.kinds import KINDS
from wayside.testing.sumo.network import build
from wayside.testing.sumo.outlines import outlines
from wayside.testing.sumo.parking import Parkers
from wayside.testing.sumo.recording import Recording
from wayside.testing.sumo.scenario import Scenario, Script
from wayside.testing.sumo.scenarios import EVERY as SCENARIOS
from wayside.testing.sumo.simulation import WARM_UP_S, Simulation, additional_free, sumo
from wayside.testing.sumo.truth import AreaSample, Truth


def run(
    scenario: Scenario, seed: int, seconds: float, step_s: float, scale: float, folder: Path
) -> Recording:
    """Builds, simulates and reads ``scenario`` in ``folder``."""
    net = build(scenario.network, folder)
    write_demand(scenario, folder / "demand.rou.xml", seconds)
    write_detectors(scenario, folder / "detectors.add.xml", additional_free(net))
    simulation = Simulation(scenario.camera, _words(scenario, seed, step_s, scale, folder), step_s)
    scripts: list[Script] = [make(seed=seed) for make in scenario.make_scripts]
    if scenario.parking:
        scripts.append(Parkers(scenario.parking, seed))
    if scenario.wet != 1.0:
        for lane in sumo.lane.getIDList():
            sumo.lane.setMaxSpeed(lane, sumo.lane.getMaxSpeed(lane) * scenario.wet)
    scene = outlines(scenario)
    lengths = {a: sumo.lanearea.getLength(a) for a in sumo.lanearea.getIDList()}
    samples: list[AreaSample] = []
    try:
        while simulation.t_s < seconds - 1e-9:
            if simulation.t_s >= 0:
                simulation.note()
                if abs(simulation.t_s - round(simulation.t_s)) < step_s / 2:
                    samples.extend(_areas(scenario, simulation.t_s))
            for script in scripts:
                script.step(simulation)
            simulation.step()
        for script in scripts:
            script.finish(simulation)
    finally:
        simulation.close()
    columns = simulation.columns
    values = np.array(columns.values, np.float32).reshape(-1, 5)
    kinds = np.array(columns.kinds, np.int8)
    bodies = [(k.length_m, k.width_m, k.height_m) for k in KINDS.values()]
    return Recording(
        name=scenario.name,
        seed=seed,
        step_s=step_s,
        seconds=seconds,
        camera=scenario.camera,
        scene=scene,
        object_ids=tuple(columns.ids),
        kinds=kinds,
        sizes=np.array([bodies[kind] for kind in kinds], np.float32).reshape(-1, 3),
        starts=np.array(columns.starts, np.int64),
        objects=np.array(columns.objects, np.int32),
        xy=values[:, :2],
        headings=values[:, 2],
        speeds=values[:, 3],
        accelerations=values[:, 4],
        signals=simulation.signals,
        truth=_truth(scenario, simulation, folder, tuple(samples), lengths),
    )


def _truth(
    scenario: Scenario,
    simulation: Simulation,
    folder: Path,
    samples: tuple[AreaSample, ...],
    lengths: dict[str, float],
) -> Truth:
    return Truth(
        window_s=WINDOW_S,
        lane_zones=_lane_zones(scenario),
        loops=detector_files.read_loops(folder / "loops.xml", WARM_UP_S),
        passages=detector_files.read_passages(folder / "passages.xml", WARM_UP_S),
        areas=detector_files.read_areas(
            folder / "areas.xml", WARM_UP_S, simulation.step_s, lengths
        ),
        area_samples=samples,
        sections=detector_files.read_sections(folder / "sections.xml", WARM_UP_S),
        encounters=detector_files.read_encounters(folder / "ssm.xml", WARM_UP_S),
        incidents=tuple(simulation.incidents),
        crossings=tuple(simulation.crossings),
    )


def _lane_zones(scenario: Scenario) -> dict[str, str]:
    """The zone of the lane at each loop, where one is drawn there."""
    areas = {area.edge: area.id for area in scenario.areas}
    return {
        f"{line.id}:{lane}": f"{areas[line.edge]}_{lane}"
        for line in scenario.lines
        if line.edge in areas
        for lane in range(scenario.network.edge(line.edge).lanes)
    }


def _areas(scenario: Scenario, t_s: float) -> list[AreaSample]:
    area = sumo.lanearea
    return [
        AreaSample(
            name,
            round(t_s),
            area.getLastStepVehicleNumber(name),
            area.getJamLengthVehicle(name),
            round(area.getJamLengthMeters(name), 3),
            round(area.getLastStepMeanSpeed(name), 3),
        )
        for spec in scenario.areas
        for lane in range(scenario.network.edge(spec.edge).lanes)
        for name in (f"{spec.id}_{lane}",)
    ]


def _words(scenario: Scenario, seed: int, step_s: float, scale: float, folder: Path) -> list[str]:
    words = ["--net-file", str(folder / "net.net.xml")]
    words += ["--route-files", str(folder / "demand.rou.xml")]
    words += ["--additional-files", str(folder / "detectors.add.xml")]
    words += ["--step-length", str(step_s), "--seed", str(seed), "--scale", str(scale)]
    # Without a duration a vehicle jumps from lane to lane within one step.
    words += ["--lanechange.duration", "3"]
    # Scripts make collisions themselves; SUMO must not remove who is in one.
    words += ["--collision.action", "none", "--time-to-teleport", "-1"]
    words += ["--no-step-log", "true", "--no-warnings", "true", "--duration-log.disable", "true"]
    if scenario.safety:
        words += ["--device.ssm.probability", "1", "--device.ssm.measures", "TTC DRAC PET"]
        words += ["--device.ssm.thresholds", "3.0 3.0 2.0", "--device.ssm.range", "60"]
        words += ["--device.ssm.extratime", "5", "--device.ssm.file", str(folder / "ssm.xml")]
    return words


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=sorted(SCENARIOS))
    parser.add_argument("seed", type=int)
    parser.add_argument("seconds", type=float)
    parser.add_argument("step_s", type=float)
    parser.add_argument("scale", type=float)
    parser.add_argument("file", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scenario = SCENARIOS[asked.name]
        recording = run(
            scenario, asked.seed, asked.seconds, asked.step_s, asked.scale, Path(folder)
        )
    recording.write(asked.file)


if __name__ == "__main__":
    main()
