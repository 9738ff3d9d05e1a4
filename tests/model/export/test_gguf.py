"""GGUF files: llama.cpp gives the same ids, logits and greedy text, and what it cannot read is refused."""

import json
from dataclasses import replace

import httpx
import pytest
import torch

from corpus.engine.task import write_json
from corpus.errors import UserError
from model.config import ModelConfig
from model.export.gguf_file import write_gguf
from model.export.huggingface import export_run, import_directory
from model.export.llama_layout import to_huggingface
from model.network.decoder import Decoder
from model.runs.run_directory import load_decoder
from model.text.generate import Sampling, generate
from tests.model.export.test_huggingface import BASE, SHAPES, make_run
from tests.model.packed_data import ENGLISH, KOREAN, train_tokenizer
from tests.tokenizer.trained import ours
from tokenizer.encoding.encode import Encoder
from tokenizer.files import TokenizerFiles
from tokenizer.training.files import write_tokenizer

pytest.importorskip("gguf")
PROMPTS = ["봄이 오면", "The ferry left late", "한지는 닥나무 껍질로 만드는"]
TEXTS = [
    *KOREAN,
    *ENGLISH,
    "ㅋㅋㅋㅋㅋㅋㅋㅋㅋㅋ AI가 1234567년 3.14%  \t\t\r\n\r\n  끝 ",
    "don't DON'T it's we'Ll  (x==y);\n\n\treturn `z`  # 주석",
    "naïve café ½ ３ 漢字 ひらがな 👩‍👩‍👧 \u200b\u3000ᄒᆞᆫ글",
    " leading and trailing \n",
    "https://example.org/a?b=c&d=%EA%B0%80 가나다라마바사아자차카타파하",
]


class LlamaCpp:
    """llama.cpp's server on a GGUF file, in float32: by default its caches and its attention round to float16."""

    def __init__(self, path):
        xllamacpp = pytest.importorskip("xllamacpp")
        settings = xllamacpp.CommonParams()
        settings.model.path, settings.n_ctx, settings.n_parallel = str(path), 64, 1
        settings.cpuparams.n_threads = 1
        settings.cache_type_k = settings.cache_type_v = xllamacpp.ggml_type.GGML_TYPE_F32
        settings.flash_attn_type = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
        self.server = xllamacpp.Server(settings)
        self.client = httpx.Client(verify=False, trust_env=False)  # certificates take 0.1 s to load, for each request
        # A server that is stopped before its main loop has begun waits for that loop for ever; a completion needs it.
        self.greedy("a", 1)

    def ask(self, path: str, **asked) -> dict:
        found = self.client.post(f"{self.server.listening_address}{path}", json=asked)
        assert found.status_code == 200, found.text
        return found.json()

    def ids(self, text: str) -> list[int]:
        return self.ask("/tokenize", content=text, add_special=True, parse_special=False)["tokens"]

    def greedy(self, prompt: str, tokens: int) -> tuple[list[int], str]:
        found = self.ask("/completion", prompt=prompt, n_predict=tokens, temperature=0, return_tokens=True)
        return found["tokens"], found["content"]

    def log_probabilities(self, ids: list[int], size: int) -> torch.Tensor:
        """Of each token after `ids`. A token is chosen that ends no character in two: others are not reported."""
        asked = {"prompt": ids, "n_predict": 1, "n_probs": size, "temperature": 0, "cache_prompt": False}
        found = self.ask("/completion", **asked, logit_bias=[[self.ids("a")[-1], 1000.0]])
        known = {entry["id"]: entry["logprob"] for entry in found["completion_probabilities"][0]["top_logprobs"]}
        assert len(known) == size
        return torch.tensor([known[number] for number in range(size)])


