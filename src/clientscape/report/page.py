"""The page that a marketer reads: one self-contained HTML file out of finished things."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from typing import Literal, get_args

import pandas as pd
from jinja2 import Environment, FunctionLoader, StrictUndefined
from matplotlib.figure import Figure

from clientscape.faults import Fault, refuse
from clientscape.report.cards import Personas, cards
from clientscape.report.cells import Table, table
from clientscape.report.look import colours, png

Section = Literal["segments", "rfm", "reengage", "forecasts", "amounts", "contest"]

# The pictures of churn and decline stand beside the tables that they belong to; any other is with the judgement.
RISK = {"profit": "profit", "importances": "features", "dependence": "features"}
PROFITS = {end: f"{end}_profit" for end in ("low", "middle", "high")}

PIXELS = 114  # of the page to an inch of a picture: a full-width one fills the column


@dataclass(frozen=True)
class Picture:
    """A figure with what is said below it, what is said instead of it, and the section where it stands."""

    figure: Figure
    caption: str
    alt: str
    section: Section

    @cached_property
    def png(self) -> bytes:
        """The figure as a file; drawn once, as drawing takes longer than all else on a page."""
        return png(self.figure)

    def __post_init__(self) -> None:
        if self.section not in get_args(Section):
            expected = "one of " + ", ".join(get_args(Section))
            refuse([Fault("picture.section", repr(self.section), expected, "choose where the picture stands")])


@dataclass(frozen=True)
class Report:
    """Finished things that make a page; an empty table is answered with a sentence.

    Columns are shown in the order given, named in words and written by what they count. `segments` and `rfm` have
    `segment` and may have `description`; `personas` make cards of `segments`; `trials` has `passed`, `chosen` and
    `refused_by`; `columns` are those that were dropped. `risk_said` are sentences on churn and decline; `labels` has a
    row a label (label, eligible, base_rate, null_rate, active_roc_auc_score, unseen_roc_auc_score), `policies` one for
    each way of choosing whom to contact (policy, n_contacted, low, middle, high: its realised profit). `reengage` may
    have `why`, a list of sentences. A column with `_low` and `_high` beside it is written with its range. The first
    four `facts` stand under the headline as well; `currency` is an ISO 4217 code.
    """

    title: str
    question: str
    answer: str
    currency: str
    facts: Sequence[tuple[str, object]] = ()
    notes: Sequence[str] = ()
    figures: Mapping[str, Picture] = field(default_factory=dict)
    segments: pd.DataFrame = field(default_factory=pd.DataFrame)
    personas: Personas | None = None
    rfm: pd.DataFrame = field(default_factory=pd.DataFrame)
    reengage: pd.DataFrame = field(default_factory=pd.DataFrame)
    judgement: pd.DataFrame = field(default_factory=pd.DataFrame)
    forecast: pd.DataFrame = field(default_factory=pd.DataFrame)
    trials: pd.DataFrame = field(default_factory=pd.DataFrame)
    columns: pd.DataFrame = field(default_factory=pd.DataFrame)
    columns_said: Sequence[str] = ()
    risk_said: Sequence[str] = ()
    labels: pd.DataFrame = field(default_factory=pd.DataFrame)
    policies: pd.DataFrame = field(default_factory=pd.DataFrame)


def page(report: Report) -> str:
    """Write the report as one HTML file that needs nothing else; equal reports give equal bytes."""
    loader = FunctionLoader(lambda name: files(__package__).joinpath(name).read_text("utf-8"))
    environment = Environment(
        autoescape=True, loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.get_template("page.html.j2")
    pictures = _pictures(report.figures)
    return template.render(
        report=report,
        pictures=pictures,
        risk=_of_risk(pictures["forecasts"]),
        cards=cards(report.segments, report.personas, report.currency) if report.personas else [],
        tables=_tables(report),
    )


def _tables(report: Report) -> dict[str, Table]:
    """The tables of a report as text, by name."""
    of_segments, of_rfm = (colours(frame.get("segment", ())) for frame in (report.segments, report.rfm))
    frames = {
        "segments": report.segments,
        "rfm": report.rfm,
        "reengage": _lines(report.reengage),
        "labels": report.labels,
        "judgement": report.judgement,
        "policies": report.policies.rename(columns=PROFITS),
        "forecast": report.forecast,
        "trials": report.trials,
        "columns": report.columns,
    }
    colour = {"segments": of_segments, "rfm": of_rfm, "reengage": of_segments}
    return {
        name: table(frame, currency=report.currency, colours=colour.get(name, {})) for name, frame in frames.items()
    }


def _lines(reengage: pd.DataFrame) -> pd.DataFrame:
    """The list with each customer's sentences below each other."""
    if "why" not in reengage:
        return reengage
    return reengage.assign(why=["\n".join(sentences) for sentences in reengage["why"]])


def _of_risk(pictures: Sequence[dict[str, object]]) -> dict[str, list[dict[str, object]]]:
    """The pictures of churn and decline by where they stand."""
    found: dict[str, list[dict[str, object]]] = {"judged": [], "profit": [], "features": []}
    for picture in pictures:
        found[RISK.get(str(picture["name"]), "judged")].append(picture)
    return found


def _pictures(figures: Mapping[str, Picture]) -> dict[str, list[dict[str, object]]]:
    """Pictures ready to be embedded, by section."""
    found: dict[str, list[dict[str, object]]] = {section: [] for section in get_args(Section)}
    for name, picture in figures.items():
        found[picture.section].append(
            {
                "name": name,
                "data": base64.b64encode(picture.png).decode("ascii"),
                "width": round(picture.figure.get_figwidth() * PIXELS),
                "alt": picture.alt,
                "caption": picture.caption,
            }
        )
    return found
