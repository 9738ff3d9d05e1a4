"""Commands on s3:// addresses, against a server that speaks S3: the files of a run on this machine, whatever fails."""

import json
from pathlib import Path

import pytest

from corpus.engine import objects
from pipelines.console import run
from pipelines.pretrain import main as pretrain
from pipelines.train_tokenizer import main as train_tokenizer
from tests.tokenizer.corpora import write_corpus

pytest.importorskip("s3fs", reason='needs the extra "s3"')
pytest.importorskip("moto", reason="needs moto's S3 server: pip install 'moto[s3]' flask flask-cors")
pytest.importorskip("flask_cors", reason="needs moto's S3 server: pip install 'moto[s3]' flask flask-cors")

import s3fs

from tests.helpers.s3 import S3Server, cut, refused

SECRET = "a-secret-of-the-test"
OPTIONS = ["--vocab-size", "512", "--workers", "1"]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rows = [(f"한국어 문서 {n * 7919}번. A tokenizer learns from a corpus.", "ko", None) for n in range(40)]
    return write_corpus(tmp_path_factory.mktemp("corpus"), {"web": rows})


@pytest.fixture(scope="module")
def local(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run on this machine makes."""
    out = tmp_path_factory.mktemp("local") / "tokenizer"
    train_tokenizer(corpus=corpus, out=out, vocab_size=512, workers=1)
    return out


@pytest.fixture
def store(corpus: Path, monkeypatch: pytest.MonkeyPatch):
    """A bucket that holds the corpus."""
    server = S3Server()
    settings = {
        "ENDPOINT_URL": server.url,
        "ACCESS_KEY_ID": "key",
        "SECRET_ACCESS_KEY": SECRET,
        "DEFAULT_REGION": "us-east-1",
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setattr(objects, "BACKOFF", 0.01)
    s3fs.S3FileSystem.clear_instance_cache()
    files = s3fs.S3FileSystem(skip_instance_cache=True)
    bucket = f"b{id(server)}"
    files.mkdir(bucket)
    files.put(str(corpus), f"{bucket}/corpus", recursive=True)
    server.requests.clear()
    yield server, f"s3://{bucket}", files
    s3fs.S3FileSystem.clear_instance_cache()
    server.close()


def command(main, *arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        run(main, [*arguments])
    return int(ended.value.code or 0)


def contents(folder: Path) -> dict[str, bytes]:
    """The finished files; training.json without its times and places."""
    found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    found = {name: data for name, data in found.items() if not name.startswith(".") and not name.endswith("task.json")}
    record = json.loads(found.pop("training.json"))
    return found | {"training.json": json.dumps(record | {"seconds": 0, "corpus": ""}).encode()}


def fetched(files: s3fs.S3FileSystem, address: str, folder: Path) -> Path:
    files.get(address.removeprefix("s3://"), str(folder), recursive=True)
    return folder


def test_the_same_files_as_on_this_machine(store, local: Path, tmp_path: Path, capfd) -> None:
    _, bucket, files = store
    places = ["--corpus", f"{bucket}/corpus", "--out", f"{bucket}/tokenizer", "--work", str(tmp_path / "work")]
    assert command(train_tokenizer, *places, *OPTIONS) == 0
    copy = fetched(files, f"{bucket}/tokenizer", tmp_path / "copy")
    assert contents(copy) == contents(local)
    everything = "".join(capfd.readouterr()) + "".join(
        p.read_text(errors="replace") for p in copy.rglob("*") if p.is_file()
    )
    assert SECRET not in everything
    # Another machine finds it finished, and refuses other settings.
    elsewhere = [*places[:-1], str(tmp_path / "other")]
    assert command(train_tokenizer, *elsewhere, *OPTIONS) == 0
    assert "nothing was done" in capfd.readouterr().err
    assert command(train_tokenizer, *elsewhere, "--vocab-size", "640", "--workers", "1") == 2
    assert "finished with other settings: vocab_size" in capfd.readouterr().err
    assert contents(fetched(files, f"{bucket}/tokenizer", tmp_path / "again")) == contents(local)


FAULTS = [refused("503 Slow Down", "SlowDown"), refused("500 Internal Server Error", "InternalError"), cut]


@pytest.mark.slow  # botocore waits between attempts
@pytest.mark.parametrize("fault", FAULTS, ids=["slow down", "internal error", "cut"])
def test_requests_that_fail_are_made_again(store, local: Path, tmp_path: Path, fault) -> None:
    """Each third request fails; the result is the same."""
    server, bucket, files = store
    server.faults = dict.fromkeys(range(3, 400, 3), fault)
    places = ["--corpus", f"{bucket}/corpus", "--out", f"{bucket}/tokenizer", "--work", str(tmp_path / "work")]
    assert command(train_tokenizer, *places, *OPTIONS) == 0
    assert len(server.requests) > 9
    server.faults = {}
    assert contents(fetched(files, f"{bucket}/tokenizer", tmp_path / "copy")) == contents(local)


def test_what_cannot_be_done_is_said(store, tmp_path: Path, capfd, monkeypatch: pytest.MonkeyPatch) -> None:
    _, bucket, _ = store
    work = ["--work", str(tmp_path / "work")]
    assert (
        command(pretrain, "--config", "tiny", "--data", f"{bucket}/nothing", "--out", str(tmp_path / "run"), *work) == 2
    )
    assert "nothing: there is nothing at this address" in capfd.readouterr().err
    assert command(pretrain, "--config", "tiny", "--data", str(tmp_path), "--out", f"{bucket}/run", *work) == 2
    assert "pretrain writes in place" in capfd.readouterr().err
    assert command(train_tokenizer, "--corpus", f"{bucket}/corpus", "--out", f"{bucket}/corpus", *work) == 2
    assert "that no command of hanji made" in capfd.readouterr().err
    monkeypatch.setattr(objects, "ATTEMPTS", 2)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")  # else botocore waits for 20 s between attempts of its own
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    s3fs.S3FileSystem.clear_instance_cache()
    assert command(train_tokenizer, "--corpus", f"{bucket}/corpus", "--out", str(tmp_path / "t"), *work) == 2
    assert "Check the address, the network and the credentials" in capfd.readouterr().err


def test_objects_as_a_source(store, tmp_path: Path) -> None:
    """Files of a recipe may be objects, by name, pattern or folder; a mirror holds them under s3/BUCKET."""
    from corpus.download.locator import Locator
    from corpus.sources.local import Local

    _, bucket, files = store
    names = [
        f"{bucket}/data/a.jsonl",
        f"{bucket}/data/deep/b.jsonl",
        f"{bucket}/data/README.md",
        f"{bucket}/data/.c.jsonl",
    ]
    for name in names:
        files.pipe_file(name.removeprefix("s3://"), b'{"text": "%d"}\n' % len(name))
    for patterns, found in (
        ([names[0]], names[:1]),
        ([f"{bucket}/data/*.jsonl"], names[:1]),
        ([f"{bucket}/data/**/*.jsonl", names[0]], names[:2]),
        ([f"{bucket}/data"], names[:2]),
    ):
        locator = Locator(None, tmp_path / "cache")
        parts = Local(name="mine", files=patterns, license="x").listed(locator)
        assert sorted(part.url for part in parts) == sorted(found), patterns
        paths = locator.fetch_all([part.url for part in parts])
        assert [path.read_bytes() for path in paths.values()] == [b'{"text": "%d"}\n' % len(url) for url in paths]
        mirrored = Locator(tmp_path / "cache", tmp_path / "none")
        if patterns == [f"{bucket}/data"]:
            parts = Local(name="mine", files=patterns, license="x").listed(mirrored)
            assert sorted(part.url for part in parts) == sorted(found)
    with pytest.raises(Exception, match="matches no object"):
        Local(name="mine", files=[f"{bucket}/none"], license="x").listed(Locator(None, tmp_path / "cache"))
