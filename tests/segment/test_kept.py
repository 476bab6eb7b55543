import numpy as np

from clientscape.segment.kept import Kept


def test_what_is_asked_again_is_found_once():
    kept, found = Kept(2), []

    def ask(rows, number):
        return kept.of(lambda: found.append(number) or len(found), rows, number)

    rows = np.arange(6.0)
    assert [ask(rows, 1), ask(rows.copy(), 1)] == [1, 1]
    assert [ask(rows, 2), ask(rows + 1, 1), ask(rows.reshape(2, 3), 1)] == [2, 3, 4]


def test_the_longest_unasked_is_forgotten_first():
    kept, found = Kept(2), []

    def ask(number):
        return kept.of(lambda: found.append(number) or number, number)

    for number in (1, 2, 1, 3, 1, 2):
        assert ask(number) == number
    assert found == [1, 2, 3, 2]


def test_an_array_that_was_written_to_is_another_question():
    kept, rows = Kept(2), np.zeros(3)
    assert kept.of(lambda: "before", rows) == "before"
    rows[0] = 1
    assert kept.of(lambda: "after", rows) == "after"
