import json

import numpy as np
import pytest

from corpus.errors import UserError
from tests.tokenizer.byte_level import small_tokenizer
from tokenizer.analysis.fertility import measure
from tokenizer.analysis.limits import figures
from tokenizer.analysis.packaged import locate
from tokenizer.analysis.parity import compare, gini, mean_premium, read_parallel
from tokenizer.analysis.peers import open_subject
from tokenizer.analysis.subject import as_subject


def write(folder, **files):
    for name, lines in files.items():
        (folder / name.replace("_", ".")).write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_files_of_lines_belong_together_by_name(tmp_path):
    write(tmp_path, news_dev_ko=["가", "나"], news_dev_en=["a", "b"], news_eval_ko=["다"], news_eval_en=["c"])
    write(tmp_path, news_eval_ko_pos=["다\tEOS\t다/EC"], README_md=["no text"])
    assert read_parallel(tmp_path) == {"news": {"en": ["a", "b", "c"], "ko": ["가", "나", "다"]}}


def test_records_hold_a_text_a_language(tmp_path):
    records = [{"path": "x", "ko": "가", "en": "a", "ja": "あ"}, {"path": "y", "ko": "나", "en": "b", "ja": "い"}]
    (tmp_path / "docs.jsonl").write_text("\n".join(map(json.dumps, records)))
    assert read_parallel(tmp_path) == {"docs": {"ko": ["가", "나"], "en": ["a", "b"], "ja": ["あ", "い"]}}


def test_what_does_not_go_together_is_told(tmp_path):
    with pytest.raises(UserError, match="no such folder"):
        read_parallel(tmp_path / "nothing")
    with pytest.raises(UserError, match="no parallel text"):
        read_parallel(tmp_path)
    write(tmp_path, news_ko=["가"], news_en=["a", "b"])
    with pytest.raises(UserError, match=r"news\.en: 2 lines"):
        read_parallel(tmp_path)


def test_premiums_and_gini_by_hand():
    subject = as_subject(small_tokenizer())  # bytes
    found = compare(subject, {"news": {"ko": ["가나", "가"], "en": ["ab", "abcd"], "ja": ["あ", "あ"]}})
    news = found["news"]
    assert news["premium"]["value"] == 9 / 6
    assert news["premium_mean"]["value"] == pytest.approx((6 / 2 + 3 / 4) / 2)
    assert {name: premium["value"] for name, premium in news["premiums"].items()} == {"ko": 1.5, "ja": 1.0}
    # |9-6| + |9-6| + |6-6|, twice, by 2 · 3² · 7
    assert news["gini"]["value"] == pytest.approx(12 / (2 * 9 * 7))
    assert found["gini"] == news["gini"]["value"]
    assert news["ko"]["tokens"] == 9


def test_gini_of_two_languages_is_the_known_short_form():
    costs = np.array([[5, 2], [4, 4], [9, 3]])
    assert gini(costs)["value"] == pytest.approx(abs(18 - 9) / (2 * (18 + 9)))
    assert gini(np.array([[3, 3], [5, 5]]))["value"] == 0


def test_pairs_with_an_empty_side_are_left_out():
    assert mean_premium(np.array([2, 0, 3]), np.array([1, 4, 0]))["value"] == 2
    assert mean_premium(np.array([0]), np.array([0]))["value"] is None


@pytest.mark.slow
@pytest.mark.parametrize(("name", "ko", "en"), [("gpt2", 8.28, 1.21), ("cl100k", 3.92, 1.21), ("o200k", 2.38, 1.19)])
def test_known_tokenizers_cost_what_was_measured_elsewhere(name, ko, en, shared_data):
    """Measured independently with tiktoken on the 1,440 sentence pairs of JHE."""
    folder = shared_data / "tokenizers"
    here = {"gpt2": folder / "gpt2", "cl100k": folder / "tiktoken/cl100k_base.tiktoken"}
    path = here.get(name) or locate(name)
    if isinstance(path, str):
        pytest.skip(path)
    subject = open_subject(path, name=name)
    jhe = read_parallel(shared_data / "parallel")["jhe"]
    assert {language: len(lines) for language, lines in jhe.items()} == {"en": 1440, "ko": 1440}
    for language, expected in (("ko", ko), ("en", en)):
        assert measure(subject, jhe[language])["metrics"]["fertility"]["value"] == pytest.approx(expected, rel=0.01)


