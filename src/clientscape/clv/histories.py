"""Customer histories as the papers write them (x, t_x, T, m_x), and their contract."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from clientscape.faults import Fault, refuse

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]

# column -> what it holds, as faults say it
MEANING = {
    "x": "the number of repeat order days",
    "t_x": "the time from the first to the last order day",
    "T": "the time from the first order day to the as-of date",
    "m_x": "the mean value of a repeat order day (may be missing where x is 0)",
    "weights": "the number of customers that a row stands for",
    "horizon": "the length of the future",
    "last_rate": "the order days per unit of time in the last period",
    "n": "a number of order days",
}
COUNTS = ("x", "n")

BLOCK = 1 << 16  # rows that fit into the processor's cache with all that is computed of them


def checked(**columns: npt.ArrayLike) -> list[FloatArray]:
    """Return the columns as float arrays of one length, in the order given, or raise one InputError with every fault.

    Any of `x, t_x, T, m_x, weights` [n_customers], or `n` [n], and `horizon`, a scalar.
    """
    arrays = {name: np.asarray(values, dtype=np.float64) for name, values in columns.items()}
    rows = {name: values for name, values in arrays.items() if name != "horizon"}
    faults = [*_shape_faults(rows)] or ([] if _sound(rows) else [*_row_faults(rows)])
    if "horizon" in arrays:
        horizon = arrays["horizon"]
        if horizon.ndim or not np.isfinite(horizon) or horizon < 0:
            faults.append(Fault("horizon", f"{horizon}", "one number, 0 or more", f"give {MEANING['horizon']}"))
    refuse(faults)
    return list(arrays.values())


def _sound(rows: dict[str, FloatArray]) -> bool:
    """Whether there is no fault in any row, in few passes; which fault it is takes more of them."""
    size = next(iter(rows.values())).size if rows else 0
    return all(
        _sound_block({name: values[start : start + BLOCK] for name, values in rows.items()})
        for start in range(0, size, BLOCK)
    )


def _sound_block(rows: dict[str, FloatArray]) -> bool:
    sound = all(values.min() >= 0 and values.max() < np.inf for name, values in rows.items() if name != "m_x")
    sound = sound and all((np.rint(rows[name]) == rows[name]).all() for name in COUNTS if name in rows)
    if "m_x" in rows:
        missing = np.isnan(rows["m_x"]) & (rows["x"] == 0) if "x" in rows else False
        sound = sound and bool((np.isfinite(rows["m_x"]) | missing).all())
    if {"x", "t_x", "T"} <= rows.keys():
        x, t_x, T = rows["x"], rows["t_x"], rows["T"]
        sound = sound and bool((t_x <= T).all() and ((x > 0) == (t_x > 0)).all())
    return sound


def _shape_faults(rows: dict[str, FloatArray]) -> Iterator[Fault]:
    for name, values in rows.items():
        if values.ndim != 1:
            yield Fault(name, f"{values.ndim} dimensions", "one value for each customer", f"give {MEANING[name]}")
    sizes = {name: values.size for name, values in rows.items()}
    if len(set(sizes.values())) > 1:
        found = "different lengths (" + ", ".join(f"{name} {size}" for name, size in sizes.items()) + ")"
        yield Fault(", ".join(sizes), found, "one row for each customer in all of them", "take them from one table")
    elif rows and 0 in sizes.values():
        yield Fault(", ".join(sizes), "no rows", "at least one customer", "check the as-of date and the log")


def _row_faults(rows: dict[str, FloatArray]) -> Iterator[Fault]:
    for name, values in rows.items():
        needed = rows["x"] != 0 if name == "m_x" and "x" in rows else np.ones(values.size, dtype=bool)
        unknown = needed & ~np.isfinite(values) | np.isinf(values)
        yield from _fault(name, "missing or infinite", unknown, rows, "a finite number", f"give {MEANING[name]}")
        if name != "m_x":
            yield from _fault(name, "negative", values < 0, rows, "0 or more", f"give {MEANING[name]}")
        if name in COUNTS:
            fraction = np.isfinite(values) & (values != np.rint(values))
            yield from _fault(name, "not a whole number", fraction, rows, "a count", f"give {MEANING[name]}")
    if {"x", "t_x", "T"} <= rows.keys():
        x, t_x, T = rows["x"], rows["t_x"], rows["T"]
        cure = f"let t_x be {MEANING['t_x']}, not the time since the last"
        yield from _fault("t_x", "0 although x > 0", (x > 0) & (t_x == 0), rows, "t_x > 0 where x > 0", cure)
        yield from _fault("t_x", "above 0 although x = 0", (x == 0) & (t_x > 0), rows, "t_x = 0 where x = 0", cure)
        yield from _fault("t_x", "later than T", t_x > T, rows, "t_x <= T", f"let T be {MEANING['T']}")


def _fault(
    name: str, what: str, wrong: Mask, rows: dict[str, FloatArray], expected: str, cure: str, show: int = 3
) -> Iterator[Fault]:
    at = np.flatnonzero(wrong)
    if at.size:
        shown = "; ".join(f"row {i + 1}: " + ", ".join(f"{k} {v[i]:g}" for k, v in rows.items()) for i in at[:show])
        found = f"{what} in {at.size} of {wrong.size} rows ({shown}{'; ...' if at.size > show else ''})"
        yield Fault(name, found, expected, cure)
