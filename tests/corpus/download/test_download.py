"""Downloads against a server that misbehaves: nothing corrupt is ever accepted; every fault ends in success or a clear error."""

import base64
import gzip
import hashlib
import io
import os
import random
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from corpus.download.locator import DownloadSettings, Locator, tree_path
from corpus.download.transfer import check_format
from corpus.errors import UserError
from tests.corpus.download.misbehaving_server import Handler, Server

QUICK = DownloadSettings(attempts=3, backoff=0.01, longest_wait=1.0, timeout=0.5)
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


def half_then_cut(handler: Handler, attempt: int, body: bytes) -> bool:
    if attempt > 1:
        return False
    path = handler.path
    handler.answer(200, {"ETag": handler.owner.tags[path], "Content-Length": str(len(body))}, body[: len(body) // 2])
    handler.cut()
    return True


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
    server.faults[f"/{name}"] = half_then_cut
    assert fetch(url, tmp_path).read_bytes() == BODIES[name]
    assert server.ranges[1][1] is not None
    assert server.ranges[1][1].startswith("bytes=")


def test_a_later_run_resumes_too(server: Server, tmp_path: Path) -> None:
    url = server.put("/a.json.gz", BODIES["a.json.gz"])

    def always_cut_at_half(handler: Handler, attempt: int, body: bytes) -> bool:
        if attempt > 1:
            handler.answer(503, {"Content-Length": "0"}, b"")
            return True
        return half_then_cut(handler, attempt, body)

    server.faults["/a.json.gz"] = always_cut_at_half
    with pytest.raises(UserError, match=r"a.json.gz: could not be downloaded: the server answered 503"):
        fetch(url, tmp_path)
    assert not (tmp_path / "127.0.0.1" / "a.json.gz").exists()
    server.faults.clear()
    assert fetch(url, tmp_path).read_bytes() == BODIES["a.json.gz"]
    assert server.ranges[-1][1] == f"bytes={len(BODIES['a.json.gz']) // 2}-"


def test_a_file_that_changes_between_two_tries_starts_again(server: Server, tmp_path: Path) -> None:
    url = server.put("/a.json.gz", BODIES["a.json.gz"])
    changed = gzip.compress(TEXT[::-1], mtime=0)

    def change_after_the_cut(handler: Handler, attempt: int, body: bytes) -> bool:
        done = half_then_cut(handler, attempt, body)
        if done:
            handler.owner.put("/a.json.gz", changed)
        return done

    server.faults["/a.json.gz"] = change_after_the_cut
    assert fetch(url, tmp_path).read_bytes() == changed


def test_a_server_that_ignores_ranges(server: Server, tmp_path: Path) -> None:
    url = server.put("/a.jsonl", TEXT)

    def never_ranges(handler: Handler, attempt: int, body: bytes) -> bool:
        if half_then_cut(handler, attempt, body):
            return True
        handler.answer(200, {"ETag": handler.owner.tags["/a.jsonl"], "Content-Length": str(len(body))}, body)
        return True

    server.faults["/a.jsonl"] = never_ranges
    assert fetch(url, tmp_path).read_bytes() == TEXT


def test_a_server_that_sends_another_range(server: Server, tmp_path: Path) -> None:
    url = server.put("/a.json.gz", BODIES["a.json.gz"])

    def wrong_range(handler: Handler, attempt: int, body: bytes) -> bool:
        if attempt != 2:
            return half_then_cut(handler, attempt, body)
        handler.answer(
            206,
            {"Content-Range": f"bytes 5-{len(body) - 1}/{len(body)}", "Content-Length": str(len(body) - 5)},
            body[5:],
        )
        return True

    server.faults["/a.json.gz"] = wrong_range
    assert fetch(url, tmp_path).read_bytes() == BODIES["a.json.gz"]


@pytest.mark.parametrize("code", [429, 500, 503])
def test_errors_that_pass(server: Server, tmp_path: Path, code: int) -> None:
    url = server.put("/a.jsonl", TEXT)

    def twice(handler: Handler, attempt: int, body: bytes) -> bool:
        if attempt < 3:
            handler.answer(code, {"Content-Length": "0", "Retry-After": "0"}, b"")
        return attempt < 3

    server.faults["/a.jsonl"] = twice
    assert fetch(url, tmp_path).read_bytes() == TEXT
    assert server.gets["/a.jsonl"] == 3


def test_retry_after_is_obeyed(server: Server, tmp_path: Path) -> None:
    url = server.put("/a.jsonl", TEXT)
    times: list[float] = []

    def once(handler: Handler, attempt: int, body: bytes) -> bool:
        times.append(time.monotonic())
        if attempt == 1:
            handler.answer(429, {"Content-Length": "0", "Retry-After": "1"}, b"")
        return attempt == 1

    server.faults["/a.jsonl"] = once
    fetch(url, tmp_path)
    assert times[1] - times[0] >= 0.9  # not a bound on speed: the wait that the server asked for


@pytest.mark.parametrize(("code", "hint"), [(404, "removed"), (403, "terms"), (401, "HF_TOKEN")])
def test_final_answers_name_the_url_and_what_to_do(server: Server, tmp_path: Path, code: int, hint: str) -> None:
    server.put("/a.jsonl", TEXT)

    def refuse(handler: Handler, attempt: int, body: bytes) -> bool:
        handler.answer(code, {"Content-Length": "0"}, b"")
        return True

    server.faults["/a.jsonl"] = refuse
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
    with pytest.raises(UserError, match=r"sound|page"):
        fetch(url, tmp_path)
    assert not (tmp_path / "127.0.0.1" / name).exists()


def test_a_wrong_length_is_never_accepted(server: Server, tmp_path: Path) -> None:
    url = server.put("/a.jsonl", TEXT)

    def promise_more(handler: Handler, attempt: int, body: bytes) -> bool:
        handler.answer(200, {"Content-Length": str(len(body) + 10)}, body)
        handler.cut()
        return True

    server.faults["/a.jsonl"] = promise_more
    with pytest.raises(UserError, match="could not be downloaded"):
        fetch(url, tmp_path)
    assert not (tmp_path / "127.0.0.1" / "a.jsonl").exists()


def test_a_server_that_hangs_and_recovers(server: Server, tmp_path: Path) -> None:
    url = server.put("/a.jsonl", TEXT)

    def hang_once(handler: Handler, attempt: int, body: bytes) -> bool:
        if attempt == 1:
            handler.hang(1.5)
        return attempt == 1

    server.faults["/a.jsonl"] = hang_once
    assert fetch(url, tmp_path).read_bytes() == TEXT


def test_redirects_are_followed(server: Server, tmp_path: Path) -> None:
    server.put("/there.jsonl", TEXT)

    def redirect(handler: Handler, attempt: int, body: bytes) -> bool:
        handler.answer(302, {"Location": "/there.jsonl", "Content-Length": "0"}, b"")
        return True

    server.faults["/here.jsonl"] = redirect
    assert fetch(f"{server.url}/here.jsonl", tmp_path).read_bytes() == TEXT


def test_files_come_in_parallel_within_the_limit_per_host(server: Server, tmp_path: Path) -> None:
    urls = [server.put(f"/{n}.jsonl", TEXT) for n in range(9)]

    def slow(handler: Handler, attempt: int, body: bytes) -> bool:
        time.sleep(0.1)
        return False

    server.faults |= dict.fromkeys((f"/{n}.jsonl" for n in range(9)), slow)
    paths = Locator(None, tmp_path, DownloadSettings(parallel=8, per_host=3)).fetch_all(urls)
    assert all(paths[url].read_bytes() == TEXT for url in urls)
    assert 1 < server.busiest <= 3


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


def test_urls_cannot_leave_the_tree() -> None:
    with pytest.raises(UserError, match=r"\.\."):
        tree_path("https://host/a/../../etc/passwd")


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

    def flipped(handler: Handler, attempt: int, body: bytes) -> bool:
        handler.answer(200, sent | {"Content-Length": "6"}, b"rigHt\n" if attempt == 1 else b"right\n")
        return True

    url = server.put("/lines.jsonl", b"right\n")
    server.faults["/lines.jsonl"] = flipped
    assert fetch(url, tmp_path).read_bytes() == b"right\n"
    assert server.gets["/lines.jsonl"] == 2


def test_dumps_are_held_to_the_list_beside_them(server: Server, tmp_path: Path) -> None:
    folder, name = "/kowiki/20240101/", "kowiki-20240101-pages.txt"
    url = server.put(folder + name, b"pages")
    assert fetch(url, tmp_path / "no list").read_bytes() == b"pages"
    listing = folder + "kowiki-20240101-sha1sums.txt"
    server.put(listing, f"{'0' * 40}  other.txt\n{hashlib.sha1(b'pages').hexdigest()}  {name}\n".encode())

    def busy(handler: Handler, attempt: int, _: bytes) -> bool:
        if attempt == 2:  # the first time it was not there
            handler.answer(503, {"Content-Length": "0"}, b"")
        return attempt == 2

    server.faults[listing] = busy
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
    assert "lies outside" in str(check_format(tmp_path / "a.parquet", "a.parquet"))


@pytest.mark.skipif(os.geteuid() == 0 and not Path("/proc").exists(), reason="needs /proc")
def test_memory_stays_small(server: Server, tmp_path: Path) -> None:
    import tracemalloc

    url = server.put("/big.jsonl", b"x" * 40_000_000)
    tracemalloc.start()
    fetch(url, tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000
