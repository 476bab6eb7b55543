"""Heirs of segments on planted successions, by hand."""

import numpy as np
import pandas as pd
import pytest

from clientscape.faults import InputError
from clientscape.segment.succession import succeed

IDS = {-1: (0, "unplaced"), 0: (3, "high value"), 1: (1, "low value"), 2: (2, "new")}


def customers(*cells):
    """Labels before and now out of (before, now, how many)."""
    return tuple(np.repeat([cell[i] for cell in cells], [cell[2] for cell in cells]) for i in (0, 1))


def row(succession, label):
    return succession.table.set_index("label").loc[label]


def gone(succession):
    return succession.table[succession.table["status"] == "gone"].set_index("segment_id")


def test_the_same_segments_under_other_numbers_keep_all():
    before = np.repeat([0, 1, 2, -1], [50, 30, 20, 5])
    found = succeed(before, np.array([7, 4, 9, -1])[before], IDS, 4)
    assert found.ids == {7: 3, 4: 1, 9: 2}
    assert found.names == {7: "high value", 4: "low value", 9: "new"}
    assert found.next_id == 4
    assert found.table["status"].tolist() == ["kept"] * 3
    assert found.table["overlap"].tolist() == [1.0] * 3
    assert found.table["segment_id"].tolist() == [1, 2, 3]
    assert found.table["customers"].tolist() == [30, 20, 50]


def test_overlap_is_jaccards_over_the_customers_whom_both_place():
    found = succeed(*customers((0, 0, 60), (0, 1, 20), (1, 0, 10), (1, 1, 90), (0, -1, 500), (-1, 1, 70)), IDS, 4)
    assert row(found, 0)["overlap"] == pytest.approx(60 / 90)
    assert row(found, 1)["overlap"] == pytest.approx(90 / 120)
    assert row(found, 1)["customers"] == 180
    assert found.ids == {0: 3, 1: 1}
    assert gone(found)["customers"].to_dict() == {2: 0}
    assert gone(found)["moved"].to_dict() == {2: ""}


def test_an_overlap_at_the_bound_is_kept_and_below_it_is_not():
    half = customers((0, 0, 10), (0, 1, 5), (2, 0, 5), (1, 1, 100), (2, 2, 100))
    assert succeed(*half, IDS, 4).ids[0] == 3
    assert succeed(*half, IDS, 4, kept_overlap=0.51).ids[0] == 4


def test_a_split_gives_new_ids_in_falling_order_of_size_to_all_parts():
    found = succeed(*customers((0, 5, 45), (0, 6, 40), (1, 6, 2), (0, 8, 15), (1, 7, 60), (2, 9, 30)), IDS, 11)
    assert found.ids == {5: 11, 6: 12, 8: 13, 7: 1, 9: 2}
    assert found.next_id == 14
    assert [row(found, label)["status"] for label in (5, 6, 8, 7, 9)] == ["split", "split", "split", "kept", "kept"]
    assert row(found, 6)["moved"] == "95% from high value"
    assert gone(found).loc[3, "moved"] == "45% to segment 11; 40% to segment 12; 15% to segment 13"
    assert gone(found).loc[3, ["name", "customers"]].tolist() == ["high value", 100]


def test_the_largest_part_of_a_split_that_overlaps_enough_is_kept_and_the_other_is_a_split():
    found = succeed(*customers((0, 0, 60), (0, 3, 40), (1, 1, 50), (2, 2, 50)), IDS, 4)
    assert found.ids == {0: 3, 1: 1, 2: 2, 3: 4}
    assert row(found, 3)["status"] == "split"
    assert gone(found).empty


def test_a_merger_holds_most_of_two():
    found = succeed(*customers((0, 0, 42), (1, 0, 44), (0, 1, 8), (1, 1, 6), (2, 1, 50)), IDS, 4)
    assert row(found, 0)[["segment_id", "status", "moved"]].tolist() == [
        4, "merged", "51% from low value; 49% from high value",
    ]  # fmt: skip
    assert gone(found)["moved"].to_dict() == {3: "84% to segment 4; 16% to new", 1: "88% to segment 4; 12% to new"}


def test_who_takes_in_a_small_one_stays_himself():
    found = succeed(*customers((0, 0, 90), (1, 0, 10), (2, 1, 50)), IDS, 4)
    assert (found.ids[0], row(found, 0)["status"]) == (3, "kept")
    assert gone(found)["moved"].to_dict() == {1: "100% to high value"}


def test_a_segment_of_everyones_or_of_the_unplaced_is_new():
    found = succeed(
        *customers((0, 0, 60), (1, 1, 60), (2, 2, 60), (0, 3, 10), (1, 3, 10), (2, 3, 10), (-1, 4, 40)), IDS, 4
    )
    assert [row(found, label)["status"] for label in range(5)] == ["kept"] * 3 + ["new"] * 2
    assert (found.ids[4], found.ids[3]) == (4, 5)
    assert row(found, 4)["moved"] == ""
    assert row(found, 4)["overlap"] == 0


def test_a_sliver_of_one_segment_is_no_split():
    """All of the sliver comes from one segment, but no second part does: that one was scattered."""
    found = succeed(*customers((0, 0, 30), (0, 1, 30), (0, 2, 40), (1, 1, 80), (2, 2, 80)), IDS, 4)
    assert row(found, 0)["status"] == "new"


