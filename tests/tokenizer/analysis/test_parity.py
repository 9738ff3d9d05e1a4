import json

import numpy as np
import pytest

from corpus.errors import UserError
from tests.tokenizer.byte_level import small_tokenizer
from tokenizer.analysis.fertility import measure
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
