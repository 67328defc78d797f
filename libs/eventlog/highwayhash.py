"""
HighwayHash-64, the checksum that nats-server puts behind every message in its files.

After Alakuijala, Cox and Wassenberg, "Fast keyed hash/pseudo-random function using SIMD multiply and permute" (2016),
in the portable form of https://github.com/google/highwayhash. It is slow here, and asked for damaged files alone.
"""

import struct

_MASK = (1 << 64) - 1
_LOW = (1 << 32) - 1
_MUL0 = (0xDBE6D5D5FE4CCE2F, 0xA4093822299F31D0, 0x13198A2E03707344, 0x243F6A8885A308D3)
_MUL1 = (0x3BD39E10CB0EF593, 0xC0ACF169B5F18A8C, 0xBE5466CF34E90C6C, 0x452821E638D01377)
_PACKET = struct.Struct("<4Q")


def highwayhash64(key: bytes, data: bytes) -> bytes:
    """Return the 8 bytes that *data* has under a *key* of 32 bytes."""
    state = _State(_PACKET.unpack(key))
    whole = len(data) // 32 * 32
    for at in range(0, whole, 32):
        state.update(_PACKET.unpack_from(data, at))
    if whole < len(data):
        state.update_with_rest(data[whole:])
    return state.finish()


class _State:
    def __init__(self, key: tuple[int, ...]) -> None:
        self.mul0, self.mul1 = list(_MUL0), list(_MUL1)
        self.v0 = [mul ^ word for mul, word in zip(_MUL0, key, strict=True)]
        self.v1 = [mul ^ _swapped(word) for mul, word in zip(_MUL1, key, strict=True)]

    def update(self, packet: tuple[int, ...]) -> None:
        v0, v1, mul0, mul1 = self.v0, self.v1, self.mul0, self.mul1
        for i in range(4):
            v1[i] = (v1[i] + mul0[i] + packet[i]) & _MASK
            mul0[i] ^= (v1[i] & _LOW) * (v0[i] >> 32)
            v0[i] = (v0[i] + mul1[i]) & _MASK
            mul1[i] ^= (v0[i] & _LOW) * (v1[i] >> 32)
        for i in (0, 2):
            _zip_and_add(v1[i + 1], v1[i], v0, i)
        for i in (0, 2):
            _zip_and_add(v0[i + 1], v0[i], v1, i)

    def update_with_rest(self, rest: bytes) -> None:
        size = len(rest)
        self.v0 = [(word + (size << 32) + size) & _MASK for word in self.v0]
        self.v1 = [_rotated(word >> 32, size) << 32 | _rotated(word & _LOW, size) for word in self.v1]
        words, odd = size & ~3, size & 3
        packet = bytearray(32)
        packet[:words] = rest[:words]
        if size & 16:
            packet[28:] = rest[-4:]
        elif odd:
            packet[16:19] = bytes((rest[words], rest[words + (odd >> 1)], rest[-1]))
        self.update(_PACKET.unpack(packet))

    def finish(self) -> bytes:
        for _ in range(4):
            v0 = self.v0
            self.update((_swapped(v0[2]), _swapped(v0[3]), _swapped(v0[0]), _swapped(v0[1])))
        found = self.v0[0] + self.v1[0] + self.mul0[0] + self.mul1[0]
        return (found & _MASK).to_bytes(8, "little")


def _zip_and_add(high: int, low: int, to: list[int], at: int) -> None:
    """Add the bytes of two words, in an order that mixes what was multiplied with what was not."""
    to[at] = (
        to[at]
        + (
            ((low & 0xFF000000) | (high & 0xFF00000000)) >> 24
            | ((low & 0xFF0000000000) | (high & 0xFF000000000000)) >> 16
            | (low & 0xFF0000)
            | (low & 0xFF00) << 32
            | (high & 0xFF00000000000000) >> 8
            | (low << 56) & _MASK
        )
    ) & _MASK
    to[at + 1] = (
        to[at + 1]
        + (
            ((high & 0xFF000000) | (low & 0xFF00000000)) >> 24
            | (high & 0xFF0000)
            | (high & 0xFF0000000000) >> 16
            | (high & 0xFF00) << 24
            | (low & 0xFF000000000000) >> 8
            | (high & 0xFF) << 48
            | (low & 0xFF00000000000000)
        )
    ) & _MASK


def _swapped(word: int) -> int:
    return word >> 32 | (word & _LOW) << 32


def _rotated(half: int, by: int) -> int:
    return (half << by | half >> (32 - by)) & _LOW
