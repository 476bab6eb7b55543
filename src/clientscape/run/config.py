"""What may be asked: YAML files become a checked experiment, or one error with every fault."""

import inspect
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from clientscape.catalog import Function, Use, expand, find, settings
from clientscape.faults import Fault, gather, refuse
from clientscape.run.choices import CHOICES, COLUMNS_BESIDE_FEATURES, METRICS
from clientscape.run.written import merge, origin_of, parse_setting, read_yaml, validated

BASE = Path("configs/base.yaml")

Written = str | dict[str, Any]
Share = Annotated[float, Field(gt=0, lt=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Window(_Strict):
    """Time: see `clientscape.window.Window`."""

    as_of: date
    lookback_days: Annotated[int, Field(gt=0)] | Literal["all"]
    horizon_days: Annotated[int, Field(gt=0)]


class Bounds(_Strict):
    """What a metric must keep; at least one of both."""

    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.at_least is None and self.at_most is None:
            raise ValueError("give at_least, at_most or both")
        return self


class Segments(_Strict):
    """The contest of clusterings."""

    columns: Annotated[list[str], Field(min_length=2)]
    spaces: Annotated[list[Written], Field(min_length=1)]
    clusterers: Annotated[list[Written], Field(min_length=1)]
    judge_space: Written
    guards: dict[str, Bounds]
    choose_by: str
    truth: str | None = None


class Churn(_Strict):
    """The contest of forecasts of leaving and declining."""

    columns: Annotated[list[str], Field(min_length=1)]
    churn_label: Written
    decline_label: Written
    classifiers: Annotated[list[Written], Field(min_length=1)]
    baselines: Annotated[list[Written], Field(min_length=1)]
    choose_by: str


class Experiment(_Strict):
    """One question, and all that is needed to answer it."""

    question: str
    answer: str = ""
    source: str
    model_name: str
    window: Window
    seed: Annotated[int, Field(ge=0)]
    memory_limit: str
    features: Annotated[list[Written], Field(min_length=1)]
    lifetime: Written
    segments: Segments
    rules: Written
    stages: Written
    churn: Churn
    flag_top_share: Share
    map: Written


def load_experiment(path: Path, over: Sequence[Path] = (), sets: Sequence[str] = ()) -> Experiment:
    """The experiment of a file: `configs/base.yaml` under it, then `over` files, then `key.sub=value` settings.

    Lists and uses are replaced whole, sections are merged key by key.
    """
    merged: dict[str, Any] = {}
    origin: dict[str, str] = {}
    faults: list[Fault] = []
    for file in [BASE, path, *over]:
        with gather(faults):
            merge(merged, read_yaml(file), str(file), origin)
    for text in sets:
        with gather(faults):
            merge(merged, parse_setting(text), f"--set {text}", origin)
    refuse(faults)
    experiment = validated(TypeAdapter(Experiment), merged, str(path), origin)
    refuse(_name_faults(experiment, origin, str(path)))
    return experiment


def uses(written: Written | Sequence[Written]) -> list[Use]:
    """Uses out of what the config says."""
    return expand([written] if isinstance(written, str | dict) else written)


def _name_faults(experiment: Experiment, origin: Mapping[str, str], file: str) -> Iterator[Fault]:
    """Unknown functions and settings, columns that nothing makes, metrics that do not exist."""
    for path, (choices, given) in CHOICES.items():
        for use in uses(_at(experiment, path)):
            yield from _use_faults(use, choices, given, f"{origin_of(path, origin, file)}: {path}")
    known = [use.name for use in uses(experiment.features)] + list(COLUMNS_BESIDE_FEATURES)
    for path in ("segments.columns", "churn.columns"):
        where = f"{origin_of(path, origin, file)}: {path}"
        for column in _at(experiment, path):
            if column not in known:
                yield Fault(where, f"`{column}`", f"one of {', '.join(known)}", "add it to `features`, or correct it")
    for path, choices in METRICS.items():
        names = _at(experiment, path)
        for name in [names] if isinstance(names, str) else names:
            yield from _unknown(name, choices, f"{origin_of(path, origin, file)}: {path}")


def _at(experiment: Experiment, path: str) -> Any:
    value: Any = experiment
    for part in path.split("."):
        value = getattr(value, part)
    return value


def _unknown(name: str, choices: Mapping[str, Function], where: str) -> list[Fault]:
    faults: list[Fault] = []
    with gather(faults):
        find(name, choices, where)
    return faults


def _use_faults(use: Use, choices: Mapping[str, Function], given: tuple[str, ...], where: str) -> Iterator[Fault]:
    if unknown := _unknown(use.use, choices, where):
        yield from unknown
        return
    known = settings(choices[use.use])
    own = [name for name in known if name not in given]
    hints = get_type_hints(choices[use.use], include_extras=True)
    for key, value in use.settings.items():
        if key not in own:
            yield Fault(
                f"{where}.{use.use}.{key}", "an unknown setting", f"one of {', '.join(own) or 'none'}", "remove it"
            )
            continue
        try:
            TypeAdapter(hints[key]).validate_python(value, strict=True)
        except ValidationError as error:
            message = error.errors()[0]["msg"]
            yield Fault(f"{where}.{use.use}.{key}", repr(value), message[0].lower() + message[1:], "correct the value")
    for key in own:
        if known[key] is inspect.Parameter.empty and key not in use.settings:
            yield Fault(f"{where}.{use.use}", f"no `{key}`", "a value", f"write {{use: {use.use}, {key}: ...}}")
