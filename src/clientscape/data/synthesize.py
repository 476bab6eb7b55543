"""A synthetic shop with planted segments, and the small sample of it that the repository carries."""

import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from clientscape.window import day_number

Frames = dict[str, pd.DataFrame]
Numbers = npt.NDArray[Any]


@dataclass(frozen=True)
class Behaviour:
    """What a planted segment does in the middle; its customers spread around it, so that segments overlap a little.

    `joined` and `fades` are ranges in days before the end of the shop: when its customers come, and when their
    orders begin to dwindle. `regularity` is the shape of the gamma gaps between orders: 1 is a Poisson process.
    """

    share: float
    joined: tuple[int, int]
    orders_per_month: float
    regularity: float
    lines: float
    quality: float
    offers: float
    weekend: float
    interest: float
    member: float
    taste: tuple[float, ...]
    channels: tuple[float, ...]
    ages: tuple[float, ...]
    fades: tuple[int, int] | None = None


# fmt: off
PLANTED = {
    "devoted": Behaviour(0.12, (900, 430), 2.7, 2.5, 2.6, 0.65, 0.10, 0.9, 0.55, 0.75,
                         (5, 4, 1, 2, 1, 2), (3, 3, 4), (1, 4, 3, 2)),
    "steady": Behaviour(0.26, (900, 430), 1.0, 4.0, 1.7, 0.50, 0.12, 1.0, 0.40, 0.45,
                        (2, 4, 4, 2, 1, 1), (4, 4, 2), (1, 3, 4, 3)),
    "bargain": Behaviour(0.18, (900, 430), 2.2, 1.5, 1.3, 0.15, 0.75, 1.6, 0.60, 0.40,
                         (1, 3, 5, 2, 2, 1), (6, 2, 2), (3, 3, 2, 2)),
    "faded": Behaviour(0.12, (900, 430), 2.2, 2.5, 2.3, 0.60, 0.12, 1.0, 0.50, 0.60,
                       (3, 2, 1, 3, 3, 2), (5, 2, 3), (3, 4, 2, 1), fades=(220, 100)),
    "newcomers": Behaviour(0.12, (190, 40), 1.0, 1.2, 1.6, 0.50, 0.30, 1.2, 0.50, 0.25,
                           (2, 2, 1, 3, 4, 1), (3, 1, 6), (5, 3, 1, 1)),
    "occasional": Behaviour(0.20, (900, 300), 0.25, 1.0, 1.5, 0.50, 0.25, 1.4, 0.20, 0.10,
                            (1, 1, 1, 2, 2, 4), (5, 4, 1), (2, 2, 3, 4)),
}
# fmt: on

_AGES = ("18-29", "30-44", "45-59", "60+")
_REGIONS = ("north", "east", "south", "west")
_CHANNELS = ("web", "store", "app")
_PAYMENTS = ("card", "paypal", "invoice", "cash")
_PAYMENTS_BY_CHANNEL = np.array([[4, 3, 2, 0], [6, 0, 0, 3], [5, 4, 0, 0]])
_PRICES = {
    "coffee": 11.0,
    "pantry": 7.0,
    "household": 8.0,
    "beauty": 15.0,
    "fashion": 32.0,
    "home": 26.0,
}  # middle ones
_PRODUCTS_PER_CATEGORY = 15
_WEEKDAYS = np.array([0.9, 0.9, 0.95, 1.0, 1.15, 1.25, 0.85])  # from Monday
_FADE_DAYS = 35.0
_STAY_DAYS = 7000.0  # a few customers of every segment leave without a sign
_POINTS_PER_VOUCHER = 250

# kind of touch: the touch that it answers, how often it does (times the interest for `opened`), and where
_REACTIONS = {
    "opened": ("sent", 1.0, "email"),
    "clicked": ("opened", 0.3, "email"),
    "visited": ("clicked", 0.8, "web"),
    "redeemed": ("visited", 0.2, "web"),
    "answered": ("opened", 0.04, "email"),
    "referred": ("opened", 0.01, "app"),
    "unsubscribed": ("opened", 0.008, "email"),
}
_HEADER = {
    "order_id": "Order No",
    "customer_id": "Customer",
    "ordered_at": "Date",
    "product_id": "SKU",
    "category": "Category",
    "quantity": "Qty",
    "unit_price": "Unit price",
    "discount": "Discount",
    "channel": "Channel",
    "payment_method": "Payment",
}


