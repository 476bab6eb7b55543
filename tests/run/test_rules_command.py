"""Rules by name or file, and the command that tells in what two sets differ."""

import re

import pandas as pd
import pytest
from typer.testing import CliRunner

from clientscape.catalog import Use
from clientscape.faults import InputError
from clientscape.run.cli import app
from clientscape.run.rules import RULES, SETS, load_rules
from clientscape.run.rules_diff import Named, compare
from clientscape.run.rules_printed import differing
from clientscape.segment.rules import cells, putler11, rf10, rfm125

ON_SAMPLE = ["--source", "sample", "--as-of", "2025-04-01"]
FILES = sorted(RULES.glob("*.yaml"))


def diff(*arguments):
    return CliRunner().invoke(app, ["rules", "diff", *map(str, arguments)])


def said(*arguments):
    shown = diff(*arguments)
    assert shown.exit_code == 0, shown.output
    return shown.stdout


def refused(*arguments):
    """What is said of each fault, in one line."""
    shown = diff(*arguments)
    assert shown.exit_code == 2, shown.output
    assert isinstance(shown.exception, SystemExit)
    assert "Traceback" not in shown.output
    assert shown.stdout == ""
    return " ".join(shown.stderr.split())


@pytest.fixture
def file(tmp_path):
    """A maker of files of rules."""

    def make(text):
        path = tmp_path / "own.yaml"
        path.write_text(text)
        return path

    return make


class TestLoading:
    def test_a_function_is_its_name(self):
        assert load_rules("putler11") == Use("putler11")

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
    def test_every_file_there_is(self, path):
        use = load_rules(path.stem)
        assert use == load_rules(str(path))
        assert use.use == "cells"
        assert cells(**use.settings).names == tuple(use.settings["names"])
        assert path.stem not in SETS, "a function of that name would be taken"

    def test_there_are_files(self):
        assert FILES

    def test_codes_are_a_list_or_a_text_with_blanks(self, file):
        one = load_rules(str(file("scores: RF\nnames:\n  top: [55, '5[1-4]']\n  rest: '[1-3][1-5] 4[1-5]'")))
        assert one.settings["names"] == {"top": ["55", "5[1-4]"], "rest": ["[1-3][1-5]", "4[1-5]"]}
        other = load_rules(str(file("scores: RF\nnames:\n  top: 5[1-5]\n  rest:\n  - 11\n  - 1[2-5] [2-4][1-5]")))
        assert other.settings["names"] == {"top": ["5[1-5]"], "rest": ["11", "1[2-5]", "[2-4][1-5]"]}

    def test_an_unknown_name_is_answered_with_what_there_is(self):
        with pytest.raises(InputError) as caught:
            load_rules("six_plane")
        (fault,) = caught.value.faults
        assert fault.where == "rules"
        assert "six_plain" in fault.expected
        assert all(name in fault.expected for name in SETS)
        assert fault.cure == "write `six_plain`, if that was meant"

    def test_a_file_that_is_not_there(self):
        with pytest.raises(InputError, match=r"none\.yaml: found .*No such file"):
            load_rules("none.yaml")

    def test_every_wrong_key_is_told_with_the_file(self, file):
        path = file("scores: FM\nname: x\nnames:\n  good: [55, 5.4]\n  bad: true")
        with pytest.raises(InputError) as caught:
            load_rules(str(path))
        faults = {fault.where: fault for fault in caught.value.faults}
        assert list(faults) == [f"{path}: {key}" for key in ("scores", "names.good", "names.bad", "name")]
        assert faults[f"{path}: name"].expected == "one of scores, names"
        assert "codes such as 55" in faults[f"{path}: names.bad"].expected

    def test_every_wrong_code_is_told_with_the_file(self, file):
        path = file("scores: RF\nnames:\n  good: 5[1-5] 4[1-5] 66\n  bad: '[1-3][1-4] 44'")
        with pytest.raises(InputError) as caught:
            load_rules(str(path))
        assert [fault.where for fault in caught.value.faults] == [f"{path}: names"] * 3
        assert [fault.found for fault in caught.value.faults] == [
            "no codes of RF: `66` (good)",
            "3 without a name: 35, 25, 15",
            "1 with several names: 44 (good, bad)",
        ]


