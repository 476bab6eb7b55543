"""Those who score a shop, each by a command of its own."""

import sys
from dataclasses import dataclass
from pathlib import Path

from memory import CLIENTSCAPE
from scoring_model import AS_OF
from scoring_shop import log_of

HERE = Path(__file__).parent
OPTIONS = {
    "walk": [],
    "light": [],
    "none": ["--reasons=none"],
    "all": ["--reasons=all"],
    "duckdb": ["--engine=duckdb"],
    "spark": ["--engine=spark"],
}
WHO = (*OPTIONS, "pandas")
LOAD = (
    "import sys; from pathlib import Path; import clientscape.run.score;"
    "from clientscape.scorer.store import open_folder; open_folder(Path(sys.argv[1]))"
)


@dataclass(frozen=True)
class Jobs:
    """Where shops, models and scores are, and how much memory the command may take."""

    folder: Path
    memory_limit: str

    def model(self, name: str) -> Path:
        """The folder of a model."""
        return self.folder / f"model_{name}"

    def scores(self, who: str, n_customers: int) -> Path:
        """The file that a contender writes."""
        return self.folder / f"scores_{n_customers}_{who}.parquet"

    def command(self, who: str, n_customers: int) -> list[str]:
        """What is run for a contender to score a shop."""
        out, model = self.scores(who, n_customers), self.model("light" if who == "light" else "heavy")
        if who == "pandas":
            log = log_of(self.folder, n_customers)
            return [sys.executable, str(HERE / "scoring_pandas.py"), str(log), str(model), str(out)]
        source = self.folder / f"shop_{n_customers}.yaml"
        asked = [f"--model={model}", f"--as-of={AS_OF}", f"--out={out}", f"--store={self.folder / 'runs'}"]
        limit = f"--memory-limit={self.memory_limit}"
        return [sys.executable, "-c", CLIENTSCAPE, "score", str(source), *asked, limit, *OPTIONS[who]]

    def starts(self, n_customers: int) -> dict[str, list[str]]:
        """What is run to see the command start: to its end on a tiny shop, and its imports and the model alone."""
        load = [sys.executable, "-c", LOAD, str(self.model("heavy"))]
        return {"job": self.command("walk", n_customers), "load": load}
