"""The Jikji project's free Korean texts.

There is no public file of it, so it is read from the user's own folder, with a declared licence.
"""

from corpus.document import Part
from corpus.download.locator import Locator
from corpus.errors import UserError
from corpus.sources.local import Local


class Jikji(Local):
    """jikji: `files` and `license` as for a local corpus; without files it has no parts, and `excluded` says how to
    provide them."""

    files: tuple[str, ...] = ()
    license: str = ""  # type: ignore[misc]  # here a setting, elsewhere a fact about the source

    @property
    def excluded(self) -> str | None:
        """That its licence is not accepted, or that there are no files; None if neither is true."""
        if not self.files:
            return (
                f"source {self.name!r} is left out: the Jikji project has no public download. If you have its texts,"
                ' set files = ["/path/to/jikji/**/*.txt"] (or .jsonl) and license = "…" in its [[sources]] table'
            )
        return super().excluded

    def listed(self, locate: Locator) -> list[Part]:
        """One part per file."""
        if not self.license:
            raise UserError(
                f"source {self.name!r}: license is missing; declare under which terms you hold these texts, "
                'such as license = "public domain"'
            )
        return super().listed(locate)