@pytest.mark.parametrize("name", SHAPES)
def test_llama_cpp_gives_the_same_logits_and_text(tmp_path, name):
    run = make_run(tmp_path, SHAPES[name])
    done = export_run(run, tmp_path / "out", gguf=True)
    assert done.parity < 1e-5
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {".hanji.json", ".hanji.lock", "README.md", "model.gguf"}
    llama, (decoder, _, _) = LlamaCpp(tmp_path / "out" / "model.gguf"), load_decoder(run)
    encoder = Encoder.from_file(run / "tokenizer")
    for prompt in PROMPTS:
        ids = [encoder.bos_id, *encoder.encode(prompt)]
        assert llama.ids(prompt) == ids
        chosen, text = llama.greedy(prompt, 16)
        with torch.no_grad():
            logits = decoder(torch.tensor([ids + chosen]))[0, len(ids) - 1 :, :384]
        for step in range(len(chosen)):
            theirs = llama.log_probabilities(ids + chosen[:step], 384)
            torch.testing.assert_close(theirs, logits[step].log_softmax(0), atol=1e-4, rtol=1e-4)
            assert int(theirs.argmax()) == chosen[step]
        # A character that the last token cut off is not in llama.cpp's text.
        ours_text = "".join(generate(decoder, run / "tokenizer", prompt, Sampling(len(chosen), temperature=0)))
        assert ours_text.rstrip("\ufffd") == text.rstrip("\ufffd")


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("pattern", ["gpt2", "cl100k", "qwen2"])
def test_the_pre_tokenizer_has_the_right_name(tmp_path, pattern, whole):
    """`whole`: pre-tokens that are in the vocabulary ignore the merges, as in Llama 3."""
    run = make_run(tmp_path, replace(BASE, vocab_size=640))
    write_tokenizer(run / "tokenizer", ours(TEXTS * 3, 600, pattern), pattern, 600)
    if whole:
        path = run / "tokenizer" / "tokenizer.json"
        content = json.loads(path.read_text())
        content["model"]["ignore_merges"] = True
        content["model"]["merges"] = content["model"]["merges"][:-40]  # the last 40 tokens are made by no merge
        write_json(path, content)
    if whole and pattern != "cl100k":
        with pytest.raises(UserError, match=f"the pattern {pattern} with ignore_merges"):
            export_run(run, tmp_path / "out", gguf=True)
        return
    export_run(run, tmp_path / "out", gguf=True)
    llama, encoder = LlamaCpp(tmp_path / "out" / "model.gguf"), Encoder.from_file(run / "tokenizer")
    for text in TEXTS:
        assert llama.ids(text) == [encoder.bos_id, *encoder.encode(text)], text


@pytest.mark.parametrize(
    ("norms", "dtype", "kind"), [(False, "bfloat16", 32), (True, "float16", 1), (False, "float32", 0)]
)
def test_every_field_of_the_file_is_of_the_model_and_its_tokenizer(tmp_path, norms, dtype, kind):
    """Each number differs from the others; tokens of every type; rows without a token are left out."""
    import gguf

    shape = ModelConfig(layers=2, heads=6, kv_heads=2, dim=48, ffn_dim=80, vocab_size=512, context=70,
                        rope_theta=20_000.0, norm_eps=1e-3, qk_norm=norms)  # fmt: skip
    path = train_tokenizer(tmp_path, 300)
    content = json.loads(path.read_text())
    content["added_tokens"] += [content["added_tokens"][0] | {"id": 300, "content": "<more>", "special": False}]
    last = max(content["model"]["vocab"], key=content["model"]["vocab"].__getitem__)
    content["model"]["vocab"][last] = 304  # ids without a token before it
    path.write_text(json.dumps(content))
    tokenizer = TokenizerFiles.read(tmp_path)
    state = {name: weight.to(getattr(torch, dtype)) for name, weight in to_huggingface(Decoder(shape)).items()}
    special = {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 2}
    write_gguf(tmp_path / "m.gguf", "mine", shape, state, tokenizer, special, [1, 7, 9], bos=True)
    reader = gguf.GGUFReader(tmp_path / "m.gguf")
    found = {name: field.contents() for name, field in reader.fields.items() if not name.startswith("GGUF.")}
    kind_of = "qwen3" if norms else "llama"
    names = {number: name for name, number in content["model"]["vocab"].items()}
    assert {name: found.pop(name) for name in list(found) if not name.startswith("tokenizer.ggml.to")} == {
        "general.architecture": kind_of, "general.name": "mine", "general.file_type": kind,
        f"{kind_of}.vocab_size": 305, f"{kind_of}.context_length": 70, f"{kind_of}.embedding_length": 48,
        f"{kind_of}.block_count": 2, f"{kind_of}.feed_forward_length": 80, f"{kind_of}.attention.head_count": 6,
        f"{kind_of}.attention.head_count_kv": 2, f"{kind_of}.attention.key_length": 8,
        f"{kind_of}.attention.value_length": 8, f"{kind_of}.rope.dimension_count": 8,
        f"{kind_of}.rope.freq_base": 20_000.0,
        f"{kind_of}.attention.layer_norm_rms_epsilon": pytest.approx(1e-3), "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "gpt-2", "tokenizer.ggml.merges": [" ".join(pair) for pair in content["model"]["merges"]],
        "tokenizer.ggml.eos_token_id": 1, "tokenizer.ggml.eot_token_id": 7, "tokenizer.ggml.eom_token_id": 9,
        "tokenizer.ggml.bos_token_id": 0, "tokenizer.ggml.padding_token_id": 2, "tokenizer.ggml.add_bos_token": True,
        "tokenizer.ggml.add_eos_token": False,
    }  # fmt: skip
    assert found == {
        "tokenizer.ggml.tokens": [
            *("<s>", "</s>", "<pad>"), *(names[n] for n in range(3, 299)), "<unused_299>", "<more>",
            *(f"<unused_{n}>" for n in (301, 302, 303)), last,
        ],
        "tokenizer.ggml.token_type": [3, 3, 3, *[1] * 296, 5, 4, 5, 5, 5, 1],
    }  # fmt: skip
    tensors = {each.name: each for each in reader.tensors}
    assert len(tensors) == len(state)
    for name in ("token_embd.weight", "output.weight"):
        assert tensors[name].shape.tolist() == [48, 305]
    plain = {"bfloat16": "BF16", "float16": "F16", "float32": "F32"}[dtype]
    assert {each.tensor_type.name for name, each in tensors.items() if "norm" not in name} == {plain}
    assert {each.tensor_type.name for name, each in tensors.items() if "norm" in name} == {"F32"}
    if dtype == "float32":  # of each head the rows i and i + 4 are neighbours
        order = [8 * head + half + 4 * turn for head in range(6) for half in range(4) for turn in range(2)]
        for ours_, theirs, heads in (("attn_q", "q_proj", 6), ("attn_k", "k_proj", 2), ("attn_v", "v_proj", 0)):
            rows = state[f"model.layers.1.self_attn.{theirs}.weight"]
            rows = rows[order[: 8 * heads]] if heads else rows
            assert torch.equal(torch.tensor(tensors[f"blk.1.{ours_}.weight"].data), rows)


