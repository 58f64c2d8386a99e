"""Previews of leverage are what the chain then does, to the µUSDC, and refusals come before anything is signed."""

import pytest

from hognose.lang import Hash
from quatrain.client.errors import NotFoundError, UsageError
from quatrain.cluster.local import ROOT_VERSE, Keys
from quatrain.cluster.session import Session
from quatrain.core.leverage import LEVERAGE_ONE, Bound, basic_cap
from tests.lent import DAY, USDC, Bench


@pytest.mark.parametrize("normal", [False, True], ids=["LMSR", "pm-AMM"])
def test_what_is_previewed_happens(session: Session, keys: Keys, normal: bool) -> None:
    """Open at 5x, borrow more, longer, repay, reduce and close: each equals its preview, and costs what it says."""
    bench = Bench(session, keys, normal=normal)
    plan = bench.desk().opening(300 * USDC, 5 * LEVERAGE_ONE, bench.now + 3 * DAY)
    preview = plan.preview
    assert (preview.borrowed, preview.own <= 300 * USDC) == (1_200 * USDC, True)
    assert preview.paid == preview.own + preview.fee + preview.interest
    assert preview.after.bankruptcy is not None
    assert preview.after.trigger is not None
    assert preview.after.bankruptcy < preview.after.trigger < preview.price_before
    bench.do(plan)

    bench.do(bench.desk().removing(20 * USDC, bench.now + 3 * DAY))
    extended = bench.desk().extending(bench.now + 6 * DAY)
    assert 0 < extended.preview.refund < extended.preview.interest
    bench.do(extended)
    added = bench.desk().adding(200 * USDC)
    assert added.preview.borrowed == -200 * USDC
    bench.do(added)
    bench.do(bench.desk().closing(bench.held().shares // 2))
    last = bench.desk().closing(bench.held().shares)
    assert last.preview.after.debt == 0
    assert last.preview.paid < 0
    bench.do(last)
    assert bench.loans().book.debt == 0


def test_the_most_that_can_be_borrowed(session: Session, keys: Keys) -> None:
    """`max` takes it; more is refused with what binds; a little less is accepted."""
    bench = Bench(session, keys)
    most = bench.desk().opening(1_000 * USDC, None, bench.now + DAY).preview
    assert 4_000 * USDC < most.borrowed < 9_000 * USDC

    with pytest.raises(UsageError) as caught:
        bench.desk().opening(1_000 * USDC, 60 * LEVERAGE_ONE, bench.now + DAY)

    assert caught.value.code == "leverage_above_cap"
    assert "binds is" in caught.value.message
    assert "at most" in caught.value.advice
    bench.do(bench.desk().opening(1_000 * USDC, None, bench.now + DAY))


def test_every_refusal_has_the_program_s_code(session: Session, keys: Keys) -> None:
    """Too little debt, too long a term, no cash, nothing to close: before anything is sent."""
    bench = Bench(session, keys)
    cases = {
        "debt_too_small": lambda: bench.desk().opening(40 * USDC, 2 * LEVERAGE_ONE, bench.now + DAY),
        "term_invalid": lambda: bench.desk().opening(1_000 * USDC, 2 * LEVERAGE_ONE, bench.now + 8 * DAY),
        "position_free_of_debt": lambda: bench.desk().closing(1),
    }
    for code, attempt in cases.items():
        with pytest.raises(UsageError) as caught:
            attempt()
        assert caught.value.code == code
    poor = Bench(session, keys, cash=0)
    with pytest.raises(UsageError) as caught:
        poor.desk().opening(1_000 * USDC, 2 * LEVERAGE_ONE, poor.now + DAY)
    assert caught.value.code == "loan_cash_short"


def test_caps_name_every_factor(session: Session, keys: Keys) -> None:
    """What binds is the least of them: ten without reports and disclosure; near the end, time."""
    bench = Bench(session, keys)
    bench.do(bench.desk().opening(1_000 * USDC, 2 * LEVERAGE_ONE, bench.now + DAY))
    cap = bench.desk().opening(100 * USDC, 2 * LEVERAGE_ONE, bench.now + DAY).preview.cap
    assert (cap.bound, cap.value) == ("reporters", 10 * LEVERAGE_ONE)
    least, bound = basic_cap(2, bench.loans().verse.depth, bench.loans().protocol.coverage)
    assert min(cap.depth, cap.coverage, cap.tier) == least
    assert bound == Bound.TIER
    session.embedded.warp(unix_timestamp=bench.now + 28 * DAY)
    late = bench.desk().adding(60 * USDC).preview.cap
    assert late.bound == "time"
    assert late.value < cap.value


def test_a_market_without_a_book_has_no_loans(session: Session, keys: Keys) -> None:
    """The error says who opens it."""
    bench = Bench(session, keys)
    bench.id = session.protocol().next_market_id
    now = bench.now
    create = session.instructions.create_market(
        admin=keys.admin.pubkey(), verse_id=ROOT_VERSE, id=bench.id, liquidity=1_000 * USDC, opens_at=now,
        closes_at=now + DAY, question=Hash(bytes(32)), opening=[500_000_000] * 2,
    )  # fmt: skip
    session.send(keys.admin, create)

    with pytest.raises(NotFoundError) as caught:
        bench.loans()

    assert caught.value.code == "book_missing"
