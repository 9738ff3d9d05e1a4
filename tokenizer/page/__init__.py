"""The fertility report as one HTML page.

Read in this order: page (from the content of fertility.json to report.html), tables and cells (the figures and their
format), charts (their geometry), encoder (a tokenizer that the page's script encodes with); templates/ contains the
HTML, CSS and JavaScript.
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "write_page": "page",
        "metric_tables": "tables",
    },
)
