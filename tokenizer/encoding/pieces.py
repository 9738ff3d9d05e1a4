"""SentencePiece models: `sentencepiece` encodes, and this file returns the bytes of each piece."""

import re
from pathlib import Path

import numpy as np
import pyarrow as pa

from corpus.errors import UserError

_BYTE = re.compile(r"<0x([0-9A-F]{2})>")


class Pieces:
    """A SentencePiece model. Raises UserError when the package is missing or the file is not a model."""

    def __init__(self, path: Path):
        try:
            import sentencepiece
        except ImportError:
            raise UserError(f"{path}: a SentencePiece model needs the package: pip install sentencepiece") from None
        try:
            self._model = sentencepiece.SentencePieceProcessor(model_file=str(path))
        except (OSError, RuntimeError) as error:
            raise UserError(f"{path}: neither a SentencePiece model nor a list of ranks ({error}).") from error
        self.vocab_size = self._model.vocab_size()

    def encode_column(self, array: pa.Array) -> tuple[np.ndarray, np.ndarray]:
        """(ids uint32[tokens], offsets int64[n + 1])."""
        found = self._model.encode(array.to_pylist(), num_threads=1, return_type="numpy")
        bounds = np.concatenate([[0], np.cumsum([len(ids) for ids in found])]).astype(np.int64)
        return np.concatenate([np.zeros(0, np.int32), *found]).astype(np.uint32), bounds

    def spans(self, text: str) -> list[tuple[int, int]]:
        """The tokens' (begin, end) in characters."""
        return self._model.encode(text, return_type="offset_mapping")["offsets"]

    def token_bytes(self) -> list[bytes | None]:
        """The bytes of each piece, "▁" as a space; None for control pieces and the unknown."""
        model = self._model
        return [
            None
            if model.is_control(n) or model.is_unknown(n) or model.is_unused(n)
            else piece_bytes(model.id_to_piece(n))
            for n in range(self.vocab_size)
        ]


def piece_bytes(piece: str) -> bytes:
    """`▁한국` as " 한국", `<0xEA>` as that byte."""
    byte = _BYTE.fullmatch(piece)
    return bytes([int(byte[1], 16)]) if byte else piece.replace("\u2581", " ").encode()
