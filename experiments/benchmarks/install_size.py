"""What each set of packages weighs: a new environment for each, without pip, and what lies in it.

`python experiments/benchmarks/install_size.py --help` tells the options; the tables come as Markdown.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping, Sequence
from importlib.metadata import Distribution, distributions
from pathlib import Path

from rich.console import Console

from report import machine

PROJECT = Path(__file__).resolve().parents[2]
SETS = ("", "registry", "postgres", "registry,postgres", "spark", "train")
MIB = 1024**2


def main() -> None:
    """Make an environment for each set that is asked for, and tell its size."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    said = "extras with commas between them; '' is the scoring set alone, which stands first"
    asked.add_argument("--sets", nargs="+", default=SETS, help=said)
    asked.add_argument("--largest", type=int, default=10, help="how many packages are named")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = {extras: weighed(extras, Path(folder, extras or "scoring")) for extras in options.sets}
    print("\n\n".join([sets_as_markdown(found), largest_as_markdown(found, options.largest), f"- {machine()}"]))


def weighed(extras: str, folder: Path) -> dict[str, int]:
    """Install a set into a new environment in a folder, and give the bytes of each of its packages; it is removed."""
    with Console(stderr=True).status(f"installing {extras or 'the scoring set'}"):
        venv.create(folder)
        python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        install = [
            sys.executable,
            "-m",
            "pip",
            "--python",
            str(python),
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]
        wanted = f"{PROJECT}[{extras}]" if extras else str(PROJECT)
        subprocess.run([*install, "--constraint", str(PROJECT / "constraints.txt"), wanted], check=True)
        site = next(folder.glob("[Ll]ib/**/site-packages"))
        found = {package.name: size(package) for package in distributions(path=[str(site)])}
    shutil.rmtree(folder)
    return found


def size(package: Distribution) -> int:
    """Bytes of all files of an installed package, compiled ones included."""
    files = [Path(str(file.locate())) for file in package.files or []]
    return sum(file.stat().st_size for file in files if file.is_file())


def sets_as_markdown(found: Mapping[str, Mapping[str, int]]) -> str:
    """A row for each set: how many packages, MiB in all, times the first."""
    first = sum(next(iter(found.values())).values())
    rows = ["| installed | packages | MiB | x |", "|---|--:|--:|--:|"]
    for extras, sizes in found.items():
        name, total = f"`clientscape[{extras}]`" if extras else "`clientscape`", sum(sizes.values())
        rows.append(f"| {name} | {len(sizes)} | {total / MIB:,.0f} | {total / first:.2f} |")
    return "\n".join(rows)


def largest_as_markdown(found: Mapping[str, Mapping[str, int]], n: int) -> str:
    """The largest packages of each set, each with its MiB."""
    rows = ["| installed | largest packages, MiB |", "|---|---|"]
    for extras, sizes in found.items():
        largest: Sequence[tuple[str, int]] = sorted(sizes.items(), key=lambda item: -item[1])[:n]
        told = ", ".join(f"{name} {total / MIB:,.0f}" for name, total in largest)
        rows.append(f"| {f'`[{extras}]`' if extras else 'scoring'} | {told} |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
