"""One thin file per command; no algorithm lives here.

Packages with the names of ours are common. Where another one would be imported, from the folder that a command is
started in say, every command stops with a sentence before anything of it runs.
"""

import importlib.util
import sys
from pathlib import Path


def foreign_packages(home: Path, names: tuple[str, ...] = ("corpus", "tokenizer", "model")) -> list[tuple[str, Path]]:
    """Which of the packages are not imported from `home`, the folder that holds this one, and what is found in their
    place."""
    found = []
    for name in names:
        module = sys.modules.get(name)
        spec = module.__spec__ if module is not None else importlib.util.find_spec(name)
        origin = Path(spec.origin).resolve() if spec is not None and spec.origin else None
        if origin is None or origin.parent != (home / name).resolve():
            found.append((name, origin or Path("nothing")))
    return found


for _name, _origin in foreign_packages(Path(__file__).resolve().parents[1]):
    sys.exit(
        f"error: Python finds another `{_name}` than Hanji's: {_origin}. Start the command from a folder without"
        f" a {_name} of its own, or "
        "take that one off PYTHONPATH."
    )
