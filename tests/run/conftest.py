"""A model with every feature of the catalogue, as MLflow exports it."""

from dataclasses import replace

import pytest
from tests.run.exported import Exported, plan_of, stacked

from clientscape.evaluate.promotion import Verdict
from clientscape.scorer.model import Scorer
from clientscape.track.execution import execution
from clientscape.track.model import register


@pytest.fixture(scope="session")
def exported(shop, window, every_use, new_store):
    columns = [use.name for use in every_use]
    scorer = Scorer(plan_of(every_use, columns)).fit(replace(shop, row_is="line"), window)
    store = new_store()
    with execution(store, "shop", {}, "key") as parent:
        register(parent, scorer, "shop", "", Verdict(False, "Not compared."), {"data": "0123456789abcdef"})
    return Exported(scorer, store, parent.run_id, stacked(str(window.as_of)))
