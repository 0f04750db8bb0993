"""Our own parsers under Atheris, each batch a process of libFuzzer's."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random

from fuzz.parsing import PARSERS
from fuzz.target import TRIES

_DONE = re.compile(rb"Done (\d+) runs")
_CRASH = re.compile(rb"Test unit written to (\S+)")
_REACHED = re.compile(rb"\bft: (\d+)")
_LONGEST_S = 20


class Parsers:
    """cache: the corpus of each parser is kept there, and grows from run to run.

    A batch depends on what the corpus holds; an input that breaks something is kept by
    libFuzzer itself, and is tried again with ``python -m fuzz.parse NAME FILE``.
    """

    name = "parsers"
    unit = "inputs of parsers"
    whole = 10_000_000
    suffix = "json"
    seconds = 600.0

    def __init__(self, cache: Path) -> None:
        self._cache = cache.absolute()

    def make(self, random: Random) -> bytes:
        parser = random.choice(sorted(PARSERS))
        seed = random.randrange(1, 1 << 31)
        return json.dumps({"parser": parser, "seed": seed, "runs": PARSERS[parser].runs}).encode()

    def attempt(self, content: bytes) -> Counter[str]:
        about = json.loads(content)
        name, runs = about["parser"], about["runs"]
        corpus, kept = self._cache / "corpus" / name, self._cache / "kept"
        self._begin(name, corpus)
        kept.mkdir(parents=True, exist_ok=True)
        options = [f"-runs={runs}", f"-seed={about['seed']}", f"-timeout={_LONGEST_S}"]
        options += [f"-max_len={PARSERS[name].longest}", f"-artifact_prefix={kept}/{name}-"]
        options += [f"-dict={corpus}.words", "-rss_limit_mb=2048"]
        command = [sys.executable, "-m", "fuzz.parse", name, *options, str(corpus)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        ran = subprocess.run(command, capture_output=True, check=False, env=environment)
        told = ran.stdout + ran.stderr
        done = _DONE.search(told)
        if ran.returncode or done is None:
            crash = _CRASH.search(told)
            what = told[-4_000:].decode("utf-8", "replace")
            again = f"python -m fuzz.parse {name} {crash[1].decode()}" if crash else ""
            raise AssertionError(f"{what}\n{name}: {again}")
        reached = _REACHED.findall(told)
        tries = int(done[1])
        seen = Counter({TRIES: tries, f"of {name}": tries, "batches": 1})
        if reached:
            (self._cache / f"{name}.reached").write_bytes(reached[-1])
        return seen

    def _begin(self, name: str, corpus: Path) -> None:
        parser = PARSERS[name]
        corpus.mkdir(parents=True, exist_ok=True)
        for index, seed in enumerate(parser.seeds):
            (corpus / f"seed-{index}").write_bytes(seed)
        words = ['"' + "".join(f"\\x{byte:02x}" for byte in word) + '"' for word in parser.words]
        Path(f"{corpus}.words").write_text("\n".join(words) + "\n", "ascii")
