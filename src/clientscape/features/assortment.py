"""What is bought: categories."""

from typing import Any

import narwhals as nw

from clientscape.features.expressions import count, ratio, sum_of_terms, total, when

CELLS = "categories"


def n_categories(n_lines: Any) -> Any:
    """Different categories bought from [categories]."""
    return count(n_lines)


def category_entropy(n_lines: Any) -> Any:
    """Entropy of the lines over the categories: 0 for one, the logarithm of their number where all are alike [nats]."""
    lines = n_lines.cast(nw.Float64)
    n = total(n_lines)
    entropy = when(n > 0, n).cast(nw.Float64).log() - ratio(sum_of_terms(lines * lines.log()), n)
    return when(entropy > 0, entropy, when(n > 0, 0.0))


def favourite_category(category: Any, is_top: Any) -> Any:
    """The category with the most lines, the first by name of several [text]."""
    return when(is_top, category).min()


def favourite_category_share(n_lines: Any, is_top: Any) -> Any:
    """Share of the favourite category's lines [share]."""
    return ratio(total(n_lines, is_top), total(n_lines))