def test_ends_and_the_beginning_are_those_that_there_are(tmp_path):
    import gguf

    shape, tokenizer = replace(BASE, tied=True), TokenizerFiles.read(train_tokenizer(tmp_path, 300))
    state = to_huggingface(Decoder(shape))
    for bos, special, told in (
        (True, {}, False),
        (False, {"bos_token_id": 0}, False),
        (True, {"bos_token_id": 0}, True),
        (True, {"pad_token_id": 2}, False),
    ):
        write_gguf(tmp_path / "m.gguf", "mine", shape, state, tokenizer, special, [5], bos)
        fields = gguf.GGUFReader(tmp_path / "m.gguf").fields
        assert fields["tokenizer.ggml.add_bos_token"].contents() == told
        named = {name.split(".")[-1] for name in fields if name.endswith("_token_id")}
        assert named == {"eos_token_id", *(name.replace("pad_", "padding_") for name in special)}
    with pytest.raises(UserError, match="4 ids end a text of this model; a GGUF file has room for 3"):
        write_gguf(tmp_path / "n.gguf", "mine", shape, state, tokenizer, {}, [1, 2, 3, 4], False)
    assert not (tmp_path / "n.gguf").exists()


SEPARATING = {"type": "Split", "pattern": {"String": "|"}, "behavior": "Removed", "invert": False}


def broken(run, change) -> None:
    path = run / "tokenizer" / "tokenizer.json"
    content = json.loads(path.read_text())
    change(content)
    write_json(path, content)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(normalizer={"type": "NFC"}), "has NFC normalisation, which a GGUF file cannot describe"),
        (
            lambda c: c.update(
                pre_tokenizer={"type": "Sequence", "pretokenizers": [SEPARATING, c["pre_tokenizer"]]},
            ),
            "has strings that only separate, which a GGUF file cannot describe",
        ),
        (
            lambda c: c["model"].update(type="Unigram"),
            "no GGUF file can be made with this tokenizer, because its model",
        ),
    ],
)
def test_a_tokenizer_that_a_file_cannot_describe_is_refused(tmp_path, change, message):
    run = make_run(tmp_path, BASE)
    broken(run, change)
    with pytest.raises(UserError, match=message):
        export_run(run, tmp_path / "out", gguf=True)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("superwords", [False, True])
