"""What the tests of this room share."""

import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """As in a run; many small fits on shared cores are many times slower otherwise."""
    with threadpool_limits(1):
        yield
