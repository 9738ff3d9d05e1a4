"""Exports load with transformers, give the same logits and text, and come back as they went."""

import json
import re
from dataclasses import replace

import pytest
import torch

from corpus.engine.task import write_json
from corpus.errors import UserError
from model.config import Config, ModelConfig, TrainConfig, load_config, resolve
from model.export import huggingface, llama_layout
from model.export.huggingface import beginning_with_bos, export_run, import_directory, special_ids
from model.export.llama_layout import from_huggingface
from model.export.model_card import Exported, write_card
from model.network.decoder import Decoder
from model.runs.checkpoint import Checkpoints
from model.runs.run_directory import load_decoder, prepare_run
from model.text.generate import Sampling, generate, generate_batch
from tests.model.packed_data import train_tokenizer
from tokenizer.files import TokenizerFiles

BASE = ModelConfig(layers=2, heads=4, dim=32, ffn_dim=48, vocab_size=384, context=64)
SHAPES = {
    "llama": BASE,
    "grouped": replace(BASE, kv_heads=2, rope_theta=500_000.0),
    "tied": replace(BASE, tied=True),
    "norms": replace(BASE, qk_norm=True, kv_heads=1, norm_eps=1e-6),
    "padded": replace(BASE, vocab_size=512),
}


def make_run(folder, shape: ModelConfig, precision="fp32"):
    """A run with one checkpoint of weights far from their initial values."""
    tokenizer = train_tokenizer(folder / "tokenizer")
    names = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
    write_json(tokenizer.with_name("special_tokens_map.json"), names)
    run = folder / "run"
    prepare_run(run, Config(shape, TrainConfig(steps=7, precision=precision)), tokenizer, resume=False)
    torch.manual_seed(1)
    decoder = Decoder(shape)
    for name, parameter in decoder.named_parameters():
        parameter.data = torch.randn_like(parameter) * (0.3 if parameter.dim() > 1 else 0.2) + ("norm" in name)
    checkpoints = Checkpoints(run / "checkpoints")
    checkpoints.save(7, {f"model.{name}": p.data for name, p in decoder.named_parameters()}, {"progress": {"step": 7}})
    checkpoints.wait()
    events = [
        {"kind": "train", "step": 7, "loss": 3.5, "tokens": 4321},
        {"kind": "validation", "step": 7, "bpb/web": 1.25, "bpb/language/ko": 1.5},
    ]
    lines = "".join(json.dumps(event) + "\n" for event in events)
    (run / "metrics.jsonl").write_text(lines + '{"kind": "train", "st')  # the run goes on, or was killed
    return run


@pytest.fixture
def offline(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.mark.parametrize("name", SHAPES)
def test_transformers_gives_the_same_logits_and_text(tmp_path, offline, name):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    run = make_run(tmp_path, SHAPES[name])
    done = export_run(run, tmp_path / "hf")
    assert done.parity < 1e-5
    assert done.rounding == 0
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "hf").eval()
    assert type(model).__name__ == ("Qwen3ForCausalLM" if name == "norms" else "LlamaForCausalLM")
    assert sum(p.numel() for p in model.parameters()) == done.parameters
    ours, _, _ = load_decoder(run)
    ids = torch.randint(0, 384, (3, 50))
    with torch.no_grad():
        torch.testing.assert_close(model(ids).logits, ours(ids), rtol=1e-4, atol=1e-4)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "hf")
    assert [tokenizer.bos_token, tokenizer.eos_token, tokenizer.pad_token] == ["<s>", "</s>", "<pad>"]
    prompt = torch.tensor([[tokenizer.bos_token_id, *tokenizer("봄이 오면", add_special_tokens=False).input_ids]])
    theirs = model.generate(prompt, do_sample=False, max_new_tokens=24)[0, prompt.shape[1] :]
    expected = tokenizer.decode(theirs, skip_special_tokens=True)
    greedy = Sampling(tokens=24, temperature=0)
    assert "".join(generate(ours, run / "tokenizer" / "tokenizer.json", "봄이 오면", greedy)) == expected


