"""The system calls that mainnet runs, and the hash by which SBPF v3 names them."""

from __future__ import annotations

_MASK = 0xFFFF_FFFF

# Registered and active on mainnet. Left out on purpose: sol_blake3 and sol_remaining_compute_units (not active),
# sol_alloc_free_ and sol_get_fees_sysvar (withdrawn).
SYSCALLS = (
    "abort",
    "sol_panic_",
    "sol_log_",
    "sol_log_64_",
    "sol_log_pubkey",
    "sol_log_compute_units_",
    "sol_log_data",
    "sol_sha256",
    "sol_keccak256",
    "sol_secp256k1_recover",
    "sol_poseidon",
    "sol_curve_validate_point",
    "sol_curve_group_op",
    "sol_curve_multiscalar_mul",
    "sol_alt_bn128_group_op",
    "sol_alt_bn128_compression",
    "sol_memcpy_",
    "sol_memmove_",
    "sol_memset_",
    "sol_memcmp_",
    "sol_create_program_address",
    "sol_try_find_program_address",
    "sol_invoke_signed_c",
    "sol_invoke_signed_rust",
    "sol_set_return_data",
    "sol_get_return_data",
    "sol_get_stack_height",
    "sol_get_processed_sibling_instruction",
    "sol_get_sysvar",
    "sol_get_clock_sysvar",
    "sol_get_rent_sysvar",
    "sol_get_epoch_schedule_sysvar",
    "sol_get_epoch_rewards_sysvar",
    "sol_get_last_restart_slot",
    "sol_get_epoch_stake",
)


def murmur3_32(data: bytes, seed: int = 0) -> int:
    """MurmurHash3 x86 32-bit (Appleby), unsigned."""
    value = seed
    whole = len(data) // 4 * 4
    for start in range(0, whole, 4):
        value ^= _scramble(int.from_bytes(data[start : start + 4], "little"))
        value = (_rotate(value, 13) * 5 + 0xE654_6B64) & _MASK
    value ^= _scramble(int.from_bytes(data[whole:], "little"))
    return _finish(value ^ len(data))


def _scramble(block: int) -> int:
    return _rotate(block * 0xCC9E_2D51 & _MASK, 15) * 0x1B87_3593 & _MASK


def _rotate(value: int, bits: int) -> int:
    return (value << bits | value >> 32 - bits) & _MASK


def _finish(value: int) -> int:
    value = (value ^ value >> 16) * 0x85EB_CA6B & _MASK
    value = (value ^ value >> 13) * 0xC2B2_AE35 & _MASK
    return value ^ value >> 16


HASH_BY_NAME = {name: murmur3_32(name.encode()) for name in SYSCALLS}
NAME_BY_HASH = {value: name for name, value in HASH_BY_NAME.items()}
