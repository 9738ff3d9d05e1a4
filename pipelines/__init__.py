"""One thin file per command; no algorithm lives here."""
