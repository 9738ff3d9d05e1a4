"""Evaluation sets as they are published: CSV, JSON, datasets of the hub found by their card; nothing is half read."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from corpus.contamination.evaluation_set import EvaluationSet, read_records, text_fields, texts_of
from corpus.contamination.find import ContaminationSettings, prepare_index
from corpus.contamination.index import build_index, load_index
from corpus.contamination.sets import GROUPS, evaluation_sets, parse_sets
from corpus.download.locator import Locator
from corpus.errors import UserError

QUESTIONS = [
    {
        "question": '다음 중 "유동자산"에 속하지 않는 것은?\n(단, 현금은 제외한다)',
        "answer": "2",
        "A": "10",
        "B": "영업권, 특허권",
    },
    {"question": "재고자산의 평가 방법으로 옳은 것은?", "answer": "1", "A": "선입선출법", "B": "정액법"},
]


def write_csv(path: Path, rows: list[dict[str, str]], encoding: str = "utf-8", delimiter: str = ",") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        table = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        table.writeheader()
        table.writerows(rows)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_rows_of_a_table_are_records(tmp_path: Path, encoding: str, delimiter: str) -> None:
    path = write_csv(tmp_path / "test.csv", QUESTIONS, encoding, delimiter)
    assert list(read_records(path)) == QUESTIONS


@given(
    rows=st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0")), min_size=3, max_size=3)
    )
)
def test_every_cell_comes_back(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    path = tmp_path_factory.mktemp("rows") / "a.csv"
    records = [dict(zip(("질문", "b", "c"), ["글", *row[1:]], strict=True)) for row in rows] or [
        {"질문": "글", "b": "", "c": ""}
    ]
    write_csv(path, records)
    assert list(read_records(path)) == records


def test_of_parquet_only_the_fields_that_are_wanted_are_read(tmp_path: Path) -> None:
    rows = [{"text": "가", "deep": {"text": "나", "more": 1}, "tokens": ["x"]}]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    assert list(read_records(tmp_path / "a.parquet")) == rows
    wanted = list(read_records(tmp_path / "a.parquet", ["text", "deep.text", "no such field"]))
    assert wanted == [{"text": "가", "deep": {"text": "나", "more": 1}}]


def test_json_lists_and_lines_are_records(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text("\n " + json.dumps(QUESTIONS, indent=1, ensure_ascii=False), encoding="utf-8")
    (tmp_path / "lines.jsonl").write_text("".join(json.dumps(q) + "\n" for q in QUESTIONS) + "\n")
    assert list(read_records(tmp_path / "list.json")) == list(read_records(tmp_path / "lines.jsonl")) == QUESTIONS


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"q,r\n1,2\nonly\n", "a.csv, line 3: 1 cells, and the header has 2. An evaluation set must be"),
        ("a.csv", b'q,r\n1,"2\n', "not CSV"),
        ("a.jsonl", b'{"q": "x"}\n\n[1]\n', "line 3: not a record with named fields"),
        ("a.json", b'[{"q": "x"}, 3]', "record 2: not a record"),
        ("a.json", b'[{"q": "x"},', "not JSON"),
        ("a.jsonl", b'{"q": "x"}\n{"q": "\xff\xfe\xfd"}\n', "line 2: not UTF-8"),
        ("a.parquet", b"PAR1", "damaged parquet"),
        ("a.jsonl.gz", gzip.compress(b'{"q": "x"}\n' * 9, mtime=0)[:-12], "a.jsonl.gz: truncated gzip. An evaluation"),
        ("a.txt", b"x", "an evaluation set is .jsonl, .json, .csv, .tsv or .parquet"),
    ],
)  # fmt: skip
def test_a_set_that_is_not_whole_is_an_error_with_its_place(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UserError) as error:
        list(read_records(tmp_path / name))
    assert message in str(error.value)


def test_fields_with_text_are_found_in_the_first_records(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "회계.csv", QUESTIONS)
    assert text_fields(path) == ["question", "B", "A"]  # A of the first question is a bare number, answers are all
    assert parse_sets(f"korean,{path}") == [
        "korean",
        EvaluationSet(task="회계", files=[str(path)], fields=["question", "B", "A"]),
    ]
    write_csv(tmp_path / "n.csv", [{"a": "1", "b": "2"}])
    with pytest.raises(UserError, match="no field of its first record holds text"):
        parse_sets(str(tmp_path / "n.csv"))


def test_the_korean_sets_are_those_of_evaluate() -> None:
    from model.evaluation.families import FAMILIES

    korean = [each.task for each in evaluation_sets(["korean"])]
    assert [task for task in korean if task.startswith("kobest_")] == [each.task for each in GROUPS["kobest"]]
    haerae = [task for task in korean if task.startswith("haerae_")]
    assert len(haerae) == FAMILIES["haerae"].size
    assert korean == [each.task for each in GROUPS["kobest"]] + ["kmmlu", *haerae, "click"]


def test_sets_of_the_hub_are_found_by_globs_and_by_the_card(tmp_path: Path) -> None:
    """A mirror with the layouts of the three sets: CSV by subject, a configuration of the card, and JSON alone."""
    hub = tmp_path / "mirror" / "huggingface.co" / "datasets"
    rows = [row | {"C": "다 셋째 보기", "D": "라 넷째 보기"} for row in QUESTIONS]
    for name, mine in (("Accounting", rows[:1]), ("Law", rows[1:])):
        write_csv(hub / "HAERAE-HUB" / "KMMLU" / "data" / f"{name}-test.csv", mine)
        write_csv(hub / "HAERAE-HUB" / "KMMLU" / "data" / f"{name}-train.csv", [dict.fromkeys(rows[0], "학습용")])
    bench = hub / "HAERAE-HUB" / "HAE_RAE_BENCH"
    configs = []
    for task in GROUPS["haerae"]:
        configs.append(
            f"- config_name: {task.config}\n  data_files:\n  - split: test\n    path: '{task.config}/t.csv'\n"
        )
        write_csv(
            bench / str(task.config) / "t.csv", [{"query": f"{task.config}의 질문은 무엇입니까", "answer": "(A)"}]
        )
    (bench / "README.md").write_text(f"---\nconfigs:\n{''.join(configs)}---\n")
    click = hub / "EunsuKim" / "CLIcK"
    click.mkdir(parents=True)
    first = {"id": "1", "paragraph": "", "question": "누가 지었는가?", "choices": ["가", "나"]}
    second = {"id": "2", "paragraph": "배경", "question": "언제인가?", "choices": ["다"]}
    (click / "click.json").write_text(json.dumps([first, second]))
    settings = ContaminationSettings(sets=["kmmlu", "haerae", "click"])
    index = prepare_index(settings, Locator(str(tmp_path / "mirror"), tmp_path / "cache"), tmp_path / "work")
    assert index is not None
    pieces = load_index(index).pieces.to_pylist()
    by_task: dict[str, list[str]] = {}
    for piece in pieces:
        by_task.setdefault(piece["task"], []).append(piece["text"])
    assert by_task["kmmlu"] == [row[field] for row in rows for field in ("question", "A", "B", "C", "D")]
    assert by_task["haerae_history"] == ["history의 질문은 무엇입니까"]
    assert by_task["click"] == ["누가 지었는가?", "가", "나", "", "언제인가?", "다", "배경"]
    assert {piece["text"] for piece in pieces if piece["background"]} == {"", "배경"}


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    (tmp_path / "m" / "huggingface.co" / "datasets" / "HAERAE-HUB" / "KMMLU").mkdir(parents=True)
    locator = Locator(str(tmp_path / "m"), tmp_path / "cache")
    with pytest.raises(UserError, match=r"'kmmlu': hf://datasets/HAERAE-HUB/KMMLU/data/\*-test.csv matches no file"):
        build_index(GROUPS["kmmlu"], locator, tmp_path / "i")
    with pytest.raises(UserError, match=r"HAE_RAE_BENCH.* not in the mirror; expected its files in"):
        build_index(GROUPS["haerae"], locator, tmp_path / "i")
    for wrong in ({}, {"files": ["a.csv"], "repo": "a/b"}):
        with pytest.raises(ValidationError, match="either files or repo"):
            EvaluationSet(task="a", fields=["q"], **wrong)


class Hub:
    """Lists the files of one repository at one revision."""

    def __init__(self, repository: str, revision: str | None, *names: str):
        self.asked, self.names = (repository, revision), names

    def hub_files(self, *asked: Any) -> tuple[str, ...]:
        assert asked == self.asked
        return self.names


def test_globs_are_of_the_hub_and_keep_its_revision() -> None:
    def urls(hub: Hub, *files: str) -> list[str]:
        return EvaluationSet(task="t", files=list(files), fields=["q"]).urls(hub)  # type: ignore[arg-type]

    names = "d/a-test.csv", "d/b-test.csv", "d/a-train.csv", "a-test.csv"
    found = ["d/a-test.csv", "d/b-test.csv"]
    for root, hub in (
        ("hf://datasets/o/n@v1", Hub("o/n", "v1", *names)),
        ("hf://datasets/o/n", Hub("o/n", None, *names)),
    ):
        plain = "/here/[a].csv", f"{root}/d/x.csv"  # a file of this machine is none, whatever its name
        assert urls(hub, plain[0], f"{root}/d/*-test.csv", plain[1]) == [
            plain[0], *(f"{root}/{name}" for name in found), plain[1]
        ]  # fmt: skip


def test_a_set_of_a_recipe_takes_the_place_of_one_of_its_name() -> None:
    own = EvaluationSet(task="kobest_wic", files=["a.jsonl"], fields=["q"])
    found = evaluation_sets(["kobest", own, "kobest_wic", own])
    assert [each.task for each in found] == [each.task for each in GROUPS["kobest"]]
    assert found[-1] == own
    assert evaluation_sets([own, "kobest_wic"])[0].files != own.files  # the last one that is named


def test_a_column_alone_is_one_whatever_signs_its_cells_have(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('질문\n가; 나|다\n\n"라, 마"\n', encoding="utf-8")
    assert list(read_records(tmp_path / "a.csv")) == [{"질문": "가; 나|다"}, {"질문": "라, 마"}]


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("a", ["x"]),
        ("b", []),
        ("c.d", ["1", "2", "3"]),
        ("c", []),
        ("e", ["4", "5"]),
        ("a.z", []),
        ("none", []),
        ("n", []),
    ],
)
def test_texts_of_a_field_within_others(name: str, texts: list[str]) -> None:
    record = {"a": "x", "b": {}, "c": [{"d": "1"}, {"d": ["2", ["3"]]}, {"x": "0"}], "e": ["4", None, "5", 6], "n": 7}
    assert list(texts_of(record, name)) == texts


def test_a_parquet_file_is_records_too(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist(QUESTIONS), tmp_path / "a.parquet")
    assert list(read_records(tmp_path / "a.parquet")) == QUESTIONS
