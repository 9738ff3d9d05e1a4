"""Numbers, signs and names that decide what is kept and told and that tests take from the program, or that a kernel
shares with the definition it is held to: each as its comment gives it."""

import hashlib
import re
from importlib import import_module
from typing import Any

import pytest

NUMBERS: dict[str, dict[str, Any]] = {
    "assemble": {
        "REPORTS": ("duplicates.arrow", "stats.json", "rules.json", "audit.html", "audit.json", "report.html")
    },
    "books": {"STAGES": ("read", "clean", "deduplicate", "trim", "output")},
    "changes.builds": {"ROW_BITS": 40, "SMALLEST": 1000000},
    "changes.describe": {"EXAMPLES": 5, "FILES": 20, "PAIRS": 10},
    "cleaning.boilerplate": {"SLICE_ROWS": 16000000},
    "cleaning.boilerplate_lines": {"_LABEL": 60},
    "cleaning.language": {"UNDETERMINED": "und", "ENGLISH_SHARE": 0.15, "MIXED_SHARE": 0.5},
    "cleaning.language_model": {"BUCKETS": 2000000, "LONGEST": 4, "SHORTEST": 2, "WIDTH": 16},
    "cleaning.normalize_repairs": {"MENTIONS": 3},
    "contamination.evaluation_set": {"FIRST": 100, "FORMATS": ("jsonl", "csv", "parquet")},
    "contamination.files": {"AROUND": 120, "REVIEWED": 40},
    "contamination.find": {"EXAMPLES": 5, "VERDICTS": ("leak", "short", "common", "background")},
    "contamination.index": {"SHARED": 10, "SYLLABLES": 8, "WORDS": 5},
    "contamination.scan": {"REACH": 2},
    "document": {"WITHOUT_TEXT": ("missing field", "null text", "text is no string")},
    "download.answers": {"MOST_REDIRECTS": 10},
    "download.transfer": {"RETRIED": {500, 502, 503, 408, 425, 429, 504}, "SPARE": 1 << 30},
    "duplicates.index": {"PLACE_ROWS": 65536},
    "duplicates.inputs": {"FORMATS": ("jsonl", "parquet"), "DATASETS": ("build_corpus", "dedup", "decontaminate")},
    "engine.local": {"PULSE": 0.5, "GRACE": 5.0},
    "engine.output": {"LOCK": ".hanji.lock", "WORK": ".work"},
    "engine.task": {"MANIFEST": "task.json"},
    "kernels.alignment": {"FIRM": 4, "SPLIT": 64},
    "duplicates.audit": {"DRAWN": 20, "EDGES": (0.0, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)},
    "duplicates.candidates": {"ALL_PAIRS": 16, "SURELY_BELOW": 4.0},
    "duplicates.clusters": {"ROUNDS": 8},
    "duplicates.dataset": {
        "PART_BYTES": 256000000,
        "BATCH_BYTES": 16000000,
        "FINEWEB2": {1: 1, 2: 2, 3: 3, 5: 5, 100: 8, 1000: 1},
    },
    "duplicates.documents": {"UNKNOWN_PRIORITY": 100},
    "duplicates.fact_slots": {
        "CLUTTER": 6,
        "LEAD": 8,
        "LONGEST": 8,
        "NAMED": 3000,
        "SHORT": 300,
        "SLOT": 4,
        "SPREAD": 1400,
        "SWAPPED": 1500,
        "TURNED": 500,
    },
    "duplicates.fact_words": {"HEAD": 16, "STAMP": 12},
    "duplicates.facts": {"NEGATED": 250, "NUMBERS": 500, "RECURS": 2, "TOGETHER": 3, "WORDS": 120},
    "duplicates.lookup": {"MOST": 8},
    "duplicates.report": {"SHOWN": 400},
    "duplicates.shingles": {"APART": 4},
    "duplicates.survivors": {"EPOCH_DAYS": 10957},
    "engine.marker": {
        "MARKER": ".hanji.json",
        "FIELDS": ("format", "command", "holds", "finished", "settings", "record", "files"),
        "EDITABLE": ("README.md",),
        "SHOWN": 5,
    },
    "engine.objects": {
        "PACKAGES": {"s3": "s3fs", "gs": "gcsfs", "az": "adlfs", "abfs": "adlfs"},
        "SAVED": 10.0,
        "ATTEMPTS": 6,
        "BACKOFF": 0.5,
        "SCHEMES": ("s3", "gs", "az", "abfs", "memory"),
    },
    "engine.ray": {"CONNECT": 5.0, "AHEAD": 4, "TRIES": 4},
    "engine.verify": {"DEPTH": 3},
    "kernels.fasttext_file": {
        "UNPACKED": 64000000,
        "UNBUILT": 1000000000000000,
        "FORMATS": (11, 12),
        "MOST_CHARACTERS": 64,
        "SUPERVISED": 3,
    },
    "kernels.units": {"MIDDLE_DOT": 12539, "ARAEA": 12685, "OLD_ARAEA": 4510},
    "losses": {"KEPT": 0.1, "TEXT": 0.5, "UNREADABLE": 0.1},
    "quality.evidence": {"CHANCE": 0.01},
    "quality.keyword": {"CHARACTERS": 200, "TOLD": 1, "TITLE": 60, "SYLLABLES": 3},
    "quality.lines": {
        "BULLETS": "•-*·‧ㆍ●○■□▶◆◇※☞",
        "BEFORE_DA": "니했한된었았였이있없않는난같겠인왔갔봤렸졌줬싶렵",
        "BEFORE_YO": "세어아해에예네까지군데대려져와워돼봐나은게께고서든",
        "SHORT": 30,
    },
    "quality.model": {"SHOWN": 10},
    "quality.model_texts": {"MOST_BYTES": 20000},
    "quality.model_training": {"FOLDS": 5, "LEAST": 30, "TRUSTED": 0.8},
    "quality.phrases": {"DIFFERENT": 3, "ENOUGH": 5, "TIMES": 2},
    "quality.repetition": {"DUPLICATE": (5, 6, 7, 8, 9, 10), "TOP": (2, 3, 4)},
    "quality.rules": {"ENOUGH": 200},
    "quality.sales_talk": {"CHARACTERS": 200, "DENSE": 12, "NAMED": 0.015, "OFFERED": 4, "SHARE": 5},
    "quality.urls": {"ENOUGH": 3},
    "quality.words": {
        "PARTICLE_SYLLABLES": "은는이가을를의에로도와과서게며고면지",
        "STOPS": ("the", "be", "to", "of", "and", "that", "have", "with"),
    },
    "readers.arrow": {"MOST_ROWS": 4194304},
    "readers.charset": {
        "ALIASES": {
            "windows-949": "cp949",
            "x-windows-949": "cp949",
            "cp51949": "cp949",
            "x-sjis": "cp932",
            "windows-31j": "cp932",
            "x-euc-jp": "euc_jp",
            "x-gbk": "gbk",
            "x-x-big5": "big5",
            "unicode": "utf-16",
            "windows-874": "cp874",
            "macintosh": "mac-roman",
            "x-mac-roman": "mac-roman",
            "ansi": "cp1252",
            "x-cp1251": "cp1251",
            "x-cp1252": "cp1252",
            "dos-874": "cp874",
            "utf8mb4": "utf-8",
        },
        "ESCAPED": ("iso2022_kr", "iso2022_jp", "hz"),
        "DAMAGE": 0.1,
        "FEWEST": 4,
        "HEAD": 4096,
        "KOREAN": 0.35,
    },
    "readers.columns": {"SAMPLE": 200},
    "readers.csv_rows": {"SEPARATORS": (";", "\t", ",", "|")},
    "readers.encoding": {"FEWEST": 4, "HANGUL": 0.9, "SETTLED": 64},
    "readers.entities": {"LONGEST": 8},
    "readers.gather": {"MOST_UNREADABLE": 4096},
    "readers.guard": {"SECONDS": 10.0, "SECONDS_PER_MB": 15.0},
    "readers.gzipped": {"HELD": 268435456, "MOST_SEARCHES": 1000},
    "readers.html": {"LARGEST": 8388608},
    "readers.json_kernel": {"MAX_DEPTH": 1024},
    "readers.stream": {"BLOCK": 8388608, "COMPRESSED": (".gz", ".zst", ".bz2"), "FREE_OUTPUT": 67108864},
    "readers.tables": {"MOST_ROWS": 4096},
    "readers.warc": {
        "ABOUT": ("warcinfo", "request", "metadata", "revisit", "continuation"),
        "AFTER": 16,
        "LONGEST_NEXT": 20,
        "LONGEST_HEADER": 65536,
    },
    "readers.wikitext.elements": {
        "GONE": (
            "ref",
            "table",
            "syntaxhighlight",
            "source",
            "references",
            "gallery",
            "timeline",
            "imagemap",
            "score",
            "hiero",
            "graph",
            "mapframe",
            "maplink",
            "templatestyles",
            "templatedata",
            "style",
            "script",
            "categorytree",
            "inputbox",
            "indicator",
            "section",
            "includeonly",
            "rp",
        ),
        "FORMULAS": ("math", "chem", "ce"),
        "CODE": ("syntaxhighlight", "source"),
        "UNCLOSED": ("includeonly",),
    },
    "readers.wikitext.holes": {"REACH": 24},
    "readers.wikitext.lines": {
        "LIST_MARKS": ("*", "#", ":", ";"),
        "LAST_SECTIONS": frozenset(
            [
                "bibliography",
                "citations",
                "external links",
                "footnotes",
                "further reading",
                "notes",
                "notes and references",
                "references",
                "see also",
                "sources",
                "각주",
                "같이 보기",
                "바깥 고리",
                "외부 링크",
                "외부링크",
                "주석",
                "참고 문헌",
                "참고 자료",
                "참고문헌",
                "출처",
                "함께 보기",
            ]
        ),
    },
    "readers.wikitext.links": {
        "FILES": ("file", "image", "media", "파일", "그림", "미디어"),
        "HIDDEN": ("category", "분류", "wikipedia", "위키백과", "template", "틀", "portal", "포털", "help", "도움말"),
        "LABELLED": ("help", "도움말"),
    },
    "readers.wikitext.marks": {"DEEPEST": 40},
    "readers.zstd": {"MAX_WINDOW": 268435456},
    "rejects": {"EXCERPT": 600, "MOST_TOLD": 1000, "SAMPLE": 20},
    "repeats.cuts": {"SPAN_BYTES": 200},
    "repeats.pieces": {"SHORT": 60, "WRAPPED": 120},
    "repeats.spans": {"FINE": 1024},
    "report": {"EXAMPLES": 5},
    "review": {"ALIKE": 60, "AROUND": 25, "LONGEST": 6000, "Z": 1.959964},
    "sources.hub_configs": {
        "DESCRIPTIONS": ("config.json", "dataset_info.json", "dataset_infos.json", "dataset_dict.json"),
        "WORDS": {
            "train": ("train", "training"),
            "validation": ("validation", "valid", "dev", "val"),
            "test": ("test", "testing", "eval", "evaluation"),
        },
    },
    "sources.klue": {
        "FIELDS": {
            "ynat": ("title",),
            "sts": ("sentence1", "sentence2"),
            "nli": ("premise", "hypothesis"),
            "ner": ("sentence",),
            "re": ("sentence",),
            "dp": ("sentence",),
            "mrc": ("context", "question"),
            "wos": ("dialogue",),
        }
    },
    "sources.lbox": {
        "HOSTS": ("https://lbox-open.s3.ap-northeast-2.amazonaws.com", "https://cdn.lbox.kr/public/dataset/lbox-open"),
        "FOLDER": "precedent_benchmark_dataset",
    },
    "sources.local": {"BESIDE_DATA": ("dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json")},
    "sources.pile": {
        "LICENSES": {
            "FreeLaw": "public domain",
            "Gutenberg (PG-19)": "public domain",
            "NIH ExPorter": "public domain",
            "StackExchange": "CC-BY-SA-4.0",
            "USPTO Backgrounds": "public domain",
            "Wikipedia (en)": "CC-BY-SA-3.0",
        }
    },
    "sources.redpajama": {
        "LICENSES": {
            "arxiv": "mixed",
            "c4": "ODC-BY",
            "common_crawl": "Common Crawl terms",
            "github": "permissive",
            "stackexchange": "CC-BY-SA-4.0",
            "wikipedia": "CC-BY-SA-3.0",
        }
    },
    "sources.redpajama_v2": {"ROOT": "https://data.together.xyz/redpajama-data-v2/v1.0.0"},
    "sources.survey": {
        "LINE": 4194304,
        "ARRAY": 67108864,
        "NAMES": {
            "text": ("text", "content", "body", "document", "article", "raw_content", "contents", "sentence"),
            "title": ("title", "headline", "subject"),
            "url": ("url", "link", "source_url", "uri"),
            "license": ("license", "licence"),
        },
        "LOOKED_AT": 200,
    },
    "sources.wikipedia": {"FILES": {"20231101.ko": 3, "20231101.en": 41}},
    "sources.wikipedia_dump": {"ROOT": "https://dumps.wikimedia.org"},
    "structure.kinds": {
        "BULLETS": "•●○■□▶◆◇※☞‧ㆍ–—▪◦",
        "CIRCLED": "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
        "LETTERED": "가나다라마바사아자차카타파하",
        "TABLE_TAGS": ("table", "tbody", "thead", "tr", "td", "th"),
        "CODE_BEGINS": ("//", "/*", "*/", "<!--", "#include", "#define", "<?"),
        "FRONT_MATTER": 100,
        "VERSE_CHARACTERS": 45,
        "VERSE_LINES": 4,
        "VERSE_WORDS": 2,
    },
    "structure.running": {"REACH": 500},
    "structure.sentences": {
        "TERMINAL": ".?!。！？．｡‼‽⁇⁈⁉﹒﹖﹗؟۔।॥።։",
        "CLOSING": "\"'”’)]」』》〉",
        "ENDINGS": "다요까죠오네지라자음함임됨것군나니데게래걸",
        "STOPS": ".?!…。！？．",
        "ABBREVIATIONS": (
            "mr",
            "mrs",
            "ms",
            "dr",
            "prof",
            "st",
            "jr",
            "sr",
            "vs",
            "no",
            "vol",
            "fig",
            "pp",
            "al",
            "cf",
            "inc",
            "co",
        ),
        "QUOTING": "라고하며면는",
        "MARK": 4,
    },
    "structure.signs": {
        "RUNS_ON": "은는이가을를의에로도와과서게며고면지니라다요까죠오네지라자음함임됨것군나니데게래걸"
    },
    "times": {
        "STEPS": {
            "download": None,
            "read": 0,
            "boilerplate and test items": 1,
            "clean": 1,
            "match": 2,
            "trim": 3,
            "write": 4,
            "report": 4,
        }
    },
    "trace.differences": {"AROUND": 3, "MOST_WORDS": 4000},
    "trace.story": {"EXCERPT": 400, "MEMBERS": 20},
    "verdicts": {"BINS": 24, "EXCERPT": 600, "NEAREST": 5, "REACH": {"min": 4.0, "max": 2.5}},
}


