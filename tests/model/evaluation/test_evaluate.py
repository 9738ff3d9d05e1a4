"""Scores against the harness' own command, against hand-made likelihoods, and on data made for the purpose."""

import json
import math
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import lm_eval.tasks
import numpy as np
import pytest
import torch
from lm_eval._cli import HarnessCLI
from lm_eval.api.instance import Instance
from lm_eval.api.model import LM
from lm_eval.tasks._index import TaskIndex
from sklearn.metrics import f1_score

from corpus.engine.task import read_json
from corpus.errors import UserError
from model.config import ModelConfig
from model.evaluation import tasks as harness_tasks
from model.evaluation.harness import averages, bootstrap_f1, document_bits, macro_f1, open_model, score_bpb, score_tasks
from model.evaluation.record_task import word_f1, words
from model.evaluation.results import read_results
from model.evaluation.task_names import ENGLISH, KOBEST, KOREAN, NAMED, _text, require_known
from model.evaluation.tasks import Tasks, expand, prepare
from model.export.huggingface import export_run
from pipelines.console import Ended
from tests.model.export.test_huggingface import BASE, make_run
from tests.model.small_corpus import write_corpus

SHAPE: ModelConfig = replace(BASE, context=512)


@pytest.fixture(scope="module")
def model_directory(tmp_path_factory):
    """A small export with random weights: it knows nothing, but not at random twice."""
    os.environ |= {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    folder = tmp_path_factory.mktemp("model")
    export_run(make_run(folder, SHAPE), folder / "hf")
    return folder / "hf"


SENTENCES = {
    "정말 마음에 듬": 1,
    "다시는 안 사요": 0,
    "배송이 빨라요": 1,
    "냄새가 심해요": 0,
    "색이 예뻐요": 1,
    "금방 고장 났어요": 0,
}
PREMISES = [
    ("바지의 허리가 컸다.", "결과", "밑단을 잘랐다.", "벨트를 끼웠다.", 1),
    ("비가 왔다.", "원인", "구름이 끼었다.", "우산을 썼다.", 0),
]


@pytest.fixture
def small_mirror(tmp_path):
    """A mirror with two tasks of six and two documents, their answers balanced."""
    root = tmp_path / "mirror" / "huggingface.co" / "datasets" / "skt" / "kobest_v1"
    copa = [
        dict(zip(("premise", "question", "alternative_1", "alternative_2", "label"), row, strict=True))
        for row in PREMISES
    ]
    tasks = {"sentineg": [{"sentence": text, "label": label} for text, label in SENTENCES.items()], "copa": copa}
    for name, rows in tasks.items():
        (root / name).mkdir(parents=True)
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (root / name / "test.jsonl").write_text(lines, encoding="utf-8")
    return tmp_path / "mirror"


class Rigged(LM):
    """Gives each answer the likelihood that `judge(context, answer)` says, and remembers what it was asked."""

    def __init__(self, judge):
        super().__init__()
        self.judge, self.asked, self.cut = judge, [], 0

    def loglikelihood(self, requests, disable_tqdm=False):
        self.cut += 2  # as if the prompts of two requests were too long
        self.asked += [request.args for request in requests]
        return [(self.judge(*request.args), False) for request in requests]

    def loglikelihood_rolling(self, requests, disable_tqdm=False):
        raise NotImplementedError

    def generate_until(self, requests, disable_tqdm=False):
        raise NotImplementedError


def right(context: str, answer: str) -> float:
    for sentence, label in SENTENCES.items():
        if sentence in context:
            return 0.0 if (answer.strip() == "긍정") == (label == 1) else -9.0
    premise = next(row for row in PREMISES if row[0] in context)
    return 0.0 if premise[2 + premise[4]] == answer.strip() else -9.0


def test_who_knows_scores_one_and_who_always_says_the_same_a_third(small_mirror, tmp_path):
    (tmp_path / "tasks").mkdir()
    tasks = prepare(["kobest_sentineg", "kobest_copa"], small_mirror, "main", tmp_path / "tasks")
    kept = {}
    knowing = score_tasks(Rigged(right), tasks, None, kept.__setitem__)
    assert kept == knowing
    for name in tasks.names:
        assert knowing[name]["acc"] == knowing[name]["f1"] == 1.0
        assert knowing[name]["f1_stderr"] == knowing[name]["acc_stderr"] == 0.0
        assert knowing[name]["acc_constant"] == 0.5
        assert knowing[name]["cut"] == 2  # of this task alone
        assert knowing[name]["f1_constant"] == pytest.approx(1 / 3)
    constant = score_tasks(Rigged(lambda context, answer: 0.0 if answer == " 긍정" else -1.0), tasks)
    assert constant["kobest_sentineg"]["f1"] == pytest.approx(1 / 3)
    assert constant["kobest_sentineg"]["acc"] == 0.5
    assert constant["kobest_sentineg"]["acc_stderr"] == pytest.approx(math.sqrt(0.25 * 6 / 5 / 6))
    assert constant["kobest_sentineg"]["f1_stderr"] > 0


def test_the_profiles_ask_as_their_harness_did(small_mirror, tmp_path):
    spaces = {}
    for profile in ("main", "polyglot"):
        (tmp_path / profile).mkdir()
        rigged = Rigged(right)
        score_tasks(rigged, prepare(["kobest_copa"], small_mirror, profile, tmp_path / profile))
        spaces[profile] = sorted(rigged.asked)
    assert spaces["main"][0] == ("바지의 허리가 컸다.  그래서", " 밑단을 잘랐다.")
    assert spaces["polyglot"][0] == ("바지의 허리가 컸다. 그래서", " 밑단을 잘랐다.")
    assert spaces["polyglot"][2] == ("비가 왔다. 왜냐하면", " 구름이 끼었다.")


@pytest.mark.parametrize(("profile", "spaces"), [("main", "   "), ("polyglot", "  ")])
def test_record_asks_and_scores_as_the_harness_file_that_no_longer_loads(small_mirror, tmp_path, profile, spaces):
    entities = ["The Beatles", "Ringo Starr", "Liverpool", "Liverpool"]
    document = {"passage": "A band of four.\n@highlight\nThey sang\n@highlight\nThey are gone",
        "query": "@placeholder sang.",
                "entities": entities, "answers": ["The Beatles", "Starr"]}  # fmt: skip
    path = small_mirror / "huggingface.co" / "datasets" / "aps" / "super_glue" / "record" / "validation.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(document) + "\n")
    found = {}
    for best in set(entities):
        folder = tmp_path / best
        folder.mkdir()
        rigged = Rigged(lambda context, answer, best=best: 0.0 if best in answer else -1.0)
        found[best] = score_tasks(rigged, prepare(["record"], small_mirror, profile, folder))["record"]
        assert rigged.asked == [
            ("A band of four.\n\n  - They sang.\n  - They are gone.\n", f"{spaces}- {entity} sang.")
            for entity in ("Liverpool", "Ringo Starr", "The Beatles")
        ]
    assert {name: (entry["f1"], entry["em"]) for name, entry in found.items()} == {
        "The Beatles": (1.0, 1.0),
        "Ringo Starr": (pytest.approx(2 / 3), 0.0),  # two words given, one right, one of one
        "Liverpool": (0.0, 0.0),
    }


def test_words_are_compared_as_squad_does():
    assert words("The  Beatles' (a) band!") == ["beatles", "band"]
    assert word_f1([], []) == 1.0
    assert word_f1(["x"], []) == 0.0


def test_a_task_that_is_absent_or_does_not_load_is_left_out(small_mirror, tmp_path, monkeypatch):
    (tmp_path / "broken.yaml").write_text("task: broken\nprocess_docs: !function needing.process_docs\n")
    (tmp_path / "needing.py").write_text("import something_gone\n")
    index = {"broken": SimpleNamespace(yaml_path=tmp_path / "broken.yaml"), **harness_tasks._index(KOBEST)}
    monkeypatch.setattr(harness_tasks, "_index", lambda names: index)
    tasks = prepare(["broken", "absent", "kobest_copa"], small_mirror, "main", tmp_path)
    assert tasks.names == ["kobest_copa"]
    assert tasks.skipped == {
        "broken": "the harness' code for it does not load: No module named 'something_gone'",
        "absent": "the installed lm-eval does not have it",
    }


@pytest.mark.parametrize("profile", ["main", "polyglot"])
def test_likelihoods_are_those_computed_by_hand(model_directory, profile):
    """BoolQ's context ends in a space: today's harness gives it to the answer, the branch tokenised both apart."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    context, answer = "봄이 오면 벚꽃이 핀다. 질문: 봄인가? 답변: ", " 예"
    tokenizer = AutoTokenizer.from_pretrained(model_directory)
    network = AutoModelForCausalLM.from_pretrained(model_directory, dtype=torch.float32).eval()
    if profile == "main":
        whole = tokenizer(context + answer).input_ids
        given = tokenizer(context.rstrip()).input_ids
        wanted = whole[len(given) :]
    else:
        given, wanted = (tokenizer(text, add_special_tokens=False).input_ids for text in (context, answer))
    with torch.no_grad():
        logits = network(torch.tensor([given + wanted])).logits[0].log_softmax(-1)
    by_hand = sum(float(logits[len(given) - 1 + k, token]) for k, token in enumerate(wanted))
    model = open_model(model_directory, profile, 2, "cpu")
    request = Instance("loglikelihood", {}, (context, answer), 0)
    assert model.loglikelihood([request], disable_tqdm=True)[0][0] == pytest.approx(by_hand, rel=1e-5)
    assert (given[0] == tokenizer.bos_token_id) == (profile == "main")  # as exported: once, and never in the branch
    assert given.count(tokenizer.bos_token_id) <= 1
    assert (model.tok_encode("봄")[0] == tokenizer.bos_token_id) == (profile == "main")


@pytest.mark.slow
def test_kobest_equals_the_harness_own_command(model_directory, mirror, tmp_path, monkeypatch):
    """`lm_eval run`, called in this process, which has read the harness' 13,000 files once."""
    (tmp_path / "tasks").mkdir()
    tasks = prepare(KOBEST, mirror, "main", tmp_path / "tasks")
    assert tasks.names == list(KOBEST)
    ours = score_tasks(open_model(model_directory, "main", 4, "cpu"), tasks, limit=4)
    every, build = harness_tasks._read_index(), TaskIndex.build

    def known(paths, **how):
        standard, *others = paths
        assert standard == Path(lm_eval.tasks.__file__).parent
        return {**every, **build(others, **how)}

    monkeypatch.setattr(TaskIndex, "build", staticmethod(known))
    command = ["lm_eval", "run", "--model", "hf", "--model_args", f"pretrained={model_directory}"]
    command += ["--tasks", ",".join(KOBEST), "--include_path", str(tmp_path / "tasks"), "--limit", "4"]
    command += ["--batch_size", "4", "--device", "cpu", "--output_path", str(tmp_path / "out.json")]
    monkeypatch.setattr(sys, "argv", command)
    harness = HarnessCLI()
    harness.execute(harness.parse_args())
    theirs = read_json(next(tmp_path.glob("out*.json")))["results"]
    for name in KOBEST:
        assert ours[name]["n"] == 4
        for metric in ("acc", "f1"):
            assert ours[name][metric] == theirs[name][f"{metric},none"]
        assert ours[name]["acc_stderr"] == pytest.approx(theirs[name]["acc_stderr,none"])
    group = averages(ours, "main")
    assert group["kobest_f1"] == pytest.approx(
        np.mean([theirs[name]["f1,none"] for name in KOBEST])
    )  # equal sizes: four each
    assert averages(ours, "polyglot") == {
        "kobest_f1": pytest.approx(np.mean([theirs[n]["f1,none"] for n in KOBEST if n != "kobest_wic"]))
    }


def test_missing_data_are_reasons_not_zeros(small_mirror, tmp_path):
    (tmp_path / "tasks").mkdir()
    tasks = prepare(expand(["kobest", "english"]), small_mirror, "main", tmp_path / "tasks")
    assert tasks.names == ["kobest_copa", "kobest_sentineg"]
    assert len(tasks.skipped) == 3 + 15
    assert "hf://datasets/skt/kobest_v1/wic has no test file" in tasks.skipped["kobest_wic"]
    assert averages(score_tasks(Rigged(right), tasks), "polyglot") == {}


@pytest.mark.slow
def test_every_task_of_the_harness_can_be_named():
    """Those of a few folders are found without reading all of them, and are the same; all names are accepted."""
    ours, every = harness_tasks._index([*KOBEST, *ENGLISH, *KOREAN]), harness_tasks._index(["mmlu"])
    named = {name.decode(errors="replace") for name in NAMED.findall(_text())}  # the others are searched one by one
    require_known([name for name in every if name not in named])
    assert len(ours) < 1000 < len(every)
    for name, entry in ours.items():
        other = every[name]
        assert (other.kind, other.yaml_path, other.cfg) == (entry.kind, entry.yaml_path, entry.cfg)
    assert harness_tasks._index(["click_lang"]) is harness_tasks._index(["anli"]) is every  # parts may be elsewhere
    assert expand(["korean"]) == [*KOBEST, *(task for group in KOREAN[5:] for task in expand([group]))]
    assert expand(["mmlu_anatomy", "kobest_wic", "mmlu_anatomy"]) == ["mmlu_anatomy", "kobest_wic"]
    with pytest.raises(UserError, match=r"--tasks kobost: no such task .did you mean kobest"):
        expand(["kobost"])


def test_a_wrong_name_is_known_without_the_harness() -> None:
    """Each of its names is accepted (here those of a few folders), and a wrong one refused, before anything heavy is
    loaded."""
    require_known(["korean", "bpb", "mmlu", *harness_tasks._index(KOREAN)])
    with pytest.raises(
        UserError, match=r"--tasks kmmlu_mathh: no such task .did you mean kmmlu_math\?.; accepted: kob"
    ):
        require_known(["kobest", "kmmlu_mathh"])
    with pytest.raises(UserError, match="names no task"):
        require_known([])


@pytest.mark.parametrize("seed", range(5))
def test_macro_f1_is_sklearns(seed):
    draw = np.random.default_rng(seed)
    gold, given = draw.integers(0, 4, (2, 37))
    assert macro_f1(gold, given) == pytest.approx(f1_score(gold, given, average="macro"))
    assert bootstrap_f1(gold, given) == bootstrap_f1(gold, given) > 0


class ThreeTokens:
    """A model of a text of three tokens and windows of two: likelihoods are told by what is asked."""

    prefix_token_id, max_length = 0, 2

    def tok_encode(self, text, add_special_tokens):
        assert not add_special_tokens
        return [5, 6, 7]

    def _loglikelihood_tokens(self, windows, disable_tqdm):
        self.windows = windows
        return [(-float(sum(wanted)), False) for _, given, wanted in windows]


def test_bits_per_byte_by_hand(tmp_path):
    """5 + 6 + 7 nats over six bytes; the first window begins with BOS, the second sees what came before."""
    model = ThreeTokens()
    assert document_bits(model, ["한지"]) == [18.0]
    assert model.windows == [(None, [0], [5, 6]), (None, [5, 6], [7])]
    corpus = write_corpus(tmp_path / "corpus", {"validation": {"web-00000": ["한지"], "news-en-00000": ["ab", "abcd"]}})
    scores = score_bpb(model, corpus, documents=10)
    assert scores["sources"]["web"]["bpb"] == pytest.approx(18 / 6 / math.log(2))
    assert scores["languages"]["en"] == scores["sources"]["news-en"]
    assert scores["languages"]["en"]["bpb"] == pytest.approx(36 / 6 / math.log(2))
    assert (scores["languages"]["en"]["documents"], scores["languages"]["en"]["bytes"]) == (2, 6)
    assert score_bpb(model, corpus, documents=1)["languages"]["en"]["documents"] == 1


def test_bits_are_those_of_the_harness_rolling(model_directory):
    model = open_model(model_directory, "main", 3, "cpu")
    texts = ["봄이 오면 서울의 강가에는 벚꽃이 핀다. " * 40, "She kept the book.", "한"]
    requests = [Instance("loglikelihood_rolling", {}, (text,), 0) for text in texts]
    assert document_bits(model, texts) == pytest.approx(
        [-x for x in model.loglikelihood_rolling(requests, disable_tqdm=True)], rel=1e-5
    )
    wide = document_bits(model, texts, context=256)
    assert wide[1:] == pytest.approx(document_bits(model, texts)[1:], rel=1e-5)
    assert wide[0] != pytest.approx(document_bits(model, texts)[0], rel=1e-4)  # windows that see more


def test_an_observer_is_told_of_each_answer(model_directory):
    class Told:
        def __init__(self):
            self.calls = []

        def begin(self, stage, items, weight):
            self.calls.append(("begin", stage, items))

        def advance(self, stage, group, weight, items=1):
            self.calls.append(("advance", stage, items))

        def end(self, stage):
            self.calls.append(("end", stage))

    model = open_model(model_directory, "main", 2, "cpu")
    model.observer, model.stage = Told(), "task"
    requests = {
        "loglikelihood": [
            Instance("loglikelihood", {}, (question, " 네"), 0) for question in ("비가 오나요?", "눈이요?")
        ],
        "loglikelihood_rolling": [Instance("loglikelihood_rolling", {}, (text,), 0) for text in ("봄이 오면", "여름")],
        "generate_until": [
            Instance("generate_until", {}, (text, {"until": ["\n"], "max_gen_toks": 3}), 0) for text in ("봄", "겨울")
        ],
    }
    for kind, asked in requests.items():
        model.observer.calls.clear()
        assert len(getattr(model, kind)(asked)) == 2
        assert model.observer.calls == [("begin", "task", 2), *[("advance", "task", 1)] * 2, ("end", "task")]


@pytest.mark.slow
def test_the_command_writes_results_tables_and_page(model_directory, small_mirror, tmp_path, capfd, monkeypatch):
    from pipelines import evaluate
    from pipelines.console import run

    monkeypatch.chdir(tmp_path)  # no Git repository

    corpus = write_corpus(tmp_path / "corpus", {"validation": {"web-00000": ["봄이 오면"]}})

    def call(*extra: str, code: int = 0) -> str:
        arguments = ["--run", str(model_directory), "--mirror", str(small_mirror), "--device", "cpu", *extra]
        with pytest.raises(SystemExit) as stop:
            run(evaluate.main, arguments, "evaluate")
        assert stop.value.code == code
        return "".join(capfd.readouterr())

    out = tmp_path / "scores"
    shown = call("--tasks", "kobest,bpb", "--profile", "polyglot", "--corpus", str(corpus), "--out", str(out))
    result = read_json(out / "results.json")
    assert result["tasks"]["kobest_sentineg"]["n"] == 6
    assert result["profile"] == "polyglot"
    tables = (out / "tables.md").read_text(encoding="utf-8")
    page = (out / "report.html").read_text(encoding="utf-8")
    for text in (
        f"{result['tasks']['kobest_copa']['f1']:.3f}",
        "0.704",
        "42dot LLM-PLM 1.3B",
        f"{result['bpb']['languages']['ko']['bpb']:.3f}",
    ):
        assert text in tables
        assert text in page
    assert "kobest_boolq" in shown
    assert "kobest_sentineg: 12 of 12" in shown
    assert not [noise for noise in ("it/s", "fatal", "evaluate library", "examples/s") if noise in shown]
    assert "no test file" in tables
    again = call(
        "--tasks", "kobest_copa", "--profile", "polyglot", "--out", str(tmp_path / "two"), "--compare", str(out)
    )
    assert again.count("hf") >= 2
    assert "do not compare" in call(
        "--tasks", "kobest_copa", "--out", str(tmp_path / "three"), "--compare", str(out), code=2
    )
    assert "name a corpus with --corpus" in call("--tasks", "bpb", code=2)
    assert "'main', 'polyglot'" in call("--profile", "both", code=2)


def test_checkpoints_make_a_learning_curve(small_mirror, tmp_path):
    """--step all: each checkpoint a column, the page with curves; beside a result over other documents, which is
    said."""
    from pipelines import evaluate

    run = make_run(tmp_path, SHAPE)
    shutil.copytree(run / "checkpoints" / "step-000007", run / "checkpoints" / "step-000005")
    manifest = run / "checkpoints" / "step-000005" / "manifest.json"
    manifest.write_text(json.dumps(read_json(manifest) | {"step": 5}))
    corpus = write_corpus(tmp_path / "corpus", {"validation": {"web-00000": ["봄이 오면", "The ferry left"]}})
    common = {"run": run, "tasks": "kobest_copa,bpb", "mirror": small_mirror, "corpus": corpus, "device": "cpu"}
    evaluate.main(**common, step="7", out=tmp_path / "seven")
    evaluate.main(**common, step="all", limit=1, out=tmp_path / "all", compare=[tmp_path / "seven"])
    results = read_results(tmp_path / "all" / "results.json")
    assert [(result["name"], result["step"]) for result in results] == [("step 5", 5), ("step 7", 7)]
    assert results[0]["tasks"] == results[1]["tasks"]
    page = (tmp_path / "all" / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2  # KOBEST and bits per byte over training
    assert "KOBEST, macro-F1 over training" in page
    assert "step 5 the first 1, step 7 the first 1, run all" in (tmp_path / "all" / "tables.md").read_text()


def test_a_document_is_encoded_as_packing_encodes_it(model_directory):
    """Names of special tokens are text, BOS stands once, and what is cut or does not fit is known."""
    from model.evaluation.language_model import TooShort
    from tokenizer.encoding.encode import Encoder

    encoder = Encoder.from_file(model_directory)
    model = open_model(model_directory, "main", 2, "cpu", bos=True)
    text = "<s>봄</s> <pad>"
    assert model.tok_encode(text, add_special_tokens=False) == encoder.encode(text)
    assert model.tok_encode(text) == [encoder.bos_id, *encoder.encode(text)]
    ids, seen = model.tok_batch_encode([text, "봄"])
    assert ids[0].tolist() == model.tok_encode(text)
    assert ids[1][seen[1].bool()].tolist() == model.tok_encode("봄")
    rolling = Instance("loglikelihood_rolling", {}, (text,), 0)
    plain = open_model(model_directory, "main", 2, "cpu", bos=False)
    expected = plain.loglikelihood_rolling([rolling], disable_tqdm=True)
    assert model.loglikelihood_rolling([rolling], disable_tqdm=True) == pytest.approx(expected)
    assert document_bits(model, [text]) == pytest.approx([-expected[0]])
    assert model.cut == 0
    model.loglikelihood([Instance("loglikelihood", {}, ("봄이 오면 " * 400, " 예"), 0)], disable_tqdm=True)
    assert model.cut == 1
    with pytest.raises(TooShort, match="longer than the model's context, 512 tokens"):
        model.loglikelihood([Instance("loglikelihood", {}, ("봄", " 예" * 600), 0)], disable_tqdm=True)
    # Of a prompt with its answer the last token is not read.
    for prompt, answer, cut in ((505, 8, 0), (506, 8, 1), (1, 512, 0)):
        model.cut = 0
        model._loglikelihood_tokens([(None, [5] * prompt, [6] * answer)], disable_tqdm=True)
        assert model.cut == cut
    with pytest.raises(TooShort):
        model._loglikelihood_tokens([(None, [5], [6] * 513)], disable_tqdm=True)
    model.cut = 0
    assert model.tok_encode(text, add_special_tokens=False, left_truncate_len=3) == encoder.encode(text)[-3:]
    assert model.tok_encode("봄", left_truncate_len=512) == [encoder.bos_id, *encoder.encode("봄")]
    assert model.cut == 1


def test_nothing_scored_keeps_what_was_there(model_directory, small_mirror, tmp_path):
    from pipelines import evaluate

    common = {"run": model_directory, "mirror": small_mirror, "device": "cpu", "out": tmp_path / "scores"}
    evaluate.main(**common, tasks="kobest_copa")
    before = {path.name: path.read_bytes() for path in (tmp_path / "scores").iterdir()}
    with pytest.raises(UserError, match=r"Nothing was scored.*kobest_wic: no data"):
        evaluate.main(**common, tasks="kobest_wic")
    assert {path.name: path.read_bytes() for path in (tmp_path / "scores").iterdir()} == before  # its marker, too
    evaluate.main(**common, tasks="kobest_sentineg")
    assert set(read_json(tmp_path / "scores" / "results.json")["tasks"]) == {"kobest_copa", "kobest_sentineg"}


def test_a_task_that_cannot_be_reached_does_not_stop_the_others(model_directory, small_mirror, tmp_path, monkeypatch):
    """The first one's data are on the hub, and there is no network; those of the second are here."""
    import lm_eval
    from huggingface_hub import constants

    from model.evaluation import scores as scoring
    from pipelines import evaluate

    def written(names, mirror, *rest):
        tasks = prepare(["kobest_copa"], mirror, *rest)
        return Tasks(tasks.folder, ["kobest_wic", *tasks.names])

    score, offline = lm_eval.simple_evaluate, []

    def simple_evaluate(*given, tasks, **settings):
        offline.append(constants.HF_HUB_OFFLINE)
        if tasks == ["kobest_wic"]:
            raise ConnectionError("Couldn't reach 'skt/kobest_v1' on the Hub")  # as `datasets` does
        return score(*given, tasks=tasks, **settings)

    monkeypatch.setattr(scoring, "prepare", written)
    monkeypatch.setattr(lm_eval, "simple_evaluate", simple_evaluate)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    with pytest.raises(Ended) as ended:
        evaluate.main(
            run=model_directory, mirror=small_mirror, device="cpu", out=tmp_path / "s", tasks="kobest_wic,kobest_copa"
        )
    assert ended.value.exit_code == 2
    assert ended.value.result["error"].startswith("kobest_wic: not scored. No network: Couldn't reach 'skt/kobest_v1'")
    found = read_json(tmp_path / "s" / "results.json")
    assert (found["tasks"].keys(), found["unreachable"]) == ({"kobest_copa"}, ["kobest_wic"])
    assert offline == [False, True]  # the hub's cache serves the others; asking it again would take a minute each
    assert constants.HF_HUB_OFFLINE is False


CARD = """---
configs:
- config_name: Math
  data_files:
  - {split: test, path: data/Math-test.csv}
- config_name: Law
  data_files:
  - {split: dev, path: data/Law-dev.csv}
---
"""


def test_korean_sets_are_read_as_they_are_on_the_hub(tmp_path):
    """KMMLU's files are named by its card, CLIcK has none and is all one split; what is missing has a reason."""
    root = tmp_path / "mirror" / "huggingface.co" / "datasets"
    (root / "HAERAE-HUB/KMMLU/data").mkdir(parents=True)
    (root / "HAERAE-HUB/KMMLU/README.md").write_text(CARD)
    for name in ("Math-test", "Law-dev"):
        rows = ["question,answer,A,B,C,D", "하나 더하기 하나는?,2,1,2,3,4", "둘 더하기 하나는?,3,1,2,3,4"]
        (root / f"HAERAE-HUB/KMMLU/data/{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (root / "EunsuKim/CLIcK/Dataset/Culture").mkdir(parents=True)
    item = {"paragraph": "", "question": "봄에 피는 꽃은?", "choices": ["벚꽃", "국화", "동백", "코스모스"]}
    item |= {"answer": "벚꽃", "id": "TK_1"}
    (root / "EunsuKim/CLIcK/Dataset/Culture/one.json").write_text(json.dumps([item], ensure_ascii=False))
    names = expand(["kmmlu_math", "kmmlu_law", "click", "haerae_history"])
    (tmp_path / "tasks").mkdir()
    tasks = prepare(names, tmp_path / "mirror", "main", tmp_path / "tasks")
    assert "kmmlu_math" in tasks.names
    assert "hf://datasets/HAERAE-HUB/KMMLU/Law has no test file" in tasks.skipped["kmmlu_law"]
    assert "HAERAE-HUB/HAE_RAE_BENCH" in tasks.skipped["haerae_history"]
    assert {name for name in names if name.startswith("click_")} <= set(tasks.names)
    tasks.names = ["kmmlu_math"]
    scores = score_tasks(Rigged(lambda context, answer: 0.0 if answer.strip() == "B" else -9.0), tasks)
    assert scores["kmmlu_math"]["n"] == 2
    assert scores["kmmlu_math"]["acc"] == 0.5
