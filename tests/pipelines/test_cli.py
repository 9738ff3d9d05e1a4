"""What all commands have: light imports, --json, --quiet, -h, exit statuses; and the list of them."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from typer.testing import CliRunner

from corpus.errors import UserError
from pipelines import cli
from pipelines.console import Ended, application, console, run, warn
from tests.helpers.parameters import unread
from tests.model.small_corpus import write_packed


def small(
    number: Annotated[int, typer.Option(help="any")] = 1, ends: Annotated[str, typer.Option(help="how it ends")] = ""
) -> dict[str, Any]:
    print("for standard output")
    console.print("for standard error")
    warn("look here")
    if ends == "mistake":
        raise UserError("mend it")
    if ends == "no":
        raise Ended(1, {"number": number, "broken": True})
    return {"number": number, "글": "한지"}


def test_with_json_standard_output_is_the_result_alone() -> None:
    result = CliRunner().invoke(application(small), ["--json", "--number", "3"])
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {"number": 3, "글": "한지"}
    assert "for standard output" in result.stderr
    assert "한지" in result.stdout  # readable, not \ud55c


@pytest.mark.parametrize(
    ("encoding", "plain", "quoted"),
    [("ascii", "\\ud55c\\uc9c0 \\u258f", "\\ud55c\\uc9c0"), ("euc-kr", "한지 \\u258f", "\\ud55c\\uc9c0")],
)
def test_output_of_another_encoding_shows_what_it_can(
    encoding: str, plain: str, quoted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where PYTHONIOENCODING is ascii, or in a terminal of EUC-KR; --json stays JSON."""

    def main() -> dict[str, str]:
        print("한지 ▏")
        return {"글": "한지 🙂"}

    def shown(*arguments: str) -> str:
        raw = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
        with pytest.raises(SystemExit) as ended:
            run(main, list(arguments))
        assert ended.value.code == 0
        sys.stdout.flush()
        return raw.getvalue().decode(encoding)

    assert shown() == f"{plain}\n"
    told = shown("--json")
    assert quoted in told
    assert json.loads(told) == {"글": "한지 🙂"}


@pytest.mark.parametrize(
    ("ends", "code", "told"), [("mistake", 2, {"error": "mend it"}), ("no", 1, {"number": 1, "broken": True})]
)
def test_with_json_a_failure_is_json_too(ends: str, code: int, told: dict[str, Any]) -> None:
    result = CliRunner().invoke(application(small), ["--json", "--ends", ends])
    assert result.exit_code == code
    assert json.loads(result.stdout) == told


def test_quiet_leaves_warnings_errors_and_standard_output() -> None:
    result = CliRunner().invoke(application(small), ["--quiet", "--ends", "mistake"])
    assert result.exit_code == 2
    assert result.stdout == "for standard output\n"
    assert result.stderr == "warning: look here\nerror: mend it\n"
    assert "for standard error" in CliRunner().invoke(application(small), []).stderr


@pytest.mark.parametrize("ends", ["", "no", "mistake"])
def test_the_next_command_of_a_process_is_as_quiet_as_it_is_asked_to_be(ends: str) -> None:
    CliRunner().invoke(application(small), ["--quiet", "--ends", ends])
    assert not console.quiet
    assert "for standard error" in CliRunner().invoke(application(small), []).stderr


def test_what_loads_libraries_for_seconds_says_that_it_has_begun() -> None:
    def on_a_device(device: str = "") -> None: ...

    def of_workers(workers: int = 1) -> None: ...

    def neither(number: int = 1) -> None: ...

    told = [CliRunner().invoke(application(main), []).stderr for main in (on_a_device, of_workers, neither)]
    assert told == ["test_cli: starting\n", "test_cli: starting\n", ""]


@pytest.mark.parametrize(("given", "number"), [(None, 7), ([], 1), (["--number", "5"], 5)])
def test_arguments_are_those_of_the_call_or_of_the_shell(
    monkeypatch: pytest.MonkeyPatch, given: list[str] | None, number: int
) -> None:
    """None at all are arguments, too."""
    seen: list[int] = []

    def main(number: int = 1) -> None:
        seen.append(number)

    monkeypatch.setattr(sys, "argv", ["hanji", "--number", "7"])
    with pytest.raises(SystemExit) as stop:
        run(main, given)
    assert (stop.value.code, seen) == (0, [number])
    main.spellings = {"-7": "--number=7"}  # type: ignore[attr-defined]  # as pretrain has them
    with pytest.raises(SystemExit):
        run(main, ["-7"])
    assert seen == [number, 7]


