from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pytest
import yaml
from mlflow.store.artifact.utils.models import _parse_model_uri
from mlflow.utils.validation import _validate_model_name

from clientscape.catalog import Use
from clientscape.faults import InputError
from clientscape.run.choices import METRICS
from clientscape.run.config import load_experiment
from clientscape.run.names import uses
from clientscape.run.sources import load_source
from clientscape.run.written import read_yaml

PLANTED = Path("experiments/03_planted_segments.yaml")
FAST = Path("configs/fast.yaml")
EXPERIMENTS = sorted(Path("experiments").glob("*.yaml"))


def refused(path: Path, over: tuple[Path, ...] = (), sets: tuple[str, ...] = ()) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_experiment(path, over, sets)
    return [str(fault) for fault in caught.value.faults]


def wheres(faults: list[str]) -> list[str]:
    return [fault.partition(": found ")[0] for fault in faults]


@pytest.fixture
def asked(tmp_path: Path):
    """An experiment's file with this text."""

    def write(text: str, name: str = "asked.yaml") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


@pytest.mark.parametrize("path", EXPERIMENTS, ids=lambda path: path.stem)
@pytest.mark.parametrize("over", [(), (FAST,)], ids=["as it is", "fast"])
def test_every_experiment_loads(path: Path, over: tuple[Path, ...]) -> None:
    experiment = load_experiment(path, over)
    assert experiment.question
    assert experiment.source == ("sample" if over else yaml.safe_load(path.read_text())["source"])


@pytest.mark.parametrize("name", sorted(path.stem for path in Path("configs/sources").glob("*.yaml")))
def test_every_committed_source_loads_by_name_and_by_path(name: str) -> None:
    source, root = load_source(name)
    assert root == Path.cwd()
    assert load_source(f"configs/sources/{name}.yaml") == (source, root)
    assert "transactions" in source.tables


def test_paths_of_a_source_elsewhere_start_beside_it(asked) -> None:
    text = Path("configs/sources/sample.yaml").read_text()
    _, root = load_source(str(asked(text, "shop.yaml")))
    assert root == asked(text, "shop.yaml").parent


def test_sections_are_merged_and_lists_and_uses_are_replaced(asked) -> None:
    path = asked(
        "window: {horizon_days: 60}\n"
        "segments: {columns: [recency_days, spend_total], guards: {coverage: {at_least: 0.5}}}\n"
        "churn: {decline_label: no_order}\n"
    )
    experiment = load_experiment(path, sets=["window.as_of=2025-01-01", "segments.spaces=[ranks]"])
    assert experiment.window.model_dump() == {"as_of": date(2025, 1, 1), "lookback_days": 365, "horizon_days": 60}
    assert experiment.segments.columns == ["recency_days", "spend_total"]
    assert experiment.segments.spaces == ["ranks"]
    assert {"coverage", "smallest_share", "stability_score"} <= set(experiment.segments.guards)
    assert experiment.segments.guards["coverage"].at_least == 0.5
    assert uses(experiment.churn.decline_label) == [Use("no_order")]


def test_the_last_word_is_the_command_line_s(asked) -> None:
    over = asked("seed: 2\n", "over.yaml")
    assert load_experiment(asked("seed: 1\n")).seed == 1
    assert load_experiment(asked("seed: 1\n"), [over]).seed == 2
    assert load_experiment(asked("seed: 1\n"), [over], ["seed=3"]).seed == 3


def test_settings_may_be_changed_within_a_use(asked) -> None:
    experiment = load_experiment(asked("question: q\n"), sets=["churn.decline_label.share=0.3"])
    assert uses(experiment.churn.decline_label) == [
        Use("value_decline", {"share": 0.3, "top_share": 0.4, "min_horizons": 2})
    ]


