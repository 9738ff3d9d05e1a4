"""Downloads against a server that misbehaves: nothing corrupt is ever accepted; every fault ends in success or a
clear error."""

import base64
import gzip
import hashlib
import io
import os
import random
import shutil
import socket
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from corpus.download.formats import check_format
from corpus.download.hub import download as hub_download
from corpus.download.locator import DownloadSettings, Locator, tree_path
from corpus.download.transfer import Budget
from corpus.errors import UserError
from tests.corpus.download.misbehaving_server import HALF, Answer, Handler, Server, always, answers

QUICK = DownloadSettings(attempts=3, backoff=0.01, longest_wait=1.0, timeout=30.0)  # a busy machine hangs, too
TEXT = random.Random(1).randbytes(300_000).hex().encode()


def parquet() -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({"text": ["가", "나"] * 1000}), sink)
    return sink.getvalue()


BODIES = {
    "a.jsonl": TEXT,
    "a.json.gz": gzip.compress(TEXT, mtime=0),
    "a.jsonl.zst": zstandard.compress(TEXT),
    "a.parquet": parquet(),
}


@pytest.fixture
def server():
    server = Server()
    yield server
    server.close()


@pytest.fixture(params=sorted(BODIES))
def name(request: pytest.FixtureRequest) -> str:
    return request.param


def fetch(url: str, cache: Path, settings: DownloadSettings = QUICK) -> Path:
    return Locator(None, cache, settings).fetch(url)


def test_a_good_server(server: Server, tmp_path: Path, name: str) -> None:
    url = server.put(f"/d/{name}", BODIES[name])
    path = fetch(url, tmp_path)
    assert path == tmp_path / "127.0.0.1" / "d" / name
    assert path.read_bytes() == BODIES[name]
    assert [p.name for p in path.parent.iterdir()] == [name]
    fetch(url, tmp_path)
    assert server.gets[f"/d/{name}"] == 1


def test_a_cut_connection_is_resumed(server: Server, tmp_path: Path, name: str) -> None:
    url = server.put(f"/{name}", BODIES[name])
    server.faults[f"/{name}"] = answers(HALF)
    assert fetch(url, tmp_path).read_bytes() == BODIES[name]
    assert server.ranges[1][1] == f"bytes={len(BODIES[name]) // 2}-"


def test_a_later_run_resumes_too(server: Server, tmp_path: Path) -> None:
    url = server.put("/a.json.gz", BODIES["a.json.gz"])
    server.faults["/a.json.gz"] = answers(HALF, *[503] * 10)
    with pytest.raises(UserError, match=r"a.json.gz: could not be downloaded: the server answered 503"):
        fetch(url, tmp_path)
    assert not (tmp_path / "127.0.0.1" / "a.json.gz").exists()
    server.faults.clear()
    assert fetch(url, tmp_path).read_bytes() == BODIES["a.json.gz"]
    assert server.ranges[-1][1] == f"bytes={len(BODIES['a.json.gz']) // 2}-"


