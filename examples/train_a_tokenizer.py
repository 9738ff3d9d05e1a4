"""Train a small tokenizer on lines of text, write it, and count the tokens of a sentence.

python examples/train_a_tokenizer.py [FOLDER]
"""

import sys
import tempfile
from pathlib import Path

import pyarrow as pa

from tokenizer import Encoder
from tokenizer.kernels.words import WordTable
from tokenizer.scanner.patterns import DEFAULT_PATTERN
from tokenizer.training.bpe import train
from tokenizer.training.counts import Pretokens
from tokenizer.training.files import write_tokenizer

lines = [f"서울의 {n}번째 봄은 짧다. 사람들은 강가에 나와 벚꽃을 보았다. Spring in Seoul is short." for n in range(200)]
words = WordTable()
words.add(*Pretokens(DEFAULT_PATTERN)(pa.array(lines)))
merges = train(words.column(), words.counts(), 600)

folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
write_tokenizer(folder, merges, DEFAULT_PATTERN, 600)
ids = Encoder.from_file(folder).encode("서울의 봄은 짧다.")
print(f"{len(merges.pairs)} merges; “서울의 봄은 짧다.” is {len(ids)} tokens; written to {folder}")
