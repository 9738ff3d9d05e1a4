"""The card beside a model, MODEL.json: which kinds of text and which languages it was tested on, and how well it did.

A build asks it before the model judges: where a source is of no kind that was tested, was recognised badly, or is in a
language that was not tested, the build warns.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from corpus.engine.task import atomic_write, file_sha256, write_json
from corpus.errors import UserError
from corpus.kernels.fasttext_writer import write_model
from corpus.quality.model import ModelSettings
from corpus.quality.model_training import LEAST, Trained, TrainingSettings
from corpus.quantities import percent
from corpus.values import from_json

FORMAT = 1


class Judged(NamedTuple):
    """A source that a model is to judge."""

    name: str
    kind: str
    profile: str
    lang: str | None  # if that is certain


def card_path(model: str) -> Path:
    """Where the card of a model is."""
    return Path(f"{model}.json")


def read_card(model: str) -> dict[str, Any] | None:
    """The card of a model; None where there is none. Raises UserError for one that cannot be read."""
    path = card_path(model)
    try:
        card = from_json(path.read_text(encoding="utf-8"))
        [(kind["topic"], kind["recall"], kind["trusted"]) for kind in card["kinds"].values()]
        {side: found["texts"] for sides in card["languages"].values() for side, found in sides.items()}
        if card["format"] != FORMAT or not isinstance(card["sha256"], str):
            raise ValueError(f"format {card['format']}")
        return dict(card)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"card {path}: cannot be read ({error}). Train the model again, or remove the card: then nothing says what"
            " the model was tested on."
        ) from error


def write_trained(path: Path, trained: Trained, settings: TrainingSettings) -> dict[str, Any]:
    """Write a model and its card, each whole or not at all; the card."""
    numbers = {name: sum(kinds.values()) for name, kinds in trained.report["texts"].items()}
    subwords = settings.shortest, settings.longest
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as temporary, temporary.open("wb") as file:
        write_model(file, *trained.weights, numbers, settings.ngrams, subwords)
    size, digest = path.stat().st_size, file_sha256(path)
    card = {
        "format": FORMAT,
        "model": path.name,
        "bytes": size,
        "sha256": digest,
        "label": "positive",
        **trained.report,
    }
    write_json(card_path(str(path)), card)
    return card


def tested_languages(card: dict[str, Any]) -> list[str]:
    """Languages of which enough texts of both sides were tested."""
    found = card["languages"].items()
    return sorted(name for name, sides in found if all(side["texts"] >= LEAST for side in sides.values()))


def doubts(settings: ModelSettings, sources: Sequence[Judged], languages: Sequence[str]) -> list[str]:
    """Why a model should not be trusted with some sources, a sentence each; none if it asks no limit."""
    limits = {"ko": _asked(settings, "ko"), "en": _asked(settings, "en"), "reference": _asked(settings, "reference")}
    judged = [source for source in sources if any(limits[key] for key in _keys(source, languages))]
    if not judged:
        return []
    names = ", ".join(source.name for source in judged)
    card = read_card(settings.path)
    if card is None:
        return [
            f"model {settings.path}: there is no card beside it ({card_path(settings.path).name}), so nothing says on"
            f" which kinds of text it was tested. It judges {names}."
        ]
    if card["sha256"] != settings.sha256():
        return [f"model {settings.path}: the card beside it is of another file. It judges {names}, untested."]
    found = [_doubt_of_kind(settings, source, card) for source in judged]
    return [text for text in [*found, *_doubts_of_languages(settings, judged, languages, limits, card)] if text]


def _asked(settings: ModelSettings, key: str) -> bool:
    return getattr(settings.min_score, key) is not None or getattr(settings.max_score, key) is not None


def _keys(source: Judged, languages: Sequence[str]) -> list[str]:
    """Which limits judge documents of a source."""
    if source.profile == "none":
        return []
    if source.profile == "reference":
        return ["reference"]
    return [language if language in ("ko", "en") else "reference" for language in [source.lang] if language] or [
        language if language in ("ko", "en") else "reference" for language in languages
    ]


def _doubt_of_kind(settings: ModelSettings, source: Judged, card: dict[str, Any]) -> str:
    mine = {settings.kinds.get(source.name, source.name), source.name, source.kind}
    tested = [kind for kind in card["kinds"].values() if kind["topic"] in mine]
    if not tested:
        known = ", ".join(sorted({kind["topic"] for kind in card["kinds"].values()})) or "nothing"
        return (
            f"source {source.name!r}: model {settings.path} judges it, and was not tested on such text. It was tested"
            f' on: {known}. If it is one of these, say so: [quality.model] kinds = {{ "{source.name}" = "KIND" }}.'
        )
    bad = [kind for kind in tested if not kind["trusted"]]
    if bad:
        return (
            f"source {source.name!r}: model {settings.path} recognised only {percent(bad[0]['recall'], 0)} of"
            f" {bad[0]['topic']!r} when it had not seen that kind. Do not trust what it drops there."
        )
    return ""


def _doubts_of_languages(
    settings: ModelSettings, judged: Sequence[Judged], languages: Sequence[str], limits: dict[str, bool], card: Any
) -> list[str]:  # fmt: skip
    known = tested_languages(card)
    asked = {
        language
        for source in judged
        for language in ([source.lang] if source.lang else languages)
        if limits["reference" if source.profile == "reference" or language not in ("ko", "en") else language]
    }
    tested = ", ".join(known) or "none"
    return [
        f"model {settings.path}: it judges text in {language!r} and was not tested on that language; tested: {tested}."
        for language in sorted(asked - set(known))
    ]
