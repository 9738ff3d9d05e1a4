"""A line ends at a line feed and nowhere else, as wc -l counts."""

from corpus.lines import read_lines, split_lines

ODD = "a\u2028b\u2029c\u0085d\x0be\x0cf\x1cg\x1dh\x1ei\rj"


def test_only_a_line_feed_ends_a_line(tmp_path):
    assert split_lines(f"{ODD}\n{ODD}\n\nend") == [ODD, ODD, "", "end"]
    assert split_lines("") == []
    assert split_lines("\n") == [""]
    (tmp_path / "file").write_bytes(f"{ODD}\r\n{ODD}\n".encode())
    assert read_lines(tmp_path / "file") == [ODD + "\r", ODD]