class TestCompare:
    def test_two_grids_are_compared_on_their_own_cells(self):
        found = compare(Named("a", putler11()), Named("b", putler11()))
        assert len(found.codes) == 25
        assert differing(found).empty

    @pytest.mark.parametrize("make", [rfm125, rf10])
    def test_others_on_the_codes_of_rfm(self, make):
        found = compare(Named("a", putler11()), Named("b", make()))
        same = (found.codes["one"] == found.codes["other"]).sum()
        assert len(found.codes) == found.codes["code"].nunique() == 125
        assert same + differing(found)["n"].sum() == 125

    def test_pairs_are_counted_over_codes_and_customers(self):
        half = {"high": ["[3-5][1-5]"], "low": ["[1-2][1-5]"]}
        other = {"high": ["[4-5][1-5]"], "low": ["[1-3][1-5]"]}
        table = pd.DataFrame({"recency_days": [9.0, 8, 7, 6, 5, 4, 3, 2, 1, 0], "n_order_days": 1.0})
        sets = (Named(name, cells(scores="RF", names=names)) for name, names in (("a", half), ("b", other)))
        apart = differing(compare(*sets, table)).to_dict("records")
        # Scores of recency, two customers each; the two with a 3 are named otherwise.
        assert apart == [{"one": "high", "other": "low", "n": 5, "codes": "35 34 33 32 31", "customers": 2}]


class TestCommand:
    def test_the_two_tables_of_eleven(self):
        text = said("putler11", "rfm125")
        assert "55 of 125 codes get the same name from putler11 and rfm125" in text
        assert re.search(r"^Champions +Promising +1  525 *$", text, re.MULTILINE)
        assert re.search(r"^Champions +7 +1 +2 .* 13 *$", text, re.MULTILINE)
        assert re.search(r"^all +7 +8 +24 +7 +16 +8 +8 +22 +8 +11 +6 +125 *$", text, re.MULTILINE)
        assert max(map(len, text.splitlines())) <= 120

    def test_a_set_and_itself(self):
        text = said("rf10", "rf10")
        assert "25 of 25 codes" in text
        assert "What differs" not in text

    def test_a_file_beside_a_table(self):
        assert "rf10 and six_plain have no name in common" in said("rf10", RULES / "six_plain.yaml")

    def test_with_the_customers_of_a_shop(self):
        text = said("putler11", "rf10", *ON_SAMPLE, "--lookback-days", 365)
        same, n = map(int, re.search(r"^(\d+) of (\d+) customers get the same name", text, re.MULTILINE).groups())
        listed = text[text.index("What differs") :].splitlines()[2:]
        assert sum(int(line.split()[-1]) for line in listed if line.strip()) == n - same
        assert n > 400

    def test_what_is_not_over_cells_is_compared_on_customers(self):
        text = said("lifecycle", "value_trend", *ON_SAMPLE)
        n = int(re.search(r"^(\d+) customers; lifecycle and value_trend have no name", text, re.MULTILINE)[1])
        rows = dict(re.findall(r"^(active|new|lapsing|lost|all) .* (\d+) *$", text, re.MULTILINE))
        assert int(rows.pop("all")) == sum(map(int, rows.values())) == n
        assert "codes" not in text

    def test_sets_with_settings(self):
        text = said("{use: value_tiers, n_segments: 3}", "{use: random_groups, n_segments: 4, seed: 3}", *ON_SAMPLE)
        tiers = [int(n) for n in re.findall(r"^tier \d of 3 .* (\d+) *$", text, re.MULTILINE)]
        assert max(tiers) - min(tiers) <= 1

    def test_without_customers_that_is_refused(self):
        text = refused("lifecycle", "value_trend")
        assert "for 2 reason(s)" in text
        assert "`lifecycle`, which is not over cells" in text
        assert "add --source SOURCE --as-of DATE" in text

    def test_both_arguments_are_checked(self, file):
        path = file("scores: RF\nnames: {all: '[1-4][1-5]'}")
        text = refused("putler12", path)
        assert "for 2 reason(s)" in text
        assert "write `putler11`, if that was meant" in text
        assert f"{path}: names found 5 without a name: 55, 54, 53, 52, 51" in text

    @pytest.mark.parametrize(
        ("written", "words"),
        [
            ("value_tiers", "A.value_tiers found no `n_segments`"),
            ("{use: value_tiers, n_segments: 1}", "A.value_tiers.n_segments found 1 expected greater than or equal"),
            ("{use: value_tiers, n_segments: [2, 3]}", "expected {use: a set of rules, setting: value}"),
            ("{use: [", "expected {use: a set of rules, setting: value}"),
            ("{use: rfm126}", "write `rfm125`"),
        ],
    )
    def test_settings_are_checked(self, written, words):
        assert words in refused(written, "putler11", *ON_SAMPLE)

    def test_a_date_that_the_source_does_not_cover(self):
        assert "rules diff.as_of" in refused("putler11", "rf10", "--source", "sample", "--as-of", "2020-01-01")

    @pytest.mark.parametrize("more", [ON_SAMPLE[:2], ON_SAMPLE[2:], ["--lookback-days", "30"]])
    def test_a_source_needs_a_date(self, more):
        shown = diff("putler11", "rf10", *more)
        assert shown.exit_code == 2
        assert "--as-of" in shown.output
