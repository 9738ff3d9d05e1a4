"""Train a fastText classifier of good and bad text, tested on kinds of text that it has not seen."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from corpus.errors import UserError
from pipelines.arguments import require_input
from pipelines.console import console, run


def main(
    positive: Annotated[Path, typer.Option(help="good texts: a file, a folder of files, or a corpus")],
    negative: Annotated[Path, typer.Option(help="bad texts, likewise")],
    out: Annotated[Path, typer.Option(help="the model, a .bin; its card is written beside it as OUT.json")],
    column: Annotated[str, typer.Option(help="field that holds the text; dots for nested ones")] = "text",
    topic: Annotated[
        str | None,
        typer.Option(help="field that tells the kind of a text; default: its folder or file (a corpus: source)"),
    ] = None,
    most: Annotated[int, typer.Option(min=1, help="texts of a kind, at most")] = 5000,
    width: Annotated[int, typer.Option(min=1, max=512, help="numbers in a vector")] = 8,
    buckets: Annotated[
        int, typer.Option(min=1024, max=1 << 24, help="hash values; OUT has 4 * width * buckets bytes")
    ] = 1 << 17,
    ngrams: Annotated[int, typer.Option(min=1, max=5, help="words in the longest run of words")] = 2,
    longest: Annotated[int, typer.Option(min=1, max=8, help="characters in the longest run within a word")] = 4,
    epochs: Annotated[int, typer.Option(min=1, max=1000, help="passes over the texts")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="of the first weights and of the order")] = 0,
) -> dict[str, Any]:
    """Train on two sets of examples; leave each kind out in turn and report what a model that never saw it makes of it.

    OUT is read by fastText and by [quality.model] (label = "positive"). OUT.json is its card: kinds and languages that
    were tested, recall and precision, calibration. A build warns where a source is none of these.
    """
    require_input(positive, "--positive")
    require_input(negative, "--negative")
    if out.suffix != ".bin" or out.is_dir():
        raise UserError(f"--out {out}: expected the path of a file that ends in .bin.")
    from rich.table import Table

    from corpus.cleaning.language import LanguageSettings, detect
    from corpus.cleaning.normalize import NormalizeSettings, normalize
    from corpus.quality.model_card import tested_languages, write_trained
    from corpus.quality.model_texts import read_examples
    from corpus.quality.model_training import TrainingSettings, distinct, examples_of, fit, table
    from corpus.recipe import validate

    given = {"width": width, "buckets": buckets, "ngrams": ngrams, "longest": longest, "epochs": epochs, "seed": seed}
    settings = validate(TrainingSettings, given)
    sides = [
        read_examples(negative, "--negative", column, topic, most),
        read_examples(positive, "--positive", column, topic, most),
    ]
    texts = [normalize(found, NormalizeSettings())[0] for found, _ in sides]
    languages = [detect(found, LanguageSettings())[0] for found in texts]
    examples, repeated = distinct(examples_of(texts, [kinds for _, kinds in sides], languages))
    if repeated:
        console.print(f"{repeated:,} repeated texts are left out.")
    trained = fit(examples, settings, lambda kind: console.print(f"leaving out {kind}"))
    card = write_trained(out, trained, settings)
    shown = Table("kind, left out", "texts", "recall (95 %)", "precision", "trusted", title=f"Model {out}")
    for row in table(trained.report):
        shown.add_row(*row)
    console.print(shown)
    error = card["calibration"]["error"]
    calibration = "not tested" if error is None else f"{error:.3f} off on average"
    languages_tested = ", ".join(tested_languages(card)) or "none"
    console.print(f"Probabilities: {calibration}. Languages tested: {languages_tested}. Card: {out}.json")
    recalls = {name: kind["recall"] for name, kind in card["kinds"].items()}
    result = {"model": str(out), "bytes": card["bytes"], "recall": recalls, "calibration_error": error}
    print(json.dumps(result, ensure_ascii=False))
    return result


if __name__ == "__main__":
    run(main)
