"""Parts and their names, and when the name of a field is wrong."""

import pytest

from corpus.document import Part, lacks_text


def test_a_part_is_known_by_its_file_and_its_subset_alone() -> None:
    """Its folder has this name: it stays as it is, whatever else is known of the part and whatever others there are."""
    one = Part("a", "https://a.kr/1", "x")
    assert one.key == "026a3d34beba"
    assert one.key == Part("b", "https://a.kr/1", "x", 7, ("https://a.kr/2",)).key
    others = [Part("a", "https://a.kr/2", "x"), Part("a", "https://a.kr/1", "y"), Part("a", "https://a.kr/1"),
              Part("a", "https://a.kr/1x")]  # fmt: skip
    assert len({part.key for part in [one, *others]}) == 5


def test_all_files_of_a_part_are_its_own_and_those_beside_it() -> None:
    assert Part("a", "1", beside=("2", "3")).urls == ("1", "2", "3")
    assert Part("a", "1").urls == ("1",)


@pytest.mark.parametrize(
    ("lost", "lacks"),
    [
        ({"missing field": 3, "bad json": 2}, True),
        ({"missing field": 1, "null text": 1, "text is no string": 1, "bad json": 2}, True),
        ({"missing field": 2, "bad json": 2}, False),  # more than half
        ({"bad json": 2, "truncated gzip": 5}, False),
        ({}, False),
    ],
)
def test_most_records_without_a_text_are_a_wrong_name(lost: dict[str, int], lacks: bool) -> None:
    assert lacks_text(lost) == lacks
