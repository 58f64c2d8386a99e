"""The security.txt block can be found and read where scanners look."""

from dataclasses import replace

import pytest

from hognose.lang import SecurityText
from hognose.tools.security_text import BEGIN, END, SecurityTextError, find_security_text, security_text

TEXT = SecurityText("escrow", "https://example.org", "email:a@example.org", "https://example.org/policy")


def test_block_has_the_published_form() -> None:
    """Keys and values end in a zero byte; an optional value that is empty is left out."""
    assert security_text(TEXT) == (
        b"=======BEGIN SECURITY.TXT V1=======\0"
        b"name\0escrow\0project_url\0https://example.org\0contacts\0email:a@example.org\0"
        b"policy\0https://example.org/policy\0"
        b"=======END SECURITY.TXT V1=======\0"
    )


def test_block_is_found_in_a_binary() -> None:
    """A reader gets back what was written, also the optional source."""
    binary = b"\x7fELF" + security_text(replace(TEXT, source_code="https://example.org/code")) + b"\0\0"
    found = find_security_text(binary)
    assert found is not None
    assert found["name"] == "escrow"
    assert found["source_code"] == "https://example.org/code"
    assert find_security_text(b"\x7fELF") is None


@pytest.mark.parametrize(
    "text",
    [replace(TEXT, policy=""), replace(TEXT, name="a\0b"), replace(TEXT, name="=======END SECURITY.TXT V1=======")],
    ids=["empty", "zero byte", "marker"],
)
def test_values_that_break_the_block_are_refused(text: SecurityText) -> None:
    """A missing required value, a zero byte, or a marker inside a value is an error."""
    with pytest.raises(SecurityTextError, match=r"security\.txt"):
        security_text(text)


def test_damaged_block_is_an_error() -> None:
    """A block without an end, or a second one, is not silently read."""
    for binary in (BEGIN + b"name\0x\0", security_text(TEXT) * 2, BEGIN + b"name\0" + END):
        with pytest.raises(SecurityTextError, match=r"security\.txt"):
            find_security_text(binary)
