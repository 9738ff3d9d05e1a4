"""Recall, precision and speed of finding near-duplicates, beside datasketch with eojeol shingles and datatrove's and
text-dedup's settings.

    python -m benchmarks.near_duplicates [--documents 250] [--speed-documents 20000]

Real Korean and English documents from HANJI_MIRROR (Wikipedia, C4) and copies of them with one controlled edit each;
hard negatives share a document's template (every second word) but not its facts; and the 2,534 pairs of
HANJI_DATA/near_duplicates, which contain the Jaccard similarity of two extracts of the same Wikipedia article. A pair
is found when both documents are in one cluster. Precision is the share of joined (document, survivor) pairs that come
from the same original or share half of their character 5-grams.

The peers run on the same texts: datasketch's MinHash.bulk and MinHashLSH on 5-eojeol shingles; datatrove's own shingles
and signatures (for Korean: Kiwi, which gets decomposed jamo there) in 14 bands of 8; text-dedup's tokens, 240
permutations and threshold 0.7, through datasketch. None of the three verifies. Speed is processor time (the best of ten
runs against the best of two): ours from texts to clusters, including shingles and exact duplicates; datasketch's
MinHash.bulk and MinHashLSH from the same prepared shingles (7 syllables or 20 letters) to clusters. The time of making
shingles in Python is reported separately.
"""

import gzip
import json
import random
import re
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from benchmarks import command_line
from benchmarks.texts import wikipedia
from benchmarks.timing import cpu_seconds
from corpus.cleaning.normalize import NormalizeSettings, normalize
from corpus.duplicates.dataset import NearDuplicateSettings, find_duplicates

JOSA = [
    "은",
    "는",
    "이",
    "가",
    "을",
    "를",
    "에",
    "의",
    "도",
    "로",
    "와",
    "과",
    "에서",
    "으로",
    "에게",
    "까지",
    "부터",
    "만",
]
HEADER = {
    "ko": (
        "홈 > 뉴스 > 종합 입력 2021.03.02 14:05 수정 2021.03.02 15:11 글자 크기 작게 글자 크기 크게 공유하기 인쇄하기\n"
    ),
    "en": (
        "Home > News > Latest Published March 2, 2021 Updated 3:11 PM Share this article on social media Print this"
        " page\n"
    ),
}
FOOTER = {
    "ko": (
        "\n저작권자 ⓒ 우리신문 무단전재 및 재배포 금지. 많이 본 기사 더 보기. "
        "기사 제보와 문의는 편집국으로 보내 주십시오."
    ),
    "en": (
        "\nCopyright our newspaper, all rights reserved. Read more of our most popular stories. Sign up for the"
        " newsletter today."
    ),
}
Method = Callable[[list[str], str], list[int]]


def documents(mirror: Path, language: str, count: int, smallest: int = 1500, largest: int = 12_000) -> list[str]:
    """Real texts of a language between two sizes in bytes, alternating between Wikipedia and web."""
    hub = mirror / "huggingface.co/datasets"
    web = "allenai/c4/multilingual/c4-ko.*.json.gz" if language == "ko" else "allenai/c4/en/c4-train.00000*.json.gz"
    texts = list(wikipedia(mirror, language))
    for path in sorted(hub.glob(web)):
        with gzip.open(path) as lines:
            texts += [json.loads(line)["text"] for line in lines]
    if language == "en":
        texts = [text[:largest].rsplit(" ", 1)[0] for text in texts]
    sized = [text for text in texts if smallest <= len(text.encode()) <= largest * 1.1]
    return random.Random(7).sample(sized, min(count, len(sized)))


def unspaced(text: str, share: float, rng: random.Random) -> str:
    """Drop a share of the spaces."""
    return "".join(c for c in text if c != " " or rng.random() >= share)


def spaced(text: str, share: float, rng: random.Random) -> str:
    """Add spaces inside words, as many as `share` of the existing ones."""
    rate = share * text.count(" ") / max(len(text), 1)
    return "".join(c + " " if c != " " and rng.random() < rate else c for c in text)


def words_changed(text: str, share: float, rng: random.Random) -> str:
    """Replace a share of the words by other words of the same text."""
    words = text.split(" ")
    return " ".join(rng.choice(words) if rng.random() < share else word for word in words)


