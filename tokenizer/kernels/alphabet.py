"""The alphabet of byte-level BPE: a printable character for each byte, and the position of bytes within UTF-8
characters."""

BYTES = 256


def byte_characters() -> list[str]:
    """The printable character for each byte in tokenizer.json: GPT-2's byte-level alphabet."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [b for b in range(BYTES) if b not in printable]
    characters = {b: chr(b) for b in printable} | {b: chr(BYTES + n) for n, b in enumerate(others)}
    return [characters[b] for b in range(BYTES)]


def byte_order() -> list[int]:
    """The bytes in the order of their characters. This is the order of the first 256 ids, and ids decide ties."""
    characters = byte_characters()
    return sorted(range(BYTES), key=lambda b: characters[b])


def character_state(byte: int) -> int:
    """0 for a whole character, n > 0 for a lead byte that lacks n bytes, -1 for a continuation byte; states of
    joined tokens add up."""
    if byte < 0x80:
        return 0
    if byte < 0xC0:
        return -1
    return 1 if byte < 0xE0 else 2 if byte < 0xF0 else 3


def may_join(first: int, second: int) -> bool:
    """Whether two tokens of these states are whole characters, or parts of one."""
    if first == 0 or second >= 0:
        return first == 0 and second == 0
    return first < 0 or first + second >= 0