def shop(n_customers: int, *, first: date, end: date, seed: int) -> Frames:
    """Raw frames by table name of a shop that covers `first` up to, not including, `end`.

    `planted_segment` of the customers is the truth that a clustering may be held against.
    """
    rng = np.random.default_rng(seed)
    people = _people(rng, n_customers, day_number(end))
    orders = _orders(rng, people, day_number(first), day_number(end))
    transactions = _lines(rng, people, orders)
    touches = _touches(rng, people, first, end)
    known = ["customer_id", "joined_on", "region", "age_band", "email_consent", "planted_segment"]
    # The register shows today's consent; who unsubscribed has withdrawn it.
    withdrawn = people["customer_id"].isin(touches.loc[touches["kind"] == "unsubscribed", "customer_id"])
    customers = people.assign(email_consent=people["email_consent"] & ~withdrawn)[known]
    members = transactions["customer_id"].isin(people.loc[people["member"], "customer_id"])
    points = _points(transactions[members])
    return {"transactions": transactions, "customers": customers, "touches": touches, "points": points}


def sample() -> Frames:
    """The frames of the committed sample: a shop of 600 customers, with the dirt that a shop's export has."""
    first, end = date(2024, 1, 1), date(2025, 7, 1)
    frames = shop(600, first=first, end=end, seed=7)
    return frames | {"transactions": _with_dirt(np.random.default_rng((7, 1)), frames["transactions"], end)}


def write_sample(folder: Path) -> None:
    """Write the sample as the files that a shop would export; the same bytes each time."""
    folder.mkdir(parents=True, exist_ok=True)
    frames = sample()
    frames["transactions"] = frames["transactions"][list(_HEADER)].rename(columns=_HEADER)
    names = {"transactions": "csv.gz", "customers": "csv", "touches": "csv.gz", "points": "csv"}
    for table, suffix in names.items():
        frames[table].to_csv(
            folder / f"{table}.{suffix}",
            index=False,
            lineterminator="\n",
            float_format="%.2f",
            date_format="%Y-%m-%d" if table == "customers" else "%Y-%m-%d %H:%M:%S",
            compression={"method": "gzip", "mtime": 0} if suffix.endswith("gz") else None,
        )


def _pick(rng: np.random.Generator, weights: Numbers) -> Numbers:
    """One position per row, drawn with the weights of that row."""
    upto = np.cumsum(weights, axis=1)
    return np.asarray((rng.random((len(weights), 1)) * upto[:, -1:] >= upto).sum(axis=1))


def _times(days: Numbers, seconds: Numbers) -> Numbers:
    return (days.astype(np.int64) * 86_400 + seconds.astype(np.int64)).astype("datetime64[s]").astype("datetime64[us]")


def _people(rng: np.random.Generator, n: int, end: int) -> pd.DataFrame:
    """Customers with what they are planted to do; segments are mixed, so that a number tells nothing."""
    upto = np.cumsum([b.share for b in PLANTED.values()])
    segment = rng.permutation(np.searchsorted(upto, (np.arange(n) + 0.5) / n))
    does = [list(PLANTED.values())[s] for s in segment]
    joined = end - rng.integers([b.joined[1] for b in does], [b.joined[0] for b in does])
    fades = [end - rng.integers(b.fades[1], b.fades[0]) if b.fades else np.inf for b in does]
    return pd.DataFrame(
        {
            "customer_id": [f"C{i:05d}" for i in range(1, n + 1)],
            "planted_segment": np.array(list(PLANTED))[segment],
            "joined": joined,
            "joined_on": _times(joined, np.zeros(n)),
            "fades": fades,
            "orders_per_day": [b.orders_per_month / 30.4 for b in does] * rng.lognormal(0, 0.22, n),
            "lines": [b.lines for b in does] * rng.lognormal(0, 0.15, n),
            "interest": [b.interest for b in does] * rng.beta(6, 2, n),
            "member": rng.random(n) < [b.member for b in does],
            "email_consent": rng.random(n) < 0.7,
            "region": np.array(_REGIONS)[_pick(rng, np.tile((4, 2, 3, 2), (n, 1)))],
            "age_band": np.array(_AGES)[_pick(rng, np.array([b.ages for b in does]))],
        }
    )


