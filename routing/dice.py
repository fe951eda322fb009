"""Random numbers for compiled code: xorshift64* (Vigna 2016, doi:10.1145/2845077), one word of state."""

import numpy as np

from routing.compiled import Bits, compiled


def dice(seed: int) -> Bits:
    """A state for `draw`; equal seeds give equal numbers on every machine."""
    mixed = (seed * 0x9E3779B97F4A7C15 + 0xD1B54A32D192ED03) % 2**64
    return np.array([mixed or 1], dtype=np.uint64)


@compiled
def draw(state: Bits) -> int:
    """A whole number from 0 to 2**63 - 1."""
    x = state[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    state[0] = x
    return int(np.int64((x * np.uint64(0x2545F4914F6CDD1D)) >> np.uint64(1)))


@compiled
def below(state: Bits, limit: int) -> int:
    """A whole number from 0 to `limit` - 1."""
    return draw(state) % limit


@compiled
def unit(state: Bits) -> float:
    """A number from 0 up to, not including, 1."""
    return (draw(state) >> 10) * (1.0 / 9007199254740992.0)
