"""Words whose 64-bit hashes are equal: hash tables compare the bytes too."""

import numpy as np
import pyarrow as pa

from corpus.kernels import hashing
from corpus.kernels.hashing import LONG_KEY
from tests.helpers.compiled import callable_alone
from tests.tokenizer.trained import ours
from tokenizer.encoding.encode import Encoder
from tokenizer.kernels.words import WordTable, buffers
from tokenizer.training.files import write_tokenizer

key_of = callable_alone(hashing.key_of)

FACTOR, ALL = 0x9E3779B97F4A7C15, (1 << 64) - 1


def twins() -> tuple[bytes, bytes]:
    """Two words of 24 letters with one key, found by undoing the hash's first step for another first half."""

    def steps(h: int, word: int) -> int:
        h = ((h ^ word) * FACTOR) & ALL
        return h ^ (h >> 29)

    rng = np.random.default_rng(0)
    letters = np.frombuffer(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", np.uint8)
    first = b"abcdefgh"
    # state ^ second has to be equal: choose another first word, and the second word that makes up for it, of letters
    # alone.
    target = steps(24, int.from_bytes(first, "little")) ^ int.from_bytes(b"ABCDEFGH", "little")
    while True:
        other = rng.choice(letters, 8).tobytes()
        needed = (steps(24, int.from_bytes(other, "little")) ^ target).to_bytes(8, "little")
        if other != first and all(byte < 0x80 and byte > 0x20 for byte in needed):
            return first + b"ABCDEFGH" + b"the tail", other + needed + b"the tail"


def test_the_twins_have_one_key():
    one, other = (np.frombuffer(word, np.uint8) for word in twins())
    assert one.tobytes() != other.tobytes()
    assert key_of(one, 0, len(one)) == key_of(other, 0, len(other))
    assert key_of(one, 0, len(one))[1] >= LONG_KEY


def test_counts_keep_them_apart():
    one, other = twins()
    table = WordTable()
    data, bounds = buffers(pa.array([one, other, one], pa.large_binary()))
    table.add(data, 0, bounds[1:])
    assert dict(zip(table.column().to_pylist(), table.counts().tolist(), strict=True)) == {one: 2, other: 1}


def test_the_cache_keeps_them_apart(tmp_path):
    words = [word.decode() for word in twins()]
    write_tokenizer(tmp_path, ours([" ".join(words)], 300, "cl100k"), "cl100k", 320)
    encoder = Encoder.from_file(tmp_path)
    for text in (*words, *words):
        ids, _ = encoder._encode_words(  # as whole pre-tokens, whatever signs are in them
            *buffers(pa.array([text.encode()], pa.large_binary())),
            np.array([len(text.encode())]),
            np.array([0, 1]),
            np.uint16,
        )
        assert encoder.decode(ids) == text.encode()
