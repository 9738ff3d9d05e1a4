"""Show one document's whole way through a build: what changed it, what dropped it, where it is."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from corpus.errors import UserError
from pipelines.console import console, run, shown

Line = tuple[str, str]  # (style, text)


def main(
    corpus: Annotated[Path, typer.Option(help="Corpus folder, with its .work, as build_corpus leaves it")] = Path(
        "runs/demo"
    ),
    id: Annotated[str | None, typer.Option(help="id of a document")] = None,
    url: Annotated[str | None, typer.Option(help="URL of a document, whole or a part of it")] = None,
    text: Annotated[str | None, typer.Option(help="text of a document, whole or a part of it")] = None,
    why_dropped: Annotated[
        str | None, typer.Option(metavar="REASON", help="documents that were dropped for this; names as in stats.json")
    ] = None,
    sample: Annotated[int, typer.Option(min=1, help="at most so many documents, always the same ones")] = 5,
    tokenizer: Annotated[Path | None, typer.Option(help="count the tokens of what was kept with this one")] = None,
    page: Annotated[Path | None, typer.Option(help="write the same as a page to this file")] = None,
) -> dict[str, Any]:
    """Show the upstream file and row, what normalising changed, language, each statistic of quality beside its limit,
    boilerplate removed, what was redacted (masked), the duplicate cluster with the words that differ, what was cut,
    test items, and shard and row.

    Name one of --id, --url, --text and --why-dropped. Nothing is written to the corpus.
    """
    given = {"--id": id, "--url": url, "--text": text, "--why-dropped": why_dropped}
    asked = {option: value for option, value in given.items() if value is not None}
    if len(asked) != 1 or "" in asked.values():
        raise UserError(f"Name one of {', '.join(given)}, with a value; found {', '.join(asked) or 'none'}.")
    from corpus.shards import shard_paths

    shard_paths(corpus)  # what is wrong is told before the kernels are loaded
    if tokenizer is not None:
        from tokenizer.files import TokenizerFiles

        TokenizerFiles.read(tokenizer)
    from corpus.trace import Stages, Wanted, find_documents, tell, write_stories

    stages = Stages.open(corpus)
    found, count = find_documents(stages, Wanted(id, url, text, why_dropped), sample)
    stories = [tell(stages, part, origin) for part, origin in found]
    if tokenizer is not None:
        _count_tokens(stages.corpus, stories, tokenizer)
    out = shown()
    for story in stories:
        for style, line in lines(story):
            out.print(Text(line, style))
        out.print()
    if count > len(stories):
        console.print(f"{len(stories)} of {count:,} documents; --sample shows more.")
    if page is not None:
        option, value = next(iter(asked.items()))
        write_stories(page, corpus, f"{option} {value}", stories, count)
        console.print(f"The same as a page: {page}")
    return {"found": count, "documents": stories}


def _count_tokens(corpus: Path, stories: list[dict[str, Any]], tokenizer: Path) -> None:
    from corpus.shards import read_shard
    from tokenizer.encoding import Encoder

    encoder = Encoder.from_file(tokenizer)
    for story in stories:
        step = story["steps"][-1]
        if step["step"] == "shard" and step["shard"]:
            row = step["row"]
            for batch in read_shard(corpus / step["shard"]):
                if row < batch.num_rows:
                    step["tokens"] = len(encoder.encode(batch["text"][row].as_py()))
                    break
                row -= batch.num_rows


def lines(story: dict[str, Any]) -> list[Line]:
    """A story for the terminal."""
    verdict = story["outcome"] + (f": {story['reason']}" if story["reason"] else "")
    told: list[Line] = [("bold", f"{story['title'] or story['origin']}  [{verdict}]"), ("dim", story["id"])]
    told += [("dim", story["url"])] if story["url"] else []
    told += [("", f"  {line}") for line in story["text"][:200].splitlines() if line.strip()]
    for step in story["steps"]:
        told += _SHOWN[step["step"]](step)
    return told


def _source(step: dict[str, Any]) -> list[Line]:
    licence = step["license"] or "not stated"
    return [("", f"source       {step['file']}, row {step['row']:,}; licence {licence}")]


def _normalise(step: dict[str, Any]) -> list[Line]:
    if step["repairs"] is None:
        return [("yellow", f"normalised   {step['note']}")]
    repairs = ", ".join(step["repairs"]) or "nothing to repair"
    return [
        ("", f"normalised   {repairs}; {step['bytes_in']:,} bytes to {step['bytes_out']:,}"),
        *_places(step["changes"]),
    ]


def _language(step: dict[str, Any]) -> list[Line]:
    told = f"language     {step['language']}, score {step['score']:.3f}; kept are {', '.join(step['wanted'])}"
    return [("" if step["kept"] else "red", told)]


def _boilerplate(step: dict[str, Any]) -> list[Line]:
    removed = [("red", f"               - {line}") for line in step["lines"]]
    return [("", f"boilerplate  {len(step['lines'])} lines removed"), *removed]


def _privacy(step: dict[str, Any]) -> list[Line]:
    counts = ", ".join(f"{kind} {n}" for kind, n in step["redacted"].items()) or "nothing redacted"
    return [("", f"privacy      {counts}"), *(("", f"               {line}") for line in step["lines"])]


def _quality(step: dict[str, Any]) -> list[Line]:
    verdict = f"dropped by {step['reason']}" if step["reason"] else "no rule fired"
    from corpus.trace.page import evidence, figure

    told: list[Line] = [("red" if step["reason"] else "", f"quality      profile {step['profile']}: {verdict}")]
    for rule in step["rules"]:
        sign = "≥" if rule["side"] == "min" else "≤"
        rests = f" of {evidence(rule)}" if rule["counted"] else ""
        value, limit = figure(rule["value"]), figure(rule["limit"])
        line = f"               {rule['rule']:<36} {value:>9}  {sign} {limit}{rests}"
        told.append(("bold red" if rule["rule"] == step["reason"] else "yellow" if rule["beyond"] else "dim", line))
    return told


def _duplicates(step: dict[str, Any]) -> list[Line]:
    if step["role"] == "dropped":
        kept = step["survivor"]
        line = f"duplicates   {step['kind']} duplicate, similarity {step['similarity']:.3f}, of {kept['origin']}"
        return [("red", f"{line} ({kept['id']})"), *_places(step["differences"])]
    if step["role"] == "unique":
        return [("", "duplicates   no other document is like it")]
    told: list[Line] = [("", f"duplicates   kept for {step['documents']:,} documents")]
    for member in step["members"]:
        told.append(("", f"               {member['kind']} {member['similarity']:.3f}  {member['origin']}"))
        told += _places(member["differences"])
    return told


def _cuts(step: dict[str, Any]) -> list[Line]:
    kinds = ", ".join(dict.fromkeys(cut["kind"] for cut in step["found"])) or "nothing was cut"
    return [("", f"cuts         {kinds}"), *(("red", f"               - {line}") for line in step["lines"])]


def _tests(step: dict[str, Any]) -> list[Line]:
    if not step["found"]:
        return [("", "test items   none")]
    told: list[Line] = []
    for item in step["found"]:
        found = f"{item['task']} {item['item']}: {item['verdict']}, coverage {item['coverage']:.2f}"
        told.append(("", f"test items   {found}: {item['text'][:80]}"))
    return told


def _shard(step: dict[str, Any]) -> list[Line]:
    if step["shard"] is None:
        return [("red", f"shard        {step['note']}")]
    tokens = f", {step['tokens']:,} tokens" if "tokens" in step else ""
    stands = f", stands for {step['duplicates']:,} documents" if step["duplicates"] > 1 else ""
    return [("green", f"shard        {step['shard']}, row {step['row']:,}: {step['bytes']:,} bytes{tokens}{stands}")]


def _places(places: list[dict[str, str]]) -> list[Line]:
    return [
        (
            "",
            f"               {d['before']} [-{d['here']}-]{{+{d['there']}+}} {d['after']}".replace("[--]", "").replace(
                "{++}", ""
            ),
        )
        for d in places
    ]


_SHOWN = {
    "source": _source,
    "normalise": _normalise,
    "language": _language,
    "boilerplate": _boilerplate,
    "privacy": _privacy,
    "quality": _quality,
    "duplicates": _duplicates,
    "cuts": _cuts,
    "tests": _tests,
    "shard": _shard,
}


if __name__ == "__main__":
    run(main)
