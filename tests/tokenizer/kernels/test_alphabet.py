"""Positions of bytes within characters, by the bytes themselves."""

import itertools

from tokenizer.kernels.alphabet import character_state, may_join

WHOLE = [text.encode() for text in ("a", "é", "한", "😀", "aé한😀", "  ")]
PARTS = sorted(
    {
        character.encode()[i:j]
        for character in "é한😀"
        for i, j in itertools.combinations(range(len(character.encode()) + 1), 2)
        if j - i < len(character.encode())
    }
)


def state(token: bytes) -> int:
    return sum(map(character_state, token))


def within_a_character(token: bytes) -> bool:
    """Continuations alone, or a lead byte and at most as many as it lacks."""
    size = {0xC3: 2, 0xED: 3, 0xF0: 4}.get(token[0], 4)
    return len(token) <= (size if token[0] >= 0xC0 else 3) and all(0x80 <= byte < 0xC0 for byte in token[1:])


def test_the_state_of_a_byte() -> None:
    """What a character lacks after its first byte, for the first and the last byte of each kind."""
    firsts = {0x00: 0, 0x7F: 0, 0x80: -1, 0xBF: -1, 0xC0: 1, 0xDF: 1, 0xE0: 2, 0xEF: 2, 0xF0: 3, 0xF4: 3}
    assert {byte: character_state(byte) for byte in firsts} == firsts
    assert {state(token) for token in WHOLE} == {0}


def test_whole_characters_join_and_parts_of_one() -> None:
    for a, b in itertools.product([*WHOLE, *PARTS], repeat=2):
        if a in WHOLE or b in WHOLE:
            assert may_join(state(a), state(b)) == (a in WHOLE and b in WHOLE), (a, b)
        elif len(a + b) <= 3 or a[0] >= 0xC0 or b[0] >= 0xC0:  # more continuations are of no character
            assert may_join(state(a), state(b)) == within_a_character(a + b), (a, b)