def _orders(rng: np.random.Generator, people: pd.DataFrame, first: int, end: int) -> pd.DataFrame:
    """Order days: gamma renewals on a clock that runs faster in December and on a customer's days, slower as he fades.

    Who joined within the shop's days orders on the day of joining.
    """
    days = np.arange(first, end)
    season = 1 + 0.15 * np.cos(2 * np.pi * (days - day_number(date(2024, 12, 10))) / 365.25)
    weekday = (days + 3) % 7
    who, when = [], []
    for i, person in enumerate(people.itertuples()):
        does = PLANTED[person.planted_segment]
        pace = season * _WEEKDAYS[weekday] * np.where(weekday >= 5, does.weekend, 1.0) * person.orders_per_day
        pace = pace * (days > person.joined) * np.exp(-np.maximum(days - person.fades, 0) / _FADE_DAYS)
        pace = pace * (days < max(first, person.joined) + rng.exponential(_STAY_DAYS))
        clock = np.cumsum(pace)
        n_gaps = int(clock[-1] + 6 * np.sqrt(clock[-1]) + 10)
        gaps = rng.gamma(does.regularity, 1 / does.regularity, n_gaps)
        # An older customer is met somewhere inside a gap.
        gaps[0] *= rng.random() if person.joined < first else 1.0
        ticks = np.cumsum(gaps)
        ordered = days[np.searchsorted(clock, ticks[ticks < clock[-1]], side="right")]
        ordered = np.append(person.joined, ordered) if first <= person.joined < end else ordered
        who.append(np.full(len(ordered), i))
        when.append(ordered)
    return pd.DataFrame({"who": np.concatenate(who), "day": np.concatenate(when)})