def particles_changed(text: str, share: float, rng: random.Random) -> str:
    """Change the particle of a share of the eojeol that end in one (English: the article or preposition)."""
    small = {"the", "a", "an", "of", "in", "on", "to", "for", "at", "by", "with", "from"}

    def change(word: str) -> str:
        if rng.random() >= share:
            return word
        if word in small:
            return rng.choice(sorted(small - {word}))
        ending = next(
            (j for j in sorted(JOSA, key=len, reverse=True) if word.endswith(j) and len(word) > len(j) + 1), None
        )
        return word[: -len(ending)] + rng.choice([j for j in JOSA if j != ending]) if ending else word

    return " ".join(change(word) for word in text.split(" "))


def sentences_shuffled(text: str, rng: random.Random) -> str:
    """The same sentences in another order."""
    sentences = re.split(r"(?<=[.!?])\s+", text)
    rng.shuffle(sentences)
    return " ".join(sentences)


EDITS: dict[str, Callable[[str, str, random.Random], str]] = {
    "space5": lambda t, lang, r: unspaced(t, 0.05, r),
    "space15": lambda t, lang, r: unspaced(t, 0.15, r),
    "space+10": lambda t, lang, r: spaced(t, 0.10, r),
    "josa10": lambda t, lang, r: particles_changed(t, 0.10, r),
    "words3": lambda t, lang, r: words_changed(t, 0.03, r),
    "words10": lambda t, lang, r: words_changed(t, 0.10, r),
    "order": lambda t, lang, r: sentences_shuffled(t, r),
    "truncated80": lambda t, lang, r: t[: int(len(t) * 0.8)],
    "boilerplate": lambda t, lang, r: HEADER[lang] + t + FOOTER[lang],
}


def hard_negatives(texts: list[str], rng: random.Random) -> list[str]:
    """Each text with every second word replaced by a word of another text: the template is the same, the facts
    change."""
    vocabulary = [word for text in texts for word in text.split(" ")]
    return [" ".join(w if i % 2 else rng.choice(vocabulary) for i, w in enumerate(text.split(" "))) for text in texts]


