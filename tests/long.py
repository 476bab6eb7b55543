"""How often a test that repeats itself does so: seldom by `make test`, often by `make test-long`."""

import os


def times(few: int, many: int) -> int:
    return many if os.environ.get("CLIENTSCAPE_LONG") else few
