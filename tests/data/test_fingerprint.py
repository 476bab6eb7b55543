from tests.data.shops import LOG, Write, shop

from clientscape.data.read import fingerprint
from clientscape.data.source import Join, Rule


def test_the_fingerprint_follows_every_byte_and_every_rule(write: Write) -> None:
    root, source = write(), shop()
    before = fingerprint(source, root)
    assert fingerprint(source, root) == before
    assert len(before) == 16
    assert fingerprint(shop(set_aside=[Rule("zero", "amount = 0", "")]), root) != before
    write(LOG.replace("10.00", "10.01"))
    assert fingerprint(source, root) != before


def test_the_fingerprint_sees_joined_files(write: Write) -> None:
    source = shop(join=[Join("products.csv", "order_id")])
    root = write(**{"products.csv": "order_id,price\n1,10\n"})
    before = fingerprint(source, root)
    write(**{"products.csv": "order_id,price\n1,11\n"})
    assert fingerprint(source, root) != before
