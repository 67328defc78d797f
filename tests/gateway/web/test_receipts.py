"""The short code of a line, and the address that a QR code holds."""

import re
from datetime import UTC, datetime

from gateway.proofs import Witnesses
from gateway.web.receipts import Receipt, check_address, code_of, qr_code
from tests.gateway.test_governance import POLL


def test_a_code_is_the_first_forty_bits() -> None:
    """Eight signs of five bits each; equal hashes have equal codes."""
    assert code_of(bytes(32)) == "0000-0000"
    assert code_of(b"\xff" * 32) == "ZZZZ-ZZZZ"
    assert code_of(bytes.fromhex("0000000001") + bytes(27)) == "0000-0001"


def test_a_code_can_be_read_aloud() -> None:
    """No sign is mistaken for another: no I, L, O or U."""
    for number in range(256):
        assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", code_of(bytes([number]) * 32))


def test_the_address_names_a_line_and_nobody() -> None:
    """It is short enough for a code that a cheap camera reads."""
    receipt = Receipt(68, bytes(32), b"{}", datetime.now(UTC), None, Witnesses((), 0, None))
    address = check_address("https://node.example/", POLL, receipt)

    assert address == f"https://node.example/v/{POLL}/verification?ligne=68&code=0000-0000"
    assert qr_code(address).startswith("<svg")
