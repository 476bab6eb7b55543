"""What belongs to a model's folder: the checksum of every file, so that nothing is read that was not exported."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from clientscape.faults import Fault

MANIFEST = "manifest.json"
CURE = "copy or export the model again, from a place that you trust"


def seal(folder: Path) -> None:
    """Write the checksums of all files that are in a folder."""
    sums = {name: _sum(folder / name) for name in _files(folder)}
    (folder / MANIFEST).write_text(json.dumps({"sha256": sums}, indent=2))


def manifest_faults(folder: Path) -> Iterator[Fault]:
    """Files that are missing, changed, or no part of the model; a folder without checksums."""
    try:
        sums: dict[str, str] = dict(json.loads((folder / MANIFEST).read_text())["sha256"])
    except OSError:
        expected, cure = "the checksums of a saved scorer", "give the folder of an exported model"
        yield Fault(str(folder / MANIFEST), "no file", expected, cure)
        return
    except (ValueError, KeyError, TypeError) as error:
        found = f"{type(error).__name__}: {error}"
        yield Fault(str(folder / MANIFEST), found, "the checksums of a whole model", CURE)
        return
    there = _files(folder)
    for name in sorted({*sums, *there}):
        if name not in there:
            yield Fault(str(folder / name), "no file", "a file of the model", CURE)
        elif name not in sums:
            yield Fault(str(folder / name), "a file that was not exported", "the files of a whole model alone", CURE)
        elif (found := _sum(folder / name)) != sums[name]:
            yield Fault(str(folder / name), f"checksum {found[:12]}", f"{sums[name][:12]}, as of a whole model", CURE)


def checksum(folder: Path) -> str:
    """What tells the model in a folder from any other, out of the checksums of its files: `sha256:` and 12 digits."""
    return f"sha256:{_sum(folder / MANIFEST)[:12]}"


def _files(folder: Path) -> list[str]:
    """Names of the files of a folder and those below, but for the manifest's own."""
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    return [name for name in files if name != MANIFEST]


def _sum(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
