"""The page of a night's drift: whole in itself, safe from what stands in the data, true to what was found."""

import re
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from tests.evaluate.drifting import WINDOW, lines, night

from clientscape.evaluate.drift import Limits, judged, reference, tally
from clientscape.report.drift_page import page
from clientscape.report.drift_shapes import HEIGHT, LEFT, WIDTH, days_drawn, histogram

SECTIONS = ["days", "segments", "scores", "features", "limits"]
EVIL = "</title><script>alert('x')</script>"


class Outline(HTMLParser):
    """The tags of a page with their attributes, and its words."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def of(self, kind):
        return [attrs for tag, attrs in self.tags if tag == "rect" and attrs["class"] == kind]

    def said(self):
        return re.sub(r"\s+", " ", " ".join(self.words))


@pytest.fixture(scope="module")
def nights():
    """A quiet night, one that stops the job, and one on which nobody is to be scored."""
    (table, scores), (later, rated) = night(2000, 1), night(2000, 2)
    evil = table.assign(**{f"attribute_{EVIL}": "a"})
    learnt = reference(evil, scores, evil)
    gap = lines()
    gap.iloc[[100, -1]] = 0
    same = later.assign(**{f"attribute_{EVIL}": "a"})
    moved = same.assign(recency_days=later["recency_days"] + 200, **{f"attribute_{EVIL}": EVIL})

    def drift(table, scores, days, on_drift):
        return judged(learnt, tally(learnt, table, scores), days, WINDOW, Limits(on_drift=on_drift))

    return {
        "quiet": drift(same, rated, lines(), "block"),
        "stopped": drift(moved, rated, gap, "block"),
        "warned": drift(moved, rated, gap, "warn"),
        "ignore": drift(moved, rated, gap, "ignore"),
        "empty": drift(same.iloc[:0], rated.iloc[:0], lines().iloc[:0], "warn"),
    }


@pytest.mark.parametrize("name", ["quiet", "stopped", "empty"])
def test_a_page_needs_nothing_else_and_has_all_sections(nights, name):
    outline = Outline(page(nights[name], [("Model", "a model")], "A shop"))
    assert [attrs["id"] for tag, attrs in outline.tags if tag == "section"] == SECTIONS
    targets = [attrs["href"] for tag, attrs in outline.tags if tag == "a"]
    assert targets == [f"#{section}" for section in SECTIONS]
    assert not {tag for tag, _ in outline.tags} & {"script", "link", "img", "iframe", "object"}
    assert not re.findall(r"https?://|url\(|@import", page(nights[name]))


def test_the_verdict_stands_first_and_what_follows_from_it(nights):
    said = {name: Outline(page(drift)).said() for name, drift in nights.items()}
    for name, drift in nights.items():
        first = said[name].index(drift.sentences[0])
        assert all(said[name].index(sentence) > first for sentence in drift.sentences[1:])
    assert "The scores can be used as on any other night." in said["quiet"]
    assert "Nothing was written: the job stopped" in said["stopped"]
    assert "The scores were written all the same" in said["warned"]
    assert "Drift is reported only" in said["ignore"]


def test_what_stands_in_the_data_is_text(nights):
    text = page(nights["stopped"], [("Target", EVIL)], EVIL)
    assert "<script" not in text
    assert text.count("&lt;script&gt;") >= 5  # title, feature, level, fact
    said = Outline(text).said()
    assert "big <spenders>" in said
    assert "rare & small" in said


def test_numbers_of_the_page_are_those_that_were_found(nights):
    drift = nights["stopped"]
    outline = Outline(page(drift, [("Model", "a model")]))
    said = outline.said()
    top = drift.features.iloc[0]
    assert f"{top['psi']:.3f}" in said
    assert f"Features drifted {drift.features['drifted'].sum()} of {len(drift.features)}" in said
    assert "Saturday 2026-02-28 0 " in said
    assert "no, it is older" in said
    assert "Model a model" in said
    assert len(outline.of("lacks")) == 2
    assert len(outline.of("day")) == len(drift.days)
    for _, name, then, now in drift.mix.itertuples(index=False):
        assert f"{name} {then:.1%} → {now:.1%}" in said


def test_a_page_of_nothing_says_so(nights):
    said = Outline(page(nights["empty"])).said()
    assert "Nobody is to be scored tonight" in said
    assert "No day is missing." in said
    assert "nan" not in said


def test_equal_findings_give_equal_bytes(nights):
    assert page(nights["stopped"]) == page(nights["stopped"])


def test_no_plotting_library_is_needed():
    code = "import sys, clientscape.report.drift_page as made; assert 'matplotlib' not in sys.modules; made.page"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_histogram_by_hand():
    bars = histogram(["up to 1", "above 1", "missing"], [0.2, 0.4, 0.4], [0.1, 0.0, 0.9], width=200, height=100)
    assert [(bar.kind, bar.x, bar.y, bar.width, bar.height) for bar in bars] == [
        ("then", 7.0, 50.0, 86.0, 50.0),
        ("now", 32.0, 75.0, 36.0, 25.0),
        ("then", 107.0, 0.0, 86.0, 100.0),
        ("now", 132.0, 100.0, 36.0, 0.0),
    ]
    assert bars[0].told == "up to 1: 20.0% at training, 10.0% tonight"
    assert histogram(["missing"], [1.0], [1.0], 10, 10) == []


@pytest.mark.parametrize("per_day", [0, 1, 37, 4200, 10_000_000])
@pytest.mark.parametrize("n", [1, 30, 364])
def test_days_are_drawn_within_the_drawing(per_day, n):
    day = [pd.Timestamp("2025-01-15").date() + pd.Timedelta(days=k).to_pytimedelta() for k in range(n)]
    days = pd.DataFrame({"day": day, "lines": per_day, "usual": float(per_day), "missing": False})
    drawn = days_drawn(days, recent_days=7)
    assert len(drawn.bars) == n
    assert all(bar.x >= LEFT and bar.x + bar.width <= WIDTH for bar in drawn.bars)
    assert all(bar.y >= 0 and bar.height >= 0 and bar.y + bar.height <= HEIGHT for bar in drawn.bars)
    heights = [float(mark.text.replace(",", "")) for mark in drawn.lines]
    assert heights[0] == 0
    assert per_day <= heights[-1] <= max(2 * per_day, 1)
    assert 2 <= len(heights) <= 6


def test_gaps_are_named_where_there_is_room():
    day = [pd.Timestamp("2025-01-01").date() + pd.Timedelta(days=k).to_pytimedelta() for k in range(360)]
    days = pd.DataFrame({"day": day, "lines": 0, "usual": 10.0, "missing": False})
    days.loc[[10, 11, 200, 203, 359], "missing"] = True
    drawn = days_drawn(days, recent_days=28)
    assert [mark.text for mark in drawn.missing] == ["26 Dec", "23 Jul", "", "11 Jan"]
    assert np.isclose(drawn.recent, LEFT + (360 - 28) * (WIDTH - LEFT) / 360, atol=0.1)
    assert drawn.months[0].text == "Jan 2025"
