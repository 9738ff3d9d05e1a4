"""Generation: a checkpoint's text, repeatable, streamed, and what sampling may choose."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from typer.testing import CliRunner

from corpus.errors import UserError
from model.config import ModelConfig, load_config
from model.network.decoder import Decoder
from model.runs.run_directory import load_decoder
from model.text.generate import Sampling, generate, generate_batch, next_tokens, open_tokenizer, sample
from model.training.parallel import World
from model.training.trainer import Trainer
from tests.model.packed_data import write_packed


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    packed = write_packed(folder)
    config = load_config(
        "tiny", ["model.layers=1", "train.steps=20", "train.checkpoint_every=10", "train.batch_tokens=1024"]
    )
    Trainer(config, packed, folder / "run", World(0, 1, torch.device("cpu"))).run()
    return folder / "run"


def text(run, prompt="봄이", **options) -> str:
    model, _, _ = load_decoder(run)
    return "".join(generate(model, run / "tokenizer" / "tokenizer.json", prompt, Sampling(**options)))


def test_greedy_equals_the_whole_forward_pass(run):
    model, _, path = load_decoder(run)
    assert path.name == "step-000020"
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(run / "tokenizer" / "tokenizer.json"))
    ids = [0, *tokenizer.encode("봄이").ids]
    for _ in range(12):
        with torch.no_grad():
            token = int(model(torch.tensor([ids]))[0, -1, : tokenizer.get_vocab_size()].argmax())
        if token == 1:
            break
        ids.append(token)
    assert "봄이" + text(run, temperature=0.0, tokens=12) == tokenizer.decode(ids)


def test_a_seed_repeats_itself(run):
    assert text(run, seed=1) == text(run, seed=1)
    assert len({text(run, seed=seed, temperature=1.5) for seed in range(5)}) > 1


def test_an_older_checkpoint_can_be_chosen(run):
    assert load_decoder(run, step=10)[2].name == "step-000010"
    with pytest.raises(UserError, match=r"Usable steps: 10, 20"):
        load_decoder(run, step=15)


def test_prompts_that_cannot_be(run):
    with pytest.raises(UserError, match="the model takes 64 in all"):
        text(run, "봄이 오면 서울의 강가에는 벚꽃이 핀다." * 20)
    assert isinstance(text(run, "", tokens=3), str)  # begins with the token that begins documents


def test_context_ends_generation(run):
    model, _, _ = load_decoder(run)
    sampling = Sampling(tokens=10_000, temperature=2.0, top_k=0)
    texts = generate_batch(model, run / "tokenizer" / "tokenizer.json", ["봄이", "The ferry left late", ""], sampling)
    assert len(texts) == 3


@pytest.mark.parametrize(("tokens", "counts"), [(5, [5, 5]), (10_000, [64 - 2, 64 - 4])])
def test_each_row_gets_as_many_tokens_as_were_asked_for_and_fit(run, monkeypatch, tokens, counts):
    """With two and four tokens in the prompts and a context of 64; a row that is full waits for the other."""
    from model.text import generate as module

    known = open_tokenizer(run / "tokenizer")
    letter = known.encoder.encode("a")
    assert len(letter) == 1
    asked = []

    def always(decoder, rows, count, sampling, size):
        asked.append(([len(ids) for ids in rows], count, size))
        return iter([(letter * len(rows), torch.zeros(len(rows), size))] * count)

    monkeypatch.setattr(module, "next_tokens", always)
    model, _, _ = load_decoder(run)
    assert model.config.context == 64
    found = generate_batch(model, known, ["a", "aqa"], Sampling(tokens=tokens))
    assert asked == [([2, 4], max(counts), len(known.vocabulary.tokens))]
    assert found == ["a" * count for count in counts]
    assert model.training == load_decoder(run)[0].training


def test_a_prompt_that_fills_the_context_is_refused_and_one_below_is_not(run):
    model, _, _ = load_decoder(run)
    known = open_tokenizer(run / "tokenizer")
    assert len(known.encoder.encode("aq" * 31)) == 62
    assert len(generate_batch(model, known, ["aq" * 31], Sampling(tokens=9, temperature=0.0))) == 1
    with pytest.raises(UserError, match="has 64 tokens; the model takes 64 in all"):
        generate_batch(model, known, ["aq" * 31 + "a"])


def test_rows_of_a_batch_are_drawn_apart_and_repeatably(run):
    model, _, _ = load_decoder(run)
    path = run / "tokenizer" / "tokenizer.json"
    first = generate_batch(model, path, ["봄이"] * 4, Sampling(temperature=1.5, tokens=12))
    assert first == generate_batch(model, path, ["봄이"] * 4, Sampling(temperature=1.5, tokens=12))
    assert len(set(first)) > 1
    assert first[0] == text(run, temperature=1.5, tokens=12)
    assert first[2] == text(run, temperature=1.5, tokens=12, seed=2)


def test_each_step_of_a_batch_has_the_logits_of_its_row_alone():
    """Rows of other lengths, some of them full before the others: padding is not seen, and positions go on."""
    torch.manual_seed(0)
    shape = ModelConfig(layers=2, heads=4, kv_heads=2, dim=32, ffn_dim=64, vocab_size=40, context=12, init_std=0.4)
    model = Decoder(shape).eval()
    rows, size = [[3, 1, 4, 1, 5], [9], [2, 6, 5, 3, 5, 8, 9, 7, 9], [2, 7]], 37
    given = [list(row) for row in rows]
    sampling = Sampling(temperature=0.9, top_k=0, seed=4)
    steps = 0
    for tokens, logits in next_tokens(model, rows, 11, sampling, size):
        for number, (row, token) in enumerate(zip(given, tokens, strict=True)):
            if len(row) < shape.context:  # the others are full, and what they would go on with is not read
                alone = model(torch.tensor([row]))[0, -1, :size]
                torch.testing.assert_close(logits[number], alone, atol=1e-4, rtol=1e-4)
                row.append(token)
        steps += 1
    assert steps == 11
    assert [len(row) for row in given] == [12, 12, 12, 12]
    for number, row in enumerate(rows):  # each row draws by a seed of its own
        (first, _), *_ = next_tokens(model, [row], 1, replace(sampling, seed=4 + number), size)
        assert first == [given[number][len(row)]]


def test_stop_strings_end_the_text(run):
    whole = text(run, temperature=0.0, tokens=30)
    stop = whole[6:9]
    assert stop
    assert text(run, temperature=0.0, tokens=30, stop=(stop, "never")) == whole[: whole.index(stop)]


def test_sampling_cuts():
    logits = torch.tensor([1.0, 3.0, 2.0, -1.0])
    generator = torch.Generator().manual_seed(0)

    def seen(**options) -> set[int]:
        return {sample(logits, Sampling(**{"temperature": 1.0, "top_k": 0, **options}), generator) for _ in range(300)}

    assert seen(temperature=0.0) == {1}
    assert seen(top_k=2) == {1, 2}
    assert seen(top_p=0.5) == {1}
    assert seen(top_p=0.85) == {1, 2}
    halves = torch.zeros(2)  # the first holds exactly half: it alone is enough for half
    drawn = {sample(halves, Sampling(temperature=1.0, top_k=0, top_p=0.5), generator) for _ in range(100)}
    assert len(drawn) == 1
    assert seen() == {0, 1, 2, 3}


def test_repetition_penalty():
    logits = torch.tensor([2.0, 3.0, -1.0])
    greedy, generator = Sampling(temperature=0.0, repetition_penalty=2.0), torch.Generator()
    assert sample(logits, greedy, generator) == 1
    assert sample(logits, greedy, generator, torch.tensor([False, True, False])) == 0  # 3 / 2 < 2
    assert sample(-logits, greedy, generator, torch.tensor([False, False, True])) == 2  # 1 / 2 is still the largest
    assert sample(-logits - 2, greedy, generator, torch.tensor([False, False, True])) == 2  # -1 · 2 > -4


def command(*arguments: str):
    import typer

    from pipelines.generate import main

    app = typer.Typer()
    app.command()(main)
    return CliRunner().invoke(app, [*arguments, "--device", "cpu"])


def test_command(run):
    result = command("--run", str(run), "--prompt", "봄이", "--tokens", "5")
    assert result.exit_code == 0, result.output
    assert result.output.startswith("봄이")


def test_command_with_several_prompts_and_a_model_directory(run, tmp_path):
    from model.export.huggingface import export_run

    options = ["--tokens", "8", "--temperature", "0", "--repetition-penalty", "1.3", "--stop", ".", "--stop", "\n"]
    alone = [command("--run", str(run), "--prompt", prompt, *options).output for prompt in ("봄이", "The ferry")]
    both = command("--run", str(run), "--prompt", "봄이", "--prompt", "The ferry", *options)
    assert both.exit_code == 0, both.output
    assert both.output == "\n".join(alone)
    assert "." not in both.output
    export_run(run, tmp_path / "hf")
    exported = command("--run", str(tmp_path / "hf"), "--prompt", "봄이", "--prompt", "The ferry", *options)
    assert exported.output == both.output
    assert isinstance(command("--run", str(tmp_path)).exception, UserError)


def test_names_of_special_tokens_in_a_prompt_are_text(run, monkeypatch):
    """What the model is given is what packing stores: BOS once, then the characters."""
    from model.text import generate as module
    from tokenizer.encoding.encode import Encoder

    encoder = Encoder.from_file(run / "tokenizer")
    given = []
    tokens = module.next_tokens

    def spy(decoder, rows, *rest):
        given.extend(rows)
        return tokens(decoder, rows, *rest)

    monkeypatch.setattr(module, "next_tokens", spy)
    model, _, _ = load_decoder(run)
    prompts = ["<s>봄이", "a</s>b<pad>", "봄\ud800"]
    generate_batch(model, run / "tokenizer", prompts, Sampling(tokens=1))
    assert given == [[encoder.bos_id, *encoder.encode(prompt)] for prompt in prompts]
    assert all(encoder.bos_id not in ids[1:] and encoder.eos_id not in ids for ids in given)


def test_any_of_several_ids_ends_the_text(run):
    model, _, _ = load_decoder(run)
    files = run / "tokenizer"
    greedy = Sampling(tokens=8, temperature=0)
    whole = generate_batch(model, open_tokenizer(files, [383]), ["봄이"], greedy)[0]
    first = open_tokenizer(files).encoder.encode("봄이" + whole)[len(open_tokenizer(files).encoder.encode("봄이"))]
    assert whole
    assert generate_batch(model, open_tokenizer(files, [383, first]), ["봄이"], greedy) == [""]


def test_a_changed_tokenizer_is_read_anew(run, tmp_path):
    content = json.loads((run / "tokenizer" / "tokenizer.json").read_text())
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(content))
    before = open_tokenizer(path).encoder.encode("봄이 오면")
    content["model"]["merges"] = content["model"]["merges"][:2]
    path.write_text(json.dumps(content))
    assert open_tokenizer(path).encoder.encode("봄이 오면") != before


@pytest.mark.parametrize("temperature", [1e-3, 1e-30, 1e-320, 5e-324])
def test_tiny_temperatures_take_the_likeliest(temperature):
    logits = torch.tensor([1.0, 30.0, 29.0, -torch.inf])
    generator = torch.Generator().manual_seed(0)
    assert {sample(logits, Sampling(temperature=temperature), generator) for _ in range(5)} == {1}


def test_no_probability_at_all_takes_the_likeliest():
    generator = torch.Generator().manual_seed(0)
    logits = torch.tensor([1.0, 1.5, 1.2])
    assert {sample(logits, Sampling(top_p=0.0, temperature=5), generator) for _ in range(20)} == {1}


def test_a_prompt_that_is_not_utf8_is_one_sentence(run, capsys):
    from pipelines import console
    from pipelines.generate import main

    raw = "한국".encode("euc-kr").decode("utf-8", "surrogateescape")
    with pytest.raises(SystemExit) as stop:
        console.run(main, ["--run", str(run), "--prompt", raw, "--device", "cpu"], "generate")
    assert stop.value.code == 2
    assert r"the bytes b'\xc7\xd1\xb1\xb9' are not UTF-8" in capsys.readouterr().err


def test_every_option_of_the_command_reaches_what_it_is_of(tmp_path, monkeypatch):
    from pipelines.generate import main

    found = {}

    def opened(source, step):
        found.update(source=source, step=step)
        return SimpleNamespace(
            decoder=SimpleNamespace(to=lambda place: SimpleNamespace(place=place)), tokenizer=1, ends=2
        )

    def continued(model, tokenizer, prompt, sampling):
        found.update(model=model.place, tokenizer=tokenizer, prompt=prompt, sampling=sampling)
        yield from ("하나", "둘")

    monkeypatch.setattr("model.export.pretrained.open_pretrained", opened)
    monkeypatch.setattr("model.text.generate.open_tokenizer", lambda files, ends: (files, ends))
    monkeypatch.setattr("model.text.generate.generate", continued)
    (tmp_path / "config.toml").touch()
    (tmp_path / "checkpoints" / "step-000003").mkdir(parents=True)
    result = main(run=tmp_path, prompt=["봄"], tokens=5, temperature=0.25, top_k=7, top_p=0.75, repetition_penalty=1.5,
                  stop=[r"\n", "끝"], seed=9, step=3, device="cpu")  # fmt: skip
    assert result == {"prompts": ["봄"], "texts": ["하나둘"]}
    assert found == {"source": tmp_path, "step": 3, "model": "cpu", "tokenizer": (1, 2), "prompt": "봄",
                     "sampling": Sampling(5, 0.25, 7, 0.75, 1.5, ("\n", "끝"), 9)}  # fmt: skip
    with pytest.raises(UserError, match=r"--compare shows a second model .* add --serve"):
        main(run=tmp_path, compare=[tmp_path])
