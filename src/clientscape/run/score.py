"""The command `score`: a model, a log, a date; one row of scores for each customer, whole or not at all."""

import math
import operator
import traceback
from collections.abc import Iterator
from dataclasses import replace
from functools import reduce
from typing import cast

from rich.console import Console

from clientscape.data.size import lines_expected, shares_needed
from clientscape.data.targets import target_of
from clientscape.evaluate.drift import judged
from clientscape.faults import Fault, InputError, UnableError, gather, refuse
from clientscape.files import passing_folder
from clientscape.processes import available
from clientscape.run.config import memory_bytes
from clientscape.run.doing import steps_of
from clientscape.run.nightly import Asked, Summary, limits_of
from clientscape.run.sources import load_source
from clientscape.run.watched import in_short, tell
from clientscape.scorer.model import Told
from clientscape.scorer.shares import Job, Share, scored, trimmed, unwritten_faults
from clientscape.scorer.store import Stored
from clientscape.track.model import load_model
from clientscape.track.store import is_address

WORTH_A_PROCESS = 3_000_000  # order lines: below, a process takes longer to start than it saves
MEMORY_OF_A_PROCESS = 1e9  # [bytes]: of less, most would be its libraries'


def score_source(asked: Asked, console: Console) -> Summary:
    """Score a source as of a date; the summary tells what came of it, also where nothing could be done."""
    summary = Summary(asked)
    try:
        _score(asked, summary, console)
    except (InputError, UnableError) as error:
        summary.failed(error)
    except (KeyboardInterrupt, SystemExit) as ended:  # Ctrl-C, or SIGTERM
        summary.failed(ended)
        summary.ended = 130 if isinstance(ended, KeyboardInterrupt) else 143
    except Exception as error:
        summary.failed(error)
        console.print(traceback.format_exc(), markup=False, highlight=False)
    return summary


def _score(asked: Asked, summary: Summary, console: Console) -> None:
    faults = list(asked.faults())
    with gather(faults):
        source, root = load_source(asked.source)
    with gather(faults):
        target = target_of(asked.out, asked.table)
        summary.told["target"] = target.shown
        faults += target.faults()
    if is_address(asked.store):  # a server that is gone would hide what is wrong here
        refuse(faults)
    with gather(faults), console.status("loading the model"):
        loaded = load_model(asked.model, asked.store)
        limits = limits_of(loaded.scorer.plan.drift, asked.sets)
    refuse(faults)
    summary.told |= {"model_version": loaded.version, "run_id": loaded.run_id}
    if asked.source != (trained := loaded.scorer.facts["source"]):
        summary.notes.append(f"the model was trained on `{trained}`, this is `{asked.source}`")
    source = trimmed(source, loaded.scorer)
    if asked.until is not None:
        source = replace(source, covers=(source.covers[0], asked.until))
    refuse(loaded.scorer.window(asked.as_of, source.covered).faults("score"))
    with passing_folder() as folder, target.locked():
        n_lines = lines_expected(source, root)
        limit = memory_bytes(asked.memory_limit)
        alone = n_lines < WORTH_A_PROCESS or asked.engine == "spark"
        n_processes = 1 if alone else max(1, min(available(), int(limit // MEMORY_OF_A_PROCESS)))
        summary.n_processes = n_processes
        n_shares, reading_limit = shares_needed(source, n_lines, limit / n_processes)
        job = Job(
            loaded.scorer,
            loaded.version,
            loaded.run_id,
            source,
            asked.source,
            root,
            asked.as_of,
            folder,
            math.ceil(n_shares / n_processes) * n_processes,  # or some would wait for the last
            reading_limit,
            asked.engine,
            cast(Told, asked.reasons),
            f"{max(limit / 2 / 2**20, 512):.0f}m",  # of less, Spark does not start
        )
        found = _shares(job, n_processes, console)
        refuse(_faults_of(found, loaded, asked))
        summary.told |= {"n_lines": found.n_lines, "set_aside": found.set_aside}
        summary.told |= {"n_customers": found.n_customers, "n_flagged": found.n_flagged}
        drift = None
        if found.tally is not None:
            reference = loaded.scorer.facts["reference"]
            drift = judged(reference, found.tally, found.lines, job.window, limits)
            summary.told["drift"] = in_short(drift)
        if drift is None or not drift.blocks:
            with console.status("writing"), found.timed("writing"):
                landed = target.land(sorted(found.pieces), asked.as_of, f"{limit / 2e6:.0f}MB")
            summary.told["n_removed"] = landed.n_removed
    summary.seconds = found.seconds
    summary.status = "drifted" if drift is not None and drift.blocks else "done"
    if drift is not None:
        tell(drift, loaded, asked, summary)


def _shares(job: Job, n_processes: int, console: Console) -> Share:
    """All shares of a job, with a bar while they are made."""
    shares = []
    with steps_of(console) as progress:
        task = progress.add_task("reading and scoring", total=job.n_shares)
        for share in scored(job, n_processes):
            shares.append(share)
            progress.update(task, advance=1)
    return reduce(operator.add, shares)


def _faults_of(found: Share, loaded: Stored, asked: Asked) -> Iterator[Fault]:
    """What only the whole log tells: that it lacks what the model needs, or that nobody is to be scored."""
    yield from unwritten_faults(found, loaded.scorer)
    if not found.n_customers:
        days = loaded.scorer.plan.lookback_days
        span = "before it" if days is None else f"in the {days} days before it"
        cure = "check the date, and what the cleaning rules set aside"
        yield Fault("score.as_of", f"{asked.as_of}, and no order {span}", "customers with an order", cure)