REST = len(TEXT) // 2  # where a server that was cut off at half is asked to go on
CHANGED = TEXT[::-1][: len(TEXT) - 1000]
NO_TAG: dict[str, str | None] = {"ETag": None}
DATED: dict[str, str | None] = NO_TAG | {"Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}


def ranged(first: int, last: int, total: int, code: int = 206, **headers: str | None) -> Answer:
    """Bytes first to last of a file, said to be `total` long."""
    return Answer(code, slice(first, last + 1), {"Content-Range": f"bytes {first}-{last}/{total}"} | headers)


WHOLE = len(TEXT)
SECOND_ANSWERS = {
    "the rest with 200 and Content-Range": ranged(REST, WHOLE - 1, WHOLE, 200),
    "the rest with 200 alone": Answer(200, slice(REST, None)),
    "all with 200, ranges ignored": Answer(200, slice(0, None)),
    "another range": ranged(5, WHOLE - 1, WHOLE),
    "a range of another length": ranged(REST, WHOLE - 1, WHOLE + 5),
    "a range shorter than requested": ranged(REST, REST + 999, WHOLE),
    "a range shorter than it says": Answer(
        206, slice(REST, REST + 50), {"Content-Range": f"bytes {REST}-{WHOLE - 1}/{WHOLE}"}
    ),
    "a range with no length, cut short": Answer(
        206,
        slice(REST, REST + 50),
        {"Content-Range": f"bytes {REST}-{WHOLE - 1}/{WHOLE}", "Content-Length": None},
        cut=True,
    ),
    "no range said": Answer(206, slice(REST, None)),
    "a range beyond numbers": Answer(
        206, slice(REST, None), {"Content-Range": f"bytes {REST}-{'9' * 5000}/{'9' * 5000}"}
    ),
    "a range of another state": ranged(REST, WHOLE - 1, WHOLE, ETag='"other"'),
    "a range that does not exist": Answer(416, b"", {"Content-Range": f"bytes */{WHOLE}"}),
    "more than announced": Answer(
        206, slice(0, None), {"Content-Range": f"bytes {REST}-{REST + 9}/{WHOLE}", "Content-Length": None}, cut=True
    ),
}


@pytest.mark.parametrize("second", SECOND_ANSWERS)
def test_whatever_comes_second_only_the_whole_file_is_accepted(server: Server, tmp_path: Path, second: str) -> None:
    url = server.put("/a.jsonl", TEXT)
    server.faults["/a.jsonl"] = answers(HALF, SECOND_ANSWERS[second])
    path = fetch(url, tmp_path)
    assert path.read_bytes() == TEXT
    assert [p.name for p in path.parent.iterdir()] == ["a.jsonl"]


@pytest.mark.parametrize("code", [200, 206], ids=["with 200", "with 206"])
@pytest.mark.parametrize("headers", [{}, NO_TAG, DATED], ids=["tag", "neither tag nor date", "date"])
def test_a_file_that_changes_between_two_tries_starts_again(
    server: Server, tmp_path: Path, code: int, headers: dict[str, str | None]
) -> None:
    """The second answer is for the changed file: all of it, or from a server without If-Range the rest of it."""
    url = server.put("/a.jsonl", TEXT)
    rest = Answer(200, slice(0, None), headers)
    if code == 206:
        rest = ranged(REST, len(CHANGED) - 1, len(CHANGED), **headers)
    first = answers(Answer(200, slice(0.5), HALF.headers | headers, cut=True))

    def change_after_the_cut(handler: Handler, attempt: int, body: bytes) -> bool:
        done = first(handler, attempt, body) or (
            handler.headers.get("Range") is not None and answers(None, rest)(handler, attempt, body)
        )
        handler.owner.put("/a.jsonl", CHANGED)
        return done

    server.faults["/a.jsonl"] = change_after_the_cut
    assert fetch(url, tmp_path).read_bytes() == CHANGED


def test_without_tag_and_date_no_half_is_continued(server: Server, tmp_path: Path) -> None:
    """Nothing would show that the other half is of another file of that length."""
    url = server.put("/a.jsonl", TEXT)
    first = answers(Answer(200, slice(0.5), HALF.headers | NO_TAG, cut=True))

    def changes(handler: Handler, attempt: int, body: bytes) -> bool:
        done = first(handler, attempt, body)
        if not done and handler.headers.get("Range"):
            done = answers(None, ranged(REST, WHOLE - 1, WHOLE, **NO_TAG))(handler, attempt, body)
        handler.owner.put("/a.jsonl", TEXT[::-1])
        return done

    server.faults["/a.jsonl"] = changes
    whole = fetch(url, tmp_path).read_bytes() == TEXT[::-1]
    assert whole  # pytest takes minutes to show how they differ
    assert server.ranges[-1][1] is None


@pytest.mark.parametrize(
    "headers", [{"Content-Length": None}, {"Content-Length": "-5"}, {"Content-Length": "9" * 5000}]
)
def test_a_file_without_an_end_needs_a_length(server: Server, tmp_path: Path, headers: dict[str, str | None]) -> None:
    """Half a text is a text; half an archive shows."""
    url = server.put("/a.jsonl", TEXT)
    server.faults["/a.jsonl"] = always(Answer(200, slice(0, None), headers, cut=True))
    with pytest.raises(UserError, match=r"does not give the length of the file|could not be downloaded"):
        fetch(url, tmp_path)
    assert not (tmp_path / "127.0.0.1" / "a.jsonl").exists()


def test_an_archive_of_unknown_length_is_held_to_its_end(server: Server, tmp_path: Path) -> None:
    body = BODIES["a.json.gz"]
    url = server.put("/a.json.gz", body)
    unsaid: dict[str, str | None] = {"Content-Length": None}
    server.faults["/a.json.gz"] = answers(
        Answer(200, slice(0.5), unsaid, cut=True), Answer(200, slice(0, None), unsaid, cut=True)
    )
    assert fetch(url, tmp_path).read_bytes() == body
    assert server.gets["/a.json.gz"] == 2


@pytest.mark.parametrize("whole", [True, False])
def test_chunks_have_an_end_of_their_own(server: Server, tmp_path: Path, whole: bool) -> None:
    url = server.put("/a.jsonl", b"lines\n")
    chunked: dict[str, str | None] = {"Content-Length": None, "Transfer-Encoding": "chunked"}
    end = b"0\r\n\r\n" if whole else b""
    server.faults["/a.jsonl"] = always(Answer(200, b"6\r\nlines\n\r\n" + end, chunked, cut=not whole))
    if whole:
        assert fetch(url, tmp_path).read_bytes() == b"lines\n"
    else:
        with pytest.raises(UserError, match="could not be downloaded"):
            fetch(url, tmp_path)


def test_a_server_that_always_cuts_is_given_up(server: Server, tmp_path: Path) -> None:
    url = server.put("/a.jsonl", TEXT)
    server.faults["/a.jsonl"] = always(HALF)
    with pytest.raises(UserError, match="could not be downloaded"):
        fetch(url, tmp_path)


def test_a_file_that_is_packed_on_the_way_is_not_taken_for_itself(server: Server, tmp_path: Path) -> None:
    url = server.put("/a.jsonl", TEXT)
    server.faults["/a.jsonl"] = answers(Answer(200, gzip.compress(TEXT), {"Content-Encoding": "gzip"}))
    assert fetch(url, tmp_path).read_bytes() == TEXT


def test_what_is_finished_is_flushed_before_it_has_its_name(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.put("/d/a.jsonl", TEXT)
    calls: list[tuple[str, str]] = []
    replace = os.replace

    def sync(path: Path) -> None:
        calls.append(("flush", path.name))
        if path.is_file():
            assert path.read_bytes() == TEXT

    def record(source: Path, target: Path) -> None:
        calls.append(("rename", Path(target).name))
        replace(source, target)

    monkeypatch.setattr("corpus.download.transfer.sync", sync)
    monkeypatch.setattr("corpus.download.transfer.os.replace", record)
    fetch(url, tmp_path)
    assert calls == [("flush", "a.jsonl.part"), ("rename", "a.jsonl"), ("flush", "d")]


@pytest.mark.parametrize("code", [408, 425, 429, 500, 502, 503, 504])
def test_errors_that_pass(server: Server, tmp_path: Path, code: int) -> None:
    url = server.put("/a.jsonl", TEXT)
    server.faults["/a.jsonl"] = answers(*[Answer(code, b"", {"Retry-After": "0"})] * 2)
    assert fetch(url, tmp_path).read_bytes() == TEXT
    assert server.gets["/a.jsonl"] == 3


def test_retry_after_is_obeyed_within_reason(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("corpus.download.transfer.time.sleep", waits.append)
    url = server.put("/a.jsonl", TEXT)
    asked = ("0.5e9", "7", "9" * 5000, "99999", "Thu, 01 Jan 2099 00:00:00 GMT", "Thu, 01 Jan 1998 00:00:00 GMT")
    server.faults["/a.jsonl"] = answers(*[Answer(429, b"", {"Retry-After": wait}) for wait in asked])
    fetch(url, tmp_path, DownloadSettings(attempts=8, backoff=0.001, longest_wait=30.0))
    assert waits[1] == 7
    assert waits[3:] == [30, 30, 0]  # a date that is past asks for nothing
    assert max(waits[0], waits[2]) < 1


@pytest.mark.parametrize(("code", "hint"), [(404, "removed"), (403, "terms"), (401, "HF_TOKEN")])
def test_final_answers_name_the_url_and_what_to_do(server: Server, tmp_path: Path, code: int, hint: str) -> None:
    server.put("/a.jsonl", TEXT)

    server.faults["/a.jsonl"] = always(code)
    with pytest.raises(UserError, match=rf"{server.url}/a.jsonl: the server answered {code}.*{hint}"):
        fetch(f"{server.url}/a.jsonl", tmp_path)
    assert server.gets["/a.jsonl"] == 1


def test_a_web_page_instead_of_the_file_is_refused(server: Server, tmp_path: Path, name: str) -> None:
    url = server.put(f"/{name}", b"<!DOCTYPE html><html><body>Sorry</body></html>")
    with pytest.raises(UserError, match="could not be downloaded"):
        fetch(url, tmp_path)
    assert not [p for p in tmp_path.rglob("*") if p.is_file() and ".part" not in p.name]


@pytest.mark.parametrize("damage", ["truncated", "flipped"])
def test_corrupt_archives_are_refused_whatever_the_length_says(
    server: Server, tmp_path: Path, name: str, damage: str
) -> None:
    if name == "a.jsonl":
        pytest.skip("plain text carries no check of its own; only its length is known")
    body = bytearray(BODIES[name])
    if damage == "truncated":
        body = body[: len(body) // 2]
    elif name.endswith("parquet"):
        body[-6] ^= 0xFF
    else:
        body[len(body) // 2] ^= 0xFF
    url = server.put(f"/{name}", bytes(body))
    if name.endswith("zst") and damage == "flipped":
        body[0] ^= 0xFF
        url = server.put(f"/{name}", bytes(body))
    with pytest.raises(UserError, match=r"intact|web page"):
        fetch(url, tmp_path)
    assert not (tmp_path / "127.0.0.1" / name).exists()


def test_a_wrong_length_is_never_accepted(server: Server, tmp_path: Path) -> None:
    url = server.put("/a.jsonl", TEXT)
    server.faults["/a.jsonl"] = always(Answer(200, slice(0, None), {"Content-Length": str(len(TEXT) + 10)}, cut=True))
    with pytest.raises(UserError, match="could not be downloaded"):
        fetch(url, tmp_path)
    assert not (tmp_path / "127.0.0.1" / "a.jsonl").exists()


def test_a_server_that_hangs_and_recovers(server: Server, tmp_path: Path) -> None:
    url = server.put("/a.jsonl", TEXT)
    server.faults["/a.jsonl"] = answers(Answer(wait=1.5))
    assert fetch(url, tmp_path, replace(QUICK, attempts=9, timeout=0.5)).read_bytes() == TEXT
    assert server.gets["/a.jsonl"] > 1


def redirect(to: str) -> Answer:
    return Answer(302, b"", {"Location": to})


def test_redirects_are_followed(server: Server, tmp_path: Path) -> None:
    server.put("/there.jsonl", TEXT)
    server.faults["/here.jsonl"] = always(redirect("/there.jsonl"))
    assert fetch(f"{server.url}/here.jsonl", tmp_path).read_bytes() == TEXT


def test_redirects_lead_to_no_private_address(server: Server, tmp_path: Path) -> None:
    """Neither to another service of this machine, nor to a file, nor round and round; and each is one sentence."""
    secret = Server()
    try:
        targets = {
            secret.put("/secret.jsonl", b"secret"): "an address of a private network",
            "http://[::ffff:127.0.0.1]:1/": "an address of a private network",
            "http://169.254.169.254/latest/meta-data/": "an address of a private network",
            "http://localhost:1/": "an address of a private network",
            "file:///etc/passwd": "which is not http",
            "/a.jsonl": "a loop",
        }
        for target, sentence in targets.items():
            server.faults["/a.jsonl"] = always(redirect(target))
            with pytest.raises(UserError, match=rf"a.jsonl: the server redirects .*{sentence}"):
                fetch(f"{server.url}/a.jsonl", tmp_path)
        assert not secret.gets
    finally:
        secret.close()
    assert not list(tmp_path.rglob("*.jsonl"))


def test_files_are_bounded_by_default(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = server.put("/a.jsonl", TEXT)
    server.faults["/a.jsonl"] = always(Answer(200, b"{}", {"Content-Length": str(10**18)}, cut=True))
    with pytest.raises(UserError, match="more than the 274,877,906,944 that one file may have"):
        fetch(url, tmp_path)
    server.faults.clear()
    free = shutil.disk_usage(tmp_path)._replace(free=(1 << 30) + len(TEXT) - 1)
    monkeypatch.setattr("corpus.download.transfer.shutil.disk_usage", lambda _: free)
    with pytest.raises(UserError, match=f"takes only {len(TEXT) - 1:,}"):
        fetch(url, tmp_path)
    monkeypatch.setattr("corpus.download.transfer.shutil.disk_usage", lambda _: free._replace(free=free.free + 1))
    assert fetch(url, tmp_path).read_bytes() == TEXT


def test_a_file_of_unknown_length_is_bounded(server: Server, tmp_path: Path) -> None:
    url = server.put("/a.json.gz", BODIES["a.json.gz"])
    size = len(BODIES["a.json.gz"])
    server.faults["/a.json.gz"] = always(Answer(200, slice(0, None), {"Content-Length": None}, cut=True))
    with pytest.raises(UserError, match=r"stopped after .* does not give the length of the file"):
        fetch(url, tmp_path, replace(QUICK, max_unannounced=size - 1))
    assert fetch(url, tmp_path, replace(QUICK, max_unannounced=size)).read_bytes() == BODIES["a.json.gz"]


def test_no_network_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as held:  # a port at which nobody listens, and nobody else can
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}/a.jsonl"
        with pytest.raises(UserError, match=r"a.jsonl: 127.0.0.1 cannot be reached .*--mirror DIR"):
            fetch(url, tmp_path)
        assert not Locator(None, tmp_path).exists(url)


def test_files_come_in_parallel_within_the_limit_per_host(server: Server, tmp_path: Path) -> None:
    urls = [server.put(f"/{n}.jsonl", TEXT) for n in range(9)]

    def slow(handler: Handler, attempt: int, body: bytes) -> bool:
        """Wait for the two others, and a moment for a fourth that would be one too many."""
        end = time.monotonic() + 30
        while server.busiest < 3 and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(0.1)
        return False

    server.faults |= dict.fromkeys((f"/{n}.jsonl" for n in range(9)), slow)
    paths = Locator(None, tmp_path, DownloadSettings(parallel=8, per_host=3)).fetch_all(urls)
    assert all(paths[url].read_bytes() == TEXT for url in urls)
    assert server.busiest == 3


def test_the_disk_bound_is_exact(server: Server, tmp_path: Path) -> None:
    urls = [server.put(f"/{n}.jsonl", TEXT) for n in range(2)]
    settings = DownloadSettings(parallel=1, max_disk=2 * len(TEXT))
    assert len(Locator(None, tmp_path / "a", settings).fetch_all(urls)) == 2
    with pytest.raises(UserError, match=f"{2 * len(TEXT) - 1:,} bytes that --max-disk allows"):
        Locator(None, tmp_path / "b", replace(settings, max_disk=2 * len(TEXT) - 1)).fetch_all(urls)


def test_the_disk_bound_stops_with_a_word_and_keeps_what_is_finished(server: Server, tmp_path: Path) -> None:
    urls = [server.put(f"/{n}.jsonl", TEXT) for n in range(3)]
    settings = DownloadSettings(parallel=1, max_disk=int(1.5 * len(TEXT)))
    with pytest.raises(UserError, match="--max-disk"):
        Locator(None, tmp_path, settings).fetch_all(urls)
    assert len(list(tmp_path.rglob("*.jsonl"))) == 1
    assert Locator(None, tmp_path).fetch_all(urls)


def test_a_mirror_by_url(server: Server, tmp_path: Path) -> None:
    url = "hf://datasets/klue/klue/nli/train.parquet"
    server.put(f"/tree/{tree_path(url)}", BODIES["a.parquet"])
    locator = Locator(f"{server.url}/tree/", tmp_path, QUICK)
    assert locator.size(url) == len(BODIES["a.parquet"])
    assert locator.fetch(url).read_bytes() == BODIES["a.parquet"]


def test_a_mirror_folder_never_touches_the_network(server: Server, tmp_path: Path) -> None:
    url = server.put("/a.jsonl", TEXT)
    with pytest.raises(UserError, match=r"not in the mirror; expected the file at"):
        Locator(tmp_path, tmp_path / "cache").fetch(url)
    assert not server.gets


@pytest.mark.parametrize(
    "url",
    [
        "https://host/a/../../etc/passwd",
        "https://h/%2e%2e/%2e%2e/etc/passwd",
        "https://h/a/..%2f..%2fetc",
        "https://../x",
        "https://h/a%00b",
        "https://[::1/x",
        "https:///etc/passwd",
        "file:///etc/passwd",
        "hf:////etc/passwd",
        "hf:///etc/passwd",
        "hf://datasets//etc/passwd",
        "hf://datasets/a/b//etc/passwd",
        "hf://datasets/../../../etc/passwd",
        "hf://datasets/a/b@../../c",
    ],
)
def test_urls_cannot_leave_the_tree(url: str) -> None:
    with pytest.raises(UserError, match=r"\.\.|expected https"):
        tree_path(url)


@pytest.mark.parametrize("url", ["https://h//etc/passwd", "https://h/%2Fetc/passwd", "https://u:p@h/etc/passwd"])
def test_what_looks_absolute_stays_in_the_tree(url: str) -> None:
    assert tree_path(url).as_posix() == "h/etc/passwd"


def test_a_revision_is_a_folder_of_its_own(tmp_path: Path) -> None:
    """In the cache always; in a mirror folder the files without a revision stand in where it lacks that one."""
    url = "hf://datasets/org/name@0a1b2c/data/a.jsonl"
    pinned, plain = (tmp_path / f"huggingface.co/datasets/org/{name}/data/a.jsonl" for name in ("name@0a1b2c", "name"))
    assert Locator(None, tmp_path).path(url) == pinned
    assert Locator(tmp_path, tmp_path / "cache").path(url) == plain
    pinned.parent.mkdir(parents=True)
    pinned.write_text("x")
    assert Locator(tmp_path, tmp_path / "cache").path(url) == pinned


HUB_FILE = "/datasets/org/name/resolve/main/data/a.parquet"


def hub_answers(body: bytes):
    def answer(handler: Handler, attempt: int, _: bytes) -> bool:
        handler.serve(HUB_FILE, body)
        return True

    return answer


@pytest.fixture
def hub(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    return server


def test_hub_errors_name_the_dataset(hub: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def gated(handler: Handler) -> None:
        handler.answer(403, {"X-Error-Code": "GatedRepo", "X-Error-Message": "accept", "Content-Length": "0"}, b"")

    monkeypatch.setattr(Handler, "do_HEAD", gated)
    with pytest.raises(UserError, match=r"gated. Accept its terms at https://huggingface.co/datasets/org/name"):
        Locator(None, tmp_path, QUICK, hub=hub.url).fetch("hf://datasets/org/name/data/a.parquet")


def test_hub_files_land_where_a_mirror_has_them(hub: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.put(HUB_FILE, BODIES["a.parquet"])

    def head(handler: Handler) -> None:
        body = hub.files[HUB_FILE]
        common = {"ETag": '"0123456789abcdef0123456789abcdef01234567"', "X-Repo-Commit": "f" * 40}
        handler.answer(200, common | {"Content-Length": str(len(body))}, b"")

    monkeypatch.setattr(Handler, "do_HEAD", head)
    path = Locator(None, tmp_path, QUICK, hub=hub.url).fetch("hf://datasets/org/name/data/a.parquet")
    assert path == tmp_path / "huggingface.co/datasets/org/name/data/a.parquet"
    assert path.read_bytes() == BODIES["a.parquet"]


def test_hub_files_hash_to_what_the_hub_says(hub: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.put(HUB_FILE, BODIES["a.parquet"])
    tag = hashlib.sha256(BODIES["a.parquet"]).hexdigest()

    def head(handler: Handler) -> None:
        common = {"ETag": f'"{tag}"', "X-Repo-Commit": "f" * 40}
        handler.answer(200, common | {"Content-Length": str(len(BODIES["a.parquet"]))}, b"")

    monkeypatch.setattr(Handler, "do_HEAD", head)
    locator = Locator(None, tmp_path, QUICK, hub=hub.url)
    path = locator.fetch("hf://datasets/org/name/data/a.parquet")
    path.unlink()
    tag = "0" * 64
    with pytest.raises(UserError, match=r"org/name/data/a.parquet: .*SHA256 is [0-9a-f]{64}, upstream says 0{64}"):
        locator.fetch("hf://datasets/org/name/data/a.parquet")
    assert not path.exists()


def base64_of(name: str, body: bytes) -> str:
    return base64.b64encode(hashlib.new(name, body).digest()).decode()


@pytest.mark.parametrize(
    "headers",
    [
        {"x-amz-checksum-sha256": base64_of("sha256", b"right\n")},
        {"x-goog-hash": "crc32c=AAAAAA==, md5=" + base64_of("md5", b"right\n")},
        {"Content-MD5": base64_of("md5", b"right\n")},
        {"Server": "AmazonS3", "ETag": f'"{hashlib.md5(b"right" + bytes([10])).hexdigest()}"'},
    ],
    ids=["S3's checksum", "Google's hash", "Content-MD5", "S3's tag"],
)
def test_bytes_that_are_not_upstreams_are_fetched_again(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    monkeypatch.setattr(Handler, "version_string", lambda self: headers.get("Server", "test"))
    sent = {name: value for name, value in headers.items() if name != "Server"}

    url = server.put("/lines.jsonl", b"right\n")
    server.faults["/lines.jsonl"] = answers(
        *[Answer(200, body, {"ETag": None} | sent) for body in (b"rigHt\n", b"right\n")]
    )
    assert fetch(url, tmp_path).read_bytes() == b"right\n"
    assert server.gets["/lines.jsonl"] == 2


def test_dumps_are_held_to_the_list_beside_them(server: Server, tmp_path: Path) -> None:
    folder, name = "/kowiki/20240101/", "kowiki-20240101-pages.txt"
    url = server.put(folder + name, b"pages")
    assert fetch(url, tmp_path / "no list").read_bytes() == b"pages"
    listing = folder + "kowiki-20240101-sha1sums.txt"
    server.put(listing, f"{'0' * 40}  other.txt\n{hashlib.sha1(b'pages').hexdigest()}  {name}\n".encode())

    server.faults[listing] = answers(None, 503)  # the first time it was not there
    assert fetch(url, tmp_path / "right").read_bytes() == b"pages"
    assert server.gets[listing] == 3
    server.put(listing, f"{'0' * 40}  {name}\n".encode())
    with pytest.raises(UserError, match=rf"{name}: .*SHA1 is [0-9a-f]{{40}}, upstream says 0{{40}}"):
        fetch(url, tmp_path / "wrong")


def test_parquet_whose_columns_lie_outside_is_refused(tmp_path: Path) -> None:
    whole = BODIES["a.parquet"]
    footer = int.from_bytes(whole[-8:-4], "little") + 8
    (tmp_path / "a.parquet").write_bytes(whole)
    assert check_format(tmp_path / "a.parquet", "a.parquet") is None
    (tmp_path / "a.parquet").write_bytes(b"PAR1" + whole[-footer:])  # a footer without its columns
    assert "is outside of it" in str(check_format(tmp_path / "a.parquet", "a.parquet"))


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/proc").exists(), reason="needs /proc")
def test_memory_stays_small(server: Server, tmp_path: Path) -> None:
    import tracemalloc

    url = server.put("/big.jsonl", b"x" * 40_000_000)
    tracemalloc.start()
    fetch(url, tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000


def test_names_in_the_tree_are_those_of_the_files() -> None:
    """As a mirror made with wget has them: letters, not their codes in the address."""
    assert tree_path("https://h/a%20b/%EA%B0%80%2B.gz").as_posix() == "h/a b/가+.gz"
    with pytest.raises(UserError, match=r"must not contain"):
        tree_path("https://h/a/%2e%2e/b")


@pytest.mark.parametrize(
    ("dictionary", "data", "size", "sound"),
    [
        (None, 4, 96, True),  # from behind the first mark to where the footer begins
        (None, 4, 97, False),
        (None, 3, 9, False),
        (4, 50, 96, True),  # a column begins with its dictionary
        (4, 50, 97, False),
        (3, 50, 9, False),
        (20, 4, 81, False),
    ],
)
def test_where_a_column_of_parquet_may_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dictionary: int | None, data: int, size: int, sound: bool
) -> None:
    (tmp_path / "a.parquet").write_bytes(bytes(150))  # the last 50: a footer of 42, its length and a mark
    column = SimpleNamespace(
        dictionary_page_offset=dictionary, data_page_offset=data, total_compressed_size=size, path_in_schema="text"
    )
    group = SimpleNamespace(num_columns=1, column=lambda _: column)
    metadata = SimpleNamespace(serialized_size=42, num_row_groups=1, row_group=lambda _: group)
    monkeypatch.setattr("corpus.download.formats.pq.read_metadata", lambda _: metadata)
    assert (check_format(tmp_path / "a.parquet", "a.parquet") is None) == sound


def test_a_file_of_the_hub_is_tried_again_and_counted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error, a file that is too short, then the whole one: flushed before it has its name, nothing left beside."""
    url, flushed, tries = "hf://datasets/org/set/a.jsonl", [], []

    def arrive(*_: object, local_dir: Path, **__: object) -> str:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("cut")
        (local_dir / "a.jsonl").write_bytes(b"{}\n" if len(tries) == 3 else b"{}")
        return str(local_dir / "a.jsonl")

    monkeypatch.setattr("huggingface_hub.get_hf_file_metadata", lambda _: SimpleNamespace(size=3, etag="x"))
    monkeypatch.setattr("huggingface_hub.hf_hub_download", arrive)
    monkeypatch.setattr("corpus.download.transfer.sync", lambda path: flushed.append(path.name))
    target = tmp_path / "cache" / "a.jsonl"
    hub_download(url, target, QUICK, Budget(3), None)
    assert len(tries) == 3
    assert target.read_bytes() == b"{}\n"
    assert [path.name for path in target.parent.iterdir()] == ["a.jsonl"]
    assert flushed == ["a.jsonl", "cache"]
    with pytest.raises(UserError, match="more than the 2 bytes"):
        hub_download(url, tmp_path / "b.jsonl", QUICK, Budget(2), None)
