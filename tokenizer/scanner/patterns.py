"""The patterns of pre-tokens by name, as the regular expressions that are written into tokenizer.json.

`gpt2` is GPT-2's; `cl100k` is GPT-4's, which is also Llama 3's; `qwen2` is the same with single digits. Every client
supports these three. `hanji` is ours for Korean and English; HF tokenizers from 1.0 on, gigatoken and llama.cpp reject
it (docs/tokenizers.md):

- Hangul, other letters and digits never share a pre-token (`AI가` → `AI`, `가`), so that josa are
  separate from Latin words;
- only one space is joined to Hangul; other words may include one sign before them (`.name`, `(x`), and punctuation
  keeps the newlines after it, as in cl100k, which suits code;
- digits are in groups of at most three;
- runs are capped (ㅋㅋㅋㅋ… at 8, an eojeol at 16 syllables, punctuation at 16, other words at 32 letters), which also
  bounds the work per pre-token.
"""

from corpus.errors import UserError
from tokenizer.scanner.classes import HANGUL_RANGE, JAMO_RANGES

GPT2, CL100K, HANJI, QWEN2 = range(4)
NAMES = ("gpt2", "cl100k", "hanji", "qwen2")
DEFAULT_PATTERN = "cl100k"
# Their names in GGUF files; llama.cpp supports no others. `llama-bpe` is the same pattern as `dbrx`, but there a
# pre-token that is in the vocabulary is one token whatever the merges say (ignore_merges of tokenizer.json).
LLAMA_CPP = {"gpt2": "gpt-2", "cl100k": "dbrx", "qwen2": "qwen2"}
LLAMA_CPP_WHOLE = {"cl100k": "llama-bpe"}

DIGITS = 3  # cl100k and hanji
HANGUL_CAP, JAMO_CAP, WORD_CAP, OTHER_CAP = 16, 8, 32, 16  # hanji, in characters

_HANGUL = f"{chr(HANGUL_RANGE[0])}-{chr(HANGUL_RANGE[1])}"
_JAMO = "".join(f"{chr(first)}-{chr(last)}" for first, last in JAMO_RANGES)

# Letters and marks other than Hangul are written as negated classes, since classes of regular expressions cannot be
# subtracted.
CONTRACTION = r"(?:[sdmtSDMT]|ll|LL|ve|VE|re|RE)(?![A-Za-z])"
SYLLABLES = rf"[{_HANGUL}]{{1,{HANGUL_CAP}}}"
LETTERS = rf"[^\s\p{{N}}\p{{P}}\p{{S}}\p{{C}}{_HANGUL}{_JAMO}]{{1,{WORD_CAP}}}"
SIGN = r"[^\r\n\p{L}\p{M}\p{N}]"
SIGNS = rf"[^\s\p{{L}}\p{{M}}\p{{N}}]{{1,{OTHER_CAP}}}"
NO_WORDS = (
    rf" ?[{_JAMO}]{{1,{JAMO_CAP}}}| ?\p{{N}}{{1,{DIGITS}}}"
    rf"| ?{SIGNS}[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

_CL100K = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
REGEXES = {
    "gpt2": r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    "cl100k": _CL100K,
    "hanji": rf"['’]{CONTRACTION}| ?{SYLLABLES}|{SIGN}?{LETTERS}|{NO_WORDS}",
    "qwen2": _CL100K.replace("{1,3}", ""),
}


def llama_cpp_name(pattern: str, ignore_merges: bool) -> str | None:
    """llama.cpp's name of a pattern; None where it has none."""
    return (LLAMA_CPP_WHOLE if ignore_merges else LLAMA_CPP).get(pattern)


def pattern_code(name: str) -> int:
    """The kernel's number of a pattern. Raises UserError for an unknown name."""
    if name not in NAMES:
        raise UserError(f"unknown pre-token pattern {name!r}; accepted: {', '.join(NAMES)}.")
    return NAMES.index(name)