@pytest.mark.parametrize("module", NUMBERS)
def test_numbers(module: str) -> None:
    found = import_module(f"corpus.{module}")
    assert {name: getattr(found, name) for name in NUMBERS[module]} == NUMBERS[module]


# Lists of words: the module whose VERSION is in the keys of the tasks that they decide, that version, and a digest.
LISTS = {
    "quality.phrase_lists": ("quality.judgement", 11, "61c29a119032"),
    "quality.sales_talk_lists": ("quality.judgement", 11, "1a6cc89de34b"),
    "quality.url_lists": ("quality.urls", 1, "d1c22b707518"),
    "duplicates.fact_lists": ("duplicates.job", 6, "b354c7553c25"),
}


@pytest.mark.parametrize("module", LISTS)
def test_lists_of_words(module: str) -> None:
    """A changed list decides otherwise: give it another VERSION, so that finished tasks run again, and its digest."""
    found = vars(import_module(f"corpus.{module}"))
    kinds = (str, int, float, tuple, list, dict, frozenset)
    lists = [(name, value) for name, value in sorted(found.items()) if name.isupper() and isinstance(value, kinds)]
    told = [
        (name, sorted(map(repr, value)) if isinstance(value, frozenset) else value)
        for name, value in lists
        if name[0] != "_"
    ]
    owner, version, digest = LISTS[module]
    assert (import_module(f"corpus.{owner}").VERSION, digest_of(told)) == (version, digest)


