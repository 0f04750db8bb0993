"""A bill of materials (CycloneDX 1.6, JSON) of what runs and of what the page is built with.

``python -m supply.sbom FILE`` writes it. Libraries inside wheels are components of their own:
an advisory on FFmpeg names FFmpeg, not av. The same lock gives the same bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import wayside
from supply.ffmpeg import FFmpeg, ffmpeg
from supply.licences import Part, licence_of, parts
from supply.lock import REQUIREMENTS, Module, Package, modules, packages

IN_PAGE = frozenset({"svelte", "uplot", "clsx", "esm-env"})
"""Modules whose code is in the built page; the others build and test it."""


def bill(
    locked: Iterable[Package], page: Iterable[Module], carried: Iterable[Part], codec: FFmpeg
) -> Bom:
    """locked: of runtime.txt, all installed. carried: parts of wheels, without own versions."""
    product = Component(
        name="wayside",
        version=wayside.__version__,
        type=ComponentType.APPLICATION,
        bom_ref="wayside",
        licenses=[LicenseExpression("Apache-2.0")],
    )
    made = {each.name: _of_package(each) for each in locked}
    built = {f"{each.name}@{each.version}": _of_module(each) for each in page}
    inside = [_of_part(part, made[part.wheel], codec) for part in carried if part.files]
    bom = Bom(components=[*made.values(), *built.values(), *(each for each, _ in inside)])
    bom.metadata.component = product
    for name, component in made.items():
        bom.register_dependency(component, [made[need] for need in _needs(name) if need in made])
    for each, wheel in inside:
        bom.register_dependency(wheel, [each])
    bom.register_dependency(product, [made[name] for name in _needs("wayside")])
    # A time and a random number would make each bill another one.
    bom.serial_number = uuid5(NAMESPACE_URL, "\n".join(sorted(_names(bom))))
    bom.metadata.timestamp = None  # type: ignore[assignment]
    return bom


def _of_package(locked: Package) -> Component:
    url = PackageURL("pypi", name=locked.name, version=locked.version)
    return Component(
        name=locked.name,
        version=locked.version,
        type=ComponentType.LIBRARY,
        bom_ref=str(url),
        purl=url,
        licenses=[LicenseExpression(licence_of(locked.name))],
        scope=ComponentScope.REQUIRED,
        properties=[Property(name="wayside:sha256", value=each) for each in locked.sha256],
    )


def _of_module(module: Module) -> Component:
    space, _, name = module.name.rpartition("/")
    url = PackageURL("npm", namespace=space or None, name=name, version=module.version)
    return Component(
        name=name,
        group=space or None,
        version=module.version,
        type=ComponentType.LIBRARY,
        bom_ref=str(url),
        purl=url,
        licenses=[LicenseExpression(module.licence)],
        hashes=[HashType(alg=HashAlgorithm.SHA_512, content=module.sha512)],
        scope=ComponentScope.REQUIRED if module.name in IN_PAGE else ComponentScope.EXCLUDED,
    )


def _of_part(part: Part, wheel: Component, codec: FFmpeg) -> tuple[Component, Component]:
    """With the wheel that carries it. Of av's FFmpeg the version is known, and how it was built."""
    is_ours = part.wheel == "av" and part.name == "FFmpeg"
    told = [
        *(("wayside:library", f"{name} {version}") for name, version in codec.libraries.items()),
        *(("wayside:configuration", word) for word in codec.configuration),
    ]
    component = Component(
        name=part.name,
        version=codec.version if is_ours else None,
        type=ComponentType.LIBRARY,
        bom_ref=f"{wheel.bom_ref}#{part.name}",
        licenses=[LicenseExpression(part.licence)],
        description=f"inside the {part.wheel} wheel: {', '.join(part.files)}",
        cpe=f"cpe:2.3:a:ffmpeg:ffmpeg:{codec.version}:*:*:*:*:*:*:*" if is_ours else None,
        properties=[Property(name=name, value=value) for name, value in told] if is_ours else (),
    )
    return component, wheel


def _needs(name: str) -> set[str]:
    """Names of what an installed package requires without extras."""
    wanted = map(Requirement, metadata.requires(name) or ())
    return {
        str(canonicalize_name(each.name))
        for each in wanted
        if each.marker is None or each.marker.evaluate({"extra": ""})
    }


def _names(bom: Bom) -> Iterable[str]:
    return (f"{each.bom_ref} {each.version}" for each in bom.components)


def text_of(bom: Bom) -> str:
    maker = make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6)
    return str(maker.output_as_string(indent=1)) + "\n"


def main(target: Path) -> int:
    runtime = packages(REQUIREMENTS / "runtime.txt")
    bom = bill(runtime, modules(), parts(), ffmpeg())
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text_of(bom), "utf-8")
    print(f"{target}: {len(bom.components)} components")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
