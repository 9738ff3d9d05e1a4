"""Folders in object stores: copied whole or not at all, gone on with, checked, and nothing foreign touched."""

import time
from pathlib import Path

import fsspec
import pytest

from corpus.engine import objects
from corpus.engine.marker import MARKER, Maker
from corpus.engine.objects import Store, _safe, address_of, check_owner, fetch, publish, stage_of
from corpus.engine.output import claim
from corpus.engine.task import read_json
from corpus.errors import UserError

URL = "memory://bucket/result"


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch):
    files = fsspec.filesystem("memory")
    files.store.clear()
    monkeypatch.setattr(objects, "BACKOFF", 0.001)
    yield
    files.store.clear()


def result(folder: Path, files: dict[str, str], command: str = "pack", settings: object = 1) -> Path:
    """A finished output folder."""
    with claim(folder, Maker(command, "files"), settings, overwrite=True) as output:
        staged = output.staging()
        for name, text in files.items():
            (staged / name).parent.mkdir(parents=True, exist_ok=True)
            (staged / name).write_text(text)
        output.publish(staged, max(files))
    return folder


def there() -> dict[str, str]:
    """The objects of the folder, without its marker."""
    found = fsspec.filesystem("memory").store
    texts = {name.removeprefix("/bucket/result/"): file.getvalue().decode() for name, file in found.items()}
    return {name: text for name, text in texts.items() if name != MARKER}


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("s3://bucket/a/b", "s3://bucket/a/b"),
        (Path("s3://bucket/a/b"), "s3://bucket/a/b"),
        (Path("gs://bucket"), "gs://bucket"),
        ("s3://bucket/a/", "s3://bucket/a"),
        ("s3://bucket/name@v1/b", "s3://bucket/name@v1/b"),  # a name, no credentials
        (Path("/data/s3:/x"), None),
        (Path("runs/demo"), None),
        ("https://host/file", None),
        ("s3", None),
    ],
)
def test_addresses(path: Path | str, address: str | None) -> None:
    assert address_of(path) == address


@pytest.mark.parametrize("address", ["s3://KEY:SECRET@bucket/a", "s3://bucket/a?key=SECRET"])
def test_credentials_are_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(UserError, match="credentials or options") as raised:
        address_of(address)
    assert "SECRET" not in str(raised.value)


def test_no_way_out_of_a_folder() -> None:
    with pytest.raises(UserError, match=r'must not contain "\.\."'):
        address_of("s3://bucket/../other")


def test_there_and_back(tmp_path: Path) -> None:
    files = {"train/a.arrow": "가", "train/b.arrow": "나", "z.json": "{}"}
    made = result(tmp_path / "made", files)
    assert publish(made, URL) == 3
    assert there() == files
    assert publish(made, URL) == 0
    copy = fetch(URL, tmp_path / "copy")
    assert {p.relative_to(copy).as_posix() for p in copy.rglob("*") if p.is_file()} == {*files, MARKER}
    assert read_json(copy / MARKER) == read_json(made / MARKER)
    with claim(copy, Maker("pack", "files"), 1) as output:  # the copy counts as finished, with these settings
        assert output.done


def test_only_what_changed_is_copied(tmp_path: Path) -> None:
    made = result(tmp_path / "made", {"a": "1", "b": "2", "z": "3"})
    publish(made, URL)
    fsspec.filesystem("memory").pipe_file("/bucket/result/notes.txt", b"mine")
    result(made, {"a": "1", "b": "two", "z": "3"}, settings=2)
    assert publish(made, URL) == 1
    assert there() == {"a": "1", "b": "two", "z": "3", "notes.txt": "mine"}
    result(made, {"a": "1", "z": "3"}, settings=3)
    assert publish(made, URL) == 0
    assert there() == {"a": "1", "z": "3", "notes.txt": "mine"}


def test_an_object_that_is_gone_or_cut_is_copied_again(tmp_path: Path) -> None:
    made = result(tmp_path / "made", {"a": "1", "b": "2", "z": "3"})
    publish(made, URL)
    memory = fsspec.filesystem("memory")
    memory.rm_file("/bucket/result/a")
    memory.pipe_file("/bucket/result/b", b"")
    assert publish(made, URL) == 2
    assert there() == {"a": "1", "b": "2", "z": "3"}