def digest_of(told: Any) -> str:
    return hashlib.sha256(repr(told).encode()).hexdigest()[:12]


# Modules whose words, signs and patterns decide what a text becomes, private ones included.
PATTERNS = {
    "cleaning.language": ("cleaning.language", 5, "38a4c9539291"),
    "cleaning.mojibake": ("cleaning.normalize", 7, "5db1072a1599"),
    "cleaning.normalize_repairs": ("cleaning.normalize", 7, "a8dc558b55cd"),
    "cleaning.privacy_numbers": ("cleaning.privacy", 9, "5e979d958ab6"),
    "quality.keyword": ("quality.judgement", 11, "41ad88697659"),
    "quality.url_kernel": ("quality.urls", 1, "63587200dd77"),
    "quality.urls": ("quality.urls", 1, "8d777aa25465"),
    "readers.wikitext.article": ("readers.wikitext.article", 7, "93c097ed08a1"),
    "readers.wikitext.dates": ("readers.wikitext.article", 7, "5ef8dd2367e6"),
    "readers.wikitext.elements": ("readers.wikitext.article", 7, "2b4fdf547f59"),
    "readers.wikitext.lines": ("readers.wikitext.article", 7, "72ced0d0f908"),
    "readers.wikitext.links": ("readers.wikitext.article", 7, "f14f97e6d869"),
    "readers.wikitext.marks": ("readers.wikitext.article", 7, "da7145b0530a"),
    "readers.wikitext.numbers": ("readers.wikitext.article", 7, "9d5fec568897"),
    "readers.wikitext.shown": ("readers.wikitext.article", 7, "e4c7464e9550"),
    "readers.wikitext.units": ("readers.wikitext.article", 7, "e422b2d7dec3"),
}


