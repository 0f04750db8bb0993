"""What watches over the trials: nothing they do ends the run, and all of it is kept."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from fuzz.__main__ import main
from fuzz.corpus import BROKEN, DIED, HUNG, Corpus, Progress
from fuzz.harmful import BREAKS, DIES, SPINS, Harmful
from fuzz.mutation import changed
from fuzz.packets import Packets
from fuzz.parcel import packed, unpacked
from fuzz.reel import Reel
from fuzz.run import Run
from fuzz.target import NAMES, TRIES, numbers_of, target_of


def run_in(folder: Path) -> tuple[Run, Corpus]:
    corpus = Corpus(folder, "harmful", 1)
    return Run("harmful", Harmful.suffix, Harmful.seconds, 1, corpus), corpus


def test_a_trial_that_dies_or_hangs_is_counted_replaced_and_its_input_kept(tmp_path: Path) -> None:
    run, corpus = run_in(tmp_path)
    progress = run.until(12)
    assert (progress.tries, progress.next) == (12, 12)
    assert {kind: progress.seen[kind] for kind in (BROKEN, DIED, HUNG)} == {
        BROKEN: 1,
        DIED: 1,
        HUNG: 1,
    }
    kept = {int(path.read_bytes()) for path in corpus.folder.glob("case-*.txt.input")}
    assert kept == {BREAKS, DIES, SPINS}
    what = corpus.folder / f"case-{DIES}.txt"
    assert "SIGSEGV" in what.read_text()
    assert f"make fuzz TARGETS=harmful SEED=1 CASE={DIES}" in what.read_text()
    lines = [json.loads(line) for line in corpus.log.read_text().splitlines()]
    assert [line["what"] for line in lines] == ["begun", BROKEN, DIED, HUNG, "ended"] or {
        line["what"] for line in lines
    } == {"begun", BROKEN, DIED, HUNG, "ended"}
    assert lines[-1]["seen"][TRIES] == 12


def test_a_run_goes_on_where_the_last_one_stopped(tmp_path: Path) -> None:
    run_in(tmp_path)[0].until(2)
    run, corpus = run_in(tmp_path)
    assert run.progress.tries == 2
    assert run.until(3).next == 3
    assert corpus.progress().tries == 3


def test_one_case_is_repeated_alone(tmp_path: Path) -> None:
    progress = run_in(tmp_path)[0].one(DIES)
    assert (progress.seen[DIED], progress.harm) == (1, 1)
    assert run_in(tmp_path)[0].one(DIES + 1).harm == 0


def test_the_command_tells_of_harm(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["harmful", "--amount", "4", "--cache", str(tmp_path)]
    with pytest.raises(SystemExit):
        main(["nothing"])
    assert main([*asked[1:], "packets", "--amount", "1"]) == 0
    assert "mutated packets" in capsys.readouterr().out


@pytest.mark.parametrize("name", NAMES)
def test_the_same_numbers_give_the_same_input(name: str, tmp_path: Path) -> None:
    target = target_of(name, tmp_path)
    first = [target.make(numbers_of(1, name, case)) for case in range(20)]
    assert [target.make(numbers_of(1, name, case)) for case in range(20)] == first
    assert first != [target.make(numbers_of(2, name, case)) for case in range(20)]


def test_a_parcel_comes_back_whole() -> None:
    parts = [b"", b"\n{}", bytes(9)]
    assert unpacked(packed({"kind": "a"}, parts)) == ({"kind": "a"}, parts)
    with pytest.raises(ValueError, match="parcel"):
        unpacked(packed({}, parts) + b"more")


def test_a_reel_comes_back_whole_and_its_changes_are_counted() -> None:
    target = Packets()
    for case in range(60):
        content = target.make(numbers_of(1, "packets", case))
        reel = Reel.read(content)
        assert reel.written() == content
        assert reel.changes > 0
    assert Reel.read(replace(reel, changes=7).written()).changes == 7


def test_what_is_changed_is_mostly_not_what_it_was() -> None:
    content = bytes(range(200))
    made = [changed(numbers_of(1, "mutation", case), content) for case in range(200)]
    assert sum(each != content for each in made) > 190
    assert len({len(each) for each in made}) > 20


def test_progress_survives_being_written(tmp_path: Path) -> None:
    corpus = Corpus(tmp_path, "a", 3)
    assert corpus.progress() == Progress()
    progress = Progress(next=4, seconds=2.5, skip=[7], slowest=(0.5, 2), memory=9)
    progress.seen[TRIES] = 11
    corpus.save(progress)
    assert Corpus(tmp_path, "a", 3).progress() == progress