def test_every_fault_is_told_at_once_with_file_and_path(asked) -> None:
    path = asked(
        "windw: 3\n"
        "segments: {nope: 1, clusterers: [{use: kmean, n_segments: 3}, {use: kmeans, n_segmnts: 3}]}\n"
        "features: {use: [recency_days, {use: spend_last, days: thirty}]}\n"
        "map: umapp\n"
    )
    over = asked("window: {horizon_days: soon}\nsegments: {guards: {coverag: {at_least: 0.9}}}\n", "over.yaml")
    faults = refused(path, (over,), ("churn.choose_by=brier", "flag_top_share=2"))
    assert set(wheres(faults)) >= {
        f"{path}: windw",
        f"{path}: segments.nope",
        f"{path}: segments.clusterers",
        f"{path}: segments.clusterers.kmeans.n_segmnts",
        f"{path}: segments.clusterers.kmeans",
        f"{path}: features.use.spend_last.days",
        f"{path}: map",
        f"{over}: window.horizon_days",
        f"{over}: segments.guards",
        "--set churn.choose_by=brier: churn.choose_by",
        "--set flag_top_share=2: flag_top_share",
        "configs/base.yaml: segments.columns",
    }


@pytest.mark.parametrize(
    ("text", "where", "said"),
    [
        ("window: {as_off: 2025-01-01}", "window.as_off", "an unknown key"),
        ("segments: {guards: {coverage: {at_leest: 1}}}", "segments.guards.coverage.at_leest", "an unknown key"),
        ("rules: putler12", "rules", "write `putler11`"),
        ("lifetime: {use: same_rate, min_customers: 3}", "lifetime.same_rate.min_customers", "one of none"),
        ("features: {use: [{use: spend_last}]}", "features.use.spend_last", "write {use: spend_last, days: ...}"),
        (
            "features: {use: [{use: spend_last, days: 1.5}]}",
            "features.use.spend_last.days",
            "found 1.5; expected a valid integer",
        ),
        (
            "segments: {clusterers: [{use: kmeans, n_segments: 1}]}",
            "segments.clusterers.kmeans.n_segments",
            "equal to 2",
        ),
        (
            "segments: {clusterers: [{use: kmeans, n_segments: 3, seed: 1}]}",
            "segments.clusterers.kmeans.seed",
            "n_init",
        ),
        ("segments: {clusterers: [{use: kmeans, n_segments: []}]}", "segments.clusterers.0", "a list of values"),
        ("segments: {clusterers: []}", "segments.clusterers", "at least 1 item"),
        ("features: {use: [{days: 3}]}", "features.use.0", "expected a name, or {use: name"),
        ("features: {use: [{use: 3}]}", "features.use.0", "expected a name, or {use: name"),
        ("lifetime: {use: bgnbd_gamma_gamma, min_customers: [1, 2]}", "lifetime", "one value for each setting"),
        ("segments: {columns: [recency_days, spend]}", "segments.columns", "`spend`; expected one of recency_days"),
        ("churn: {columns: [spend_last_7]}", "churn.columns", "add it to `features.use`"),
        ("segments: {choose_by: silhouette}", "segments.choose_by", "write `silhouette_score`"),
        ("segments: {guards: {roc_auc_score: {at_least: 1}}}", "segments.guards", "`roc_auc_score`"),
        ("segments: {guards: {largest_share: {}}}", "segments.guards.largest_share", "at_least, at_most or both"),
        ("churn: {choose_by: silhouette_score}", "churn.choose_by", "one of active_roc_auc_score, average_precision"),
        ("window: {lookback_days: some}", "window.lookback_days", "a valid integer"),
        ("window: {lookback_days: 0}", "window.lookback_days", "greater than 0, or 'all'"),
        ("window: soon", "window", "'soon'"),
        ("memory_limit: much", "memory_limit", "'much'"),
        ("churn: {decline_label: {share: 2}}", "churn.decline_label.value_decline.share", "less than 1"),
        ("segments: {choose_by: adjusted_rand_score}", "segments.choose_by", "without a segments.truth"),
        ("segments: {guards: {adjusted_rand_score: {at_least: 0}}}", "segments.guards", "set segments.truth"),
        ("segments: {choose_by: coverage}", "segments.choose_by", "`coverage`; expected one of above_null_score"),
        ("churn: {choose_by: base_rate}", "churn.choose_by", "`base_rate`; expected one of active_roc_auc_score"),
        ("segments: {columns: [n_orders, n_orders]}", "segments.columns", "2 times; expected each column once"),
        ("churn: {columns: [n_orders, n_orders, n_orders]}", "churn.columns", "`n_orders` 3 times"),
        ("segments: {columns: recency_days}", "segments.columns", "a valid list"),
        ("seed: 4294967296", "seed", "less than 4294967296"),
        ("window: {horizon_days: 36501}", "window.horizon_days", "less than or equal to 36500"),
        ("window: {lookback_days: 1000000000000}", "window.lookback_days", "less than or equal to 36500, or 'all'"),
        ("segments: {judge_space: {use: ranks, n_quantiles: 1}}", "segments.judge_space.ranks.n_quantiles", "to 2"),
        ("map: {use: umap, n_neighbors: 1}", "map.umap.n_neighbors", "greater than or equal to 2"),
        ("map: {use: umap, n_epochs: 0}", "map.umap.n_epochs", "greater than or equal to 1"),
        ("features: {use: [{use: spend_last, days: 0}]}", "features.use.spend_last.days", "greater than or equal to 1"),
        (
            "features: {use: [{use: spend_change, days: 0}]}",
            "features.use.spend_change.days",
            "greater than or equal to 1",
        ),
        ("features: {use: [{use: order_days_last, days: -3}]}", "features.use.order_days_last.days", "or equal to 1"),
        ("churn: {churn_label: {use: spend_decline}}", "churn.churn_label", "a label that everyone can be asked"),
        ("churn: {churn_label: spend_decline}", "churn.churn_label", "ask it as churn.decline_label"),
        ("churn: {churn_label: rhythm_break}", "churn.churn_label", "a label that everyone can be asked"),
        ("churn: {also: [value_declin]}", "churn.also", "write `value_decline`"),
        ("churn: {also: [{use: rhythm_break, quantile: 1}]}", "churn.also.rhythm_break.quantile", "less than 1"),
        ("churn: {classifiers: []}", "churn.classifiers", "at least 1 item"),
        ("churn: {baselines: []}", "churn.baselines", "at least 1 item"),
        ("churn: {baselines: [logistic]}", "churn.baselines", "expected_orders, hiatus, last_change"),
        ("churn: {learn_from: {origins: 0}}", "churn.learn_from.origins", "greater than or equal to 1"),
        ("churn: {learn_from: {every_days: 0}}", "churn.learn_from.every_days", "greater than 0"),
        ("churn: {judged_also_at: [soon]}", "churn.judged_also_at.0", "a valid date"),
        ("churn: {calibrate: 1}", "churn.calibrate", "a valid boolean"),
        ("churn: {least_customers: 19}", "churn.least_customers", "greater than or equal to 20"),
        ("churn: {least_yes: 4}", "churn.least_yes", "greater than or equal to 5"),
        ("churn: {search: {trials: 0, settings: {}}}", "churn.search.trials", "greater than or equal to 1"),
        ("churn: {search: {trials: 3}}", "churn.search.settings", "nothing"),
        (
            "churn: {classifiers: [logistic], search: {trials: 3, settings: {stacked: {folds: [3, 5]}}}}",
            "churn.search.settings",
            "`stacked`; expected one of churn.classifiers: logistic",
        ),
        (
            "churn: {search: {trials: 3, settings: {logistic: {D: [0.1]}}}}",
            "churn.search.settings.logistic.D",
            "an unknown setting; expected one of C",
        ),
        (
            "churn: {search: {trials: 3, settings: {logistic: {C: [0.1, -1]}}}}",
            "churn.search.settings.logistic.C",
            "-1; expected greater than 0",
        ),
        (
            "churn: {search: {trials: 3, settings: {logistic: {C: []}}}}",
            "churn.search.settings.logistic.C",
            "at least 1 item",
        ),
        ("campaign: {contact_cost: -1}", "campaign.contact_cost", "greater than or equal to 0"),
        ("campaign: {offer_cost: .inf}", "campaign.offer_cost", "a finite number"),
        ("campaign: {success_rate: [0.3, 0.1]}", "campaign.success_rate", "the lowest first, then the highest"),
        ("campaign: {success_rate: [0.3]}", "campaign.success_rate", "at least 2 items"),
        ("campaign: {success_rate: [0.1, 1.5]}", "campaign.success_rate.1", "less than or equal to 1"),
        ("campaign: {margin_share: 0}", "campaign.margin_share", "greater than 0"),
        ("campaign: {control_share: 1}", "campaign.control_share", "less than 1"),
        ("campaign: {capacity: 0}", "campaign.capacity", "greater than or equal to 1"),
        ("campaign: {capacity: 1.5}", "campaign.capacity", "less than 1"),
        ("campaign: {cost: 1}", "campaign.cost", "an unknown key"),
        ("flag_top_share: 0.1", "flag_top_share", "an unknown key"),
    ],
)
def test_a_fault_names_the_key_and_what_was_expected(asked, text: str, where: str, said: str) -> None:
    path = asked(f"question: q\n{text}\n")
    faults = refused(path)
    (fault,) = [fault for fault in faults if fault.startswith(str(path))]
    assert fault.startswith(f"{path}: {where}: found ")
    assert said in fault
    # A feature that is gone is missed by the columns that base.yaml asks for.
    assert {where.split()[1] for where in wheres(faults)} <= {
        where,
        "segments.columns",
        "churn.columns",
        "forecasts.columns",
    }


