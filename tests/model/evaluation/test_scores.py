"""A run is scored by its checkpoints, each exported first; what cannot be asked is told before anything is loaded."""

import tempfile
from dataclasses import replace
from types import SimpleNamespace

import pytest

from corpus.errors import UserError
from model.evaluation import scores
from model.evaluation.scores import Request, evaluate_directory, evaluate_run

REQUEST = Request([], "main", None, None, 5, 64, None, None, 1, "cpu")


@pytest.mark.parametrize(
    ("step", "steps", "names"),
    [("", [9], ["run"]), ("7", [7], ["run"]), ("all", [7, 9, 12_000], ["step 7", "step 9", "step 12,000"])],
)
def test_checkpoints_are_exported_scored_and_removed_in_the_order_of_their_steps(
    tmp_path, monkeypatch, step, steps, names
):
    """Without a step it is the one that the export finds. Of several each is named after its step."""
    run, exported, scored = tmp_path / "run", [], []
    for number in (9, 12_000, 7):
        (run / "checkpoints" / f"step-{number:06}").mkdir(parents=True)
        (run / "checkpoints" / f"step-{number:06}" / "manifest.json").write_text("{}")
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))

    def export(run, out, number):
        out.mkdir()
        exported.append((run, number))
        return SimpleNamespace(out=out, step=number or 9)

    def score(directory, name, request, observer, unfinished):
        assert directory.is_dir()
        assert len(list((tmp_path / "tmp").glob("hanji-*"))) == 1  # the one before is gone
        scored.append((name, request, observer, unfinished))
        return {"name": name}

    monkeypatch.setattr("model.export.huggingface.export_run", export)
    monkeypatch.setattr(scores, "evaluate_directory", score)
    found = evaluate_run(run, REQUEST, step, "observer", "unfinished")
    assert found == [
        {"name": name, "step": number, "run": "run", "source": str(run)}
        for name, number in zip(names, steps, strict=True)
    ]
    assert exported == [(run, None if not step else number) for number in steps]
    assert scored == [(name, REQUEST, "observer", "unfinished") for name in names]
    assert not list((tmp_path / "tmp").glob("hanji-*"))


def test_a_model_directory_is_scored_as_it_is(tmp_path, monkeypatch):
    (tmp_path / "config.json").write_text("{}")
    monkeypatch.setattr(scores, "evaluate_directory", lambda *given: {"given": given})
    assert evaluate_run(tmp_path, REQUEST, "7", "observer", "unfinished") == [
        {"given": (tmp_path, tmp_path.name, REQUEST, "observer", "unfinished"), "source": str(tmp_path)}
    ]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"tasks": ["bpb"]}, "--tasks bpb needs held-out documents"),
        ({"profile": "polyglot", "bos": True}, "--bos: profile polyglot never begins with BOS"),
        ({"profile": "polyglot", "bos": False}, "config.json"),  # the next thing that is checked
        ({"profile": "main", "bos": True}, "config.json"),
    ],
)
def test_what_does_not_go_together_is_told_first(tmp_path, more, told):
    with pytest.raises(UserError, match=told):
        evaluate_directory(tmp_path, "x", replace(REQUEST, **more))


def test_a_result_says_what_was_asked_of_which_model(tmp_path, monkeypatch):
    """Every setting under its name; bits only of a corpus, and where they are asked for."""
    asked = {}

    def opened(*given):
        asked["open"] = given
        return SimpleNamespace()

    def bits(model, *given):
        asked["bpb"] = given
        return {"bits": 1}

    prepared = SimpleNamespace(skipped={"x": "no data"}, unreachable=["y"])
    monkeypatch.setattr(scores, "check_directory", lambda _: None)
    monkeypatch.setattr(scores, "model_identity", lambda directory: f"identity of {directory}")
    monkeypatch.setattr(scores, "open_model", opened)
    monkeypatch.setattr(scores, "prepare", lambda names, mirror, profile, scratch: prepared)
    monkeypatch.setattr(scores, "score_tasks", lambda model, tasks, limit: {"limit": limit})
    monkeypatch.setattr(scores, "averages", lambda tasks, profile: {"of": (tasks, profile)})
    monkeypatch.setattr(scores, "score_bpb", bits)
    request = Request(["bpb"], "main", tmp_path / "m", tmp_path / "c", 5, 64, 3, False, 2, "cpu")
    found = evaluate_directory(tmp_path, "name", request)
    shown = ("name", "model", "profile", "limit", "bos", "tasks", "skipped", "unreachable", "averages", "bpb")
    assert {key: found[key] for key in shown} == {
        "name": "name", "model": f"identity of {tmp_path}", "profile": "main", "limit": 3, "bos": False,
        "tasks": {"limit": 3}, "skipped": {"x": "no data"}, "unreachable": ["y"],
        "averages": {"of": ({"limit": 3}, "main")}, "bpb": {"bits": 1},
    }  # fmt: skip
    assert asked == {"open": (tmp_path, "main", 2, "cpu", False), "bpb": (tmp_path / "c", 5, 64, None)}
    other = evaluate_directory(tmp_path, "name", replace(request, tasks=[], bos=None))
    assert "bpb" not in other
    assert (other["bos"], asked["open"][-1]) == (None, None)  # left to the tokenizer is not the same as without
