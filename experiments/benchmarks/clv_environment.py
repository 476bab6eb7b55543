"""The environment of the package lifetimes, apart from clientscape's."""

import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

# numpy, scipy and pandas as they are here, so that neither side has the better ones.
PINS = (
    "Lifetimes==0.11.3",
    *("autograd==1.9.1", "dill==0.4.1"),
    *(f"{name}=={version(name)}" for name in ("numpy", "scipy", "pandas")),
)


@dataclass(frozen=True)
class Environment:
    """A folder with a Python of its own."""

    folder: Path

    @property
    def python(self) -> Path:
        """What runs in it."""
        return self.folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"

    @property
    def orders(self) -> Path:
        """The sample of CDNOW; found without importing the package, whose loader needs more."""
        return next(self.folder.glob("[Ll]ib/**/lifetimes/datasets/CDNOW_sample.txt"))

    def is_ready(self) -> bool:
        """Whether all of it is installed."""
        return self._ready.exists() and self._ready.read_text(encoding="utf-8").splitlines() == list(PINS)

    def make(self) -> None:
        """Install all of it, over what was there."""
        shutil.rmtree(self.folder, ignore_errors=True)
        venv.create(self.folder, with_pip=True)
        install = [str(self.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PINS]
        subprocess.run(install, check=True)
        self._ready.write_text("\n".join(PINS), encoding="utf-8")

    @property
    def _ready(self) -> Path:
        return self.folder / "ready"