def test_two_slivers_that_hold_little_of_it_are_no_split():
    found = succeed(*customers((0, 0, 10), (0, 1, 10), (0, 2, 80), (1, 2, 300), (2, 3, 80)), IDS, 4)
    assert [row(found, label)["status"] for label in (0, 1)] == ["new", "new"]


def test_most_of_one_old_segment_and_as_many_others_is_neither_split_nor_merged():
    found = succeed(*customers((0, 0, 55), (0, 2, 45), (1, 0, 50), (1, 1, 200), (2, 2, 200)), IDS, 4)
    assert row(found, 0)["status"] == "new"
    assert row(found, 0)["overlap"] == pytest.approx(55 / 150)


def test_of_equal_parts_that_of_the_first_customer_is_first():
    halves = np.repeat([5, 3], 50)
    for now in (halves, 8 - halves):
        found = succeed(np.zeros(100, dtype=int), now, IDS, 4, kept_overlap=0.6)
        assert (found.ids[now[0]], found.ids[now[-1]]) == (4, 5)


def test_of_segments_of_one_size_the_origin_decides_before_the_order_of_the_customers():
    before, now = customers((0, 0, 20), (2, 0, 20), (1, 1, 20), (2, 1, 20), (-1, 2, 90))
    ids = [succeed(before[::step], now[::step], IDS, 4, kept_overlap=0.6).ids for step in (1, -1)]
    assert ids[0] == ids[1] == {2: 4, 1: 5, 0: 6}


def test_two_poor_pairs_do_not_break_up_a_good_one():
    """The sum of overlaps is higher for the other pairing: .32 + .32 against .515."""
    found = succeed(*customers((0, 0, 68), (0, 1, 32), (1, 0, 32), (2, 2, 10)), IDS, 4)
    assert found.ids[0] == 3
    assert row(found, 0)["overlap"] == pytest.approx(68 / 132)


@pytest.mark.parametrize("seed", range(8))
def test_how_labels_are_numbered_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    old, new, n = 5, 7, 60  # few customers: many ties in size and overlap
    before, now = rng.integers(-1, old, n), rng.integers(-1, new, n)
    ids = {-1: (0, "unplaced"), **{label: (int(i), f"name {i}") for label, i in enumerate(rng.permutation(old) + 1)}}
    found = succeed(before, now, ids, 9, kept_overlap=0.2)
    old_number, new_number = rng.permutation(old) + 20, rng.permutation(new) + 40
    renamed = {-1: ids[-1], **{int(old_number[label]): ids[label] for label in range(old)}}
    again = succeed(
        np.where(before < 0, -1, old_number[before]), np.where(now < 0, -1, new_number[now]), renamed, 9,
        kept_overlap=0.2,
    )  # fmt: skip
    assert again.ids == {int(new_number[label]): segment_id for label, segment_id in found.ids.items()}
    assert again.names == {int(new_number[label]): name for label, name in found.names.items()}
    pd.testing.assert_frame_equal(again.table.drop(columns="label"), found.table.drop(columns="label"))
    assert len(set(found.ids.values())) == len(found.ids)


def test_an_id_never_comes_back():
    """Two successions one after another: what was split does not come back under its old id when it is merged again."""
    halves = customers((0, 0, 50), (0, 1, 50), (1, 2, 50), (2, 3, 50))
    first = succeed(*halves, IDS, 4)
    ids = {label: (segment_id, first.names.get(label, f"name {segment_id}")) for label, segment_id in first.ids.items()}
    second = succeed(halves[1], halves[0], ids, first.next_id, kept_overlap=0.6)
    assert first.ids == {0: 3, 1: 4, 2: 1, 3: 2}
    assert second.ids == {0: 5, 1: 1, 2: 2}
    assert second.table.set_index("segment_id")["status"].to_dict() == {
        1: "kept", 2: "kept", 3: "gone", 4: "gone", 5: "merged",
    }  # fmt: skip


@pytest.mark.parametrize("now", [[-1, -1, -1], []])
def test_where_nobody_is_placed_all_are_gone(now):
    found = succeed(np.array([0, 1, 2][: len(now)], dtype=int), np.array(now, dtype=int), IDS, 4)
    assert found.ids == {}
    assert gone(found).index.tolist() == [1, 2, 3]
    assert found.next_id == 4


def test_without_a_champion_all_are_new():
    found = succeed(np.full(5, -1), np.array([0, 0, 1, 1, 1]), {-1: (0, "unplaced")}, 1)
    assert found.ids == {1: 1, 0: 2}
    assert found.table["status"].tolist() == ["new", "new"]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"before": np.array([0, 1])}, "succession"),
        ({"before": np.array([0, 1, 8])}, "succession.before"),
        ({"ids": IDS | {2: (3, "again")}}, "succession.ids"),
        ({"next_id": 3}, "succession.next_id"),
        ({"kept_overlap": 0.0}, "succession.kept_overlap"),
    ],
)
def test_what_does_not_belong_together_is_refused(change, where):
    given = {"before": np.array([0, 1, 2]), "now": np.array([0, 0, 1]), "ids": IDS, "next_id": 4} | change
    with pytest.raises(InputError) as refused:
        succeed(**given)
    assert [fault.where for fault in refused.value.faults] == [where]