def test_the_outer_gini_is_that_of_the_set_of_most_languages():
    subject = as_subject(small_tokenizer())
    sets = {
        "two": {"ko": ["가"], "en": ["a"]},
        "three": {"ko": ["가나"], "en": ["ab"], "ja": ["あ"]},
        "also two": {"ko": ["가"], "en": ["abcdefgh"]},
    }
    found = compare(subject, sets)
    values = [found[name]["gini"]["value"] for name in sets]
    assert len(set(values)) == 3
    assert found["gini"] == values[1]


def test_the_interval_of_a_mean_premium_is_around_it_whatever_is_left_out():
    """As many pairs with an empty side as without: they count nowhere."""
    costs = np.tile([4, 0, 6, 5, 0, 0], 40)
    base = np.tile([2, 3, 2, 2, 0, 0], 40)
    found = mean_premium(costs, base)
    assert found["value"] == 2.5
    assert 2.3 < found["low"] < 2.5 < found["high"] < 2.7


def test_a_premium_is_limited_by_its_own_value():
    """Each figure besides those of languages by its name; those of a morphology from gold before Kiwi's."""
    entry = {
        "name": "t", "languages": {}, "nfd_penalty": 7.0, "vocabulary": {"unreachable": {"count": 3}},
        "parity": {"a": {"premium": {"value": 2.0}}, "b": {"premium": {"value": 9.0}}, "gini": 0.5},
        "morphology": {"kiwi": {"f1": 0.25}, "gold": {"f1": 0.75}},
    }  # fmt: skip
    assert figures(entry) == {"premium": 2.0, "nfd_penalty": 7.0, "morphology_f1": 0.75, "unreachable": 3}
    kiwi = figures(entry | {"morphology": {"kiwi": {"f1": 0.25}}, "parity": None})
    assert (kiwi["morphology_f1"], kiwi["premium"]) == (0.25, None)


def test_all_of_a_folder_in_its_order(tmp_path):
    """Files of lines before records; ends of lines as Windows writes them; one language alone is no parallel text."""
    records = [{"ko": "가", "en": "a"}, {"ko": "나", "en": "b"}]
    (tmp_path / "docs.jsonl").write_text("\n".join(map(json.dumps, records)))
    for name, lines in {"news.a.ko": "가\r\n나\r\n", "news.a.en": "a\r\nb\r\n", "news.b.ko": "다\n", "news.b.en": "c\n",
                        "alone.ko": "라\n"}.items():  # fmt: skip
        (tmp_path / name).write_bytes(lines.encode())
    found = read_parallel(tmp_path)
    assert list(found.items()) == [
        ("news", {"en": ["a", "b", "c"], "ko": ["가", "나", "다"]}),
        ("docs", {"ko": ["가", "나"], "en": ["a", "b"]}),
    ]
    (tmp_path / "news.c.ko").write_text("마\n")
    with pytest.raises(UserError, match=r"the files of news\.c do not go together .*as many lines in each of en, ko"):
        read_parallel(tmp_path)
    (tmp_path / "news.c.ko").unlink()
    for text, told in (
        ('{"ko": "가"}', "found texts in ko"),
        ('{"ko": "가", "en": "a"}\n{"ko": "나"}', "line 2: found texts in ko"),
    ):
        (tmp_path / "docs.jsonl").write_text(text)
        with pytest.raises(UserError, match=told):
            read_parallel(tmp_path)


def test_every_interval_of_a_comparison_follows_the_seed():
    """And the premium of a language over the base is none of the base itself."""
    subject = as_subject(small_tokenizer())
    letters = (("ko", "가", 3), ("en", "a", 2), ("ja", "あ", 5))
    lines = {lang: [letter * (1 + (n * step) % 7) for n in range(30)] for lang, letter, step in letters}
    one, two = (compare(subject, {"news": lines}, seed=seed)["news"] for seed in (1, 2))
    assert one["premiums"].keys() == {"ko", "ja"}
    for part in ("premium", "premium_mean", "gini"):
        assert one[part]["value"] == two[part]["value"]
        assert one[part] != two[part]
    for lang in lines:
        assert one[lang]["metrics"]["fertility"] != two[lang]["metrics"]["fertility"]
    assert one["premiums"]["ja"] != two["premiums"]["ja"]
    ratios = [3 * len(korean) / len(english) for korean, english in zip(lines["ko"], lines["en"], strict=True)]
    assert one["premium_mean"]["value"] == pytest.approx(np.mean(ratios))
