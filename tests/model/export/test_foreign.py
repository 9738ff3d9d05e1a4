"""Other people's model directories: the logits of transformers, or one sentence that names the file and the tensor."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from corpus.errors import UserError
from model.export.foreign import check_directory, end_ids
from model.export.llama_layout import ARCHITECTURES, DEFAULTS, DEFAULTS_OF, from_huggingface
from model.export.pretrained import open_pretrained
from tests.model.packed_data import train_tokenizer

SMALL = {
    "vocab_size": 96, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "max_position_embeddings": 64, "initializer_range": 0.2,
}  # fmt: skip
ZOO = {
    "llama": ("Llama", {}),
    "grouped": ("Llama", {"num_key_value_heads": 2}),
    "one key head": ("Llama", {"num_key_value_heads": 1, "rope_theta": 500_000.0}),
    "tied": ("Llama", {"tie_word_embeddings": True}),
    "epsilon": ("Llama", {"rms_norm_eps": 1e-3}),
    "wide feed-forward": ("Llama", {"intermediate_size": 128, "num_hidden_layers": 1}),
    "mistral": ("Mistral", {"num_key_value_heads": 4, "sliding_window": None}),
    "mistral, window beyond the context": ("Mistral", {"num_key_value_heads": 2, "sliding_window": 64}),
    "qwen3": ("Qwen3", {"num_key_value_heads": 2, "head_dim": 8}),
    "qwen3, tied": ("Qwen3", {"num_key_value_heads": 4, "head_dim": 8, "tie_word_embeddings": True}),
}  # fmt: skip
IDS = torch.arange(3, 40)[None]


def make(folder: Path, kind: str, settings: dict) -> torch.Tensor:
    """A model directory as transformers writes it; its logits."""
    import transformers

    torch.manual_seed(0)
    config = getattr(transformers, f"{kind}Config")(**SMALL | settings)
    model = getattr(transformers, f"{kind}ForCausalLM")(config).eval()
    model.save_pretrained(folder)
    with torch.no_grad():
        return model(IDS).logits


@pytest.mark.parametrize("name", ZOO)
def test_a_zoo_of_configurations_has_the_logits_of_transformers(tmp_path, name):
    theirs = make(tmp_path, *ZOO[name])
    check_directory(tmp_path)
    ours = from_huggingface(tmp_path)[0](IDS)
    assert torch.allclose(ours, theirs, atol=1e-5 * float(theirs.abs().max()))


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    make(folder, "Llama", {})
    return folder


@pytest.fixture
def directory(sound, tmp_path):
    return Path(shutil.copytree(sound, tmp_path / "hf"))


def configure(directory: Path, **values) -> None:
    path = directory / "config.json"
    found = {**json.loads(path.read_text()), **values}
    path.write_text(json.dumps({key: value for key, value in found.items() if value is not ...}))


def reweigh(directory: Path, **tensors) -> None:
    path = directory / "model.safetensors"
    found = {**load_file(path), **{name.replace("__", "."): tensor for name, tensor in tensors.items()}}
    save_file({k: v for k, v in found.items() if v is not None}, path, metadata={"format": "pt"})


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_what_a_configuration_leaves_out_is_what_transformers_takes(architecture):
    """Published configurations name only what differs from these."""
    transformers = pytest.importorskip("transformers")
    config = getattr(transformers, architecture.replace("ForCausalLM", "Config"))()
    given = DEFAULTS | DEFAULTS_OF.get(architecture, {})
    theirs = {key: getattr(config, key) for key in given if hasattr(config, key)}
    ours = {key: given[key] for key in theirs}
    if ours["num_key_value_heads"] is None:  # as many as heads
        ours["num_key_value_heads"] = config.num_attention_heads
    if ours["head_dim"] is None:
        theirs["head_dim"] = None  # computed from the width
    if not given["use_sliding_window"]:
        theirs["sliding_window"] = None
        ours["sliding_window"] = None
    assert ours == theirs
    assert len(ours) >= 8


def test_a_head_that_is_stored_is_the_head(directory):
    """`tie_word_embeddings` says true and another head is there: transformers 5 does not tie them."""
    from transformers import AutoModelForCausalLM

    configure(directory, tie_word_embeddings=True)
    theirs = AutoModelForCausalLM.from_pretrained(directory, local_files_only=True).eval()(IDS).logits
    decoder, _ = from_huggingface(directory)
    assert not decoder.config.tied
    assert torch.allclose(decoder(IDS), theirs, atol=1e-4)
    reweigh(directory, lm_head__weight=load_file(directory / "model.safetensors")["model.embed_tokens.weight"].clone())
    assert from_huggingface(directory)[0].config.tied


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({"lm_head__weight": None}, "the weights lack lm_head.weight"),
        ({"model__layers__1__mlp__up_proj__weight": None}, "lack model.layers.1.mlp.up_proj.weight"),
        ({"model__layers__0__self_attn__q_proj__bias": torch.zeros(32)}, "hold model.layers.0.self_attn.q_proj.bias"),
        ({"model__layers__2__mlp__up_proj__weight": torch.zeros(48, 32)}, "hold model.layers.2.mlp.up_proj.weight"),
        ({"model__embed_tokens__weight": torch.zeros(96, 1)}, r"model.embed_tokens.weight has the shape \[96, 1\]"),
        (
            {"model__embed_tokens__weight": torch.zeros(95, 32)},
            "model.embed_tokens.weight has 95 rows, config.json makes it 96",
        ),
        ({"model__norm__weight": torch.zeros(1)}, "model.norm.weight has 1 rows, config.json makes it 32"),
        ({"model__norm__weight": torch.ones(32, dtype=torch.int8)}, "model.norm.weight is of torch.int8"),
    ],
)
def test_weights_that_are_not_those_of_the_configuration(directory, tensors, message):
    reweigh(directory, **tensors)
    with pytest.raises(UserError, match=message):
        from_huggingface(directory)


def test_a_buffer_of_old_transformers_is_no_weight(directory):
    before = from_huggingface(directory)[0](IDS)
    reweigh(directory, model__layers__0__self_attn__rotary_emb__inv_freq=torch.zeros(4))
    assert torch.equal(from_huggingface(directory)[0](IDS), before)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"hidden_size": ...}, "hidden_size is None"),
        ({"num_attention_heads": 0}, "num_attention_heads is 0"),
        ({"num_key_value_heads": 3}, "model.kv_heads is 3; expected 0 or a divisor"),
        ({"rope_parameters": {"rope_type": "llama3", "factor": 8.0}}, "rope_scaling is"),
        ({"attention_bias": True}, "attention_bias is True"),
        ({"hidden_act": "gelu"}, "hidden_act is 'gelu'"),
        ({"architectures": ["GPT2LMHeadModel"]}, "architecture GPT2LMHeadModel"),
        ({"quantization_config": {"bits": 4}}, "quantization_config is"),
        ({"architectures": ["MistralForCausalLM"], "max_position_embeddings": 8192}, "sliding_window is 4096"),
    ],
)
def test_configurations_that_the_decoder_does_not_do(directory, values, message):
    configure(directory, **values)
    with pytest.raises(UserError, match=message):
        from_huggingface(directory)


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
@pytest.mark.parametrize("damage", ["lfs", "cut"])
def test_pointers_and_files_cut_off(directory, name, damage):
    path = directory / name
    content = b"version https://git-lfs.github.com/spec/v1\nsize 3\n" if damage == "lfs" else path.read_bytes()[:200]
    path.write_bytes(content)
    for read in (from_huggingface, check_directory):
        with pytest.raises(UserError, match=rf"{name}.*{'Git LFS' if damage == 'lfs' else 'cut off'}"):
            read(directory)


def test_shards_are_those_of_the_index(directory):
    state = load_file(directory / "model.safetensors")
    (directory / "model.safetensors").unlink()
    names = sorted(state)
    parts = {"a.safetensors": names[:5], "b.safetensors": names[5:]}
    for file, mine in parts.items():
        save_file({name: state[name] for name in mine}, directory / file, metadata={"format": "pt"})
    save_file({"adapter": torch.zeros(2)}, directory / "stray.safetensors")
    where = {name: file for file, mine in parts.items() for name in mine}
    (directory / "model.safetensors.index.json").write_text(json.dumps({"weight_map": where}))
    assert torch.isfinite(from_huggingface(directory)[0](IDS)).all()
    (directory / "b.safetensors").unlink()
    with pytest.raises(UserError, match=r"index.json: names b.safetensors, which is not in"):
        from_huggingface(directory)


@pytest.mark.parametrize(
    "name", ["../elsewhere.safetensors", "sub/elsewhere.safetensors", "/etc/hostname", "none.safetensors"]
)
def test_an_index_names_files_of_its_folder_only(directory, name):
    (directory / "sub").mkdir(exist_ok=True)
    for place in (directory.parent, directory / "sub"):
        save_file({"x": torch.zeros(1)}, place / "elsewhere.safetensors")
    (directory / "model.safetensors.index.json").write_text(json.dumps({"weight_map": {"x": name}}))
    with pytest.raises(UserError, match="which is not in"):
        check_directory(directory)


def test_several_ids_end_a_document(directory):
    assert end_ids(directory) in ((), (2,))
    configure(directory, eos_token_id=[1, 7])
    (directory / "generation_config.json").unlink(missing_ok=True)
    assert end_ids(directory) == (1, 7)
    (directory / "generation_config.json").write_text('{"eos_token_id": 5}')
    assert end_ids(directory) == (5,)
    configure(directory, eos_token_id="</s>")
    (directory / "generation_config.json").unlink()
    with pytest.raises(UserError, match="eos_token_id is '</s>'"):
        end_ids(directory)


def test_a_tokenizer_with_more_ids_than_rows_is_not_the_models(directory):
    train_tokenizer(directory, 300)
    with pytest.raises(UserError, match=r"has 300 tokens, the model in .* 96 rows"):
        open_pretrained(directory)
