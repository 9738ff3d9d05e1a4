"""Small packed data in the format of model/packing/corpus.py, with a tokenizer trained on the spot: for tests of
training."""

import json
import shutil
from pathlib import Path

import numpy as np

from corpus.engine.task import file_sha256
from tests.helpers.corpora import write_rows

KOREAN = [
    "한지는 닥나무 껍질로 만드는 한국의 전통 종이다.",
    "봄이 오면 서울의 강가에는 벚꽃이 핀다.",
    "아침에는 안개가 짙어서 배가 늦게 떠났다.",
    "그 책은 도서관 이층 창가에 놓여 있었다.",
    "할머니는 시장에서 사과와 배를 샀다.",
]
ENGLISH = [
    "Paper made from mulberry bark lasts for a thousand years.",
    "The ferry left late because the fog lay thick on the river.",
    "She kept the book on a shelf near the window.",
    "In spring the market sells apples and pears.",
]


def texts(language: str, count: int, seed: int) -> list[str]:
    """Documents of one to six sentences."""
    generator = np.random.default_rng(seed)
    pool = KOREAN if language == "ko" else ENGLISH
    return [" ".join(generator.choice(pool, generator.integers(1, 7))) for _ in range(count)]


def train_tokenizer(folder: Path, size: int = 384) -> Path:
    """A byte-level BPE tokenizer.json."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=["<s>", "</s>", "<pad>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(KOREAN + ENGLISH, trainer)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder / "tokenizer.json"


def write_packed(folder: Path, *, seq_len: int = 64, documents: int = 400, seed: int = 0) -> Path:
    """FOLDER/packed and FOLDER/tokenizer: two sources, ko and en, packed greedily; returns the packed folder."""
    from tokenizers import Tokenizer

    path = train_tokenizer(folder / "tokenizer")
    tokenizer = Tokenizer.from_file(str(path))
    splits: dict[str, dict] = {}
    for split, share in (("train", 1.0), ("validation", 0.1)):
        splits[split] = {}
        for language in ("ko", "en"):
            seeds = seed * 100 + len(splits) * 10 + len(splits[split])
            rows: list[list[list[int]]] = [[]]
            for encoding in tokenizer.encode_batch(texts(language, int(documents * share), seeds)):
                piece = [0, *encoding.ids, 1][:seq_len]
                if sum(map(len, rows[-1])) + len(piece) > seq_len:
                    rows.append([])
                rows[-1].append(piece)
            splits[split][f"{language}-source"] = [rows]
    ids = {"bos_id": 0, "eos_id": 1, "pad_id": 2}
    facts = {"tokenizer_sha256": file_sha256(path), "vocab_size": tokenizer.get_vocab_size(), **ids}
    packed = write_rows(folder / "packed", splits, seq_len, **facts)
    shutil.copytree(folder / "tokenizer", packed / "tokenizer", dirs_exist_ok=True)
    return packed


def events(run: Path, kind: str) -> list[dict]:
    """The lines of a run's metrics.jsonl of one kind."""
    lines = (run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    return [line for line in map(json.loads, lines) if line["kind"] == kind]
