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
Array = npt.NDArray[Any]


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
    more_lines: float
    quality: float
    offers: float
    weekend: float
    interest: float
    member: float
    taste: tuple[float, ...]
    channels: tuple[float, ...]
    fades: tuple[int, int] | None = None


# fmt: off
PLANTED = {
    "devoted": Behaviour(0.12, (900, 430), 2.5, 2.5, 1.4, 0.80, 0.10, 0.9, 0.55, 0.60, (5, 4, 1, 2, 1, 2), (3, 3, 4)),
    "steady": Behaviour(0.31, (900, 430), 0.8, 5.0, 1.8, 0.50, 0.12, 1.0, 0.40, 0.35, (2, 4, 4, 2, 1, 1), (4, 4, 2)),
    "bargain": Behaviour(0.21, (900, 430), 2.6, 2.0, 0.15, 0.05, 0.8, 1.6, 0.6, 0.3, (1, 3, 5, 2, 2, 1), (6, 2, 2)),
    "faded": Behaviour(0.15, (900, 430), 2.1, 2.5, 1.2, 0.70, 0.12, 1.0, 0.50, 0.45, (3, 2, 1, 3, 3, 2), (5, 2, 3),
                       fades=(240, 150)),
    "newcomers": Behaviour(0.09, (190, 60), 2.6, 1.2, 0.6, 0.50, 0.30, 1.2, 0.50, 0.25, (2, 2, 1, 3, 4, 1), (3, 1, 6)),
    "occasional": Behaviour(0.12, (900, 300), 0.1, 1.0, 0.5, 0.5, 0.2, 1.4, 0.2, 0.1, (1, 1, 1, 2, 2, 4), (5, 4, 1)),
}
_PRICES = {"coffee": 11, "pantry": 7, "household": 8, "beauty": 15, "fashion": 32, "home": 26}  # in the middle
_PAYMENTS = {"card": (4, 6, 5), "paypal": (3, 0, 4), "invoice": (2, 0, 0), "cash": (0, 3, 0)}  # by web, store, app
_REGIONS = {"north": 4, "east": 2, "south": 3, "west": 2}
_AGES = {"18-29": 3, "30-44": 4, "45-59": 3, "60+": 2}
# kind of touch: the one that it answers, how often (times the interest, for `opened`), and where
_REACTIONS = {
    "opened": ("sent", 1.0, "email"), "clicked": ("opened", 0.3, "email"), "visited": ("clicked", 0.8, "web"),
    "redeemed": ("visited", 0.2, "web"), "answered": ("opened", 0.04, "email"), "referred": ("opened", 0.01, "app"),
    "unsubscribed": ("opened", 0.008, "email"),
}
_HEADER = {
    "order_id": "Order No", "customer_id": "Customer", "ordered_at": "Date", "product_id": "SKU",
    "category": "Category", "quantity": "Qty", "unit_price": "Unit price", "discount": "Discount",
    "channel": "Channel", "payment_method": "Payment",
}
# fmt: on
_WEEKDAYS = np.array([0.9, 0.9, 0.95, 1.0, 1.15, 1.25, 0.85])  # from Monday
_PRODUCTS_PER_CATEGORY = 15
_FADE_DAYS = 25.0
_STAY_DAYS = 7000.0  # a few customers of every segment leave without a sign
_POINTS_PER_VOUCHER = 250


def shop(n_customers: int, *, first: date, end: date, seed: int) -> Frames:
    """Raw frames by table name of a shop that covers `first` up to, not including, `end`.

    `planted_segment` of the customers is the truth that a clustering may be held against.
    """
    rng = np.random.default_rng(seed)
    people = _people(rng, n_customers, day_number(end))
    transactions = _lines(rng, people, _orders(rng, people, day_number(first), day_number(end)))
    touches = _touches(rng, people, first, end)
    # The register shows the last consent: who unsubscribed has withdrawn it.
    withdrawn = people["customer_id"].isin(touches.loc[touches["kind"] == "unsubscribed", "customer_id"])
    known = ["customer_id", "joined_on", "region", "age_band", "email_consent", "planted_segment"]
    customers = people.assign(email_consent=people["email_consent"] & ~withdrawn)[known]
    members = transactions["customer_id"].isin(people.loc[people["is_member"], "customer_id"])
    points = _points(transactions[members])
    return {"transactions": transactions, "customers": customers, "touches": touches, "points": points}


