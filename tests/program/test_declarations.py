"""What the declarations promise to everything derived from them."""

from __future__ import annotations

from hognose.lang.layout import field_documentation
from quatrain.program.distribution_events import DISTRIBUTION_EVENTS
from quatrain.program.distribution_state import DistributionMarket, DistributionPosition
from quatrain.program.entrypoint import PROGRAM
from quatrain.program.errors import QuatrainError
from quatrain.program.events import EVENTS, MARKET_EVENTS, PROTOCOL_EVENTS
from quatrain.program.state import Market, Parameters, Position, Protocol, Samples, Trader, Verse, Withdrawal

ACCOUNTS = (
    Protocol, Withdrawal, Verse, Market, Samples, Trader, Position, DistributionMarket, DistributionPosition,
)  # fmt: skip


def test_a_market_of_up_to_16_outcomes_has_exactly_520_bytes() -> None:
    """The size that rent for 21,000 markets is computed from, and 16 bytes for each further outcome."""
    declaration = Market.__account__  # type: ignore[attr-defined]
    assert [declaration.space(n) for n in (2, 16, 17, 64)] == [520, 520, 536, 520 + 48 * 16]


def test_every_field_of_every_account_is_documented() -> None:
    """The layout tables and the IDL print what stands under a field."""
    for cls in (*ACCOUNTS, Parameters):
        names = {f.name for f in cls.__layout__.fields}  # type: ignore[attr-defined]
        assert names <= set(field_documentation(cls)), cls.__name__


def test_eight_byte_fields_do_not_straddle() -> None:
    """An aligned field is one load on the machine."""
    for cls in ACCOUNTS:
        for f in cls.__layout__.fields:  # type: ignore[attr-defined]
            if f.type.size in (2, 4, 8, 32):
                assert f.offset % min(f.type.size, 8) == 0, f"{cls.__name__}.{f.name}"


def test_market_events_have_different_sizes_and_the_same_beginning() -> None:
    """So the chained hash fixes the kind of each event as well as its bytes."""
    layouts = [event.__layout__ for event in (*MARKET_EVENTS, *DISTRIBUTION_EVENTS)]  # type: ignore[attr-defined]
    assert len({layout.size for layout in layouts}) == len(layouts)
    for layout in layouts:
        assert [f.name for f in layout.fields[:3]] == ["market", "sequence", "slot"]


def test_protocol_events_carry_their_number_and_slot() -> None:
    """An indexer finds gaps by the number."""
    for event in PROTOCOL_EVENTS:
        assert [f.name for f in event.__layout__.fields[:2]] == ["sequence", "slot"]  # type: ignore[attr-defined]


def test_discriminators_are_distinct() -> None:
    """No account, instruction or event can be taken for another."""
    for tags in (
        [account.discriminator for account in PROGRAM.accounts],
        [declaration.discriminator for declaration in PROGRAM.declarations],
        [event.__discriminator__ for event in EVENTS],  # type: ignore[attr-defined]
    ):
        assert len(set(tags)) == len(tags)


def test_every_error_says_what_to_do() -> None:
    """Codes are distinct, messages are sentences."""
    assert len({error.code for error in QuatrainError}) == len(QuatrainError)
    assert all(error.message.endswith(".") and len(error.message) > 20 for error in QuatrainError)


def test_every_instruction_is_documented() -> None:
    """The first line becomes the IDL's documentation."""
    assert all(declaration.documentation for declaration in PROGRAM.declarations)
