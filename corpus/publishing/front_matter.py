"""Lines of the YAML at the head of a card, as the Hugging Face hub reads them."""

import json
import re
from collections.abc import Iterable

# https://huggingface.co/docs/hub/repositories-licenses (2026-11), those of texts and code; the hub refuses other names.
_HUB = """
afl-3.0 agpl-3.0 apache-2.0 artistic-2.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear bsl-1.0 c-uda cc cc0-1.0
cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0
cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cc-by-nd-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cdla-permissive-1.0
cdla-permissive-2.0 cdla-sharing-1.0 ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1 eupl-1.2 gfdl gpl gpl-2.0 gpl-3.0
isc lgpl lgpl-2.1 lgpl-3.0 lgpl-lr lppl-1.3c mit mpl-2.0 ms-pl ncsa odbl odc-by ofl-1.1 openmdw-1.0 osl-3.0 pddl
postgresql unknown unlicense wtfpl zlib
"""
LICENSES = frozenset(_HUB.split())
_PLAIN = re.compile(r"[A-Za-z][\w./-]*")
_NOT_TEXT = {"n", "no", "off", "on", "y", "yes", "true", "false", "null"}  # in YAML; "no" is Norwegian, too


def listed(key: str, values: Iterable[str]) -> list[str]:
    """A key with a list; nothing without values."""
    lines = [f"- {quoted(value)}" for value in values]
    return [f"{key}:", *lines] if lines else []


def license_of(names: Iterable[str]) -> list[str]:
    """`license`: that of the documents if all have the same and the hub knows it, else "other" with all names."""
    told = list(dict.fromkeys(name or "unknown" for name in names)) or ["unknown"]
    if len(told) == 1 and told[0].lower() in LICENSES:
        return [f"license: {told[0].lower()}"]
    return ["license: other", f"license_name: {json.dumps(', '.join(told), ensure_ascii=False)}"]


def quoted(value: str) -> str:
    """A text that YAML reads as this text."""
    if _PLAIN.fullmatch(value) and value.lower() not in _NOT_TEXT:
        return value
    return json.dumps(value, ensure_ascii=False)
