"""What segments are called, by the rule that the module states."""

import numpy as np
import pandas as pd
import pytest

from clientscape.features.build import CATALOGUE
from clientscape.segment.identity import identify
from clientscape.segment.names import WORTH, names
from clientscape.segment.traits import TRAITS, trait

SETTINGS = {
    **{"orders_last": "_30", "order_days_last": "_90", "order_days_change": "_90", "hour_share": "_17_24"},
    **{"n_used": "_channel", "favourite_share": "_store", "attribute": "_household_size", "days_since": "_joined"},
}
TEXT = {"favourite_category", "favourite", "most_visited_category"}


def profile(**columns):
    return pd.DataFrame(columns)


@pytest.mark.parametrize(
    ("deviations", "english", "german"),
    [
        ({"expected_value": 1.2, "n_order_days": 1.5}, "high value, frequent", "hoher Wert, häufig"),
        ({"spend_total": -0.9, "recency_days": 1.8}, "low value, long unseen", "geringer Wert, lange nicht gesehen"),
        ({"spend_total": 0.1, "spend_change_90": -0.8}, "middle value, falling", "mittlerer Wert, fallend"),
        ({"spend_total": 0.5, "n_order_days": 0.49}, "high value", "hoher Wert"),
        ({"spend_total": 0.4, "recency_days": -0.4}, "average", "durchschnittlich"),
        ({"recency_days": np.nan, "spend_total": np.nan}, "average", "durchschnittlich"),
        ({"gap_cv_ratio": 0.6}, "irregular", "unregelmäßig"),
        ({"gap_cv_ratio": -0.1}, "average", "durchschnittlich"),
        ({"attribute_household_size": 2.0}, "high household size", "household size: hoch"),
        ({"hour_share_17_24": 0.7}, "often at 17–24 h", "oft um 17–24 Uhr"),
        ({"is_new_90": 1.0}, "new", "neu"),
        ({"something_odd_ratio": -1.0}, "low something odd", "something odd: niedrig"),
        ({"n_weird_things": -1.0}, "few weird things", "wenige weird things"),
    ],
)
def test_a_name_says_worth_then_the_strongest_trait(deviations, english, german):
    row = pd.DataFrame([deviations])
    assert names(row, "en") == [english]
    assert names(row, "de") == [german]


def test_worth_is_the_mean_of_what_tells_of_it():
    assert names(profile(expected_value=[-0.8], spend_total=[1.0]), "en") == ["average"]
    assert names(profile(expected_value=[0.4], spend_total=[1.0]), "en") == ["high value"]


def test_equal_names_get_the_next_trait_that_they_do_not_share():
    found = names(
        profile(
            spend_total=[-1.0, -1.0, -1.0],
            recency_days=[2.0, 2.0, -2.0],
            n_order_days=[-1.5, -1.5, -1.5],
            gap_cv_ratio=[0.3, -0.3, 0.0],
        ),
        "en",
    )
    assert found == ["low value, long unseen, irregular", "low value, long unseen, regular", "low value, seen lately"]


def test_features_that_say_the_same_are_one_trait():
    found = names(
        profile(n_orders=[2.0, 2.0], n_order_days=[1.9, 1.9], order_days_last_90=[1.8, 1.8], overdue_ratio=[0.5, -0.5]),
        "en",
    )
    assert found == ["frequent, overdue", "frequent, on time"]


@pytest.mark.parametrize(("language", "words"), [("en", ("first", "second")), ("de", ("erste", "zweite"))])
def test_segments_that_nothing_tells_apart_are_ranked_by_value(language, words):
    equal = pd.DataFrame(np.ones((2, 2)), columns=["recency_days", "spend_total"], index=[7, 3])
    found = identify(equal, pd.Series({7: 1.0, 3: 2.0}), language)
    assert words[0] in found[3][1]
    assert words[1] in found[7][1]
    assert [found[3][0], found[7][0]] == [1, 2]


@pytest.mark.parametrize("language", ["en", "de"])
def test_many_segments_have_names_of_their_own_and_no_bare_number(language):
    rng = np.random.default_rng(7)
    columns = ["recency_days", "n_order_days", "spend_total", "gap_cv_ratio", "expected_value"]
    noisy = pd.DataFrame(rng.normal(0, 0.6, (40, 5)).round(1), columns=columns)
    found = identify(noisy, pd.Series(np.arange(40.0)), language)
    assert len({name for _, name in found.values()}) == 41
    assert not any(name.split()[-1].isdigit() for _, name in found.values())
    assert found == identify(noisy.sample(frac=1, random_state=1), pd.Series(np.arange(40.0)), language)


def test_the_unplaced_keep_their_id_in_both_languages():
    empty = pd.DataFrame({"spend_total": [0.0]}, index=[-1])
    assert identify(empty, pd.Series({-1: 1.0})) == {-1: (0, "unplaced")}
    assert identify(empty, pd.Series({-1: 1.0}), "de") == {-1: (0, "nicht zugeordnet")}


@pytest.mark.parametrize("feature", sorted(set(CATALOGUE) - TEXT - set(WORTH)))
def test_every_feature_of_the_catalogue_has_words_of_its_own(feature):
    column = feature + SETTINGS.get(feature, "")
    assert any(column == start or column.startswith(f"{start}_") for start in TRAITS if start != "n")
    assert not set("{}_") & set("".join((*trait(column).en, *trait(column).de)))


def test_words_are_all_there_and_differ_by_language_and_sense():
    for found in TRAITS.values():
        assert len({*found.en, *found.de}) == 4
        assert all(word and word == word.strip() for pair in found for word in pair)
