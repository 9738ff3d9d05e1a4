"""The files of a tokenizer: tokenizer.json and its two companions, as transformers and HF tokenizers name them.

A tokenizer is identified by the content of its files, never by their names or times: `TokenizerFiles` reads all of them
once, and the bytes that are hashed are the bytes that are used, copied and exported, also when tokenizer.json has
another name.
"""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from corpus.errors import UserError
from corpus.values import from_json
from tokenizer.directory import SPECIAL_TOKENS, TOKENIZER, TOKENIZER_FILES

COMPANIONS = TOKENIZER_FILES[1:]
LFS_POINTER = b"version https://git-lfs.github.com/spec/"


@dataclass(frozen=True)
class TokenizerFiles:
    """The bytes of a tokenizer's files by their names in a tokenizer directory; `path` is where the definition was read
    from."""

    path: Path
    contents: dict[str, bytes] = field(repr=False)

    @classmethod
    def read(cls, tokenizer: Path) -> "TokenizerFiles":
        """The tokenizer of a directory, or of a file of any name with the companions beside it. Raises UserError when
        it does not exist, and for a companion that is no JSON object: training reads one only after its last step."""
        path = tokenizer / TOKENIZER if tokenizer.is_dir() else tokenizer
        if not path.is_file():
            raise UserError(f"{path}: no such tokenizer. Train one with `hanji train_tokenizer`.")
        contents = {TOKENIZER: path.read_bytes()}
        contents |= {name: file.read_bytes() for name in COMPANIONS if (file := path.with_name(name)).is_file()}
        for name in contents.keys() & set(COMPANIONS):
            parse_json(contents[name], path.with_name(name))
        return cls(path, contents)

    @property
    def sha256(self) -> str:
        """SHA-256 of the definition (tokenizer.json): what packing.json names."""
        return hashlib.sha256(self.contents[TOKENIZER]).hexdigest()

    @property
    def identity(self) -> str:
        """SHA-256 over all of the files: a companion file says which tokens are special."""
        return hashlib.sha256(json.dumps(self.hashes, sort_keys=True).encode()).hexdigest()

    @property
    def hashes(self) -> dict[str, str]:
        """SHA-256 of each file."""
        return {name: hashlib.sha256(content).hexdigest() for name, content in self.contents.items()}

    def definition(self) -> dict[str, Any]:
        """The content of tokenizer.json. Raises UserError when it is not readable."""
        return parse_json(self.contents[TOKENIZER], self.path)

    def special_names(self) -> dict[str, str]:
        """bos_token, eos_token and pad_token as the companions name them; where they name none, `<s>`, `</s>` and
        `<pad>` if these are special tokens here."""
        added = self.definition().get("added_tokens")
        special = {
            token.get("content")
            for token in (added if isinstance(added, list) else [])
            if isinstance(token, dict) and token.get("special")
        }
        names: dict[str, Any] = {key: name for key, name in SPECIAL_TOKENS.items() if name in special}
        for companion in COMPANIONS:
            if companion not in self.contents:
                continue
            found = parse_json(self.contents[companion], self.path.with_name(companion))
            for key in SPECIAL_TOKENS.keys() & found.keys():
                value = found[key]
                names[key] = value.get("content") if isinstance(value, dict) else value
        return {key: name for key, name in names.items() if isinstance(name, str)}

    def write(self, folder: Path) -> None:
        """Write the files into a folder (made when missing), the definition as tokenizer.json; companions of another
        tokenizer are removed.

        A file that already has these bytes is left alone.
        """
        from corpus.engine.task import atomic_write

        folder.mkdir(parents=True, exist_ok=True)
        for name in TOKENIZER_FILES:
            target = folder / name
            if name not in self.contents:
                target.unlink(missing_ok=True)
            elif not (target.is_file() and target.read_bytes() == self.contents[name]):
                with atomic_write(target) as temporary:
                    temporary.write_bytes(self.contents[name])


def parse_json(content: bytes, path: Path) -> dict[str, Any]:
    """The JSON object in a file's bytes. Raises UserError that names the file: a Git LFS pointer, a file cut off,
    anything else."""
    if content.startswith(LFS_POINTER):
        raise UserError(f"{path} is a Git LFS pointer, not the file itself. Fetch the file with `git lfs pull`.")
    try:
        value = from_json(content.decode("utf-8"))
    except ValueError as error:
        raise UserError(f"{path}: not readable as JSON ({error}). Is the file cut off? Fetch it again.") from error
    if not isinstance(value, dict):
        raise UserError(f"{path}: expected a JSON object, found {type(value).__name__}.")
    return value
