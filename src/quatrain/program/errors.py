"""Every error of the program. A code never changes its meaning; messages say what to do.

60xx who may, and when · 61xx money · 62xx trading · 63xx a market's life · 64xx the vault · 65xx accounts · 66xx leverage.
"""

from hognose.lang import ErrorCode


class QuatrainError(ErrorCode):
    """What the program refuses, beyond the account checks that its declarations demand."""

    UNAUTHORIZED = 6000, "This key may not do that. Sign with the role that the Protocol account names."
    INVALID_PARAMETER = 6001, "A parameter is outside its hard bounds. See the reference for the bounds of each."
    PAUSED = 6002, "This is paused. Sales, settlement and withdrawals work; try again when the pause ends."
    PAUSE_LIMIT = 6003, "The guardian may pause for 30 minutes, twice in a row, three times a day. Ask the admin."

    AMOUNT_ZERO = 6100, "The amount is zero. Give a positive amount."
    INSUFFICIENT_FUNDS = 6101, "The trader's free money does not cover this. Deposit more or lower the amount."
    INSUFFICIENT_SHARES = 6102, "There are fewer shares than that. Sell or redeem at most what you hold."

    SLIPPAGE_EXCEEDED = 6200, "The price moved past your limit. Quote again or raise the limit."
    TRADE_TOO_SMALL = 6201, "The trade is too small for this market's liquidity, or below the smallest one. Trade more."
    TRADE_TOO_LARGE = 6202, "The trade is too large for this market's liquidity. Split it or trade less."
    TRADING_NOT_STARTED = 6203, "The market has not opened. Trade from its opening time on."
    TRADING_ENDED = 6204, "Trading has ended. Wait for the resolution, then settle."
    PRICE_TOO_HIGH = 6205, "This would push the price above 0.9999, where a share cannot earn its fee back. Buy less."

    PRICE_MOVES_TOO_FAST = (
        6206,
        "The price may not move that far yet. Trade a part now, or wait: 50 slots restore all of it.",
    )
    ORDER_UNKNOWN = 6207, "There is no such order: 0 buys shares, 1 buys for money, 2 sells shares, 3 sells for money."
    LEGS_MISMATCH = 6208, "A batch has 1 to 8 legs and one position for each. Pass as many positions as legs."
    MARKET_MOVED = 6209, "The market's curve is not the one that this trade starts from. Quote again."
    POSITION_LEFT_BEHIND = (
        6210,
        "Others have moved the market since this position's last trade. Trade under another number, or rejoin.",
    )
    POINTS_INVALID = (
        6211,
        "The points are not where this trade loses most, or the step is too small or too large to tell. Quote again.",
    )
    REST_INVALID = (
        6212,
        "To rejoin, pass a position that holds curves, and an empty one of the same market for the rest.",
    )

    OUTCOME_COUNT = 6300, "A market has 2 to 64 outcomes, and one price or payout for each. Give exactly that many."
    OUTCOME_UNKNOWN = 6301, "The market has no such outcome. Count outcomes from 0."
    PRICES_INVALID = 6302, "Each opening price must be above 0 and all must add up to exactly 1,000,000,000."
    PAYOUTS_INVALID = 6303, "The payouts must add up to exactly 1,000,000,000."
    SCHEDULE_INVALID = 6304, "The market must close after it opens and after now. Give unix seconds."
    LIQUIDITY_OUT_OF_RANGE = 6305, "The liquidity is outside the protocol's bounds. Read Protocol.parameters."
    MARKET_STILL_OPEN = 6306, "Only the oracle or the admin may close before the closing time. Wait for it."
    MARKET_NOT_CLOSED = 6307, "The market is not closed and waiting for its payouts."
    MARKET_NOT_OPEN = 6308, "The market is closed already."
    MARKET_NOT_RESOLVED = 6309, "The market is not resolved. Settle and prune once it is."
    PRUNE_TOO_EARLY = 6310, "The market was resolved too recently. Prune after Protocol.parameters.prune_delay_slots."
    MARKET_HAS_POSITIONS = 6311, "Positions are left in this market. Settle every one, then prune."

    MAKER_UNKNOWN = 6312, "There is no such maker: 0 lets the rule choose, 1 is an LMSR, 2 a pm-AMM."
    EXPIRY_INVALID = (
        6313,
        "A pm-AMM needs an expiry, and a closing time with 1/10,000 of its life and 1 USDC of liquidity left before it.",
    )
    SEGMENTS_OUT_OF_RANGE = 6314, "Give 0 segments for the table's, or from these to 112; two outcomes need none."
    RESERVES_INVALID = 6315, "These reserves do not open such a pool: it would be short, or hold more than it owes."

    CURVE_OUT_OF_RANGE = (
        6316,
        "The mean, the deviation or the norm is outside the supported range. Choose another unit.",
    )
    DEVIATION_TOO_SMALL = 6317, "The backing does not cover so narrow a curve. Widen it to k²/(b²√π) at least."
    NORM_INVALID = 6318, "By Simpson's rule the curve has another norm: its peak is below a USDC. Raise the norm."
    OUTCOME_OUT_OF_RANGE = 6319, "The outcome must be within a billion units of zero, and 0 where a market is void."
    LIQUIDITY_FIXED = (
        6320,
        "While positions hold curves, the norm stays and the backing can only rise. Give the same norm and no less backing.",
    )

    SUBSIDY_ABOVE_MARKET_CAP = 6400, "The subsidy is above one market's part of the vault. Lower the liquidity."
    SUBSIDY_ABOVE_TOTAL_CAP = 6401, "All subsidies together would be above their part of the vault. Wait or lower it."
    VAULT_CASH_SHORT = 6402, "The vault's cash does not cover this; the rest is in markets. Take less or wait."
    FIRST_DEPOSIT_TOO_SMALL = 6403, "The vault's first deposit is at least 10 USDC, of which 1 USDC stays for ever."
    DEPOSIT_TOO_SMALL = 6404, "The deposit would buy no share. Deposit more."
    VAULT_WORTHLESS = 6405, "The vault's shares are worth nothing, so they cannot be priced. Ask the admin."
    SUBSIDY_ABOVE_VERSE_CAP = (
        6406,
        "The subsidies of this verse would be above its part of the vault. Wait or lower it.",
    )
    OUTLAYS_ABOVE_CAP = 6407, "Subsidies and loans together would be above their part of the vault. Wait or lower it."
    WITHDRAWAL_TOO_LARGE = 6408, "One request is for at most a fifth of the vault's shares. Ask for less, then again."
    WITHDRAWAL_TOO_EARLY = (
        6409,
        "The request is too recent. Execute it after Protocol.parameters.withdrawal_delay_slots.",
    )
    COVERAGE_TOO_LOW = 6410, "This would take coverage below 0.5. Execute a part of the request, or wait."

    ID_OUT_OF_RANGE = (
        6500,
        "Ids are never used twice. Take the next id that Protocol names, or one up to a million later.",
    )
    VERSE_TOO_DEEP = 6501, "Verses nest at most 32 deep. Choose a parent nearer to the root."
    POSITION_NOT_EMPTY = 6502, "The position is not empty. Sell, unwind or settle what it holds first."
    TRADER_NOT_EMPTY = 6503, "The trader still has money or positions. Close the positions and withdraw first."
    WRONG_VERSE = 6504, "This is not the market's verse. Pass the one whose id Market.verse holds."
    MINT_DECIMALS = 6505, "The collateral mint must have 6 decimals, as USDC has."
    SAMPLE_NOT_DUE = 6506, "A market is sampled once in each 6 hours, in the first of them. Wait for the next."
    SAMPLES_IN_USE = (
        6507,
        "These samples are part of a correlation. Close them once the market is pruned or 7 days later.",
    )

    WATER_LINE = (
        6600,
        "This would leave a loan that its shares cannot repay. Liquidate the highest rungs first, or trade less.",
    )
    LINE_TOO_HIGH = 6601, "So many leveraged shares could only be sold from a price too near 1. Borrow or buy less."
    DEBT_TOO_LARGE = 6602, "No price would repay this debt from these shares. Borrow less."
    DEBT_TOO_SMALL = 6603, "A debt is nothing, or 50 USDC and more. Borrow more, or repay all of it."
    LOAN_CASH_SHORT = 6604, "The market's loan cash does not cover this. Borrow less, or ask for an allocation."
    LEVERAGE_ABOVE_CAP = 6605, "The leverage would be above its cap. Add margin, or borrow less."
    TERM_INVALID = 6606, "A loan ends after now, within 7 days, and before the market's loans end. Give such a time."
    NO_NEW_LOANS = (
        6607,
        "Loans of this outcome pause for 300 seconds after a liquidation. Wait, or trade without a loan.",
    )
    BOOK_STALE = 6608, "The book was last synced more than 150 slots ago. Sync it in the same transaction."
    POSITION_INDEBTED = (
        6609,
        "The position has a debt. Reduce or close it as a leveraged trade, or repay it first.",
    )
    POSITION_FREE_OF_DEBT = 6610, "The position has no debt. Use the ordinary instructions."
    LOANS_OUTSTANDING = 6611, "The market has loans. Pass its book; or, to end trading, liquidate them first."
    POSITION_HEALTHY = 6612, "The position is healthy at the median price, and its time has not come. Leave it."
    SLICE_SPENT = 6613, "This slot's part of liquidations is spent. Try again in the next slot."
    MAKER_LENDS_NOT = 6614, "A pm-AMM with three or more outcomes takes no loans. Use an LMSR."
    PRICE_REPORT_INVALID = 6615, "A price is from 0 to 1,000,000,000, its confidence too. Report it again."
    NO_REPORTER = 6616, "This key does not report for the feed. Sign with one that the feed names."
    LOANS_ABOVE_CAP = 6617, "Subsidies and loans together would be above their part of the vault. Allocate less."
    BOOK_NOT_EMPTY = 6618, "The book still has loans or cash. Recall the cash once the loans are repaid."
    LINE_HOLDS_LIQUIDITY = 6619, "The line allows no less liquidity now. Liquidate first, or wait."
