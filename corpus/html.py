"""Pages for people: one style (light and dark, wide and narrow) and one way from a template to a file."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus import release
from corpus.engine.task import atomic_write
from corpus.quantities import percent

if TYPE_CHECKING:
    from jinja2 import Environment


def write_page(
    path: Path, package: str, template: str, filters: Mapping[str, Callable] | None = None, /, **content: Any
) -> None:
    """Fill in a template of PACKAGE/templates (`render_page`) and write it to `path` atomically."""
    text = render_page(package, template, filters, **content)
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def render_page(package: str, template: str, filters: Mapping[str, Callable] | None = None, /, **content: Any) -> str:
    """Fill in a template of PACKAGE/templates.

    The template extends page.html, which has the common style of all pages. A name missing from `content` is an error.
    """
    return (
        _environment(package, tuple((filters or {}).items()))
        .get_template(template)
        .render(hanji_version=release(), **content)
    )


@lru_cache(8)
def _environment(package: str, filters: tuple[tuple[str, Callable], ...]) -> "Environment":
    """The compiled templates of a package: compiling takes 0.2 s, and training writes its report at each checkpoint."""
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined  # not installed in every GPU image

    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package, "templates"), PackageLoader("corpus", "templates")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": percent} | dict(filters)
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": False}
    return environment
