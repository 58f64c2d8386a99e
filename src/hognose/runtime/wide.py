"""Arithmetic wider than the machine: what the VM lacks, in the language itself.

Compiled without range checks (`wrapping`); the masks make CPython agree. Division is Knuth's algorithm D
(The Art of Computer Programming, volume 2, 4.3.1) with 32-bit digits, and with 64-bit digits above it.
"""

from __future__ import annotations

from hognose.lang.types import u64
from hognose.runtime.wrap import wrapping

M32 = (1 << 32) - 1
M64 = (1 << 64) - 1


@wrapping
def mul_high(a: u64, b: u64) -> u64:
    """The high 64 bits of a·b."""
    a0 = a & M32
    a1 = a >> 32
    b0 = b & M32
    b1 = b >> 32
    middle = ((a0 * b0) >> 32) + a1 * b0
    other = (middle & M32) + a0 * b1
    return (a1 * b1 + (middle >> 32) + (other >> 32)) & M64


@wrapping
def bit_length(x: u64) -> u64:
    """The number of bits of x; 0 for 0."""
    n = 0
    v = x
    if v >> 32 != 0:
        n = 32
        v = v >> 32
    if v >> 16 != 0:
        n = n + 16
        v = v >> 16
    if v >> 8 != 0:
        n = n + 8
        v = v >> 8
    if v >> 4 != 0:
        n = n + 4
        v = v >> 4
    if v >> 2 != 0:
        n = n + 2
        v = v >> 2
    if v >> 1 != 0:
        return n + 2
    return n + v


@wrapping
def divide_wide(high: u64, low: u64, divisor: u64) -> u64:
    """(high·2⁶⁴ + low) // divisor, where high < divisor."""
    shift = 64 - bit_length(divisor)
    d = (divisor << shift) & M64
    d1 = d >> 32
    d0 = d & M32
    top = high
    if shift != 0:
        top = ((high << shift) | (low >> (64 - shift))) & M64
    rest = (low << shift) & M64
    q1 = _digit(top, d1, d0, rest >> 32)
    middle = (((top << 32) | (rest >> 32)) - q1 * d) & M64
    q0 = _digit(middle, d1, d0, rest & M32)
    return ((q1 << 32) + q0) & M64


@wrapping
def _digit(top: u64, d1: u64, d0: u64, below: u64) -> u64:
    """One 32-bit quotient digit: the estimate top // d1, lowered until it is right."""
    q = top // d1
    r = top % d1
    while q >> 32 != 0 or q * d0 > ((r << 32) | below):
        q = q - 1
        r = r + d1
        if r >> 32 != 0:
            break
    return q


@wrapping
def divide_u128(n1: u64, n0: u64, d1: u64, d0: u64) -> tuple[u64, u64]:
    """(n1, n0) // (d1, d0), high word first; the divisor is not 0."""
    if d1 == 0:
        q1 = n1 // d0
        return q1, divide_wide(n1 % d0, n0, d0)
    shift = 64 - bit_length(d1)
    v1 = d1
    if shift != 0:
        v1 = ((d1 << shift) | (d0 >> (64 - shift))) & M64
    u1 = n1 >> 1
    u0 = ((n1 << 63) | (n0 >> 1)) & M64
    q = divide_wide(u1, u0, v1)
    q = q >> (63 - shift)
    if q != 0:
        q = q - 1
    # q is right or one too small: compare the remainder with the divisor.
    low = (q * d0) & M64
    high = (mul_high(q, d0) + q * d1) & M64
    r0 = (n0 - low) & M64
    borrow = 0
    if n0 < low:
        borrow = 1
    r1 = (n1 - high - borrow) & M64
    if r1 > d1 or (r1 == d1 and r0 >= d0):
        q = q + 1
    return 0, q