def test_commands_with_paths_have_a_folder_for_their_copies() -> None:
    def of_paths(path: Path = Path()) -> None: ...

    def of_words(word: str = "") -> None: ...

    told = [
        CliRunner().invoke(application(main), ["-h"], env={"COLUMNS": "200"}).stdout for main in (of_paths, of_words)
    ]
    assert ["--work" in text for text in told] == [True, False]


def test_a_command_without_a_result_has_no_json() -> None:
    def nothing(number: int = 1) -> None: ...

    result = CliRunner().invoke(application(nothing), ["--json"])
    assert result.exit_code == 2
    assert CliRunner().invoke(application(nothing), ["-h"]).exit_code == 0


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_no_command_takes_fewer_than_no_workers(command: str) -> None:
    import importlib
    import inspect

    for name, option in inspect.signature(importlib.import_module(f"pipelines.{command}").main).parameters.items():
        if name in ("workers", "sample", "limit", "documents", "batch_size", "tokens"):
            (about,) = [each for each in option.annotation.__metadata__ if hasattr(each, "min")]
            assert option.annotation.__origin__ is str or about.min in (0, 1), (command, name)


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_every_command_shows_its_help_and_refuses_what_it_does_not_know(command: str) -> None:
    import importlib

    app = application(importlib.import_module(f"pipelines.{command}").main)
    runner = CliRunner()
    told = runner.invoke(app, ["-h"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert told.exit_code == 0
    assert "--quiet" in told.stdout
    assert runner.invoke(app, ["--no-such-option"]).exit_code == 2


def test_arguments_are_read_before_heavy_libraries_are_loaded() -> None:
    """A mistake in the arguments is told within a second: half of that is Python, typer and rich."""
    code = (
        "import sys; from pipelines import cli; import importlib\n"
        "for name in cli.COMMANDS: importlib.import_module(f'pipelines.{name}')\n"
        "heavy = {'torch', 'numba', 'datasets', 'transformers', 'pydantic'} & sys.modules.keys()\n"
        "print(sorted(heavy), len(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy, modules = done.stdout.rsplit(" ", 1)
    assert heavy == "[]"
    assert int(modules) < 800  # 507 take half a second, all commands together


def test_a_wrong_use_is_told_before_torch_is_loaded(tmp_path: Path) -> None:
    """Names, folders and configurations are checked first: torch takes seconds to load, the harness more."""
    light = [  # not even the kernels are loaded
        ("pack --also nope", "--also nope: no such format"),
        ("pack --corpus nowhere", "nowhere: not a finished corpus"),
        ("train_tokenizer --corpus nowhere", "nowhere: not a finished corpus"),
        ("train_tokenizer --text nowhere", "--text nowhere: no such file or folder"),
        ("train_tokenizer --pattern zz", "unknown pre-token pattern 'zz'"),
        ("trace --corpus nowhere --id 1", "nowhere: not a finished corpus"),
        ("audit --corpus nowhere", "nowhere: not a finished corpus"),
        ("inspect nowhere", "nowhere: no such folder"),
        ("build_corpus --update --overwrite", "give one of them"),
        ("dedup --in nowhere --out x", "--in nowhere: no such file or folder"),
        ("index --in nowhere --out x", "--in nowhere: no such file or folder"),
        ("decontaminate --in nowhere --out x", "--in nowhere: no such file or folder"),
        ("ablate --recipes a.toml", "name at least two"),
        ("build_corpus --recipe nope", "recipe 'nope': no such file"),
        ("build_corpus --licenses ,", "--licenses ','"),
        ("mirror --recipe nope.toml", "recipe 'nope.toml': no such file"),
        ("end_to_end --recipe nope", "recipe 'nope': no such file"),
        ("end_to_end --config nope", "No configuration 'nope'"),
        ("ablate --recipes a.toml b.toml", "recipe 'a.toml': no such file"),
        ("ablate --recipes demo mini --config nope", "No configuration 'nope'"),
        ("ablate --recipes demo mini --device gpu", "--device gpu: no such device"),
        ("dedup --in . --out x --survivor best", "--survivor best: accepted are central"),
        ("dedup --in . --out x --against nowhere", "nowhere: no index there"),
        ("index --out nowhere --list", "nowhere: no index there"),
        ("index --out nowhere --remove x", "nowhere: no index there"),
        ("train_quality --positive nowhere --negative . --out x.bin", "--positive nowhere: no such file"),
        ("train_quality --positive . --negative nowhere --out x.bin", "--negative nowhere: no such file"),
        ("train_quality --positive . --negative . --out x", "expected the path of a file that ends in .bin"),
        ("train_tokenizer --superwords x", "--superwords 'x': expected a number"),
        ("train_tokenizer --sizes 8q", "--sizes '8q': expected numbers"),
        ("train_tokenizer --weights ko", "--weights 'ko': expected languages"),
        ("train_tokenizer --target ko=1", "--target 'ko=1': expected premium"),
        ("train_tokenizer --sample ko=x", "--sample 'ko=x': expected names"),
        ("train_tokenizer --source-cap a", "--source-cap 'a': expected names"),
        ("train_tokenizer --counts nowhere", "--counts nowhere: no such file"),
        ("report_tokenizer --tokenizer nowhere", "nowhere: no such file or folder"),
        ("report_tokenizer --tokenizer built", "built: no tokenizer in this folder"),
        ("report_tokenizer --tokenizer t.json --corpus nowhere", "nowhere: not a finished corpus"),
        ("report_tokenizer --tokenizer t.json --peers nope", "--peers nope: no such tokenizer"),
        ("report_tokenizer --tokenizer t.json --peers-dir nowhere", "--peers-dir nowhere: no such folder"),
        ("report_tokenizer --tokenizer t.json --parallel nowhere", "--parallel nowhere: no such file"),
        ("report_tokenizer --tokenizer t.json --fail-if ko", "--fail-if 'ko'"),
        ("pack --corpus built --tokenizer nowhere", "nowhere: no such tokenizer"),
        ("pack --corpus built --tokenizer t.json --tiers x", "--tiers x: "),
        ("trace --corpus built --id 1 --tokenizer nowhere", "nowhere: no such tokenizer"),
        ("verify nowhere", "nowhere: no such folder"),
        ("pages nowhere", "nowhere: no such folder"),
        ("pages built", "built: no result of a command"),
        ("publish nowhere", "nowhere: neither a finished corpus"),
        ("pretrain --device gpu", "--device gpu: no such device"),
        ("pretrain --tokenizer nowhere", "nowhere: no such tokenizer"),
        ("pretrain --data packed --resume --out nowhere", "nowhere contains no checkpoint to resume"),
        ("new recipe nowhere", "nowhere: no such file or folder"),
        ("new recipe run", "run: no file of a known format"),
        ("inspect built", "built: neither a corpus (stats.json)"),
        ("decontaminate --in . --out x --sets nope", "--sets: unknown set 'nope'"),
        ("decontaminate --in . --out x --sets nope.jsonl", "--sets nope.jsonl: no such file"),
        ("audit --verdicts nowhere", "--verdicts nowhere: no such file"),
        ("audit --verdicts t.json", "t.json: no verdicts of a review page"),
        ("export --corpus nowhere", "nowhere: not a finished corpus"),
        ("export --run run --average 99", "run: no 99 checkpoints to average up to step 0, only 0"),
        ("generate --run run --step 7", "step-000007 cannot be used: there is no such folder. Usable steps: none"),
        ("generate --run run --device gpu", "--device gpu: no such device"),
        ("evaluate --run run --step x", "--step x: expected the number of a checkpoint, or all"),
        ("evaluate --run run --step 7", "step-000007 cannot be used"),
        ("evaluate --run run --device gpu", "--device gpu: no such device"),
        ("evaluate --run run --tasks bpb --corpus nowhere", "nowhere: not a finished corpus"),
        ("evaluate --run run --compare nowhere", "--compare nowhere: neither a results.json"),
        ("export --run run --step 7", "step-000007 cannot be used"),
        ("export --import nowhere", "nowhere is neither a run"),
    ]
    uses = [
        *light,
        ("pretrain --config nope", "No configuration 'nope'"),
        ("pretrain --set train.stepz=3", "did you mean train.steps"),
        ("pretrain --set optimizer.name=soap", "accepted: 'adamw', 'muon'"),
        ("pretrain --set optimizer.beta2=2", "optimizer.beta2 is 2"),
        ("pretrain --data nowhere", "not packed data"),
        ("pretrain --init nowhere", "neither a run"),
        ("evaluate --tasks kobst", "did you mean kobest"),
        ("evaluate --run nowhere", "neither a run"),
        ("generate --run nowhere", "neither a run"),
        ("generate --run nowhere --serve", "neither a run"),
        ("export --run nowhere", "no config.toml"),
    ]
    for split in ("train", "validation"):
        (tmp_path / "built" / split).mkdir(parents=True)
        (tmp_path / "built" / split / "state.json").write_text('{"_data_files": []}')
    for path in ("t.json", "run/config.toml"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("{}" if path == "t.json" else "")
    write_packed(tmp_path / "packed", {"web": [[[1, 2, 3]]]}, 8)
    before = sorted(tmp_path.rglob("*"))
    code = (
        "import importlib, json, sys\n"
        "from pipelines.console import run\n"
        "for use in json.loads(sys.argv[1]):\n"
        "    command, *rest = use.split()\n"
        "    try: run(importlib.import_module(f'pipelines.{command}').main, rest)\n"
        "    except SystemExit as stop: assert stop.code == 2, (use, stop.code)\n"
        "    print(*sorted({'numba', 'torch', 'datasets', 'lm_eval'} & sys.modules.keys()))"
    )
    given = json.dumps([use for use, _ in uses])
    done = subprocess.run([sys.executable, "-c", code, given], cwd=tmp_path, capture_output=True, text=True, check=True)
    loaded = done.stdout.splitlines()
    assert loaded[: len(light)] == [""] * len(light)
    assert set(loaded) <= {"", "numba"}
    assert len(loaded) == len(uses)
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert [words in error for (_, words), error in zip(uses, errors, strict=True)] == [True] * len(uses), errors
    assert sorted(tmp_path.rglob("*")) == before


def test_an_empty_path_is_not_the_folder_of_work() -> None:
    """`--out "$OUT"` where OUT is not set."""
    import importlib

    for option in ("--in", "--out"):
        app = application(importlib.import_module("pipelines.dedup").main)
        done = CliRunner().invoke(app, ["--in", "a", "--out", "b", option, ""], env={"COLUMNS": "200", "TERM": "dumb"})
        assert done.exit_code == 2
        assert f"{option} '': expected a path, found nothing" in done.stderr


@pytest.mark.parametrize(
    ("command", "arguments", "told"),
    [
        ("dedup", ["--in", "a", "--out", "b", "--threshold", "2"], "expected 1 or less"),
        ("dedup", ["--in", "a", "--out", ""], "--out '': expected a path"),
        ("dedup", ["--in", "a"], "'--out'"),
        ("dedup", ["--in", "a", "--out", "b", "--no-such"], "--no-such"),
        ("inspect", [], "folder"),
    ],
)
def test_wrong_arguments_are_an_object_with_json(command: str, arguments: list[str], told: str) -> None:
    import importlib

    app = application(importlib.import_module(f"pipelines.{command}").main)
    for words in ([*arguments, "--json"], ["--json", *arguments]):
        done = CliRunner().invoke(app, words, env={"COLUMNS": "200", "TERM": "dumb"})
        assert done.exit_code == 2
        assert told in json.loads(done.stdout)["error"]
    assert CliRunner().invoke(app, arguments).stdout == ""


@pytest.mark.parametrize(
    ("command", "arguments", "named"),
    [
        ("dedup", ["--in", "a", "--out="], "--out"),
        ("inspect", [""], "FOLDER"),
        ("verify", ["--quiet", ""], "FOLDER"),
        ("inspect", ["a", "--mixture", ""], None),  # this one is no path
    ],
)
def test_an_empty_path_in_any_form(command: str, arguments: list[str], named: str | None) -> None:
    import importlib

    app = application(importlib.import_module(f"pipelines.{command}").main)
    done = CliRunner().invoke(app, arguments, env={"COLUMNS": "200", "TERM": "dumb"})
    assert ("expected a path, found nothing" in done.stderr) == (named is not None)
    assert named is None or f"{named} '': expected" in done.stderr


@pytest.mark.parametrize(
    ("command", "arguments", "told"),
    [
        ("build_corpus", ["--workers", "x"], "'--workers': 'x'; expected a whole number."),
        ("pack", ["--engine", "spark"], "'--engine': 'spark' is not one of 'local', 'ray'."),
        ("generate", ["--temperature", "nan"], "'--temperature': 'nan'; expected 0 or more."),
        ("mirror", ["--max-disk", "inf"], "'--max-disk': 'inf'; expected a number."),
        ("audit", ["--seed", str(1 << 63)], "'--seed': '9223372036854775808'; expected a number of at most 64 bits."),
        ("pack", ["--seq-len", "1048577"], "'--seq-len': '1048577'; expected 1,048,576 or less."),
        ("pack", ["--workers", "9999"], "'--workers': '9999'; expected 4,096 or less."),
        ("dedup", ["--in", ".", "--out", "o", "--threshold", "inf"], "'--threshold': 'inf'; expected 1 or less."),
        ("build_corpus", ["--workers", "-1"], "'--workers': '-1'; expected 0 or more."),
        ("generate", ["--temperature", "warm"], "'--temperature': 'warm'; expected a number."),
        ("generate", ["--top-p", "3"], "'--top-p': '3'; expected 1 or less."),
        ("trace", ["--text", "\udcb0\udca1"], "the bytes b'\\xb0\\xa1' are not UTF-8."),
        ("new", ["recipy", "."], "'what': 'recipy' is not one of 'recipe'."),
        ("report_tokenizer", ["--split", "al"], "'--split': 'al' is not one of 'validation', 'train', 'all'."),
    ],
)
def test_a_wrong_value_is_told_with_what_is_expected(command: str, arguments: list[str], told: str) -> None:
    import importlib

    app = application(importlib.import_module(f"pipelines.{command}").main)
    done = CliRunner().invoke(app, arguments, env={"COLUMNS": "200", "TERM": "dumb"})
    assert done.exit_code == 2
    assert f"Invalid value{':' if told.startswith('the') else ' for'} {told}" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--version"], 0, "hanji 0."),
        (["-V"], 0, "hanji 0."),
        (["-h"], 0, "Exit status: 0 done"),
        ([], 0, "  build_corpus      Build a clean, deduplicated Arrow corpus"),
        ([], 0, "  verify            Check that every file of a folder is what was written there."),
        (["biuld-corpus"], 2, "Did you mean build_corpus?"),
        (["warm-up", "--help"], 0, "--again"),
        (["warm_up", "--help"], 0, "--again"),
        (["zzz"], 2, "unknown command 'zzz'. `hanji` lists them"),
    ],
)
def test_the_list_of_commands(
    arguments: list[str], code: int, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["hanji", *arguments])
    try:
        cli.main()
        found = 0
    except SystemExit as stop:
        found = int(stop.code or 0)
    out = capsys.readouterr()
    assert found == code
    assert told in out.out + out.err


@pytest.mark.parametrize("path", sorted(Path(cli.__file__).parent.glob("*.py")), ids=lambda path: path.stem)
def test_every_option_of_a_command_does_something(path: Path) -> None:
    """One that is read nowhere is one that a change has left behind; and so is what is made of it."""
    told = {name for function, name in unread(path) if not function.startswith("__")}
    assert told <= {"what"}  # `new recipe` has one kind of file, which typer checks


def test_help_is_headed_by_the_command_as_it_is_typed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from pipelines import cli

    monkeypatch.setattr("sys.argv", ["hanji", "warm-up", "--help"])
    with pytest.raises(SystemExit):
        cli.main()
    assert "hanji warm_up [OPTIONS]" in " ".join(capsys.readouterr().out.split())