def test_all_faults_of_a_campaign_and_a_search_are_told_at_once(asked) -> None:
    path = asked(
        "campaign: {contact_cost: -1, offer_cost: -5, success_rate: [0.1, 2], margin_share: 0, capacity: 0}\n"
        "churn: {search: {trials: 0, settings: {logistic: {C: [-1], D: [1]}, hiatus: {}}}}\n"
    )
    assert sorted(where.removeprefix(f"{path}: ") for where in wheres(refused(path))) == [
        "campaign.capacity",
        "campaign.contact_cost",
        "campaign.margin_share",
        "campaign.offer_cost",
        "campaign.success_rate.1",
        "churn.search.settings",
        "churn.search.settings.logistic.C",
        "churn.search.settings.logistic.D",
        "churn.search.trials",
    ]


@pytest.mark.parametrize("limit", ["99.9MB", "99999KB", "95MiB", "0GB", "1B", "1PB", "1 gb", "99999999TB", "-1GB"])
def test_a_memory_limit_that_duckdb_cannot_work_with_is_refused(limit: str) -> None:
    (fault,) = refused(PLANTED, sets=(f"memory_limit={limit}",))
    assert f"memory_limit: found '{limit}'; expected 100MB to 1000TB" in fault


@pytest.mark.parametrize("limit", ["100MB", "100000KB", "96MiB", "0.1 GB", "1.5GiB", "1TB"])
def test_a_memory_limit_that_is_taken_is_one_that_duckdb_takes(limit: str) -> None:
    taken = load_experiment(PLANTED, sets=[f"memory_limit={limit}"]).memory_limit
    with duckdb.connect(config={"memory_limit": taken}) as connection:
        assert connection.sql("SELECT sum(range) FROM range(1000)").fetchall() == [(499500,)]


