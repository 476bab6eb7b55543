"""The command `clientscape` in a process that is there to be killed."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.data.server import PASSWORD
from tests.forked import processes
from tests.long import times

import clientscape.features.loops
import clientscape.run.score  # noqa: F401
from clientscape.run.cli import main


class Real:
    """The command from its very start."""

    def __init__(self, words: Sequence[str], said: Path) -> None:
        program = Path(sys.executable).with_name("clientscape")
        with said.open("w") as file:
            self.process = subprocess.Popen([program, *words], stdout=file, stderr=file)

    def ended(self) -> int:
        """Its exit code, as soon as it has one."""
        return self.process.wait()


class Forked:
    """The command with its imports behind it, which take most of its time."""

    def __init__(self, words: Sequence[str], said: Path) -> None:
        self.process = processes.Process(target=command, args=(words, said))
        self.process.start()

    def ended(self) -> int:
        """See `Real`."""
        self.process.join()
        assert self.process.exitcode is not None
        return self.process.exitcode


def command(words: Sequence[str], said: Path) -> None:
    """In a process of its own: what the command does; its words go into a file."""
    os.environ["PGPASSWORD"] = PASSWORD
    with said.open("w") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    sys.argv = ["clientscape", *words]
    main()


Command: type[Forked] | type[Real] = Real if times(0, 1) else Forked
