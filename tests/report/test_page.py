import re
from dataclasses import replace
from html.parser import HTMLParser

import pandas as pd
import pytest

from clientscape.faults import InputError
from clientscape.report.contests import judgement
from clientscape.report.page import Picture, Report, page
from clientscape.report.portraits import segment_bars
from clientscape.report.sweeps import k_curve

SECTIONS = ["segments", "reengage", "forecasts", "contest", "facts"]


class Outline(HTMLParser):
    """What the tests ask of a page: its tags with their attributes, and its text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def all(self, name):
        return [attrs for tag, attrs in self.tags if tag == name]


@pytest.fixture(scope="module")
def report(profile, trials, judged):
    segments = profile().reset_index().drop(columns=["recency_days", "n_orders"])
    return Report(
        title="A shop",
        question="Which customers are alike?",
        answer="Three segments by k-means: they foresee spend best.",
        currency="EUR",
        facts=[
            ("As of", "2024-05-01"),
            ("Customers", "200"),
            ("Seed", 7),
            ("Horizon", "90 days"),
            ("Git commit", "abc"),
        ],
        notes=["BG/NBD does not fit: use the simple rule."],
        figures={
            "bars": Picture(segment_bars(profile()), "Who brings what.", "Bars by segment", "segments"),
            "judgement": Picture(judgement(judged), "Right is better.", "Dots by forecaster", "forecasts"),
            "k": Picture(k_curve(trials), "Hollow means refused.", "Lines by family", "contest"),
        },
        segments=segments.assign(description="Order often.", expected_value=1234.5),
        rfm=pd.DataFrame({"segment": ["Champions"], "n_customers": [200]}),
        reengage=pd.DataFrame(
            {"customer_id": ["C1"], "segment": ["New"], "value_at_risk": [310.0], "p_decline": [None]}
        ),
        judgement=judged,
        trials=trials,
    )


def test_question_and_answer_come_first_then_the_sections_in_order(report):
    text = page(report)
    places = [text.index(part) for part in (report.question, report.answer, report.notes[0])]
    places += [text.index(f'<section id="{name}">') for name in SECTIONS]
    assert places == sorted(places)
    assert "Git commit" in text
    assert "1,234" in text
    assert "Expected value, EUR" in text


def test_what_came_from_outside_is_escaped(report):
    evil = '<script>alert("x")</script>'
    reengage = report.reengage.assign(customer_id=evil, segment=evil)
    segments = report.segments.assign(description=evil)
    figures = {evil: Picture(report.figures["bars"].figure, evil, f'"{evil}', "segments")}
    text = page(
        replace(
            report,
            **dict.fromkeys(("title", "question", "answer", "currency"), evil),
            notes=[evil],
            facts=[(evil, evil)],
            reengage=reengage.rename(columns={"p_decline": evil}),
            segments=segments,
            figures=figures,
        )
    )
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert not Outline(text).all("script")


def test_the_page_needs_nothing_else(report):
    text = page(report)
    outline = Outline(text)
    assert not re.search(r"https?:|//[a-z]|@import|url\(", re.sub(r"base64,[^\"]*", "", text))
    assert all(image["src"].startswith("data:image/png;base64,iVBOR") for image in outline.all("img"))
    assert not outline.all("link")
    assert all(link["href"].removeprefix("#") in SECTIONS for link in outline.all("a"))


def test_the_page_can_be_heard(report):
    outline = Outline(page(report))
    assert outline.all("html") == [{"lang": "en"}]
    assert [image["alt"] for image in outline.all("img")] == [
        "Bars by segment",
        "Dots by forecaster",
        "Lines by family",
    ]
    assert all(head["scope"] in ("col", "row") for head in outline.all("th"))
    assert len(outline.all("caption")) == len(outline.all("table")) == 5
    assert len(outline.all("h1")) == 1


def test_a_refused_trial_is_grey_and_says_which_guard_refused_it(report):
    text = page(report)
    assert len(re.findall('<tr class="refused">', text)) == 3
    (row,) = re.findall('<tr class="refused">(?:(?!</tr>).)*hdbscan_20.*?</tr>', text, re.DOTALL)
    assert "<td>coverage</td>" in row
    assert len(re.findall('<tr class="chosen">', text)) == 1


def test_a_segment_has_the_same_colour_in_table_and_list(report):
    text = page(report)
    swatches = re.findall(r'background:(#\w+)"></span>New', text)
    assert len(swatches) == 2
    assert len(set(swatches)) == 1


def test_the_same_report_gives_the_same_bytes(report, profile):
    again = Picture(segment_bars(profile()), "Who brings what.", "Bars by segment", "segments")
    assert page(report) == page(replace(report, figures=report.figures | {"bars": again}))


def test_what_is_empty_is_answered_with_a_sentence():
    text = page(Report("A shop", "Why?", "No: every trial was refused.", "EUR"))
    for sentence in (
        "No segmentation was chosen",
        "No customer is on the list",
        "No forecast was judged",
        "No clustering",
    ):
        assert sentence in text
    assert "<table>" not in text
    assert "RFM" not in text


def test_who_is_slipping_away_is_told_from_the_judgement_to_the_list(report, profile):
    def drawn(alt):
        return Picture(segment_bars(profile()), "", alt, "forecasts")

    figures = {name: drawn(name) for name in ("importances", "dependence", "profit", "judgement")}
    labels = pd.DataFrame(
        {"label": ["value_decline"], "eligible": [930], "base_rate": [0.187], "null_rate": [0.155]}
    ).assign(active_roc_auc_score=0.74, unseen_roc_auc_score=0.681)
    policies = pd.DataFrame(
        {"policy": ["model"], "n_contacted": [200], "low": [-46.0], "middle": [521.0], "high": [997.0]}
    )
    reengage = report.reengage.assign(expected_profit=31.0, why=[["Last order <83> days ago", "Nothing spent"]])
    said = ["Chance alone would make it 15.5%.", "The model is ahead."]
    told = replace(report, figures=figures, labels=labels, policies=policies, reengage=reengage, risk_said=said)
    text = page(told)
    places = [
        text.index(part)
        for part in (
            *("<h2>Who is slipping away", *said, "By chance alone", 'alt="judgement"', "forest"),
            *('alt="profit"', "Profit at the lowest success rate, EUR", 'alt="importances"', 'alt="dependence"'),
            *("Whom to win back first", "control group", ">C1<", "<h2>How much they will order"),
        )
    ]
    assert places == sorted(places)
    assert '<span class="line">Last order &lt;83&gt; days ago</span><span class="line">Nothing spent</span>' in text
    for number in ("15.5%", "0.681", "−46", "31.00"):
        assert number in text


def test_a_picture_stands_in_a_section_that_exists(profile):
    with pytest.raises(InputError, match=r"picture.section: found 'profile'; expected one of segments, rfm"):
        Picture(segment_bars(profile()), "", "", "profile")
