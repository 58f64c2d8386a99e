"""Events are believed only when our program wrote them."""

import base64

from hypothesis import given
from hypothesis import strategies as st

from hognose.lang import Pubkey
from hognose.lang.layout import encode
from quatrain.client.events import Decoded, decode_event, decode_events
from quatrain.program.entrypoint import PROGRAM
from quatrain.program.events import FundsDeposited, TraderClosed

OURS = str(PROGRAM.address)
OTHER = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA"
EVENT = FundsDeposited(slot=7, trader=Pubkey(bytes(range(32))), amount=5, free=9)


def data_of(event: object) -> bytes:
    """An event's bytes, discriminator first."""
    return type(event).__discriminator__ + encode(type(event).__layout__, event)  # type: ignore[attr-defined]


def line_of(event: object) -> str:
    """An event's log line."""
    return "Program data: " + base64.b64encode(data_of(event)).decode()


def test_our_events_are_decoded() -> None:
    """In the order in which they were logged, between calls of other programs."""
    closed = TraderClosed(slot=8, trader=EVENT.trader)
    logs = [
        f"Program {OURS} invoke [1]", "Program log: Instruction: Deposit", line_of(EVENT),
        f"Program {OTHER} invoke [2]", f"Program {OTHER} success", line_of(closed), f"Program {OURS} success",
    ]  # fmt: skip

    assert decode_events(PROGRAM, logs) == Decoded((EVENT, closed))


def test_events_of_others_are_not_believed() -> None:
    """The same bytes from another program, called by us or beside us, are nothing."""
    logs = [
        f"Program {OTHER} invoke [1]", line_of(EVENT), f"Program {OTHER} success",
        f"Program {OURS} invoke [1]", f"Program {OTHER} invoke [2]", line_of(EVENT), f"Program {OTHER} failed: x",
        f"Program {OURS} success", line_of(EVENT),
    ]  # fmt: skip

    assert decode_events(PROGRAM, logs).events == ()


def test_another_address_can_be_asked_for() -> None:
    """Where the program is deployed elsewhere, its events come from there."""
    logs = [f"Program {OTHER} invoke [1]", line_of(EVENT), f"Program {OTHER} success"]

    assert decode_events(PROGRAM, logs, address=OTHER).events == (EVENT,)


def test_truncated_logs_are_reported() -> None:
    """Who reads must know that events may be missing."""
    logs = [f"Program {OURS} invoke [1]", "Log truncated"]

    assert decode_events(PROGRAM, logs) == Decoded((), truncated=True)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_event_or_nothing(data: bytes) -> None:
    """Foreign data never raises, also behind a discriminator of ours."""
    decode_event(PROGRAM, data)
    assert decode_event(PROGRAM, data_of(EVENT)[:8] + data[:55]) is None


@given(st.text(max_size=60))
def test_any_log_line_is_readable(text: str) -> None:
    """Nor does any text that a program logs."""
    decode_events(PROGRAM, [f"Program {OURS} invoke [1]", f"Program data: {text}", text])
