"""Which hash the headers of an answer tell, and which they only seem to tell."""

import base64
import hashlib
from pathlib import Path

import httpx
import pytest

from corpus.download.checksums import DUMP, Digest, announced, listed, mismatch

BODY = b"the file"
SHA256, MD5 = hashlib.sha256(BODY), hashlib.md5(BODY)
S3_SHA256, WHOLE_MD5 = (base64.b64encode(made.digest()).decode() for made in (SHA256, MD5))
TAG = {"ETag": f'"{MD5.hexdigest()}"', "Server": "AmazonS3"}
BY_SHA256, BY_MD5 = Digest("sha256", SHA256.hexdigest()), Digest("md5", MD5.hexdigest())


@pytest.mark.parametrize(
    ("code", "headers", "expected"),
    [
        (200, {"x-amz-checksum-sha256": S3_SHA256}, BY_SHA256),
        (206, {"x-amz-checksum-sha256": S3_SHA256}, BY_SHA256),
        (200, {"x-amz-checksum-sha256": S3_SHA256, "Content-MD5": WHOLE_MD5}, BY_SHA256),
        (200, {"x-amz-checksum-sha256": WHOLE_MD5}, None),  # of another length: of parts, say
        (200, {"x-amz-checksum-sha256": "no base64!"}, None),
        (200, {"x-goog-hash": f"crc32c=abcd==, md5={WHOLE_MD5}"}, BY_MD5),
        (206, {"x-goog-hash": f"md5={WHOLE_MD5},crc32c=abcd=="}, BY_MD5),
        (200, {"x-goog-hash": "crc32c=abcd=="}, None),
        (200, {"Content-MD5": WHOLE_MD5}, BY_MD5),
        (206, {"Content-MD5": WHOLE_MD5}, None),  # of a range it is the range's
        (200, {"Content-MD5": S3_SHA256}, None),
        (200, TAG, BY_MD5),
        (200, TAG | {"x-amz-server-side-encryption": "AES256"}, BY_MD5),
        (200, TAG | {"x-amz-server-side-encryption": "aws:kms"}, None),  # of the encrypted bytes
        (200, TAG | {"Server": "nginx"}, None),
        (200, TAG | {"ETag": f'"{MD5.hexdigest()}-3"'}, None),  # of an upload in three parts
        (200, TAG | {"Content-Encoding": "gzip"}, None),
        (200, {"Content-MD5": WHOLE_MD5, "Content-Encoding": "identity"}, BY_MD5),
        (200, {}, None),
    ],
)
def test_what_headers_announce(code: int, headers: dict[str, str], expected: Digest | None) -> None:
    assert announced(httpx.Response(code, headers=headers)) == expected


def test_a_file_is_held_to_its_hash(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(BODY)
    for digest in (BY_SHA256, BY_MD5, Digest("sha1", hashlib.sha1(BODY).hexdigest())):
        assert mismatch(path, digest) is None
        other = digest._replace(value=digest.value[:-1] + ("0" if digest.value[-1] != "0" else "1"))
        assert f"its {digest.algorithm.upper()} is {digest.value}, upstream says {other.value}" in mismatch(path, other)


@pytest.mark.parametrize(
    ("code", "expected"),
    [(200, Digest("sha1", "ab" * 20)), (404, None), (403, None), (429, httpx.TransportError), (499, None)]
    + [(code, httpx.TransportError) for code in (500, 503, 599)],
)
def test_a_list_that_cannot_be_had_now_is_asked_for_again(code: int, expected: object) -> None:
    """And one that does not exist is not: the dump is then held to its length and format."""
    url = "https://dumps.wikimedia.org/kowiki/20240101/kowiki-20240101-a.gz"
    text = f"{'cd' * 20}  kowiki-20240101-b.gz\n{'ab' * 20}  kowiki-20240101-a.gz\n"
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(code, text=text))) as client:
        if isinstance(expected, type):
            with pytest.raises(expected, match=f"answered {code}"):
                listed(client, url)
        else:
            assert listed(client, url) == expected


@pytest.mark.parametrize(
    ("url", "listed"),
    [
        ("https://dumps.wikimedia.org/kowiki/20240101/kowiki-20240101-pages-articles.xml.bz2", True),
        ("https://mirror.example/x/kowiki/20240101/kowiki-20240101-a.gz", True),
        ("https://dumps.wikimedia.org/kowiki/20240101/enwiki-20240101-pages.xml.bz2", False),
        ("https://dumps.wikimedia.org/kowiki/20240101/kowiki-20240102-pages.xml.bz2", False),
        ("https://dumps.wikimedia.org/kowiki/latest/kowiki-latest-pages.xml.bz2", False),
        ("https://example.org/a.jsonl", False),
    ],
)
def test_which_files_a_dump_lists(url: str, listed: bool) -> None:
    assert (DUMP.fullmatch(url) is not None) == listed
