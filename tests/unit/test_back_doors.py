"""Nothing in the shipped code runs text as a program or reads objects out of bytes."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import wayside

SOURCE = Path(wayside.__file__).parent
MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "joblib", "pty"}
CALLS = {"eval", "exec", "compile", "__import__"}
METHODS = {("os", "system"), ("os", "popen"), ("subprocess", "getoutput")}


def back_doors(text: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [each.name for each in node.names if each.name.split(".")[0] in MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            found.append(str(node.module))
        elif isinstance(node, ast.Call):
            found += _called(node)
    return found


def _called(node: ast.Call) -> list[str]:
    found = []
    if isinstance(node.func, ast.Name) and node.func.id in CALLS:
        found.append(node.func.id)
    if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        name = (node.func.value.id, node.func.attr)
        found += [".".join(name)] if name in METHODS else []
    for keyword in node.keywords:
        is_false = isinstance(keyword.value, ast.Constant) and not keyword.value.value
        if keyword.arg in ("shell", "allow_pickle") and not is_false:
            found.append(f"{keyword.arg}=")
        if keyword.arg == "typ" and getattr(keyword.value, "value", "") == "unsafe":
            found.append("YAML(typ='unsafe')")
    return found


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "from pickle import loads",
        "import dill.source",
        "eval('1')",
        "os.system('ls')",
        "subprocess.run('ls', shell=True)",
        "np.load(path, allow_pickle=wanted)",
        "YAML(typ='unsafe')",
    ],
)
def test_each_kind_is_seen(text: str) -> None:
    assert back_doors(text)


def test_what_is_harmless_is_not_seen() -> None:
    assert back_doors("import json\nre.compile('a')\nnp.load(p, allow_pickle=False)") == []


def test_shipped_code_has_none() -> None:
    paths = sorted(SOURCE.rglob("*.py"))
    assert len(paths) > 300
    found = {path.name: back_doors(path.read_text("utf-8")) for path in paths}
    assert {name: doors for name, doors in found.items() if doors} == {}