def test_hanji_and_superwords_are_refused_before_anything_is_written(tmp_path, superwords):
    run = make_run(tmp_path, replace(BASE, vocab_size=640))
    merges = ours(TEXTS * 3, 500, "hanji", whole_characters=True)
    write_tokenizer(run / "tokenizer", merges, "hanji", 500, words_until=400 if superwords else None)
    what = "superwords" if superwords else "the pattern hanji"
    with pytest.raises(UserError, match=rf"has {what}, which llama.cpp does not support.*--pattern cl100k"):
        export_run(run, tmp_path / "out", gguf=True)
    assert not (tmp_path / "out").exists()


def test_the_folder_follows_the_rules_of_all_outputs(tmp_path):
    run, out = make_run(tmp_path, BASE), tmp_path / "out"
    done = export_run(run, out, gguf=True)
    before = (out / "model.gguf").stat().st_mtime_ns
    assert export_run(run, out, gguf=True) == done
    assert (out / "model.gguf").stat().st_mtime_ns == before
    with pytest.raises(UserError, match="bos was true and is false"):
        export_run(run, out, gguf=True, bos=False)
    with pytest.raises(UserError, match="gguf was true and is not set"):
        export_run(run, out)
    export_run(run, out, overwrite=True)
    assert not (out / "model.gguf").exists()
    assert (out / "config.json").is_file()
    export_run(run, out, gguf=True, overwrite=True)
    assert not (out / "config.json").exists()
    content = bytearray((out / "model.gguf").read_bytes())
    content[-1] ^= 1
    (out / "model.gguf").write_bytes(content)
    export_run(run, out, gguf=True)  # damaged: made again
    assert (out / "model.gguf").read_bytes() != bytes(content)


def test_bos_is_left_out_on_request(tmp_path, capfd):
    run = make_run(tmp_path, BASE)
    export_run(run, tmp_path / "out", gguf=True, bos=False)
    assert LlamaCpp(tmp_path / "out" / "model.gguf").ids("봄이 오면") == Encoder.from_file(run / "tokenizer").encode(
        "봄이 오면"
    )
    assert "Converting" not in capfd.readouterr().err  # the bar of transformers' reader


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_the_bytes(tmp_path, dtype):
    run = make_run(tmp_path, replace(BASE, dim=64, kv_heads=2, ffn_dim=96))
    done = export_run(run, tmp_path / "out", gguf=True, dtype=dtype)
    assert done.parity < 1e-5
    assert 0 < done.rounding < 0.1
    ids = Encoder.from_file(run / "tokenizer").encode("봄이 오면")
    theirs = LlamaCpp(tmp_path / "out" / "model.gguf").log_probabilities(ids, 384)
    exact = load_decoder(run)[0](torch.tensor([ids]))[0, -1].detach()
    assert float((theirs - exact.log_softmax(0)).abs().max()) < 0.1 * float(exact.abs().max())


def test_rows_that_are_permuted_wrongly_are_found(tmp_path, monkeypatch):
    run = make_run(tmp_path, BASE)
    monkeypatch.setattr("model.export.gguf_file.neighbours", lambda weight, heads: weight)
    with pytest.raises(UserError, match="logits on the exported weights differ"):
        export_run(run, tmp_path / "out", gguf=True)


def test_a_model_of_others_comes_and_goes(tmp_path):
    """transformers' directory → run → GGUF."""
    run = make_run(tmp_path, SHAPES["grouped"])
    export_run(run, tmp_path / "hf")
    import_directory(tmp_path / "hf", tmp_path / "imported")
    assert export_run(tmp_path / "imported", tmp_path / "out", gguf=True, dtype="float32").parity < 1e-5


def test_it_is_published_and_listed_as_a_model(tmp_path):
    from model.overview.run_folder import overview
    from pipelines.publish import make_plan

    export_run(make_run(tmp_path, BASE), tmp_path / "out", gguf=True)
    plan = make_plan(tmp_path / "out", "me/model")
    assert (plan.kind, sorted(plan.files)) == ("Model", ["README.md", "model.gguf"])
    (found,) = overview([tmp_path / "out"])
    assert found.kind == "Export for llama.cpp"
    assert {fact.label for fact in found.facts} == {"parameters", "dtype"}