def test_the_mean_of_the_last_checkpoints(tmp_path, offline):
    """Of the newest sound ones before the chosen step, in the order of steps and not of names."""
    from transformers import AutoModelForCausalLM

    run = make_run(tmp_path, BASE)
    checkpoints = Checkpoints(run / "checkpoints", keep_last=10)
    weights, _, _ = load_decoder(run)
    for step in (999_999, 1_000_000, 1_000_001):
        for parameter in weights.parameters():
            parameter.data = torch.full_like(parameter, float(step % 1000))
        state = {f"model.{name}": p.data for name, p in weights.named_parameters()}
        checkpoints.save(step, state, {"progress": {"step": step}})
        checkpoints.wait()
    done = export_run(run, tmp_path / "hf", 1_000_000, average=2)
    assert done.step == 1_000_000
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "hf")
    assert {value for p in model.parameters() for value in p.unique().tolist()} == {(999 + 0) / 2}
    card = (tmp_path / "hf" / "README.md").read_text(encoding="utf-8")
    assert "mean of the checkpoints of steps 999,999, 1,000,000" in card
    assert export_run(run, tmp_path / "hf", 1_000_000, average=2) == done
    with pytest.raises(UserError, match="average"):
        export_run(run, tmp_path / "hf", 1_000_000, average=3)
    damaged = next((run / "checkpoints" / "step-999999").glob("*.distcp"))
    damaged.write_bytes(damaged.read_bytes()[:-1])
    export_run(run, tmp_path / "three", average=3)
    first, _, _ = load_decoder(run, 7)
    expected = (first.embedding.weight + 0 + 1) / 3
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "three")
    torch.testing.assert_close(model.get_input_embeddings().weight, expected)
    with pytest.raises(UserError, match=r"no 4 checkpoints to average up to step 1,000,001, only 3.*keep_every"):
        export_run(run, tmp_path / "four", average=4)


