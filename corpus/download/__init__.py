"""Upstream files: where they are, how they are fetched, and the checksums that prove them.

Read in this order: locator (the one door: a mirror, a cache, or the network), transfer (one file over HTTP, whole or
not at all), checksums (what upstream says a file hashes to).
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "Locator": "locator",
        "DownloadSettings": "locator",
        "TransferSettings": "transfer",
        "FaultyTransferError": "transfer",
    },
)
