"""What is looked at: the categories of visits."""

from typing import Any

from clientscape.features.expressions import count, when

CELLS = "visited_categories"


def n_categories_visited(n_visits: Any) -> Any:
    """Different categories visited within the window [categories]."""
    return count(n_visits)


def most_visited_category(category: Any, is_top: Any) -> Any:
    """The category visited most, the first by name of several [text]."""
    return when(is_top, category).min()