@pytest.mark.parametrize("after", range(1, 6))
def test_a_copy_that_was_cut_short_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """However far it came, what is there is not finished; the same again completes it."""
    made = result(tmp_path / "made", {"a": "1", "b": "2", "z": "3"})
    monkeypatch.setattr(objects, "SAVED", 0.0)
    put, calls = Store.put, []

    def stopping(self: Store, name: str, content: object) -> None:
        calls.append(name)
        if len(calls) > after:
            raise KeyboardInterrupt
        put(self, name, content)

    monkeypatch.setattr(Store, "put", stopping)
    with pytest.raises(KeyboardInterrupt):
        publish(made, URL)
    assert calls[0] == MARKER
    monkeypatch.setattr(Store, "put", put)
    with pytest.raises(UserError, match="is not finished"):
        fetch(URL, tmp_path / "copy")
    assert publish(made, URL) == 3 - (after - 1) // 2  # after each file the marker says that it is there
    assert there() == {"a": "1", "b": "2", "z": "3"}
    assert fetch(URL, tmp_path / "copy").is_dir()


def test_the_marker_comes_first_and_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = result(tmp_path / "made", {"a": "1", "z": "2"})
    finished, put = [], Store.put

    def recorded(self: Store, name: str, content: object) -> None:
        put(self, name, content)
        finished.append((name, (self.marker() or {})["finished"]))

    monkeypatch.setattr(Store, "put", recorded)
    publish(made, URL)
    assert finished == [(MARKER, False), ("a", False), ("z", False), (MARKER, True)]


def test_what_others_wrote_is_refused(tmp_path: Path) -> None:
    made = result(tmp_path / "made", {"a": "1"})
    fsspec.filesystem("memory").pipe_file("/bucket/result/notes.txt", b"mine")
    with pytest.raises(UserError, match=r"holds 1 objects that no command of hanji made \(such as notes.txt\)"):
        publish(made, URL)
    assert there() == {"notes.txt": "mine"}
    publish(made, "memory://bucket/other")
    with pytest.raises(UserError, match="is the output of pack"):
        check_owner("memory://bucket/other", "dedup")


def test_an_unfinished_folder_is_not_copied(tmp_path: Path) -> None:
    with claim(tmp_path / "made", Maker("pack", "files"), 1):
        pass
    with pytest.raises(UserError, match="not finished, so nothing was copied"):
        publish(tmp_path / "made", URL)
    assert there() == {}


def test_damage_is_found(tmp_path: Path) -> None:
    publish(result(tmp_path / "made", {"a": "right", "z": "1"}), URL)
    fsspec.filesystem("memory").pipe_file("/bucket/result/a", b"wrong")
    with pytest.raises(UserError, match="result/a is damaged"):
        fetch(URL, tmp_path / "copy")
    assert not (tmp_path / "copy/a").exists()


def test_what_is_there_already_is_known_by_its_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a folder with a marker; another file of the same size is replaced, and nothing else is copied again."""
    publish(result(tmp_path / "made", {"a": "right", "b": "2", "z": "1"}), URL)
    fetch(URL, tmp_path / "copy")
    (tmp_path / "copy/a").write_text("wrong")
    asked, get = [], Store.get

    def told(self: Store, name: str, *rest: object) -> None:
        asked.append(name)
        get(self, name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Store, "get", told)
    fetch(URL, tmp_path / "copy")
    assert (tmp_path / "copy/a").read_text() == "right"
    assert asked == ["a", MARKER]


def test_one_object_is_copied_again_where_its_size_differs(tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    for text in (b"1", b"22"):
        memory.pipe_file("/bucket/data/x.jsonl", text)
        assert fetch("memory://bucket/data/x.jsonl", tmp_path).read_bytes() == text
    (tmp_path / "x.jsonl").write_bytes(b"33")
    assert fetch("memory://bucket/data/x.jsonl", tmp_path).read_bytes() == b"33"


@pytest.mark.parametrize("times", [1, 9])
def test_a_copy_of_fewer_bytes_is_asked_for_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """Some stores end a transfer in the middle without an error."""
    fsspec.filesystem("memory").pipe_file("/bucket/data/x", b"whole")
    real, asked = type(Store(URL).files).get_file, []

    def short(self: object, source: str, target: str, **how: object) -> None:
        asked.append(source)
        real(self, source, target, **how)
        if len(asked) <= times:
            Path(target).write_bytes(b"who")

    monkeypatch.setattr(type(Store(URL).files), "get_file", short)
    store = Store("memory://bucket/data")
    if times == 1:
        store.get("x", tmp_path / "x")
        assert (tmp_path / "x").read_bytes() == b"whole"
        assert len(asked) == 2
        return
    with pytest.raises(UserError, match=r"3 of 5 bytes came\. Tried 6 times"):
        store.get("x", tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_files_without_a_marker(tmp_path: Path) -> None:
    """Other people's data: one object, or all below a name; what is there already is not copied again."""
    memory = fsspec.filesystem("memory")
    memory.pipe_file("/bucket/data/x.jsonl", b"1")
    memory.pipe_file("/bucket/data/deep/y.jsonl", b"22")
    folder = fetch("memory://bucket/data", tmp_path / "all")
    assert {p.name: p.read_text() for p in folder.rglob("*.jsonl")} == {"x.jsonl": "1", "y.jsonl": "22"}
    (folder / "x.jsonl").write_text("3")
    memory.pipe_file("/bucket/data/deep/y.jsonl", b"333")
    fetch("memory://bucket/data", tmp_path / "all")
    assert {p.name: p.read_text() for p in folder.rglob("*.jsonl")} == {"x.jsonl": "3", "y.jsonl": "333"}
    assert fetch("memory://bucket/data/x.jsonl", tmp_path / "one").read_text() == "1"
    with pytest.raises(UserError, match="nothing at this address"):
        fetch("memory://bucket/nothing", tmp_path / "none")


