import inspect
from types import ModuleType
from typing import Any

import pytest

from clientscape import catalog
from clientscape.catalog import (
    Entry,
    Function,
    Use,
    ask,
    ask_all,
    call,
    entry,
    expand,
    find,
    functions,
    inputs,
    settings,
)
from clientscape.churn import baselines, classifiers, labels
from clientscape.clv import lifetime, simple
from clientscape.evaluate import classification, clustering, forecast
from clientscape.faults import InputError
from clientscape.features.build import CATALOGUE
from clientscape.forecast import forecasters
from clientscape.segment import clusterers, maps, rules, spaces

CATALOGUE_MODULES = (
    spaces, clusterers, rules, maps, labels, classifiers, baselines, lifetime, simple, forecasters,
    clustering, classification, forecast,
)  # fmt: skip
EVERY_ENTRY = [(f"features.{name}", function) for name, function in CATALOGUE.items()] + [
    (f"{module.__name__.partition('.')[2]}.{name}", function)
    for module in CATALOGUE_MODULES
    for name, function in functions(module).items()
]


def spend(amount: int, window: str, *, days: int, share: float = 0.5) -> str:
    """Spend in the last days, without returns [currency]; missing for who has none."""
    return f"{amount} {window} {days} {share}"


def visits(window: str) -> str:
    """Visits."""
    return window


def _hidden() -> None: ...


CHOICES: dict[str, Function] = {"spend": spend, "visits": visits}


def test_functions_are_the_public_ones_that_a_module_defines() -> None:
    module = ModuleType(__name__)
    vars(module).update(visits=visits, _hidden=_hidden, Use=Use, imported=find, spend=spend)
    assert functions(module) == {"visits": visits, "spend": spend}
    assert list(functions(catalog))[:3] == ["functions", "find", "settings"]


def test_find_gives_the_function() -> None:
    assert find("spend", CHOICES, "features") is spend


def test_an_unknown_name_is_answered_with_the_nearest_and_the_choices() -> None:
    with pytest.raises(InputError) as caught:
        find("spent", CHOICES, "features")
    (fault,) = caught.value.faults
    assert (fault.where, fault.found, fault.expected) == ("features", "`spent`", "one of spend, visits")
    assert "`spend`" in fault.cure


def test_a_name_that_is_near_to_none_gets_the_choices_alone() -> None:
    with pytest.raises(InputError, match="choose one of these"):
        find("xyz", CHOICES, "features")


def test_inputs_are_positional_and_settings_are_keywords() -> None:
    assert inputs(spend) == ("amount", "window")
    assert settings(spend) == {"days": inspect.Parameter.empty, "share": 0.5}
    assert settings(visits) == {}


def test_entry_takes_the_unit_out_of_the_brackets() -> None:
    meaning = "Spend in the last days, without returns; missing for who has none"
    assert entry("spend_30", spend) == Entry("spend_30", meaning, "currency")
    assert entry("visits", visits) == Entry("visits", "Visits", "")


@pytest.mark.parametrize(
    ("written", "names"),
    [
        (["visits"], ["visits"]),
        ([{"use": "visits"}], ["visits"]),
        ([{"use": "spend", "days": 30}], ["spend_30"]),
        ([{"use": "spend", "days": [30, 90]}], ["spend_30", "spend_90"]),
        ([{"use": "spend", "days": [1, 2], "share": [3, 4]}], ["spend_1_3", "spend_1_4", "spend_2_3", "spend_2_4"]),
        (["visits", {"use": "spend", "days": [30, 30]}, "visits"], ["visits", "spend_30"]),
        ([], []),
    ],
)  # fmt: skip
def test_expand_makes_a_use_for_each_value(written: list[Any], names: list[str]) -> None:
    assert [use.name for use in expand(written)] == names


def test_a_use_says_how_it_is_called() -> None:
    assert str(Use("spend", {"days": 30, "share": 0.5})) == "spend(days=30, share=0.5)"
    assert str(Use("visits")) == "visits"


def test_call_hands_over_settings_and_what_the_function_takes_of_the_rest() -> None:
    assert call(Use("pick", {"k": 2}), {"pick": lambda *, k, seed: (k, seed)}, "x", seed=7, memory=1) == (2, 7)
    with pytest.raises(InputError, match="one of pick"):
        call(Use("pack"), {"pick": visits}, "x")


def test_ask_hands_over_what_the_arguments_name() -> None:
    given = {"window": "w", "amount": 3, "other": 0}
    assert ask(spend, given, days=30, seed=1) == "3 w 30 0.5"


def test_ask_all_skips_what_cannot_be_answered() -> None:
    metrics: dict[str, Function] = {"n": lambda labels: len(labels), "agreement": lambda labels, truth: 1}
    assert ask_all(metrics, {"labels": [0, 1]}) == {"n": 2.0}
    assert ask_all(metrics, {"labels": [0, 1], "truth": [0, 1]}) == {"n": 2.0, "agreement": 1.0}


@pytest.mark.parametrize(("name", "function"), EVERY_ENTRY, ids=[name for name, _ in EVERY_ENTRY])
def test_every_brick_says_what_it_is_and_its_unit(name: str, function: Function) -> None:
    line = (inspect.getdoc(function) or "").partition("\n")[0]
    said = entry(name, function)
    assert said.unit, f"no [unit] in the first line: {line!r}"
    assert len(said.meaning) > 10
    assert line.endswith(".")


def test_the_catalogue_is_not_empty() -> None:
    assert len(EVERY_ENTRY) > 40
    assert all(functions(module) for module in CATALOGUE_MODULES)
