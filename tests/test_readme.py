"""The README is a promise: its commands exist, and its figures are there."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from clientscape.run.cli import app

README = Path("README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(?:bash|console|sh)\n(.*?)```", README, re.DOTALL)
COMMANDS = [line.strip() for block in BLOCKS for line in block.splitlines() if line.strip()]
TARGETS = re.findall(r"^(\w[\w-]*):", Path("Makefile").read_text(), re.MULTILINE)


def test_there_are_commands():
    assert {"make run", "make test", "make ui"} <= {command.partition("  #")[0].strip() for command in COMMANDS}


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_names_things_that_exist(command):
    words = command.partition("  #")[0].removeprefix(".venv/bin/").split()
    if words[0] == "make":
        assert words[1] in TARGETS
        return
    assert words[0] == "clientscape"
    shown = CliRunner().invoke(app, [words[1], "--help"])
    assert shown.exit_code == 0
    for word in words[2:]:
        if word.startswith("--"):
            assert word in shown.output
        if word.endswith(".yaml"):
            assert Path(word).is_file()


def test_every_link_and_picture_is_there():
    local = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert local
    for link in local:
        assert Path(link).exists(), link


@pytest.mark.parametrize("source", ["sample", "cdnow", "complete_journey"])
def test_check_runs_on_every_committed_source(source, tmp_path):
    shown = CliRunner().invoke(app, ["check", source, "--quarantine", str(tmp_path)])
    assert shown.exit_code == 0, shown.output
    assert "covers" in shown.output
