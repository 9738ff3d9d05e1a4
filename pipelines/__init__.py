"""One thin file per command; no algorithm lives here.

Other packages with the names of ours are common. If one of them would be imported, for example from the folder in which
a command is started, every command stops with an error message before it runs any of it.
"""

import importlib.util
import sys
from pathlib import Path


def foreign_packages(home: Path, names: tuple[str, ...] = ("corpus", "tokenizer", "model")) -> list[tuple[str, Path]]:
    """The packages that are not imported from `home`, the folder that contains this one, and the paths found
    instead."""
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
        f" its own {_name}, or "
        "remove that one from PYTHONPATH."
    )