def _lines(rng: np.random.Generator, people: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """Order lines with what was bought, for how much, and where; a product stands once in an order."""
    does = [PLANTED[segment] for segment in people["planted_segment"]]
    who, n = orders["who"].to_numpy(), len(orders)
    channel = _pick(rng, np.array([b.channels for b in does])[who])
    orders = orders.assign(
        customer_id=people["customer_id"].to_numpy()[who],
        ordered_at=_times(orders["day"].to_numpy(), rng.normal(14.5, 3.0, n).clip(7, 22.9) * 3600),
        channel=np.array(_CHANNELS)[channel],
        payment_method=np.array(_PAYMENTS)[_pick(rng, _PAYMENTS_BY_CHANNEL[channel])],
    ).sort_values(["ordered_at", "customer_id"], ignore_index=True)
    prefix = orders["channel"].str[0].str.upper()
    orders["order_id"] = prefix + pd.Series(range(100_001, 100_001 + n)).astype(str)

    n_lines = 1 + rng.poisson(people["lines"].to_numpy()[orders["who"]] - 1)
    lines = orders.loc[orders.index.repeat(n_lines)].reset_index(drop=True)
    who, n = lines["who"].to_numpy(), len(lines)
    taste = rng.gamma(np.array([b.taste for b in does], float))
    category = _pick(rng, taste[who])
    quality = np.array([b.quality for b in does])[who]
    rank = (rng.beta(1 + 4 * quality, 5 - 4 * quality) * _PRODUCTS_PER_CATEGORY).astype(int)
    ladder = np.geomspace(0.4, 2.5, _PRODUCTS_PER_CATEGORY)
    cents = np.rint(np.outer(list(_PRICES.values()), ladder) * 10).astype(int) * 10 - 1
    quantity, price = 1 + rng.poisson(0.25, n), cents[category, rank]
    offer = np.where(rng.random(n) < np.array([b.offers for b in does])[who], rng.choice([0.1, 0.2, 0.3], n), 0.0)
    discount = np.rint(quantity * price * offer).astype(int)
    names = np.array(list(_PRICES))[category]
    lines = lines.assign(
        product_id=[f"{name[:3].upper()}-{r + 1:02d}" for name, r in zip(names, rank, strict=True)],
        category=names,
        quantity=quantity,
        unit_price=price / 100,
        discount=discount / 100,
        amount=(quantity * price - discount) / 100,
    ).drop_duplicates(["order_id", "product_id"], ignore_index=True)
    return lines[[*_HEADER, "amount"]]


def _touches(rng: np.random.Generator, people: pd.DataFrame, first: date, end: date) -> pd.DataFrame:
    """A monthly campaign to those who consented, and what they made of it; interest goes before orders do."""
    months = pd.DataFrame(
        {"at": pd.date_range(first, end, freq="MS", inclusive="left", unit="us") + pd.Timedelta("10h")}
    )
    months["campaign_id"] = "mail-" + months["at"].dt.strftime("%Y-%m")
    sent = months.merge(people[people["email_consent"]], how="cross").query("joined_on < at")
    day = sent["at"].to_numpy().astype("datetime64[D]").astype(int) + 30
    sent["interest"] *= np.exp(-np.maximum(day - sent["fades"], 0) / _FADE_DAYS)
    touches = {"sent": sent.assign(kind="sent", channel="email")}
    for kind, (answers, share, channel) in _REACTIONS.items():
        asked = touches[answers]
        reacts = rng.random(len(asked)) < share * (asked["interest"] if kind == "opened" else 1.0)
        later = pd.to_timedelta(60 + rng.exponential(20_000, int(reacts.sum())).astype(int), unit="s")
        touches[kind] = asked[reacts].assign(kind=kind, channel=channel, at=asked.loc[reacts, "at"] + later)
    rows = pd.concat(touches.values())
    quit_at = touches["unsubscribed"].groupby("customer_id")["at"].min()
    allowed = ~(rows["at"] > rows["customer_id"].map(quit_at)) & (rows["at"] < pd.Timestamp(end))
    kept = rows.loc[allowed, ["customer_id", "at", "kind", "channel", "campaign_id"]]
    return kept.sort_values(["at", "customer_id", "kind"], ignore_index=True)


def _points(lines: pd.DataFrame) -> pd.DataFrame:
    """The members' accounts: a point for each whole unit of an order, and vouchers bought as soon as they can be."""
    orders = lines.groupby(["ordered_at", "customer_id", "order_id"], as_index=False)["amount"].sum()
    earned = orders.rename(columns={"ordered_at": "at"}).assign(points=orders["amount"].astype(int), reason="order")
    vouchers = earned.groupby("customer_id")["points"].cumsum() // _POINTS_PER_VOUCHER
    bought = vouchers.groupby(earned["customer_id"]).diff().fillna(vouchers)
    spent = earned.assign(points=-(bought * _POINTS_PER_VOUCHER).astype(int), reason="voucher")[bought > 0]
    account = pd.concat([earned, spent])[["customer_id", "at", "points", "reason"]]
    return account.sort_values(["at", "customer_id", "reason"], ignore_index=True)


def _with_dirt(rng: np.random.Generator, lines: pd.DataFrame, end: date) -> pd.DataFrame:
    """The lines, and among them guests, returns, lines that stand twice, test orders and shipping costs."""

    def some(n: int, of: pd.DataFrame = lines) -> pd.DataFrame:
        return of.iloc[np.sort(rng.choice(len(of), n, replace=False))]

    n = len(lines)
    guests = some(n * 15 // 1000)
    guests = guests.assign(customer_id=None, order_id="G" + guests["order_id"].str[1:])
    returned = some(n * 3 // 100).drop_duplicates("order_id")
    after = pd.to_timedelta(rng.integers(2 * 86_400, 20 * 86_400, len(returned)), unit="s")
    back = {column: -returned[column] for column in ("quantity", "discount", "amount")}
    returned = returned.assign(
        order_id="R" + returned["order_id"].str[1:], ordered_at=returned["ordered_at"] + after, **back
    )
    returned = returned[returned["ordered_at"] < pd.Timestamp(end)]
    fee = {"category": None, "quantity": 1, "discount": 0.0}
    tests = some(10).assign(customer_id="C00000", product_id="TEST", unit_price=0.01, amount=0.01, **fee)
    tests["order_id"] = "T" + tests["order_id"].str[1:]
    web = lines[lines["channel"] == "web"].drop_duplicates("order_id")
    shipping = some(40, web).assign(product_id="SHIPPING", unit_price=4.95, amount=4.95, **fee)
    dirty = pd.concat([lines, guests, returned, some(n * 5 // 1000), tests, shipping])
    return dirty.sort_values(["ordered_at", "order_id", "product_id"], kind="stable", ignore_index=True)


if __name__ == "__main__":
    write_sample(Path(sys.argv[1]))