@wrapping
def multiply_u128(a1: u64, a0: u64, b1: u64, b0: u64) -> tuple[u64, u64, u64, u64]:
    """The 256-bit product, highest word first."""
    p0 = (a0 * b0) & M64
    p1 = mul_high(a0, b0)
    x = (a0 * b1) & M64
    p1 = (p1 + x) & M64
    p2 = mul_high(a0, b1)
    if p1 < x:
        p2 = p2 + 1
    x = (a1 * b0) & M64
    p1 = (p1 + x) & M64
    carry = mul_high(a1, b0)
    if p1 < x:
        carry = carry + 1
    p2 = (p2 + carry) & M64
    p3 = mul_high(a1, b1)
    if p2 < carry:
        p3 = p3 + 1
    x = (a1 * b1) & M64
    p2 = (p2 + x) & M64
    if p2 < x:
        p3 = p3 + 1
    return p3, p2, p1, p0


@wrapping
def shift_right_u256(p3: u64, p2: u64, p1: u64, p0: u64, n: u64) -> tuple[u64, u64, bool, bool]:
    """p >> n: its low 128 bits, whether higher ones are set, and whether ones fell off below."""
    lost = False
    w3 = p3
    w2 = p2
    w1 = p1
    w0 = p0
    if n >= 256:
        return 0, 0, False, (p3 | p2 | p1 | p0) != 0
    if n >= 128:
        lost = (w0 | w1) != 0
        w0 = w2
        w1 = w3
        w2 = 0
        w3 = 0
    if (n & 64) != 0:
        if w0 != 0:
            lost = True
        w0 = w1
        w1 = w2
        w2 = w3
        w3 = 0
    count = n & 63
    if count != 0:
        if (w0 << (64 - count)) & M64 != 0:
            lost = True
        w0 = ((w0 >> count) | (w1 << (64 - count))) & M64
        w1 = ((w1 >> count) | (w2 << (64 - count))) & M64
        w2 = ((w2 >> count) | (w3 << (64 - count))) & M64
        w3 = w3 >> count
    return w1, w0, w2 != 0 or w3 != 0, lost


@wrapping
def divide_u256(p3: u64, p2: u64, p1: u64, p0: u64, d1: u64, d0: u64) -> tuple[u64, u64, bool]:
    """p // (d1, d0) where the quotient fits 128 bits (p3, p2 < d1, d0), and whether a remainder is left."""
    if d1 == 0:
        r = p2 % d0
        q1 = divide_wide(r, p1, d0)
        r = (p1 - q1 * d0) & M64
        q0 = divide_wide(r, p0, d0)
        return q1, q0, ((p0 - q0 * d0) & M64) != 0
    shift = 64 - bit_length(d1)
    v1 = d1
    v0 = (d0 << shift) & M64
    w3 = p3
    w2 = p2
    w1 = p1
    w0 = (p0 << shift) & M64
    if shift != 0:
        v1 = ((d1 << shift) | (d0 >> (64 - shift))) & M64
        w3 = ((p3 << shift) | (p2 >> (64 - shift))) & M64
        w2 = ((p2 << shift) | (p1 >> (64 - shift))) & M64
        w1 = ((p1 << shift) | (p0 >> (64 - shift))) & M64
    q1, r1, r0 = _digit_u64(w3, w2, w1, v1, v0)
    q0, s1, s0 = _digit_u64(r1, r0, w0, v1, v0)
    return q1, q0, s1 != 0 or s0 != 0


@wrapping
def _digit_u64(u2: u64, u1: u64, u0: u64, v1: u64, v0: u64) -> tuple[u64, u64, u64]:
    """One 64-bit digit of (u2, u1, u0) // (v1, v0), normalised, and the two-word remainder."""
    q = M64
    if u2 < v1:
        q = divide_wide(u2, u1, v1)
    while True:
        low = (q * v0) & M64
        carry = mul_high(q, v0)
        middle = (q * v1) & M64
        m1 = (middle + carry) & M64
        m2 = mul_high(q, v1)
        if m1 < carry:
            m2 = m2 + 1
        if m2 < u2 or (m2 == u2 and (m1 < u1 or (m1 == u1 and low <= u0))):
            r0 = (u0 - low) & M64
            borrow = 0
            if u0 < low:
                borrow = 1
            return q, (u1 - m1 - borrow) & M64, r0
        q = q - 1
