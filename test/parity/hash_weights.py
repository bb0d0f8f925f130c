"""Weights that are a function of (tensor name, element index), so that no checkpoint has to be stored.

The twin of hash-weights.ts: both produce the same bits, which the SHA-256 sums in goldens/ prove.
FNV-1a and the murmur3 finaliser are used because they need nothing but 32-bit integer arithmetic.
"""

from dataclasses import dataclass

import numpy as np

GOLDEN_RATIO = np.uint32(0x9E3779B1)  # 2^32 / golden ratio, odd: consecutive indexes land far apart
CHUNK = 1 << 20  # elements hashed at once, to bound the temporaries of a large embedding


@dataclass(frozen=True)
class Rule:
    """A value is offset + scale * u with u in [-0.5, 0.5), in float32 arithmetic."""

    scale: float
    offset: float = 0.0


def fnv1a32(text: str) -> int:
    """FNV-1a, 32 bits, of the UTF-8 bytes."""
    value = 0x811C9DC5
    for byte in text.encode("utf-8"):
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def fmix32(x: np.ndarray) -> np.ndarray:
    """The murmur3 finaliser, on a uint32 array of any shape (numpy wraps modulo 2^32)."""
    x = (x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    x = (x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return x ^ (x >> np.uint32(16))


def hash_weights(name: str, count: int, rule: Rule) -> np.ndarray:
    """float32 [count]: the values of the tensor `name`, row-major."""
    values = np.empty(count, dtype=np.float32)
    seed = np.uint32(fnv1a32(name))
    scale, offset = np.float32(rule.scale), np.float32(rule.offset)
    for start in range(0, count, CHUNK):
        index = np.arange(start, min(start + CHUNK, count), dtype=np.uint32)
        mixed = fmix32(index * GOLDEN_RATIO + seed)
        # The top 24 bits fit a float32 significand, so u is exact and only scale and offset round.
        u = (mixed >> np.uint32(8)).astype(np.float32) / np.float32(1 << 24) - np.float32(0.5)
        values[start : start + len(index)] = offset + scale * u
    return values