@pytest.mark.parametrize("name", ["", " ", "a/b", "a:b", "it's", ".", "..", "../a", "a ", "-a", "a\n"])
def test_a_model_name_that_the_registry_cannot_keep_is_refused(asked, name: str) -> None:
    (fault,) = refused(asked(yaml.safe_dump({"model_name": name})))
    assert f"model_name: found {name!r}; expected letters, digits" in fault


@pytest.mark.parametrize("name", ["a", "my shop", "Shop_2.0-beta", "7", "_a", "Käufer"])
def test_a_model_name_that_is_taken_is_one_that_the_registry_takes(asked, name: str) -> None:
    taken = load_experiment(asked(yaml.safe_dump({"model_name": name}))).model_name
    _validate_model_name(taken)
    assert _parse_model_uri(f"models:/{taken}@champion").name == name


def test_up_to_its_bounds_everything_is_taken(asked) -> None:
    path = asked(
        "seed: 4294967295\n"
        "window: {lookback_days: 36500, horizon_days: 36500}\n"
        "segments: {truth: kind, choose_by: adjusted_rand_score, judge_space: {use: ranks, n_quantiles: 2}}\n"
        "churn: {choose_by: lift_at_10_score}\n"
        "map: {use: umap, n_neighbors: 2, n_epochs: 1}\n"
    )
    experiment = load_experiment(path, sets=["segments.guards.adjusted_rand_score.at_least=0.1"])
    assert experiment.segments.choose_by == "adjusted_rand_score"
    assert np.random.RandomState(experiment.seed)  # scikit-learn's bound


def test_everything_that_can_choose_says_which_way_is_better() -> None:
    for path in ("segments.choose_by", "churn.choose_by"):
        assert METRICS[path]
        assert all(name.endswith(("_score", "_loss")) for name in METRICS[path])
    assert set(METRICS["segments.guards"]) > set(METRICS["segments.choose_by"])


