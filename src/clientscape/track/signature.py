"""What the exported model takes, as MLflow states it: columns, params, and a made-up example."""

from typing import Any

import pandas as pd

from clientscape.columns import KINDS_OF_TOUCH
from clientscape.scorer.model import Scorer
from clientscape.scorer.needed import LINES, TABLE, columns_needed, tables_needed
from clientscape.tables import SCORES

PARAMS = ("as_of", "covers_from", "currency", "row_is")


def signature_of(scorer: Scorer) -> Any:
    """The columns and params of a scorer, those that need not be there marked so; and the columns of scores."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema
    from mlflow.types.schema import AnyType

    types = {"text": DataType.string, "time": DataType.datetime, "count": DataType.long, "flag": DataType.boolean}
    # Declared as yes or no, what is missing would be made a no by MLflow.
    taken = {"text": DataType.string, "time": DataType.datetime, "number": DataType.double, "flag": AnyType()}
    columns = columns_needed(scorer.plan, scorer.facts)
    inputs = [ColSpec(taken[column.kind], column.name, required=column.required) for column in columns]
    params = [ParamSpec(name, DataType.string, default) for name, default in _defaults(scorer).items()]
    outputs = [ColSpec(types.get(kind, DataType.double), name) for name, kind in SCORES.items()]
    return ModelSignature(inputs=Schema(inputs), outputs=Schema(outputs), params=ParamSchema(params))


def example_of(scorer: Scorer) -> tuple[pd.DataFrame, dict[str, str]]:
    """A made-up customer with a row in each table, and the date to score at: nobody's own lines go into the model."""
    facts, tables = scorer.facts, tables_needed(scorer.plan, scorer.facts)
    day = pd.Timestamp(facts["as_of"]).as_unit("us") - pd.Timedelta(days=1)
    values = {"text": "example", "time": day, "number": 12.0, "flag": True}
    rows = []
    for table, kinds in tables.items():
        row: dict[str, Any] = {name: values[kind] for name, kind in kinds.items()}
        row |= {"kind": KINDS_OF_TOUCH[0]} if "kind" in row else {}
        row |= {"currency": facts["currency"]} if table == LINES else {}
        rows.append(row | ({TABLE: table} if len(tables) > 1 else {}))
    names = [column.name for column in columns_needed(scorer.plan, facts)]
    return pd.DataFrame(rows, columns=names), _defaults(scorer) | {"as_of": facts["as_of"]}


def _defaults(scorer: Scorer) -> dict[str, str]:
    """The params: what is not said is as it was in training; as_of must be said."""
    facts = scorer.facts
    known = {"covers_from": facts["covers"][0], "currency": facts["currency"], "row_is": facts["row_is"]}
    return {name: known.get(name, "") for name in PARAMS}
