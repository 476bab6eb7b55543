"""Signs of arithmetic and comparison, as calls of one method each."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np


class Operators(ABC):
    """What columns have in common with numbers."""

    __array_ufunc__ = None  # numpy's scalars on the left leave the arithmetic to this class
    __hash__ = None  # type: ignore[assignment]

    @abstractmethod
    def _combine(self, operation: Callable[..., Any], other: Any) -> Any:
        """Arithmetic with another column or a number."""

    @abstractmethod
    def _reflected(self, operation: Callable[..., Any], other: float) -> Any:
        """Arithmetic with a number on the left."""

    @abstractmethod
    def _compare(self, operation: Callable[..., Any], other: Any) -> Any:
        """A condition: a comparison with another column, a number or a word."""

    def __add__(self, other: Any) -> Any:
        return self._combine(np.add, other)

    def __radd__(self, other: Any) -> Any:
        return self._reflected(np.add, other)

    def __sub__(self, other: Any) -> Any:
        return self._combine(np.subtract, other)

    def __rsub__(self, other: Any) -> Any:
        return self._reflected(np.subtract, other)

    def __mul__(self, other: Any) -> Any:
        return self._combine(np.multiply, other)

    def __rmul__(self, other: Any) -> Any:
        return self._reflected(np.multiply, other)

    def __truediv__(self, other: Any) -> Any:
        return self._combine(np.true_divide, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self._reflected(np.true_divide, other)

    def __floordiv__(self, other: Any) -> Any:
        return self._combine(np.floor_divide, other)

    def __mod__(self, other: Any) -> Any:
        return self._combine(np.mod, other)

    def __lt__(self, other: Any) -> Any:
        return self._compare(np.less, other)

    def __le__(self, other: Any) -> Any:
        return self._compare(np.less_equal, other)

    def __gt__(self, other: Any) -> Any:
        return self._compare(np.greater, other)

    def __ge__(self, other: Any) -> Any:
        return self._compare(np.greater_equal, other)

    def __eq__(self, other: Any) -> Any:
        return self._compare(np.equal, other)

    def __ne__(self, other: Any) -> Any:
        return self._compare(np.not_equal, other)
