"""Upstream files: where they are, how they are downloaded, and the checksums that verify them.

Read in this order: locator (finds every file: in a mirror, a cache, or the network), transfer (one file over HTTP,
complete or not at all), checksums (the hashes that upstream publishes).
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