def sample() -> Frames:
    """Frames of the committed sample: a shop of 600 customers, with the dirt that a shop's export has."""
    first, end = date(2024, 1, 1), date(2025, 7, 1)
    frames = shop(600, first=first, end=end, seed=7)
    return frames | {"transactions": _with_dirt(np.random.default_rng((7, 1)), frames["transactions"], end)}


def write_sample(folder: Path) -> None:
    """Write the sample as the files that a shop would export; the same bytes each time."""
    folder.mkdir(parents=True, exist_ok=True)
    for table, frame in sample().items():
        raw = frame[list(_HEADER)].rename(columns=_HEADER) if table == "transactions" else frame
        packed = table in ("transactions", "touches")
        raw.to_csv(
            folder / (f"{table}.csv.gz" if packed else f"{table}.csv"),
            index=False,
            lineterminator="\n",
            float_format="%.2f",
            date_format="%Y-%m-%d" if table == "customers" else "%Y-%m-%d %H:%M:%S",
            compression={"method": "gzip", "mtime": 0} if packed else None,
        )


def _pick(rng: np.random.Generator, weights: Array) -> Array:
    """One position for each row, drawn with that row's weights."""
    upto = np.cumsum(weights, axis=1)
    return np.asarray((rng.random((len(weights), 1)) * upto[:, -1:] >= upto).sum(axis=1))


def _times(days: Array, seconds: Array) -> Array:
    return (days.astype(np.int64) * 86_400 + seconds.astype(np.int64)).astype("datetime64[s]").astype("datetime64[us]")


def _people(rng: np.random.Generator, n: int, end: int) -> pd.DataFrame:
    """One row per customer, with what he is planted to do; the segments are mixed, so that a number tells nothing."""
    upto = np.cumsum([behaviour.share for behaviour in PLANTED.values()])
    segment = rng.permutation(np.searchsorted(upto, (np.arange(n) + 0.5) / n))
    does = [list(PLANTED.values())[s] for s in segment]
    people = pd.DataFrame([vars(behaviour) for behaviour in does])
    joined = end - rng.integers([d.joined[1] for d in does], [d.joined[0] for d in does])
    return people.assign(
        customer_id=[f"C{number:05d}" for number in range(1, n + 1)],
        planted_segment=np.array(list(PLANTED))[segment],
        joined=joined,
        joined_on=_times(joined, np.zeros(n)),
        fades=[end - rng.integers(d.fades[1], d.fades[0]) if d.fades else np.inf for d in does],
        orders_per_day=people["orders_per_month"] / 30.4 * rng.lognormal(0, 0.22, n),
        more_lines=people["more_lines"] * rng.lognormal(0, 0.3, n),
        interest=people["interest"] * rng.beta(6, 2, n),
        is_member=rng.random(n) < people["member"],
        email_consent=rng.random(n) < 0.7,
        region=np.array(list(_REGIONS))[_pick(rng, np.tile(list(_REGIONS.values()), (n, 1)))],
        age_band=np.array(list(_AGES))[_pick(rng, np.tile(list(_AGES.values()), (n, 1)))],
    )


