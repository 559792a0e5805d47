"""The results described as an RO-Crate: files, reports, software and what made the replicates.

By the specification of RO-Crate 1.1: a flat graph in JSON-LD, whose entities name one another.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import regrade
from regrade.evidence import IMPORTED, is_imported
from regrade.report.data_files import EXPORTED
from regrade.report.study_view import View

NAME = "ro-crate-metadata.json"
CONTEXT = "https://w3id.org/ro/crate/1.1/context"
PROFILE = "https://w3id.org/ro/crate/1.1"
LICENSE = "https://spdx.org/licenses/MIT"
Entity = dict[str, Any]


def crate(views: Sequence[View], folder: Path) -> str:
    """Describe the files of a folder, which is the root of the crate.

    Parameters
    ----------
    views
        The studies.
    folder
        With all files but this one.
    """
    provenances = [found for view in views for found in _provenances(view)]
    files = [one for one in EXPORTED if one.name != NAME and (folder / one.name).is_file()]
    entities = [
        {
            "@id": NAME, "@type": "CreativeWork",
            "conformsTo": {"@id": PROFILE}, "about": {"@id": "./"},
        },
        _root(views, [one.name for one in files], provenances),
        *(
            {
                "@id": one.name, "@type": "File", "name": one.name, "description": one.meaning,
                "encodingFormat": one.encoding,
                "contentSize": str((folder / one.name).stat().st_size),
            }
            for one in files
        ),
        {"@id": LICENSE, "@type": "CreativeWork", "name": "MIT License"},
        *(entity for view in views for entity in _study(view)),
        *_distinct(map(_software, [{"version": regrade.__version__}, *provenances])),
        *_distinct(_data(found) for found in provenances if not is_imported(found)),
        *map(_action, provenances),
    ]  # fmt: skip
    content = {"@context": CONTEXT, "@graph": entities}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def _provenances(view: View) -> Iterator[Mapping[str, Any]]:
    measured = view.results.measurements
    for run in view.results.runs:
        if run.name == run.trained_as and run.name not in measured.evidence.recorded.lent:
            yield from (measured.provenance(run, seed) for seed in measured.seeds(run))


def _root(
    views: Sequence[View], files: Sequence[str], provenances: Sequence[Mapping[str, Any]]
) -> Entity:
    """Describe the whole, dated by its last training; without any it has no date."""
    dates = [found["finished"][:10] for found in provenances if not is_imported(found)]
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": "Published course reports, run again",
        "description": "What was measured of published reports on image classification.",
        **({"datePublished": max(dates)} if dates else {}),
        "license": {"@id": LICENSE},
        "hasPart": [{"@id": name} for name in files],
        "isBasedOn": [{"@id": _study_id(view)} for view in views],
        "mentions": [{"@id": _action_id(found)} for found in provenances],
    }


def _study_id(view: View) -> str:
    return f"#study-{view.study.study}"


def _study(view: View) -> Iterator[Entity]:
    report, author = view.study.report, f"#author-{view.study.study}"
    yield {
        "@id": _study_id(view), "@type": "CreativeWork", "name": report.title,
        "author": {"@id": author}, "abstract": report.summary, "about": report.course,
        "citation": list(report.sources),
    }  # fmt: skip
    yield {"@id": author, "@type": "Person", "name": report.author}


def _software(made_by: Mapping[str, Any]) -> Entity:
    version = made_by["version"]
    return {
        "@id": f"#regrade-{version}", "@type": "SoftwareApplication", "name": "Regrade",
        "softwareVersion": version,
    }  # fmt: skip


def _data_id(found: Mapping[str, Any]) -> str:
    return f"#data-{found['data']['dataset']}-{found['data']['checksum'][:16]}"


def _data(found: Mapping[str, Any]) -> Entity:
    data = found["data"]
    return {
        "@id": _data_id(found), "@type": "CreativeWork", "name": data["dataset"],
        "description": f"images from {data['source']}", "identifier": data["checksum"],
    }  # fmt: skip


def _action_id(found: Mapping[str, Any]) -> str:
    return f"#replicate-{found['study']}-{found['run']}-{found['seed']}"


def _action(found: Mapping[str, Any]) -> Entity:
    """Describe how a replicate came about."""
    told = _imported(found) if is_imported(found) else _trained(found)
    return {
        "@id": _action_id(found), "@type": "CreateAction", **told,
        "instrument": {"@id": f"#regrade-{found['version']}"}, "result": {"@id": "results.csv"},
    }  # fmt: skip


def _trained(found: Mapping[str, Any]) -> Entity:
    packages = ", ".join(f"{name} {version}" for name, version in found["packages"].items())
    return {
        "name": f"training of {found['study']}/{found['run']} with seed {found['seed']}",
        "description": f"{found['scale']} scale on {found['device']}; recipe"
        f" {found['recipe_hash']}, code {found['code']}, Python {found['python']}, {packages}",
        "object": [{"@id": f"#study-{found['study']}"}, {"@id": _data_id(found)}],
        "startTime": found["started"], "endTime": found["finished"],
    }  # fmt: skip


def _imported(found: Mapping[str, Any]) -> Entity:
    """Tell of an import, which knows neither its time nor its images."""
    files = (f"{one['file']} (SHA-256 {one['checksum']})" for one in found[IMPORTED].values())
    return {
        "name": f"import of {found['study']}/{found['run']} as seed {found['seed']}",
        "description": f"learning curves that somebody's own code wrote: {', '.join(files)};"
        f" recipe {found['recipe_hash']}",
        "object": [{"@id": f"#study-{found['study']}"}],
    }


def _distinct(entities: Iterator[Entity]) -> list[Entity]:
    return list({entity["@id"]: entity for entity in entities}.values())