@pytest.mark.parametrize("penalty", [1.0, 1.4])
@pytest.mark.parametrize("name", ["llama", "grouped", "padded"])
def test_a_batch_of_prompts_goes_on_as_with_transformers(tmp_path, offline, name, penalty):
    """Prompts of different lengths: transformers pads at the left, we at the right; greedy, with and without
    repetition penalty."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    run = make_run(tmp_path, SHAPES[name])
    export_run(run, tmp_path / "hf")
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "hf").eval()
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "hf", padding_side="left")
    prompts = ["봄이 오면", "The ferry left late", "", "한지는 닥나무 껍질로 만드는 한국의"]
    batch = tokenizer([tokenizer.bos_token + prompt for prompt in prompts], add_special_tokens=False, padding=True,
        return_tensors="pt")  # fmt: skip
    made = model.generate(
        batch.input_ids, attention_mask=batch.attention_mask, do_sample=False, max_new_tokens=24,
        repetition_penalty=penalty
    )  # fmt: skip
    theirs = tokenizer.batch_decode(made[:, batch.input_ids.shape[1] :], skip_special_tokens=True)
    sampling = Sampling(tokens=24, temperature=0, repetition_penalty=penalty)
    ours, path = load_decoder(run)[0], run / "tokenizer" / "tokenizer.json"
    found = generate_batch(ours, path, prompts, sampling)
    assert found == theirs
    assert found == ["".join(generate(ours, path, prompt, sampling)) for prompt in prompts]


def test_the_padding_of_the_vocabulary_is_never_generated(tmp_path, offline):
    run = make_run(tmp_path, SHAPES["padded"])
    export_run(run, tmp_path / "hf")
    generation = json.loads((tmp_path / "hf" / "generation_config.json").read_text())
    assert generation["suppress_tokens"] == list(range(384, 512))


def test_the_card_tells_the_facts_of_the_run(tmp_path, offline):
    done = export_run(make_run(tmp_path, BASE, precision="bf16"), tmp_path / "hf")
    assert (done.dtype, done.step) == ("bfloat16", 7)
    assert 0 < done.rounding < 0.5
    assert done.parity < 1e-5
    card = (tmp_path / "hf" / "README.md").read_text(encoding="utf-8")
    for fact in (
        f"{done.parameters:,}",
        "| Tokens | 4,321 |",
        "| web | 1.2500 |",
        "- ko",
        f"{done.parity:.1e}",
        f"{done.rounding:.1e}",
        "bfloat16",
    ):
        assert fact in card


def test_rotary_rows_in_another_order_are_refused(tmp_path, offline, monkeypatch):
    """The commonest bug of conversions: pairs (2i, 2i + 1) taken for (i, i + D/2)."""
    right = huggingface.to_huggingface

    def wrong(decoder):
        state = right(decoder)
        for name in state:
            if "q_proj" in name or "k_proj" in name:
                heads = state[name].unflatten(0, (-1, 4, 2))
                state[name] = heads.transpose(1, 2).reshape(state[name].shape)
        return state

    run = make_run(tmp_path, BASE)
    export_run(run, tmp_path / "right")
    monkeypatch.setattr(huggingface, "to_huggingface", wrong)
    with pytest.raises(UserError, match="differ"):
        export_run(run, tmp_path / "hf")
    assert not list((tmp_path / "hf").glob("[!.]*"))


@pytest.mark.parametrize("tied", [False, True])
def test_weights_of_transformers_come_in_and_go_out_unchanged(tmp_path, offline, tied):
    from transformers import LlamaConfig, LlamaForCausalLM

    theirs = LlamaForCausalLM(
        LlamaConfig(vocab_size=384, hidden_size=48, intermediate_size=80, num_hidden_layers=3, num_attention_heads=6,
                    num_key_value_heads=3, max_position_embeddings=96, rope_parameters={"rope_type": "default",
                        "rope_theta": 20_000.0}, tie_word_embeddings=tied)
    ).eval()  # fmt: skip
    theirs.save_pretrained(tmp_path / "theirs")
    tokenizer = train_tokenizer(tmp_path / "theirs")
    assert tokenizer.is_file()
    decoder, _ = from_huggingface(tmp_path / "theirs")
    ids = torch.randint(0, 384, (2, 80))
    with torch.no_grad():
        torch.testing.assert_close(decoder(ids), theirs(ids).logits, rtol=1e-4, atol=1e-5)
    import_directory(tmp_path / "theirs", tmp_path / "run")
    loaded, config, _ = load_decoder(tmp_path / "run")
    assert (config.model.context, config.model.rope_theta, config.model.groups, config.model.tied) == (
        96,
        20_000.0,
        3,
        tied,
    )
    export_run(tmp_path / "run", tmp_path / "again", dtype="float32")
    again = llama_layout.read_weights(tmp_path / "again")
    before = llama_layout.read_weights(tmp_path / "theirs")
    assert again.keys() == before.keys()
    assert all(torch.equal(again[name], before[name]) for name in before)
    assert loaded.config == decoder.config


def test_a_directory_laid_out_as_42dots_comes_in_and_goes_out(tmp_path, offline):
    """LLaMA-2's shape with 32 heads and 50,304 rows, weights in half precision, the tokenizer as GPT-2's vocab.json
    and merges.txt."""
    from tokenizers import Tokenizer
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    shape = load_config("1.3b").model
    theirs = LlamaForCausalLM(
        LlamaConfig(vocab_size=50_304, hidden_size=64, intermediate_size=176, num_hidden_layers=2,
            num_attention_heads=32,
                    max_position_embeddings=4096, rms_norm_eps=1e-5, tie_word_embeddings=False)
    ).half()  # fmt: skip
    directory = tmp_path / "42dot"
    theirs.save_pretrained(directory)
    model = json.loads(train_tokenizer(tmp_path / "tokenizer").read_text(encoding="utf-8"))["model"]
    (directory / "vocab.json").write_text(json.dumps(model["vocab"]), encoding="utf-8")
    (directory / "merges.txt").write_text("#version: 0.2\n" + "".join(" ".join(m) + "\n" for m in model["merges"]))
    special = {"bos_token": "</s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "</s>"}  # one for both ends
    write_json(directory / "tokenizer_config.json", {"tokenizer_class": "GPT2Tokenizer", **special})
    config = import_directory(directory, tmp_path / "run")
    assert (config.model.vocab_size, config.model.heads, config.model.context) == (50_304, shape.heads, shape.context)
    assert config.model.norm_eps == shape.norm_eps
    loaded, _, _ = load_decoder(tmp_path / "run")
    ids = torch.randint(0, 50_304, (2, 40))
    with torch.no_grad():
        torch.testing.assert_close(loaded(ids), theirs.float()(ids).logits, rtol=1e-4, atol=1e-5)
    ours = Tokenizer.from_file(str(tmp_path / "run" / "tokenizer" / "tokenizer.json"))
    assert special_ids(tmp_path / "run" / "tokenizer") == {"bos_token_id": 1, "eos_token_id": 1, "pad_token_id": 2}
    text = "한지는 닥나무로 만든다. Paper lasts."
    assert ours.encode(text).ids == AutoTokenizer.from_pretrained(directory)(text).input_ids
    done = export_run(tmp_path / "run", tmp_path / "again", dtype="float16")
    assert done.parity < 1e-5
    assert done.rounding == 0


def test_old_pickled_weights_run_nothing(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (print, ("boom",))

    torch.save({"a": torch.ones(2)}, tmp_path / "pytorch_model.bin")
    assert llama_layout.read_weights(tmp_path)["a"].tolist() == [1, 1]
    torch.save({"a": Bomb()}, tmp_path / "pytorch_model.bin")
    with pytest.raises(Exception, match=r"[Ww]eights.only"):
        llama_layout.read_weights(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"architectures": ["GPT2LMHeadModel"]}, "architecture GPT2LMHeadModel"),
        ({"rope_scaling": {"type": "linear", "factor": 2.0}, "rope_parameters": None}, "rope_scaling is"),
        ({"attention_bias": True}, "attention_bias is True"),
        ({"hidden_act": "gelu"}, "hidden_act is 'gelu'"),
        ({"intermediate_size": 64}, r"gate_proj.weight has 48 rows, config.json makes it 64"),
        ({"num_hidden_layers": 3}, r"the weights lack model.layers.2"),
    ],
)
def test_what_the_decoder_does_not_do_is_refused(tmp_path, offline, change, message):
    export_run(make_run(tmp_path, BASE), tmp_path / "hf")
    path = tmp_path / "hf" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(UserError, match=message):
        from_huggingface(tmp_path / "hf")


def test_folders_in_the_way_and_folders_missing_are_told(tmp_path, offline):
    run = make_run(tmp_path, BASE)
    with pytest.raises(UserError, match="was not made by export"):
        export_run(run, run)
    with pytest.raises(UserError, match="float8"):
        export_run(run, tmp_path / "hf", dtype="float8")
    with pytest.raises(UserError, match=r"config\.json is missing"):
        from_huggingface(tmp_path)
    assert special_ids(run / "tokenizer") == {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 2}


def test_bos_is_added_where_nothing_else_is(tmp_path):
    """A tokenizer with its own post-processor stays as it is."""
    path = train_tokenizer(tmp_path, 300)
    (tmp_path / "special_tokens_map.json").write_text('{"bos_token": "<s>", "eos_token": "</s>"}')
    files = TokenizerFiles.read(tmp_path)
    made = beginning_with_bos(files).definition()
    assert made["post_processor"]["special_tokens"]["<s>"]["ids"] == [0]
    assert made | {"post_processor": None} == files.definition() | {"post_processor": None}
    own = {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": True}
    path.write_text(json.dumps(files.definition() | {"post_processor": own}))
    files = TokenizerFiles.read(tmp_path)
    assert beginning_with_bos(files) is files


def test_an_export_begins_texts_with_bos_unless_told_not_to(tmp_path, offline):
    """As documents in training begin; ids of the text itself stay those of the run's tokenizer, which training asks
    for."""
    from transformers import AutoTokenizer

    from model.export.pretrained import open_pretrained, require_tokenizer
    from tokenizer.encoding.encode import Encoder
    from tokenizer.files import TokenizerFiles

    run = make_run(tmp_path, BASE)
    export_run(run, tmp_path / "hf")
    export_run(run, tmp_path / "plain", bos=False)
    encoder = Encoder.from_file(run / "tokenizer")
    text = "봄이 오면"
    begun, plain = (AutoTokenizer.from_pretrained(tmp_path / name)(text).input_ids for name in ("hf", "plain"))
    assert begun == [encoder.bos_id, *encoder.encode(text)] == [encoder.bos_id, *plain]
    assert Encoder.from_file(tmp_path / "hf").encode(text) == plain
    assert "begins a text with the BOS token" in (tmp_path / "hf" / "README.md").read_text()
    assert "adds nothing at the ends" in (tmp_path / "plain" / "README.md").read_text()
    files = TokenizerFiles.read(run / "tokenizer")
    files.write(tmp_path / "packed" / "tokenizer")
    require_tokenizer(open_pretrained(tmp_path / "hf"), files.sha256, tmp_path / "packed")
    with pytest.raises(UserError, match="another tokenizer"):
        require_tokenizer(open_pretrained(tmp_path / "hf"), "0" * 64, tmp_path / "packed")


def test_each_line_of_the_card_is_a_fact_of_its_own(tmp_path):
    """Figures of the exported step, not of a later one; everything that differs has another number."""
    shape = ["layers=3", "heads=6", "kv_heads=2", "dim=48", "ffn_dim=80", "rope_theta=20000", "norm_eps=1e-6"]
    settings = [*(f"model.{each}" for each in shape), "train.steps=99", "optimizer.lr=0.002", "data.mixture.ko=0.7"]
    config = resolve(load_config("tiny", settings), 384, 96)
    start = {
        "kind": "start",
        "step": 0,
        "licenses": {"CC0-1.0": 9, "MIT": 1},
        "sources": ["wiki"],
        "initial": "/a/base",
    }
    bits = {"bpb/language/ko": 1.5, "bpb/web": None, "loss/web": 2.5}
    events = [start] + [
        {"kind": kind, "step": step} | values
        for step, shift in ((20, 0), (40, 1))
        for kind, values in (
            ("train", {"tokens": 1000 + shift, "loss": 2.0 + shift}),
            ("validation", {name: value and value + shift for name, value in bits.items()}),
        )
    ]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    exported = Exported(tmp_path / "mine", 20, 12345, "bfloat16", 1.5e-6, 3.5e-3)
    write_card(tmp_path, tmp_path, config, exported, bos=False, averaged=(20, 5, 10))
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    head, rest = card.removeprefix("---\n").split("\n---\n")
    assert head.splitlines() == [
        "language:", "- ko", "license: other", 'license_name: "CC0-1.0, MIT"', "datasets:", "- wiki",
        "base_model: base", "tags:", "- hanji", "- pretrained", "library_name: transformers",
        "pipeline_tag: text-generation",
    ]  # fmt: skip
    cells = dict(re.findall(r"^\| (\S.*?) \| (.+) \|$", rest, re.MULTILINE))
    batch = config.train.batch_tokens
    expected = {
        "Parameters": "12,345",
        "Layers, heads (key-value heads), hidden size, FFN": "3, 6 (2), 48, 80",
        "Context": "96 tokens",
        "Rotary base, norm epsilon": "20,000, 1e-06",
        "Steps": "20 of 99",
        "Weights": "mean of the checkpoints of steps 5, 10, 20",
        "Tokens": "1,000",
        "Loss at the end": "2.0000 nats a token",
        "Batch": f"{batch:,} tokens",
        "Mixture": "ko 0.7",
        "language/ko": "1.5000",
        "web": "not finite",
    }
    assert {label: cells[label] for label in expected} == expected
    assert "differ from the training code's by at most 1.5e-06 of the largest logit" in rest
    assert "storing bfloat16 moved logits by at most 3.5e-03 of the largest." in rest
    assert "are those of the last checkpoint, not of the mean" in rest
    assert "The tokenizer adds nothing at the ends of a text" in rest
    write_card(tmp_path, tmp_path, config, replace(exported, rounding=0.0), gguf=True)
    card = (tmp_path / "README.md").read_text(encoding="utf-8")
    for text in (
        "- gguf",
        "llama-completion -m PATH/model.gguf",
        "the stored weights are the trained ones",
        "begins a text",
    ):
        assert text in card
    assert "library_name" not in card
    assert "not of the mean" not in card
