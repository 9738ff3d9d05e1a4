"""Other programs that read our tokenizer.json: the same ids, or a refusal where docs/tokenizers.md says so."""

import numpy as np
import pyarrow as pa
import pytest

from tests.tokenizer.trained import ours
from tokenizer.encoding.encode import Encoder
from tokenizer.scanner.patterns import LLAMA_CPP, NAMES
from tokenizer.training.files import write_tokenizer

SAMPLE = [
    "한국어 말뭉치와 the corpus 1234년\n\n  don't (x == y) AI가 ",
    "Hello, 세계! ㅋㅋㅋ  naïve\r\n\tcafé 3.14",
] * 3


def encoders(tmp_path, pattern, whole=True):
    write_tokenizer(tmp_path, ours(SAMPLE, 500, pattern, whole_characters=whole), pattern, 512)
    return Encoder.from_file(tmp_path), str(tmp_path)


@pytest.mark.parametrize("pattern", NAMES)
def test_gigatoken(pattern, tmp_path, real_texts):
    gigatoken = pytest.importorskip("gigatoken")
    encoder, folder = encoders(tmp_path, pattern)
    documents = [text for texts in real_texts.values() for text in texts[:10]]
    if pattern not in LLAMA_CPP:
        with pytest.raises(Exception, match=r"(?i)pattern|pretoken|split|regex"):
            gigatoken.Tokenizer(folder).encode_batch(documents, parallel=False)
        return
    found = gigatoken.Tokenizer(folder).encode_batch(documents, parallel=False)
    wanted, offsets = encoder.encode_column(pa.array(documents))
    for n, ids in enumerate(found):
        assert np.asarray(ids).tolist() == wanted[offsets[n] : offsets[n + 1]].tolist()