def test_a_missing_key_is_told(asked, monkeypatch: pytest.MonkeyPatch) -> None:
    base = yaml.safe_load(Path("configs/base.yaml").read_text())
    del base["seed"], base["window"]["as_of"]
    monkeypatch.setattr("clientscape.run.config.BASE", asked(yaml.safe_dump(base), "base.yaml"))
    path = asked("question: q\n")
    assert [fault.partition("; expected")[0] for fault in refused(path)] == [
        f"{path.with_name('base.yaml')}: window.as_of: found nothing",
        f"{path}: seed: found nothing",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- a list\n", "found list; expected keys and values"),
        ("", "found NoneType; expected keys and values"),
        ("window: {\n", "expected valid YAML"),
        ("window: {as_of: 2025-02-30}\n", "day is out of range for month"),
        ("seed: 1\nquestion: q\nseed: 2\n", "the key `seed` a second time (first in line 1)"),
        ("churn:\n  columns: [T]\n  columns: [x]\n", '", line 3, column 3'),
    ],
)
def test_what_is_no_config_is_refused(asked, text: str, said: str) -> None:
    path = asked(text)
    (fault,) = refused(path)
    assert fault.startswith(f"{path}: ")
    assert said in fault


def test_a_merged_key_may_be_overruled(asked) -> None:
    text = "shop: {q: &a {<<: *z, x: 1}}\nother: {<<: *a, y: 3}\n"
    assert read_yaml(asked("z: &z {x: 0}\n" + text))["other"] == {"x": 1, "y": 3}


def test_files_that_are_not_there_are_told_together() -> None:
    faults = refused(Path("nope.yaml"), (Path("neither.yaml"),))
    assert wheres(faults) == ["nope.yaml", "neither.yaml"]


@pytest.mark.parametrize("setting", ["seed", "=3", "seed=[", "window.as_of=2025-02-30", "churn={a: 1, a: 2}"])
def test_a_setting_that_cannot_be_read_is_refused(setting: str) -> None:
    (fault,) = refused(PLANTED, sets=(setting,))
    assert fault.startswith(f"--set: found `{setting}`")


@pytest.mark.parametrize(
    ("setting", "path"),
    [
        ("seed=-1", "seed"),
        ("segmnts.truth=x", "segmnts"),
        ("churn.decline_label.share=2", "churn.decline_label.value_decline.share"),
        ("churn.decline_label={use: spend_decline, share: 3}", "churn.decline_label.spend_decline.share"),
        ("segments.guards.coverag.at_least=1", "segments.guards"),
        ("window.as_of.day=3", "window.as_of"),
    ],
)
def test_the_place_of_a_fault_is_the_setting_that_made_it(setting: str, path: str) -> None:
    (fault,) = refused(PLANTED, sets=(setting,))
    assert fault.startswith(f"--set {setting}: {path}: found ")


def test_who_wrote_last_is_named(asked) -> None:
    path = asked("churn: {decline_label: {share: 2}}\n")
    over = asked("churn: {decline_label: {use: spend_decline, share: 3}}\n", "over.yaml")
    assert wheres(refused(path)) == [f"{path}: churn.decline_label.value_decline.share"]
    assert wheres(refused(path, (over,))) == [f"{over}: churn.decline_label.spend_decline.share"]


def test_a_source_is_checked_as_strictly(asked) -> None:
    path = asked(
        "description: x\ncovers: [2024-01-01]\ntimezone: 3\n"
        "tables: {transactions: {fles: x, columns: {amount: 1}, set_aside: [{name: x, wen: y}]}, orders: {}}\n",
        "shop.yaml",
    )
    with pytest.raises(InputError) as caught:
        load_source(str(path))
    assert {fault.where.removeprefix(f"{path}: ") for fault in caught.value.faults} >= {
        "covers.1",
        "timezone",
        "currency",
        "tables.orders",
        "tables.transactions.fles",
        "tables.transactions.files",
        "tables.transactions.columns.amount",
        "tables.transactions.set_aside.0.wen",
        "tables.transactions.set_aside.0.when",
    }


@pytest.mark.parametrize("name", ["smaple", "configs", "", "README.md"])
def test_an_unknown_source_is_answered_with_the_known_ones(name: str) -> None:
    with pytest.raises(InputError, match="cdnow, complete_journey, sample"):
        load_source(name)
