"""The library calls of `hanji`: each is what the commands do, on texts of any form."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pandas
import polars
import pyarrow as pa
import pyarrow.compute as pc
import pytest
import torch

import hanji
from corpus.columns import text_arrays
from corpus.texts import shards_of_files
from tests.model.small_corpus import write_corpus, write_packed
from tokenizer.encoding import Encoder
from tokenizer.scanner.patterns import DEFAULT_PATTERN, REGEXES

KOREAN = (
    "서울의 봄은 짧다. 사람들은 강가에 나와 벚꽃을 보고 도시락을 먹었다. "
    "해가 지자 바람이 차가워졌고, 아이들은 집으로 돌아갔다. "
    "다음 날 아침에는 비가 내려 꽃잎이 모두 젖었다. 마을 사람들은 그 길을 오래 기억했다. "
    "물음은 kim@example.co.kr로 한다."
)
FRENCH = "Ceci est un texte français assez long pour être reconnu comme tel par le modèle de langue, sans aucun doute."
TEXTS = ["로그인 회원가입 장바구니 고객센터", None, "", FRENCH, KOREAN]


def test_importing_it_loads_nothing() -> None:
    code = "import hanji, sys; print([m for m in ('numba', 'torch', 'pyarrow') if m in sys.modules], dir(hanji))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.startswith("[] ")


def test_every_name_is_there() -> None:
    assert all(callable(getattr(hanji, name)) for name in hanji.__all__)
    with pytest.raises(AttributeError, match="no attribute 'tidy'"):
        hanji.tidy  # noqa: B018


@pytest.mark.parametrize(
    "form",
    [list, pa.array, lambda t: pa.table({"text": t}), lambda t: pandas.DataFrame({"text": t}),
     lambda t: polars.DataFrame({"text": t}), lambda t: iter([pa.array(t[:2]), pa.array(t[2:])])],
)  # fmt: skip
def test_cleaning_has_a_row_for_each_text(form) -> None:
    found = hanji.clean(form(TEXTS))
    assert found["dropped"].to_pylist() == ["min_words", "empty", "empty", "language", None]
    assert found["lang"].to_pylist() == ["ko", None, None, "fr", "ko"]
    assert found["text"].to_pylist()[1:4] == [None, "", FRENCH]
    assert found["text"].to_pylist()[4] == KOREAN.replace("kim@example.co.kr", "<|email|>")
    assert found["value"].to_pylist()[0] == 4
    assert found["value"].to_pylist()[4] is None


def test_cleaning_with_other_settings() -> None:
    assert hanji.clean(TEXTS, profile="none", languages=["ko", "fr"])["dropped"].to_pylist() == [
        None, "empty", "empty", None, None
    ]  # fmt: skip
    assert hanji.clean([]).num_rows == 0
    with pytest.raises(hanji.UserError, match="profile 'news'; accepted: web, reference, none"):
        hanji.clean(TEXTS, profile="news")
    with pytest.raises(hanji.UserError, match="no column 'body'"):
        hanji.clean(pa.table({"text": TEXTS}), "body")


def test_cleaning_is_that_of_a_build(tmp_path: Path) -> None:
    """The documents of the bundled sample that a build drops by a rule or a language are those dropped here."""
    from corpus.build import build
    from corpus.download.locator import Locator
    from corpus.engine.local import LocalEngine
    from corpus.recipe import Recipe, validate

    autumn = KOREAN.replace("봄", "가을").replace("벚꽃", "단풍")
    lines = [KOREAN, FRENCH, "짧다.", autumn, "\n".join(["같은 줄입니다."] * 30)]
    path = tmp_path / "in.jsonl"
    path.write_bytes(b"\n".join(orjson.dumps({"text": line}) for line in lines))
    recipe = validate(
        Recipe, {"name": "one", "validation": 0, "sources": [{"name": "one", "kind": "local", "profile": "web",
                                                              "files": str(path)}]} , "recipe"
    )  # fmt: skip
    with LocalEngine(1) as engine:
        built = build(recipe, tmp_path / "out", engine, Locator(None, tmp_path / "cache"))
    dropped = built.stats["total"]["clean"]["dropped"]
    found = hanji.clean(lines)
    mine = pc.value_counts(found["dropped"].drop_null()).to_pylist()
    assert {row["values"]: row["counts"] for row in mine} == {k: v for k, v in dropped.items() if v}


def test_deduplicating_gives_back_what_it_was_given() -> None:
    frame = polars.DataFrame({"text": [KOREAN, None, KOREAN], "n": [1, 2, 3]})
    assert hanji.deduplicate(frame)["n"].to_list() == [1, 2]
    assert hanji.find_duplicates(frame)["kind"].to_pylist() == ["exact"]


def test_a_tokenizer_of_texts_is_that_of_the_command(tmp_path: Path) -> None:
    from pipelines.train_tokenizer import main

    texts = [f"서울의 {n}번째 봄은 짧다. Spring in Seoul is short, as every year." for n in range(60)]
    corpus = write_corpus(tmp_path / "corpus", {"train": {"web-00000": texts}})
    main(corpus, tmp_path / "command", vocab_size=640, workers=1)
    encoder = hanji.train_tokenizer([*texts, None], tmp_path / "call", vocab_size=600)
    read = (tmp_path / "call" / "tokenizer.json").read_bytes()
    assert read == (tmp_path / "command" / "tokenizer.json").read_bytes()
    assert REGEXES[DEFAULT_PATTERN] in json.loads(read)["pre_tokenizer"]["pretokenizers"][0]["pattern"].values()
    assert encoder.encode(texts[0]) == Encoder.from_file(tmp_path / "command").encode(texts[0])

    (tmp_path / "text.txt").write_text("\n".join(texts), encoding="utf-8")
    lines = tmp_path / "lines.jsonl"
    lines.write_text("".join(f'{{"text": "{text}"}}\n' for text in texts), encoding="utf-8")
    main(tmp_path / "none", tmp_path / "of-lines", text=[str(lines)], vocab_size=640, workers=1)
    assert (tmp_path / "of-lines" / "tokenizer.json").read_bytes() == read
    main(tmp_path / "none", tmp_path / "of-text", text=[str(tmp_path / "*.txt")], vocab_size=640, workers=1)
    of_text = Encoder.from_file(tmp_path / "of-text")  # one text, with line feeds
    assert of_text.decode(of_text.encode(texts[0])).decode() == texts[0]
    with pytest.raises(hanji.UserError, match="--text and --counts"):
        main(out=tmp_path / "x", text=["a.txt"], counts=tmp_path)

    told = hanji.count_tokens(corpus, encoder)
    row = told.to_pylist()[0]
    assert (row["split"], row["source"], row["documents"]) == ("train", "web", 60)
    assert row["bytes"] == sum(len(text.encode()) for text in texts)
    assert pc.sum(told["tokens"]).as_py() == sum(len(encoder.encode(text)) for text in texts)


def test_mistakes_of_a_tokenizer_are_told(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(hanji.UserError, match="not an empty folder"):
        hanji.train_tokenizer(["a b"], tmp_path)
    with pytest.raises(hanji.UserError, match="at least 512"):
        hanji.train_tokenizer(["a b"], vocab_size=100)
    with pytest.raises(hanji.UserError, match="no word to learn from"):
        hanji.train_tokenizer(["", None])
    with pytest.raises(hanji.UserError, match="matches no file"):
        shards_of_files([str(tmp_path / "none.txt")], tmp_path)
    (tmp_path / "other.jsonl").write_text('{"body": "x"}\n')
    with pytest.raises(hanji.UserError, match="no text in it"):
        shards_of_files([str(tmp_path / "other.jsonl")], tmp_path)
    with pytest.raises(hanji.UserError, match="not a finished corpus"):
        hanji.count_tokens(tmp_path, hanji.train_tokenizer(["서울의 봄"]))


def test_a_loader_is_an_iterable_dataset_with_a_length(tmp_path: Path) -> None:
    packed = write_packed(tmp_path, {"web": [[[5, 6, 7]], [[8, 9]], [[10]], [[11, 12]], [[13]]]}, 4)
    loader = hanji.Loader(packed, batch_size=2, epochs=2, workers=0)
    assert isinstance(loader, torch.utils.data.IterableDataset)
    expected = -(-2 * loader.data.rows // 2)
    assert len(loader) == expected
    found = list(torch.utils.data.DataLoader(loader, batch_size=None))
    assert len(found) == expected
    assert len(loader) == 0
    halves = [len(hanji.Loader(packed, batch_size=1, epochs=1, rank=r, world_size=2)) for r in (0, 1)]
    assert halves == [-(-loader.data.rows // 2)] * 2
    endless = hanji.Loader(packed, batch_size=2)
    assert endless
    with pytest.raises(TypeError, match="epochs=N"):
        len(endless)
    with pytest.raises(hanji.UserError, match="would read every row 2 times"):
        list(torch.utils.data.DataLoader(hanji.Loader(packed, batch_size=2, epochs=1), batch_size=None, num_workers=2))


def test_texts_come_in_parts_of_any_arrow_form_and_nothing_else_is_one() -> None:
    table = pa.table({"text": [KOREAN, None]})
    parts: list[Any] = [table, *table.to_batches(), table["text"], *table["text"].chunks]
    found = [text for array in text_arrays(iter(parts), "text") for text in array.to_pylist()]
    assert found == [KOREAN, None] * 4
    for texts, kind in (([{"text": KOREAN}], "dict"), ([KOREAN, 5], "str"), (KOREAN, "str"), (iter([b"x"]), "bytes")):
        with pytest.raises(
            hanji.UserError, match=f"a {kind} is among the texts; expected texts or nulls alone, or Arrow"
        ):
            hanji.find_duplicates(texts)
