"""Airflow 3: the scores of each night. Exit code 1 is tried again; 2 (input refused) and 3 (drift gate) are not."""

import subprocess
from datetime import timedelta

import pendulum
from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowFailException

ZONE = "Europe/Berlin"
COMMAND = (
    "/srv/clientscape/.venv/bin/clientscape score /srv/clientscape/configs/sources/shop.yaml"
    " --model models:/shop@champion --store http://mlflow.example.org:5000"
    " --as-of {as_of} --until {until} --out postgresql://scorer@db.example.org/shop --table scores"
)
SAID = {2: "the input is refused", 3: "the drift gate said no"}


@task(retries=3, retry_delay=timedelta(minutes=10))
def score(as_of: str, until: str) -> str:
    """The job's one line of JSON; a night that is repeated writes the same rows."""
    words = COMMAND.format(as_of=as_of, until=until).split()
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=False)
    print(done.stdout)
    if done.returncode in SAID:
        raise AirflowFailException(SAID[done.returncode])
    done.check_returncode()
    return done.stdout


@dag(schedule="0 4 * * *", start_date=pendulum.datetime(2025, 1, 1, tz=ZONE), catchup=False, max_active_runs=1)
def clientscape_score() -> None:
    """Score every customer as of the midnight before."""
    day = f"data_interval_end.in_timezone('{ZONE}')"
    score(f"{{{{ {day}.to_date_string() }}}}", f"{{{{ {day}.add(days=1).to_date_string() }}}}")


clientscape_score()