def _orders(rng: np.random.Generator, people: pd.DataFrame, first: int, end: int) -> pd.DataFrame:
    """Order days: gamma gaps on a clock that runs faster in December and on busy weekdays, slower as a customer fades.

    Who joins within the shop's days orders on the day of joining.
    """
    days = np.arange(first, end)
    weekday = (days + 3) % 7
    season = 1 + 0.15 * np.cos(2 * np.pi * (days - day_number(date(2024, 12, 10))) / 365.25)
    found = []
    for who, does in enumerate(people.to_dict("records")):
        here = (days > does["joined"]) & (days < max(first, does["joined"]) + rng.exponential(_STAY_DAYS))
        likes = _WEEKDAYS[weekday] * np.where(weekday >= 5, does["weekend"], 1.0)
        fading = np.exp(-np.maximum(days - does["fades"], 0) / _FADE_DAYS)
        clock = np.cumsum(does["orders_per_day"] * season * likes * fading * here)
        shape = does["regularity"]
        gaps = rng.gamma(shape, 1 / shape, int(clock[-1] + 6 * np.sqrt(clock[-1]) + 10))
        is_new = first <= does["joined"] < end
        # A customer of old is met somewhere inside a gap.
        gaps[0] *= 1.0 if is_new else rng.random()
        ticks = np.cumsum(gaps)
        ordered = days[np.searchsorted(clock, ticks[ticks < clock[-1]], side="right")]
        found.append(pd.DataFrame({"who": who, "day": [does["joined"], *ordered] if is_new else ordered}))
    return pd.concat(found, ignore_index=True)


