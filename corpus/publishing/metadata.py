"""Croissant metadata of a corpus (MLCommons, format 1.0): files with their hashes, and the columns of a document."""

from pathlib import Path
from typing import Any

from corpus.document import SCHEMA
from corpus.engine.marker import read_result
from corpus.engine.task import file_sha256

CONTEXT = {
    "@language": "en", "@vocab": "https://schema.org/", "citeAs": "cr:citeAs", "column": "cr:column",
    "conformsTo": "dct:conformsTo", "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"}, "dataBiases": "cr:dataBiases", "dataCollection": "cr:dataCollection",
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"}, "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"}, "extract": "cr:extract", "field": "cr:field",
    "fileObject": "cr:fileObject", "fileProperty": "cr:fileProperty", "fileSet": "cr:fileSet", "format": "cr:format",
    "includes": "cr:includes", "isLiveDataset": "cr:isLiveDataset", "jsonPath": "cr:jsonPath", "key": "cr:key",
    "md5": "cr:md5", "parentField": "cr:parentField", "path": "cr:path",
    "personalSensitiveInformation": "cr:personalSensitiveInformation", "recordSet": "cr:recordSet",
    "references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated", "replace": "cr:replace",
    "sc": "https://schema.org/", "separator": "cr:separator", "source": "cr:source", "subField": "cr:subField",
    "transform": "cr:transform",
}  # fmt: skip
TYPES = {"string": "sc:Text", "int32": "sc:Integer"}
ABOUT = {
    "id": "source and 128-bit hash of the record",
    "text": "the document",
    "source": "the upstream corpus",
    "lang": "the language",
    "origin": "upstream file#row",
    "url": "where the document was found",
    "title": "its title",
    "license": "its licence",
    "duplicates": "how many near-duplicates it stands for",
}


def croissant(corpus: Path, name: str, published: str) -> dict[str, Any]:
    """The JSON-LD of a corpus as the dataset `name` (OWNER/NAME); `published` is a date, 2026-11-26."""
    manifest, stats = (read_result(corpus, file) for file in ("manifest.json", "stats.json"))
    output = stats["total"]["output"]
    url = f"https://huggingface.co/datasets/{name}"
    files: list[dict[str, Any]] = [
        {
            "@type": "cr:FileObject",
            "@id": "manifest.json",
            "name": "manifest.json",
            "contentUrl": f"{url}/resolve/main/manifest.json",
            "encodingFormat": "application/json",
            "sha256": file_sha256(corpus / "manifest.json"),
        },
        {
            "@type": "cr:FileObject",
            "@id": "repo",
            "name": "repo",
            "description": "The repository of the dataset",
            "contentUrl": url,
            "encodingFormat": "git+https",
            "sha256": manifest["outputs"][0]["sha256"],
        },
    ]
    files += [
        {
            "@type": "cr:FileSet",
            "@id": f"{split}-files",
            "name": f"{split}-files",
            "containedIn": {"@id": "repo"},
            "encodingFormat": "application/vnd.apache.arrow.stream",
            "includes": f"{split}/*.arrow",
        }
        for split in ("train", "validation")
    ]
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": name.rpartition("/")[2],
        "description": manifest["recipe"]["description"] or f"A text corpus built by Hanji {manifest['hanji']}.",
        "url": url,
        "version": "1.0.0",
        "datePublished": published,
        "license": [license or "not stated" for license in output["license_documents"]],
        "inLanguage": list(output["languages"]),
        "distribution": files,
        "recordSet": [_records(split) for split in ("train", "validation")],
    }


def _records(split: str) -> dict[str, Any]:
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"{split}/{field.name}",
            "name": f"{split}/{field.name}",
            "description": ABOUT[field.name],
            "dataType": TYPES[str(field.type)],
            "source": {"fileSet": {"@id": f"{split}-files"}, "extract": {"column": field.name}},
        }
        for field in SCHEMA
    ]
    return {"@type": "cr:RecordSet", "@id": split, "name": split, "field": fields}
