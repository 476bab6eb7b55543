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
from clientscape.report.cells import table
from clientscape.report.look import colours, png

Section = Literal["segments", "rfm", "reengage", "forecasts", "amounts", "contest"]

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
    `refused_by`; `columns` are those that were dropped. The first four `facts` stand under the headline as well;
    `currency` is an ISO 4217 code.
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


def page(report: Report) -> str:
    """Write the report as one HTML file that needs nothing else; equal reports give equal bytes."""
    loader = FunctionLoader(lambda name: files(__package__).joinpath(name).read_text("utf-8"))
    environment = Environment(
        autoescape=True, loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.get_template("page.html.j2")
    of_segments, of_rfm = (colours(frame.get("segment", ())) for frame in (report.segments, report.rfm))
    return template.render(
        report=report,
        pictures=_pictures(report.figures),
        cards=cards(report.segments, report.personas, report.currency) if report.personas else [],
        tables={
            "segments": table(report.segments, currency=report.currency, colours=of_segments),
            "rfm": table(report.rfm, currency=report.currency, colours=of_rfm),
            "reengage": table(report.reengage, currency=report.currency, colours=of_segments),
            "judgement": table(report.judgement, currency=report.currency, colours={}),
            "forecast": table(report.forecast, currency=report.currency, colours={}),
            "trials": table(report.trials, currency=report.currency, colours={}),
            "columns": table(report.columns, currency=report.currency, colours={}),
        },
    )


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