def _lines(rng: np.random.Generator, people: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    """Order lines: where, what, how many, for how much; a product stands once in an order, and money is whole cents."""
    who, n = orders["who"].to_numpy(), len(orders)
    channel = _pick(rng, np.array(people["channels"].tolist())[who])
    payment = _pick(rng, np.array(list(_PAYMENTS.values())).T[channel])
    orders = orders.assign(
        customer_id=people["customer_id"].to_numpy()[who],
        ordered_at=_times(orders["day"].to_numpy(), rng.normal(14.5, 3.0, n).clip(7, 22.9) * 3600),
        channel=np.array(["web", "store", "app"])[channel],
        payment_method=np.array(list(_PAYMENTS))[payment],
    ).sort_values(["ordered_at", "customer_id"], ignore_index=True)
    orders["order_id"] = orders["channel"].str[0].str.upper() + (orders.index + 100_001).astype(str)

    n_lines = 1 + rng.poisson(people["more_lines"].to_numpy()[orders["who"]])
    lines = orders.loc[orders.index.repeat(n_lines)].reset_index(drop=True)
    who, n = lines["who"].to_numpy(), len(lines)
    category = _pick(rng, rng.gamma(np.array(people["taste"].tolist(), float))[who])
    quality = people["quality"].to_numpy()[who]
    rank = (rng.beta(1 + 4 * quality, 5 - 4 * quality) * _PRODUCTS_PER_CATEGORY).astype(int)
    dimes = np.rint(np.outer(list(_PRICES.values()), np.geomspace(4, 25, _PRODUCTS_PER_CATEGORY)))
    price = (dimes * 10 - 1).astype(int)[category, rank]
    quantity = 1 + rng.poisson(0.25, n)
    on_offer = rng.random(n) < people["offers"].to_numpy()[who]
    discount = np.rint(quantity * price * on_offer * rng.choice([0.1, 0.2, 0.3], n)).astype(int)
    names = np.array(list(_PRICES))[category]
    lines = lines.assign(
        product_id=[f"{name[:3].upper()}-{r + 1:02d}" for name, r in zip(names, rank, strict=True)],
        category=names,
        quantity=quantity,
        unit_price=price / 100,
        discount=discount / 100,
        amount=(quantity * price - discount) / 100,
    )
    return lines.drop_duplicates(["order_id", "product_id"], ignore_index=True)[[*_HEADER, "amount"]]


def _touches(rng: np.random.Generator, people: pd.DataFrame, first: date, end: date) -> pd.DataFrame:
    """Monthly campaigns to those who consented, and what they made of them; interest goes a month before orders do."""
    at = pd.date_range(first, end, freq="MS", inclusive="left", unit="us") + pd.Timedelta(hours=10)
    campaigns = pd.DataFrame({"at": at, "campaign_id": at.strftime("mail-%Y-%m")})
    sent = campaigns.merge(people[people["email_consent"]], how="cross").query("joined_on < at")
    ahead = sent["at"].to_numpy().astype("datetime64[D]").astype(int) + 30
    sent["interest"] *= np.exp(-np.maximum(ahead - sent["fades"], 0) / _FADE_DAYS)
    touches = {"sent": sent.assign(kind="sent", channel="email")}
    for kind, (answers, share, channel) in _REACTIONS.items():
        asked = touches[answers]
        reacts = asked[rng.random(len(asked)) < share * (asked["interest"] if kind == "opened" else 1.0)]
        later = pd.to_timedelta(60 + rng.exponential(20_000, len(reacts)).astype(int), unit="s")
        touches[kind] = reacts.assign(kind=kind, channel=channel, at=reacts["at"] + later)
    rows = pd.concat(touches.values())
    left = touches["unsubscribed"].groupby("customer_id")["at"].min().reindex(rows["customer_id"]).to_numpy()
    kept = rows[~(rows["at"] > left) & (rows["at"] < pd.Timestamp(end))]
    columns = ["customer_id", "at", "kind", "channel", "campaign_id"]
    return kept[columns].sort_values(["at", "customer_id", "kind"], ignore_index=True)


def _points(lines: pd.DataFrame) -> pd.DataFrame:
    """Members' accounts: a point for each whole unit of an order's worth; vouchers are bought as soon as can be."""
    worth = lines.groupby(["ordered_at", "customer_id", "order_id"])["amount"].sum().round(2).reset_index()
    earned = pd.DataFrame({"customer_id": worth["customer_id"], "at": worth["ordered_at"], "reason": "order"})
    earned.insert(2, "points", worth["amount"].astype(int))
    vouchers = earned.groupby("customer_id")["points"].cumsum() // _POINTS_PER_VOUCHER
    bought = vouchers.groupby(earned["customer_id"]).diff().fillna(vouchers).astype(int)
    spent = earned.assign(points=-bought * _POINTS_PER_VOUCHER, reason="voucher")[bought > 0]
    return pd.concat([earned, spent]).sort_values(["at", "customer_id", "reason"], ignore_index=True)


def _with_dirt(rng: np.random.Generator, lines: pd.DataFrame, end: date) -> pd.DataFrame:
    """Lines, and among them guests, returns, lines that stand twice, test orders and shipping costs."""

    def some(n: int, of: pd.DataFrame, prefix: str = "") -> pd.DataFrame:
        drawn = of.iloc[np.sort(rng.choice(len(of), n, replace=False))]
        return drawn.assign(order_id=prefix + drawn["order_id"].str[1:]) if prefix else drawn

    n, orders = len(lines), lines.drop_duplicates("order_id")
    guests = some(n * 15 // 1000, lines, "G").assign(customer_id=None)
    guests["ordered_at"] += pd.Timedelta(minutes=37)
    back = some(n * 3 // 100, orders, "R")
    back["ordered_at"] += pd.to_timedelta(rng.integers(2 * 86_400, 20 * 86_400, len(back)), unit="s")
    back = back.assign(**{column: -back[column] for column in ("quantity", "discount", "amount")})
    back = back[back["ordered_at"] < pd.Timestamp(end)]
    fee: dict[str, Any] = {"category": None, "quantity": 1, "discount": 0.0}
    tests = some(10, orders, "T").assign(customer_id="C00000", product_id="TEST", unit_price=0.01, amount=0.01, **fee)
    web = orders[orders["channel"] == "web"]
    shipping = some(40, web).assign(product_id="SHIPPING", unit_price=4.95, amount=4.95, **fee)
    dirty = pd.concat([lines, guests, back, some(n * 5 // 1000, lines), tests, shipping])
    return dirty.sort_values(["ordered_at", "order_id", "product_id"], kind="stable", ignore_index=True)


if __name__ == "__main__":
    write_sample(Path(sys.argv[1]))