@pytest.mark.parametrize("module", PATTERNS)
def test_words_and_patterns(module: str) -> None:
    """As `test_lists_of_words`: one word less in a pattern is another result."""
    owner, version, digest = PATTERNS[module]
    told = [
        (name, told_of(value))
        for name, value in sorted(vars(import_module(f"corpus.{module}")).items())
        if name.strip("_").isupper() and isinstance(value, str | tuple | list | dict | frozenset | re.Pattern)
    ]
    assert (import_module(f"corpus.{owner}").VERSION, digest_of(told)) == (version, digest)


def told_of(value: Any) -> Any:
    if isinstance(value, re.Pattern):
        return value.pattern, int(value.flags)
    if isinstance(value, dict):
        return [(key, told_of(each)) for key, each in value.items()]
    if isinstance(value, frozenset):
        return sorted(map(repr, value))
    if callable(value):
        return getattr(value, "__qualname__", "")
    return [told_of(each) for each in value] if isinstance(value, tuple | list) else value


# Tables without a version of their own: what they decide is told, or read anew each time.
TABLES = {
    "publishing.front_matter": ("LICENSES", "e15d1b736d4c"),
    "readers": ("OTHERS", "66fb625a14fc"),
    "readers.charset": ("SETS", "ad2a3b991f33"),
    "sources.lbox": ("FILES", "ec9d73fb9244"),
}


@pytest.mark.parametrize("module", TABLES)
def test_tables(module: str) -> None:
    name, digest = TABLES[module]
    told = told_of(getattr(import_module(f"corpus.{module}"), name))
    assert digest_of(told) == digest
