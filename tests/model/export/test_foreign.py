"""Other people's model directories: the logits of transformers, or one sentence that names the file and the tensor."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from corpus.errors import UserError
from model.config import ModelConfig
from model.export.foreign import check_directory, end_ids, file_hashes, read_weights
from model.export.llama_layout import ARCHITECTURES, DEFAULTS, DEFAULTS_OF, _model_config, describe, from_huggingface
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


SHAPE = {
    "layers": 3, "heads": 6, "kv_heads": 2, "dim": 48, "ffn_dim": 80, "vocab_size": 97, "context": 70, "tied": True,
    "rope_theta": 20_000.0, "norm_eps": 1e-3, "init_std": 0.03,
}  # fmt: skip


@pytest.mark.parametrize("norms", [False, True])
def test_a_configuration_and_a_shape_say_the_same(norms):
    """Field by field, each with a value of its own, in both directions."""
    shape = ModelConfig(**SHAPE, qk_norm=norms)
    described = describe(shape, "float16", {"bos_token_id": 5, "eos_token_id": 6})
    assert described == {
        "architectures": ["Qwen3ForCausalLM" if norms else "LlamaForCausalLM"],
        "model_type": "qwen3" if norms else "llama",
        "vocab_size": 97, "hidden_size": 48, "intermediate_size": 80, "num_hidden_layers": 3, "num_attention_heads": 6,
        "num_key_value_heads": 2, "head_dim": 8, "hidden_act": "silu", "max_position_embeddings": 70,
        "rope_theta": 20_000.0, "rms_norm_eps": 1e-3, "initializer_range": 0.03, "attention_bias": False,
        "mlp_bias": False, "attention_dropout": 0.0, "tie_word_embeddings": True, "use_cache": True,
        "torch_dtype": "float16", "bos_token_id": 5, "eos_token_id": 6,
    }  # fmt: skip
    assert _model_config(described, Path("config.json")) == shape


@pytest.mark.parametrize(
    ("given", "theta"),
    [
        ({}, 10_000.0),
        ({"rope_theta": 7.0}, 7.0),
        ({"rope_theta": 7.0, "rope_parameters": {"rope_type": "default", "rope_theta": 9.0}}, 9.0),
        ({"rope_theta": 7.0, "rope_parameters": {"rope_type": "default"}}, 7.0),
        ({"rope_scaling": {"type": "default", "rope_theta": 8.0}}, 8.0),
        ({"rope_scaling": None, "rope_theta": 7.0}, 7.0),
    ],
)
def test_the_base_of_rotations_is_where_each_release_writes_it(given, theta):
    llama = SMALL | {"architectures": ["LlamaForCausalLM"]} | given
    assert _model_config(llama, Path("config.json")).rope_theta == theta


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"rope_scaling": {"type": "linear", "factor": 2}}, "rope_scaling is {'type': 'linear'"),
        ({"rope_scaling": {"rope_type": "yarn"}}, "rope_scaling is {'rope_type': 'yarn'"),
        ({"mlp_bias": True}, "mlp_bias is True"),
        ({"head_dim": 9}, "head_dim is 9"),
        ({"hidden_size": 33}, "head_dim is 8"),  # which 4 heads do not divide
        ({"sliding_window": 63}, "sliding_window is 63"),
        ({"architectures": ["Qwen3ForCausalLM"], "head_dim": 8, "sliding_window": 63, "use_sliding_window": True},
         "sliding_window is 63"),
        ({"vocab_size": 0}, "vocab_size is 0; expected a whole number above 0"),
        ({"num_hidden_layers": 1.5}, "num_hidden_layers is 1.5"),
        ({"architectures": None}, f"architecture none; accepted: {', '.join(ARCHITECTURES)}."),
    ],
)  # fmt: skip
def test_what_else_the_decoder_does_not_do(values, told):
    with pytest.raises(UserError) as error:
        _model_config(SMALL | {"architectures": ["LlamaForCausalLM"]} | values, Path("config.json"))
    assert str(error.value).startswith(f"config.json: {told}")


@pytest.mark.parametrize(
    "values",
    [
        {"sliding_window": 64},
        {"sliding_window": 0},
        {"sliding_window": 3, "use_sliding_window": False},
        {"architectures": ["Qwen3ForCausalLM"], "head_dim": 8, "sliding_window": 3, "num_key_value_heads": 4},
    ],
)
def test_a_window_that_no_text_reaches_is_none(values):
    found = _model_config(SMALL | {"architectures": ["LlamaForCausalLM"]} | values, Path("config.json"))
    assert (found.context, found.groups) == (64, 4)


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
        ({"model__embed_tokens__weight": torch.zeros(95, 1)}, r"model.embed_tokens.weight has the shape \[95, 1\]"),
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


def test_what_has_no_place_is_counted(directory):
    for added, told in ((["b.x"], "hold b.x, for"), (["b.x", "a.x", "c.x"], "hold a.x and 2 more, for")):
        reweigh(directory, **{name: torch.zeros(1) for name in added})
        with pytest.raises(UserError, match=f"the weights {told}"):
            from_huggingface(directory)


def test_a_tensor_is_in_one_file(directory):
    for name in ("a", "b"):
        save_file({"x": torch.zeros(1), name: torch.zeros(1)}, directory / f"model-{name}.safetensors")
    (directory / "model.safetensors").unlink()
    with pytest.raises(UserError, match=r"model-b.safetensors: contains x, which model-a.safetensors contains too"):
        read_weights(directory)


def test_pickled_weights_are_read_where_there_are_no_others(directory, tmp_path):
    state = load_file(directory / "model.safetensors")
    torch.save({"other": torch.zeros(1)}, directory / "pytorch_model.bin")
    assert read_weights(directory).keys() == state.keys()
    (directory / "model.safetensors").unlink()
    assert list(read_weights(directory)) == ["other"]
    torch.save([torch.zeros(1)], directory / "pytorch_model.bin")
    with pytest.raises(UserError, match="expected tensors by name, found list"):
        read_weights(directory)
    torch.save({"a": 1}, directory / "pytorch_model.bin")
    with pytest.raises(UserError, match="expected tensors by name, found dict"):
        read_weights(directory)
    (directory / "pytorch_model.bin").unlink()
    with pytest.raises(UserError, match=r"neither \*.safetensors nor pytorch_model\*.bin"):
        read_weights(directory)


@pytest.mark.parametrize(("name", "stray"), [("model.safetensors", "adapter.safetensors"),
                                             ("pytorch_model.bin", "pytorch_model-more.bin")])  # fmt: skip
def test_beside_the_weights_no_other_file_is_read(tmp_path, name, stray):
    save = save_file if name.endswith(".safetensors") else torch.save
    save({"a": torch.zeros(1)}, tmp_path / name)
    save({"b": torch.zeros(1)}, tmp_path / stray)
    assert list(read_weights(tmp_path)) == ["a"]
    (tmp_path / name).unlink()
    assert list(read_weights(tmp_path)) == ["b"]


@pytest.mark.parametrize("weights", [{"weight_map": ["a"]}, {"weight_map": {"a": 1}}, {}])
def test_an_index_is_a_table_of_names(directory, weights):
    (directory / "model.safetensors.index.json").write_text(json.dumps(weights))
    with pytest.raises(UserError, match=r"index\.json: weight_map is not a table of tensors and their files"):
        read_weights(directory)


@pytest.mark.parametrize(
    "name",
    [
        "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json",
        "vocab.json", "merges.txt", "model.safetensors", "model.safetensors.index.json", "pytorch_model.bin.index.json",
    ],
)  # fmt: skip
def test_each_file_that_is_read_is_of_the_identity(tmp_path, name):
    (tmp_path / "model.safetensors").write_text("weights")
    (tmp_path / "notes.txt").write_text("not read")
    content = '{"weight_map": {"a": "model.safetensors"}}'
    found = []
    for text in (content, content + " "):
        (tmp_path / name).write_text(text)
        found.append(file_hashes(tmp_path))
    assert {key for key in found[0] if found[0][key] != found[1][key]} == {name}
    assert found[0].keys() == {name, "model.safetensors"}


@pytest.mark.parametrize("name", ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"])
def test_every_file_of_a_tokenizer_is_looked_at(directory, name):
    (directory / name).write_text("{}")
    check_directory(directory)
    (directory / name).write_text("{")
    with pytest.raises(UserError, match=name):
        check_directory(directory)


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
    for ids in (0, [0], [0, 3]):
        (directory / "generation_config.json").write_text(json.dumps({"eos_token_id": ids}))
        assert end_ids(directory) == tuple([ids] if ids == 0 else ids)
    (directory / "generation_config.json").write_text('{"eos_token_id": null}')
    assert end_ids(directory) == (1, 7)
    for wrong in (-1, [1, -1], 1.0):
        (directory / "generation_config.json").write_text(json.dumps({"eos_token_id": wrong}))
        with pytest.raises(UserError, match=r"generation_config.json: eos_token_id is .*; expected an id or a list"):
            end_ids(directory)
    configure(directory, eos_token_id="</s>")
    (directory / "generation_config.json").unlink()
    with pytest.raises(UserError, match="eos_token_id is '</s>'"):
        end_ids(directory)


def test_a_tokenizer_with_more_ids_than_rows_is_not_the_models(directory):
    train_tokenizer(directory, 300)
    with pytest.raises(UserError, match=r"has 300 tokens, the model in .* 96 rows"):
        open_pretrained(directory)
