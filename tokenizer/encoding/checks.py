"""Checks of a tokenizer.json before anything is built from it: impossible types, ids and merges are errors that name
the entry.

A tokenizer file comes from other people. Its ids decide how much memory is allocated and where kernels write, so they
are checked once, here.
"""

from collections.abc import Mapping
from typing import Any

from corpus.errors import UserError

MOST_IDS = 1 << 24  # 16.8 million; the largest vocabularies in use have 0.3 million entries


def check_definition(content: Mapping[str, Any], where: str) -> None:
    """Raise UserError, one sentence that names `where` and the entry, for a definition that is not valid."""
    model = content.get("model")
    _require(isinstance(model, Mapping), where, "model", model, "an object")
    assert isinstance(model, Mapping)
    for key in ("normalizer", "pre_tokenizer", "post_processor", "decoder"):
        value = content.get(key)
        _require(value is None or isinstance(value, Mapping), where, key, value, "an object or null")
    vocabulary = check_vocabulary(content, where)
    if model.get("type", "BPE") == "BPE":
        _check_merges(model.get("merges"), vocabulary, where)


def check_vocabulary(content: Mapping[str, Any], where: str) -> dict[str, int]:
    """The model's tokens and ids, checked together with those of the added tokens. Raises UserError."""
    model = content.get("model")
    _require(isinstance(model, Mapping), where, "model", model, "an object")
    assert isinstance(model, Mapping)
    vocabulary = _vocabulary(model, where)
    _check_added(content.get("added_tokens") or [], vocabulary, where)
    return vocabulary


def _require(valid: bool, where: str, what: str, found: Any, expected: str) -> None:
    if not valid:
        text = repr(found)
        raise UserError(f"{where}: {what} is {text[:60]}{'…' if len(text) > 60 else ''}; expected {expected}.")


def _vocabulary(model: Mapping[str, Any], where: str) -> dict[str, int]:
    found = model.get("vocab")
    if isinstance(found, list):  # a unigram model lists its tokens with scores
        ok = all(isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], str) for entry in found)
        _require(ok and bool(found), where, "model.vocab", found, "pairs of token and score")
        return {entry[0]: n for n, entry in enumerate(found)}
    _require(isinstance(found, Mapping) and bool(found), where, "model.vocab", found, "tokens with their ids")
    assert isinstance(found, Mapping)
    owner: dict[int, str] = {}
    for token, number in found.items():
        _check_name(token, where)
        _check_id(number, f"the id of token {token!r}", where)
        if number in owner:
            raise UserError(f"{where}: tokens {owner[number]!r} and {token!r} have the same id, {number}.")
        owner[number] = token
    return dict(found)


def _check_name(token: str, where: str) -> None:
    try:
        token.encode()
    except UnicodeEncodeError as error:
        raise UserError(
            f"{where}: the name of token {token!r} contains half of a surrogate pair, which does not occur in text."
        ) from error


def _check_id(number: Any, what: str, where: str) -> None:
    whole = isinstance(number, int) and not isinstance(number, bool)
    _require(whole and 0 <= number < MOST_IDS, where, what, number, f"a whole number from 0 to {MOST_IDS - 1:,}")


def _check_added(added: Any, vocabulary: Mapping[str, int], where: str) -> None:
    """Added tokens must have the ids that HF tokenizers gives them: it reads only their names and order, not the ids in
    the file."""
    _require(isinstance(added, list), where, "added_tokens", added, "a list")
    following = 0
    given: dict[str, int] = {}
    for entry in added:
        name = entry.get("content") if isinstance(entry, Mapping) else None
        _require(isinstance(name, str) and bool(name), where, "an added token", entry, "one with content")
        assert isinstance(name, str)
        _check_name(name, where)
        _check_id(entry.get("id"), f"the id of added token {name!r}", where)
        if name in vocabulary or name in given:
            expected = vocabulary[name] if name in vocabulary else given[name]
        else:
            expected = max(following, len(vocabulary))
            following = expected + 1
        given[name] = expected
        if entry["id"] != expected:
            raise UserError(
                f"{where}: added token {name!r} has the id {entry['id']:,}, but HF tokenizers would encode it as"
                f" {expected:,}: ids of "
                "added tokens follow the vocabulary without a gap, in the order of the file. Give it that id."
            )


def _check_merges(merges: Any, vocabulary: Mapping[str, int], where: str) -> None:
    _require(isinstance(merges, list), where, "model.merges", merges, "a list of pairs")
    for number, merge in enumerate(merges):
        parts = merge.split(" ") if isinstance(merge, str) else merge
        ok = isinstance(parts, list) and len(parts) == 2 and all(isinstance(part, str) for part in parts)
        _require(ok, where, f"merge {number}", merge, "two tokens")
        for token in (*parts, parts[0] + parts[1]):
            if token not in vocabulary:
                raise UserError(
                    f"{where}: merge {number} is of {parts[0]!r} and {parts[1]!r}, but {token!r} is not a token."
                )