def test_a_store_that_fails_is_asked_again_and_then_named(monkeypatch: pytest.MonkeyPatch) -> None:
    store, calls, waits = Store(URL), [], []
    monkeypatch.setattr(objects.time, "sleep", waits.append)
    monkeypatch.setattr(objects.random, "uniform", lambda low, high: {0.5: 1.0}[low] * high)
    monkeypatch.setattr(objects, "BACKOFF", 0.5)

    def failing() -> str:
        calls.append(1)
        if len(calls) < objects.ATTEMPTS:
            raise OSError("slow down")
        return "answer"

    assert store._try(failing) == "answer"
    assert waits == [0.5, 1, 2, 4, 8]
    monkeypatch.setattr(objects, "ATTEMPTS", 3)
    with pytest.raises(UserError, match=r"memory://bucket/result: RuntimeError: cut\. Tried 3 times"):
        store._try(lambda: (_ for _ in ()).throw(RuntimeError("cut")))
    with pytest.raises(UserError, match="no permission"):
        store._try(lambda: (_ for _ in ()).throw(PermissionError("denied")))


def test_a_store_that_never_answered_is_told_about_and_given_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store, calls = Store(URL), []
    monkeypatch.setattr(objects, "SILENCE", 0.01)

    def silent() -> None:
        calls.append(1)
        time.sleep(0.05)
        raise RuntimeError("no route")

    monkeypatch.setenv("HANJI_STORE_TIMEOUT", "0")
    with pytest.raises(UserError, match=r"memory://bucket/result: RuntimeError: no route\. Tried 1 time\. Check"):
        store._try(silent)
    assert [each.getMessage() for each in caplog.records] == [
        "memory://bucket/result: no answer yet; waiting for up to 0 s (HANJI_STORE_TIMEOUT=SECONDS)"
    ]
    store._try(lambda: "an answer")  # from here on a fault is one of many requests, and waits are long
    calls.clear()
    with pytest.raises(UserError, match="Tried 6 times"):
        store._try(silent)
    assert (len(calls), len(caplog.records)) == (6, 1)
    monkeypatch.setenv("HANJI_STORE_TIMEOUT", "soon")
    with pytest.raises(UserError, match="HANJI_STORE_TIMEOUT=soon: expected a number of seconds"):
        store._try(silent)


def test_no_answer_is_not_taken_for_no_object(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(URL)
    assert store.is_object() is False
    monkeypatch.setattr(objects, "ATTEMPTS", 1)
    monkeypatch.setattr(store.files, "info", lambda *_: (_ for _ in ()).throw(RuntimeError("cut")))
    with pytest.raises(UserError, match="cut"):
        store.is_object()


def test_two_addresses_have_two_folders() -> None:
    assert stage_of("s3://a/x") != stage_of("s3://b/x")
    assert stage_of("s3://a/x", Path("/w")).parent == Path("/w")


@pytest.mark.parametrize("name", ["/etc/passwd", "../a", "a/../b", ".."])
def test_an_object_whose_name_leads_out_of_its_folder_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="leads out of its folder"):
        _safe(name, "s3://b/c")
    assert _safe("a/..b/c", "s3://b/c") == "a/..b/c"
