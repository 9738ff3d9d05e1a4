"""Commands on gs:// addresses, against a server that speaks the API of Google: the files of a run on this machine."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tokenizer.corpora import write_corpus

# gcsfs asks for the kind of each bucket by gRPC, which the server does not speak; read when it is imported.
os.environ.setdefault("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")
pytest.importorskip("gcsfs", reason='needs the extra "gs"')
pytest.importorskip("gcp_storage_emulator", reason="needs a server: pip install gcp-storage-emulator")

import gcsfs
from gcp_storage_emulator.server import create_server

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch):
    """The environment of commands, and the store with an empty bucket."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    server = create_server("localhost", port, in_memory=True, default_bucket="bucket")
    server.start()
    address = f"http://localhost:{port}"
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", address)
    files = gcsfs.GCSFileSystem(token="anon", endpoint_url=address, skip_instance_cache=True)
    yield files
    server.stop()


def train(corpus: str | Path, out: str | Path, work: Path, vocabulary: int = 512) -> tuple[int, str]:
    line = [sys.executable, "-m", "pipelines.train_tokenizer", "--corpus", corpus, "--out", out, "--workers", "1"]
    line += ["--vocab-size", str(vocabulary), *(["--work", work] if str(out).startswith("gs:") else [])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    result = subprocess.run(
        list(map(str, line)), cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    return result.returncode, result.stdout + result.stderr


def contents(folder: Path) -> dict[str, bytes]:
    """The finished files; training.json without its times and places."""
    found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    found = {name: data for name, data in found.items() if not name.startswith(".") and not name.endswith("task.json")}
    record = json.loads(found.pop("training.json"))
    return found | {"training.json": json.dumps(record | {"seconds": 0, "corpus": ""}).encode()}


def test_the_same_files_as_on_this_machine(store: "gcsfs.GCSFileSystem", tmp_path: Path) -> None:
    rows = [(f"한국어 문서 {n * 7919}번. A tokenizer learns from a corpus.", "ko", None) for n in range(40)]
    corpus = write_corpus(tmp_path / "corpus", {"web": rows})
    assert train(corpus, tmp_path / "local", tmp_path)[0] == 0
    store.put(str(corpus), "bucket/corpus", recursive=True)
    places = "gs://bucket/corpus", "gs://bucket/tokenizer"
    code, told = train(*places, tmp_path / "work")
    assert code == 0, told
    store.invalidate_cache()
    store.get("bucket/tokenizer", str(tmp_path / "copy"), recursive=True)
    assert contents(tmp_path / "copy") == contents(tmp_path / "local")
    code, told = train(*places, tmp_path / "other")  # another machine
    assert (code, "nothing was done" in told) == (0, True), told
    code, told = train(*places, tmp_path / "other", 640)
    assert (code, "finished with other settings: vocab_size" in told) == (2, True), told
