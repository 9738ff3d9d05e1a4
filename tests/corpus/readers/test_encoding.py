"""Which encoding a text file has, where its first bytes beyond ASCII do not tell."""

from pathlib import Path

import pytest

from corpus.readers.encoding import Text
from corpus.readers.stream import PIECE, Limits

KOREAN = "이것은 한국어로 쓴 문장이고 그다음에 다른 문장이 또 있다.\n"
EITHER = "징"  # its two bytes in CP949 are a character of UTF-8, too


@pytest.mark.parametrize("encoding", ["cp949", "utf-8"])
@pytest.mark.parametrize("before", ["", EITHER, EITHER * 3])
def test_a_few_bytes_that_fit_both_encodings_leave_a_doubt(tmp_path: Path, encoding: str, before: str) -> None:
    """The first piece of the file has nothing else beyond ASCII; the Korean text is in the next one."""
    text = "a" * (PIECE - 100) + before + "\n" + "b" * 200 + "\n" + KOREAN * 50
    path = tmp_path / "a.txt"
    path.write_bytes(text.encode(encoding))
    made = Text(path, Limits())
    assert b"".join(piece for piece in made.blocks() if isinstance(piece, bytes)).decode() == text
    assert made.transcoded == ("CP949" if encoding == "cp949" else None)
