"""The exported model through MLflow: as a pyfunc, and as a server that answers."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from tests.run.scored import assert_same

from clientscape.faults import InputError
from clientscape.tables import SCORES
from clientscape.track.store import open_store

AS_OF = {"as_of": "2025-04-01"}
SOME = ("C00001", "C00003", "C00004", "C00008", "C00013")  # with touches and points, with one of both, with neither
BLOCKED = """
import pathlib
import sys
pathlib.Path(__file__).with_name("obeyed").touch()
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"umap", "hdbscan", "matplotlib", "optuna"}:
            raise ImportError(f"{name} is not to be had", name=name)
sys.meta_path.insert(0, Blocked())
"""


@pytest.fixture(scope="module")
def model(exported):
    open_store(exported.store)
    return mlflow.pyfunc.load_model("models:/shop@champion")


@pytest.fixture(scope="module")
def scores(exported, shop, window):
    return exported.scorer.score(shop, window.as_of)


def alone(rows: pd.DataFrame, customer: str) -> pd.DataFrame:
    return rows[rows["customer_id"] == customer].reset_index(drop=True)


class TestPyfunc:
    def test_all_get_what_the_scorer_gives_them_with_the_model_s_name_on_it(self, exported, model, scores):
        found = model.predict(exported.rows, params=AS_OF)
        assert_same(found, scores)
        assert set(found["model_version"]) == {"1"}
        assert set(found["run_id"]) == {exported.run_id}

    @pytest.mark.parametrize("customer", SOME)
    def test_alone_he_gets_the_same(self, exported, model, scores, customer):
        rows = alone(exported.rows, customer).sample(frac=1, random_state=3)
        found = model.predict(rows, params=AS_OF)
        assert_same(found, scores[scores["customer_id"] == customer].reset_index(drop=True))

    def test_columns_that_hold_nothing_of_him_may_be_left_out(self, exported, model, scores):
        """As a service that knows one customer would send it: without the columns of tables that he is not in."""
        rows = alone(exported.rows, "C00001")
        assert set(rows["table"]) == {"transactions", "customers"}
        found = model.predict(rows.drop(columns=["at", "kind", "points", "reason"]), params=AS_OF)
        assert_same(found, scores[scores["customer_id"] == "C00001"].reset_index(drop=True))

    def test_the_signature_says_what_it_takes_and_gives(self, model):
        inputs, params = model.metadata.get_input_schema(), model.metadata.get_params_schema()
        assert inputs.required_input_names() == ["customer_id", "order_id", "ordered_at", "amount"]
        assert inputs.optional_input_names() == [
            *("table", "quantity", "product_id", "category", "discount", "coupon", "margin"),
            *("channel", "payment_method", "store", "currency"),
            *("email_consent", "joined_on", "region", "at", "kind", "points"),
        ]
        assert [param.name for param in params] == ["as_of", "covers_from", "currency", "row_is"]
        assert model.metadata.get_output_schema().input_names() == list(SCORES)

    def test_the_example_has_every_column_and_can_be_scored(self, exported, model):
        example, params = model.input_example, model.metadata.load_input_example_params(model.metadata.artifact_path)
        assert example.columns.tolist() == model.metadata.get_input_schema().input_names()
        assert len(model.predict(example, params=params)) == 1


class TestRefusals:
    def test_all_that_is_wrong_is_said_at_once(self, exported, model):
        rows = alone(exported.rows, "C00002").drop(columns="category")
        rows.loc[0, "amount"] = float("nan")
        rows.loc[1, "ordered_at"] = pd.Timestamp("2025-04-01 00:00:00")
        rows.loc[2, "table"] = "baskets"
        rows.loc[3, "currency"] = "USD"
        rows["email_consent"] = rows["email_consent"].astype(object).mask(rows["table"] == "customers", "perhaps")
        asked = {"as_of": "2025-04-01", "currency": "USD", "row_is": "order", "covers_from": "2025-01-01"}
        with pytest.raises(InputError) as refused:
            model.predict(rows, params=asked)
        found = {fault.where: fault.found for fault in refused.value.faults}
        assert set(found) == {
            "params.lookback_days",
            "score.as_of",
            "score.currency",
            "score.row_is",
            "model input: ordered_at",
            "model input: table",
            "model input: transactions.category",
            "model input: transactions.ordered_at",
            "model input: transactions.amount",
            "model input: transactions.currency",
            "model input: customers.email_consent",
        }
        assert found["model input: ordered_at"] == "1 rows of the future (row 1: 2025-04-01 00:00:00)"
        assert "row 2: 'baskets'" in found["model input: table"]

    def test_a_date_must_be_given_and_be_one(self, exported, model):
        rows = alone(exported.rows, "C00002")
        with pytest.raises(InputError, match=r"params\.as_of: found ''; expected a date like 2017-10-01"):
            model.predict(rows)
        bad = {"as_of": "yesterday", "covers_from": "1st of May"}
        with pytest.raises(InputError) as refused:
            model.predict(rows.assign(amount=float("nan")), params=bad)
        assert {fault.where for fault in refused.value.faults} == {
            "params.as_of",
            "params.covers_from",
            "model input: transactions.amount",
        }

    def test_touches_of_the_future_are_refused_too(self, exported, model):
        rows = exported.rows[exported.rows["table"].isin(["transactions", "customers", "touches"])]
        late = rows["at"].where(rows.index != rows["at"].last_valid_index(), pd.Timestamp("2025-04-02"))
        with pytest.raises(InputError, match=r"model input: at: found 1 rows of the future"):
            model.predict(rows.assign(at=late), params=AS_OF)

    def test_lines_alone_do_not_pass_for_a_shop_without_touches(self, exported, model):
        lines = exported.rows[exported.rows["table"] == "transactions"]
        with pytest.raises(InputError, match=r"model input: table: found no such column; expected the table of each"):
            model.predict(lines.drop(columns="table"), params=AS_OF)

    def test_somebody_without_an_order_line_is_refused(self, exported, model):
        rows = alone(exported.rows, "C00002")
        with pytest.raises(InputError, match="model input: transactions: found no rows"):
            model.predict(rows[rows["table"] == "customers"], params=AS_OF)

    def test_missing_columns_that_must_be_there_are_named_all(self, exported, model):
        """By MLflow, which sees them before the model does."""
        rows = alone(exported.rows, "C00002").drop(columns=["amount", "order_id"])
        with pytest.raises(mlflow.MlflowException, match=r"missing inputs \['order_id', 'amount'\]"):
            model.predict(rows, params=AS_OF)

    @pytest.mark.parametrize(
        ("spoil", "said"),
        [
            (lambda scorer: (scorer / "parts.skops").write_bytes(b"\0"), "found checksum"),
            (lambda scorer: (scorer / "plan.json").unlink(), "found no file"),
            (lambda scorer: (scorer.parent / "more.pkl").write_bytes(b"\x80"), "found what was not exported"),
            (lambda scorer: (scorer / "more.pkl").write_bytes(b"\x80"), "found a file that was not exported"),
        ],
        ids=["changed", "missing", "pickle beside the scorer", "pickle in it"],
    )
    def test_a_folder_that_is_not_as_it_was_exported_does_not_load(self, exported, tmp_path, spoil, said):
        open_store(exported.store)
        folder = mlflow.artifacts.download_artifacts("models:/shop/1", dst_path=str(tmp_path / "copied"))
        spoil(Path(folder) / "artifacts" / "scorer")
        with pytest.raises(InputError, match=said):
            mlflow.pyfunc.load_model(folder)


class Served:
    """A server of the model, as `mlflow models serve` starts it."""

    def __init__(self, port: int, obeyed: Path) -> None:
        self.address, self.obeyed = f"http://127.0.0.1:{port}", obeyed

    def is_up(self) -> bool:
        with suppress(urllib.error.URLError, ConnectionError), urllib.request.urlopen(f"{self.address}/ping") as told:
            return told.status == 200
        return False

    def answers(self, rows: pd.DataFrame, params: dict[str, str]) -> tuple[int, str]:
        """Status and text of what it says to some rows."""
        asked = {"dataframe_split": json.loads(rows.to_json(orient="split", date_format="iso")), "params": params}
        body, header = json.dumps(asked).encode(), {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.address}/invocations", body, header)
        try:
            with urllib.request.urlopen(request) as told:
                return told.status, told.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def server(exported, tmp_path_factory):
    """One that can import neither umap nor matplotlib nor hdbscan."""
    folder, port = tmp_path_factory.mktemp("served"), free_port()
    (folder / "sitecustomize.py").write_text(BLOCKED)
    store = f"sqlite:///{exported.store / 'mlflow.db'}"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # MLflow looks there for uvicorn
    told = {"MLFLOW_TRACKING_URI": store, "MLFLOW_DISABLE_TELEMETRY": "true", "PYTHONPATH": str(folder), "PATH": path}
    words = ["models", "serve", "-m", "models:/shop@champion", "--env-manager", "local", "--host", "127.0.0.1"]
    with (folder / "log").open("w") as log:
        started = subprocess.Popen(
            [sys.executable, "-m", "mlflow", *words, "--port", str(port)],
            env=os.environ | told,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            served = Served(port, folder / "obeyed")
            while not served.is_up():
                assert started.poll() is None, (folder / "log").read_text()
                time.sleep(0.2)
            yield served
        finally:
            with suppress(ProcessLookupError):
                os.killpg(started.pid, signal.SIGTERM)
            started.wait()


def no_json(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


def test_a_server_scores_and_refuses(exported, server, scores):
    """`mlflow models serve`, asked as the README does; once, as it takes seconds to start."""
    rows = exported.rows[exported.rows["customer_id"].isin(SOME)]
    status, text = server.answers(rows, AS_OF)
    assert status == 200, text
    found = pd.DataFrame(json.loads(text, parse_constant=no_json)["predictions"])
    found["as_of"] = pd.to_datetime(found["as_of"])
    expected = scores[scores["customer_id"].isin(SOME)].reset_index(drop=True)
    assert_same(found.astype({"p_alive": float, "p_decline": float}), expected)
    assert set(found["model_version"]) == {"1"}
    assert server.obeyed.exists()

    status, text = server.answers(rows.assign(amount=1.234), AS_OF | {"currency": "USD"})
    assert status == 400
    said = json.loads(text)
    assert "score.currency: found USD; expected EUR" in said["message"]
    assert "model input: transactions.amount" in said["message"]
    assert "Traceback" not in text