def join(pairs: Iterable[tuple[int, int]], count: int) -> list[int]:
    """Cluster (its smallest member) of each document."""
    parent = list(range(count))

    def find(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for a, b in pairs:
        a, b = find(a), find(b)
        parent[max(a, b)] = min(a, b)
    return [find(i) for i in range(count)]


def hanji(texts: list[str], language: str) -> list[int]:
    """corpus.duplicates.dataset with its defaults."""
    found = find_duplicates(pa.array(texts))
    return join(zip(found["row"].to_pylist(), found["survivor"].to_pylist(), strict=True), len(texts))


def by_datasketch(sets: list[set[bytes]], permutations: int, threshold: float) -> list[int]:
    """MinHash.bulk and MinHashLSH as datasketch's documentation shows them; documents without shingles are single."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=threshold, num_perm=permutations)
    pairs = []
    for i, signature in enumerate(MinHash.bulk(sets, num_perm=permutations)):
        if sets[i]:
            pairs += [(i, other) for other in index.query(signature)]
            index.insert(i, signature)
    return join(pairs, len(sets))


def grams(units: list[str], size: int, joint: str = " ") -> set[bytes]:
    """The n-grams of units; all units as one where they are fewer."""
    return {joint.join(units[i : i + size]).encode() for i in range(max(len(units) - size + 1, 1))} if units else set()


def datasketch_eojeol(texts: list[str], language: str) -> list[int]:
    """5 eojeol (or English words), 128 permutations, threshold 0.7."""
    return by_datasketch([grams(text.split(), 5) for text in texts], 128, 0.7)


def text_dedup(texts: list[str], language: str) -> list[int]:
    """text-dedup's README: 5 tokens split at non-word characters, lower case, below 5 tokens ignored, 240
    permutations, 0.7."""
    tokens = [[t for t in re.split(r"\W", text.lower()) if t] for text in texts]
    return by_datasketch([grams(t, 5) if len(t) >= 5 else set() for t in tokens], 240, 0.7)


def datatrove(texts: list[str], language: str) -> list[int]:
    """datatrove's shingles and signatures as FineWeb-2's script sets them: 5 words, 14 bands of 8, 64-bit hashes
    (SHA-1, since it hands text to xxhash, which takes bytes)."""
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupSignature
    from datatrove.utils.hashing import HashConfig

    config = MinhashConfig(
        hash_config=HashConfig(precision=64, hash_fc="sha1"), n_grams=5, num_buckets=14, hashes_per_bucket=8
    )
    step = MinhashDedupSignature("/nonexistent", config, language={"ko": "kor_Hang", "en": "eng_Latn"}[language])
    if language == "ko":
        step.word_tokenizer.model_type = "cong"  # the model that current kiwipiepy ships; datatrove asks for "sbg"
    buckets: dict[Any, list[int]] = defaultdict(list)
    for i, text in enumerate(texts):
        shingles = step.get_shingles(text)
        if len(shingles):
            for band, values in enumerate(step.get_signature(shingles)):
                buckets[(band, tuple(values))].append(i)
    return join(((members[0], other) for members in buckets.values() for other in members[1:]), len(texts))


METHODS: dict[str, Method] = {
    "hanji": hanji,
    "datasketch 5-eojeol": datasketch_eojeol,
    "datatrove": datatrove,
    "text-dedup": text_dedup,
}


def char_jaccard(a: str, b: str) -> float:
    """Jaccard similarity of character 5-grams without white space differences."""
    left, right = (grams(list(" ".join(t.split())), 5, "") for t in (a, b))
    return len(left & right) / len(left | right)


def edits(mirror: Path, language: str, count: int) -> dict[str, dict[str, float]]:
    """Recall per edit, precision and seconds of each method, on originals, their edited copies and hard negatives."""
    rng = random.Random(11)
    originals = documents(mirror, language, count)
    texts, family, edit = list(originals), list(range(len(originals))), ["original"] * len(originals)
    for name, change in EDITS.items():
        texts += [change(text, language, rng) for text in originals]
        family += range(len(originals))
        edit += [name] * len(originals)
    texts += hard_negatives(originals, rng)
    family += range(len(originals), 2 * len(originals))
    edit += ["hard negative"] * len(originals)
    results: dict[str, dict[str, float]] = {}
    for method, run in METHODS.items():
        start = time.perf_counter()
        clusters = run(texts, language)
        row = {"seconds": time.perf_counter() - start}
        for name in EDITS:
            mine = [i for i, e in enumerate(edit) if e == name]
            row[name] = float(np.mean([clusters[i] == clusters[family[i]] for i in mine]))
        row["precision"] = precision(texts, family, clusters)
        results[method] = row
    return results


def precision(texts: list[str], family: list[int], clusters: list[int]) -> float:
    """The share of documents that are rightly joined with the first of their cluster."""
    joined = [(i, c) for i, c in enumerate(clusters) if c != i]
    right = [family[i] == family[c] or char_jaccard(texts[i], texts[c]) >= 0.5 for i, c in joined]
    return float(np.mean(right)) if right else 1.0


def wikipedia_pairs(data: Path) -> dict[str, dict[str, float]]:
    """Recall of the pairs at Jaccard 0.8 and more, and the share of joined pairs at 0.5 and more."""
    import zstandard

    with zstandard.open(data / "near_duplicates/kowiki_pairs.jsonl.zst", "rt", encoding="utf-8") as lines:
        pairs = [json.loads(line) for line in lines]
    texts = [pair[f"text_{year}"] for year in (2020, 2022) for pair in pairs]
    truth = np.array([pair["jaccard_char5"] for pair in pairs])
    results = {}
    for method, run in METHODS.items():
        start = time.perf_counter()
        clusters = np.array(run(texts, "ko"))
        same = clusters[: len(pairs)] == clusters[len(pairs) :]
        joined = [(i, int(c)) for i, c in enumerate(clusters) if c != i]
        right = [
            truth[i % len(pairs)] >= 0.5 if i % len(pairs) == c else char_jaccard(texts[i], texts[c]) >= 0.5
            for i, c in joined
        ]
        row = {"seconds": time.perf_counter() - start, "recall": float(same[truth >= 0.8].mean())}
        results[method] = row | {"joined below .5": float(same[truth < 0.5].sum()), "precision": float(np.mean(right))}
    return results


def plain_sets(texts: list[str]) -> list[set[bytes]]:
    """Our shingles as Python strings: 7 units starting at a syllable, 20 letters starting at a word."""
    unit = re.compile(r"[가-힣ぁ-ヿ㐀-䶿一-鿿豈-﫿]|[^\W_가-힣ぁ-ヿ㐀-䶿一-鿿豈-﫿]+")
    sets = []
    for text in texts:
        units = unit.findall(text.lower())
        letters = "".join(units)
        grams, place = set(), 0
        for i, piece in enumerate(units):
            alone = "぀" <= piece[0] <= "힣"
            grams.add(("\0".join(units[i : i + 7]) if alone else letters[place : place + 20]).encode())
            place += len(piece)
        sets.append(grams)
    return sets


def speed(mirror: Path, count: int) -> dict[str, float]:
    """Processor seconds from texts to clusters of both on the same documents and shingles, in this process."""
    half = count // 2
    texts = [*documents(mirror, "ko", half, 600), *documents(mirror, "en", half, 600, 6000)]
    column = normalize(pa.array(texts), NormalizeSettings())[0]  # datasketch gets the same texts; neither normalises
    texts = column.to_pylist()
    settings = NearDuplicateSettings(normalize=False)
    memory = Path("/dev/shm")  # datasketch keeps all in memory; our work folder may also be in memory

    def ours() -> None:
        with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as work:
            find_duplicates(column, settings=settings, work=Path(work))

    ours()  # kernels are loaded, or compiled
    seconds = [cpu_seconds(ours)[0] for _ in range(5)]
    sets: list[set[bytes]] = []
    shingling, _ = cpu_seconds(lambda: sets.extend(plain_sets(texts)))
    theirs = min(cpu_seconds(by_datasketch, sets, 128, 0.7)[0] for _ in range(2))
    seconds += [cpu_seconds(ours)[0] for _ in range(5)]  # before and after, because the machine is shared
    return {
        "documents": len(texts),
        "megabytes": column.nbytes / 1e6,
        "hanji": min(seconds),
        "hanji, median": float(np.median(seconds)),
        "datasketch": theirs,
        "shingling for datasketch": shingling,
        "ratio": theirs / min(seconds),
        "ratio of medians": theirs / float(np.median(seconds)),
        "ratio with shingling on both sides": (theirs + shingling) / min(seconds),
    }


def table(title: str, rows: dict[str, dict[str, float]]) -> None:
    """Print one row per method."""
    names = list(next(iter(rows.values())))
    print(f"\n{title}\n{'':22}" + "".join(f"{name:>13}" for name in names))
    for method, row in rows.items():
        print(f"{method:22}" + "".join(f"{row[name]:13.3f}" for name in names))


def main() -> None:
    """Run everything; the last line is one JSON object."""
    parser = command_line.parser(__doc__, "mirror", "data")
    parser.add_argument("--documents", type=int, default=250, help="originals per language")
    parser.add_argument("--speed-documents", type=int, default=20_000)
    options = command_line.parse(parser)
    mirror, data = options.mirror, options.data
    korean, english = (edits(mirror, language, options.documents) for language in ("ko", "en"))
    table("Korean, recall per edit", korean)
    table("English, recall per edit", english)
    pairs = wikipedia_pairs(data)
    table("Korean Wikipedia 2020 / 2022, pairs at 0.8 and more", pairs)
    timing = speed(mirror, options.speed_documents)
    print(f"\n{json.dumps(timing)}")
    ours = {f"ko_{name}": korean["hanji"][name] for name in EDITS} | {
        f"en_{name}": english["hanji"][name] for name in EDITS
    }
    ours |= {"pairs_recall": pairs["hanji"]["recall"]}
    ours |= {"precision": min(korean["hanji"]["precision"], english["hanji"]["precision"], pairs["hanji"]["precision"])}
    ours |= {"speed_ratio_datasketch": timing["ratio"]}
    ours |= {"speed_ratio_with_shingling": timing["ratio with shingling on both sides"]}
    print(json.dumps({key: round(value, 4) for key, value in ours.items()}))


if __name__ == "__main__":
    main()
