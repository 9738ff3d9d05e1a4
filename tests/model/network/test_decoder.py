"""The decoder against transformers, documents in a packed row against each alone, and the parameter counts that docs
state."""

from dataclasses import replace
from typing import Any

import pytest
import torch

from model.config import CONFIGS, ModelConfig, load_config, resolve
from model.network.attention import (
    KINDS,
    Causal,
    Lengths,
    attention_kind,
    document_mask,
    following,
    usable,
    visible_positions,
)
from model.network.decoder import Cache, Decoder, RMSNorm, parameter_count

SHAPE: dict[str, Any] = {"layers": 3, "heads": 4, "dim": 64, "ffn_dim": 176, "vocab_size": 256, "context": 128}


def llama(config: ModelConfig):
    """A transformers LlamaForCausalLM of the same shape."""
    from transformers import LlamaConfig, LlamaForCausalLM

    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=config.vocab_size,
            hidden_size=config.dim,
            intermediate_size=config.ffn_dim,
            num_hidden_layers=config.layers,
            num_attention_heads=config.heads,
            num_key_value_heads=config.groups,
            max_position_embeddings=config.context,
            rms_norm_eps=config.norm_eps,
            rope_parameters={"rope_type": "default", "rope_theta": config.rope_theta},
            tie_word_embeddings=config.tied,
            attention_bias=False,
        )
    ).eval()


def state_of(other) -> dict[str, torch.Tensor]:
    """Weights of a LlamaForCausalLM under our names, spelt out here so that the test does not trust the exporter."""
    state = {"embedding.weight": other.model.embed_tokens.weight, "norm.weight": other.model.norm.weight}
    state["head.weight"] = other.lm_head.weight
    for i, layer in enumerate(other.model.layers):
        a, m = layer.self_attn, layer.mlp
        state[f"blocks.{i}.attention.qkv.weight"] = torch.cat([a.q_proj.weight, a.k_proj.weight, a.v_proj.weight])
        state[f"blocks.{i}.attention.out.weight"] = a.o_proj.weight
        state[f"blocks.{i}.feed_forward.gate_up.weight"] = torch.cat([m.gate_proj.weight, m.up_proj.weight])
        state[f"blocks.{i}.feed_forward.down.weight"] = m.down_proj.weight
        state[f"blocks.{i}.attention_norm.weight"] = layer.input_layernorm.weight
        state[f"blocks.{i}.feed_forward_norm.weight"] = layer.post_attention_layernorm.weight
    return state


@pytest.mark.parametrize(("kv_heads", "tied"), [(0, False), (2, False), (1, True)])
def test_logits_equal_transformers(kv_heads, tied):
    torch.manual_seed(1)
    config = ModelConfig(**SHAPE, kv_heads=kv_heads, tied=tied, rope_theta=500.0, norm_eps=0.05)  # no library's own
    other, decoder = llama(config), Decoder(config).eval()
    with torch.no_grad():
        for parameter in other.parameters():  # norms that are all ones and small weights would hide mistakes
            parameter.add_(0.05 * torch.randn_like(parameter))
        decoder.load_state_dict(state_of(other))
        ids = torch.randint(0, 256, (3, 100))
        expected = other(ids).logits
    assert (decoder(ids) - expected).abs().max() < 1e-5


def test_norms_of_queries_and_keys_are_those_of_qwen3():
    """One for queries and one for keys, before the rotation: with weights of ones neither would show."""
    from transformers import Qwen3Config, Qwen3ForCausalLM

    torch.manual_seed(6)
    config = ModelConfig(**SHAPE, kv_heads=2, qk_norm=True, norm_eps=0.05)
    other = Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=256, hidden_size=64, intermediate_size=176, num_hidden_layers=3, num_attention_heads=4,
            num_key_value_heads=2, head_dim=16, max_position_embeddings=128, rms_norm_eps=config.norm_eps,
            rope_parameters={"rope_type": "default", "rope_theta": config.rope_theta}, tie_word_embeddings=False,
        )
    ).eval()  # fmt: skip
    decoder = Decoder(config).eval()
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
        for name, layer in zip(("query_norm", "key_norm"), ("q_norm", "k_norm"), strict=True):
            for i, block in enumerate(other.model.layers):
                decoder.get_parameter(f"blocks.{i}.attention.{name}.weight").copy_(
                    getattr(block.self_attn, layer).weight
                )
        missing = decoder.load_state_dict(state_of(other), strict=False).missing_keys
        assert all("query_norm" in name or "key_norm" in name for name in missing)
        ids = torch.randint(0, 256, (2, 60))
        expected = other(ids).logits
    assert (decoder(ids) - expected).abs().max() < 1e-4 * expected.abs().max()


@pytest.mark.parametrize("kind", ["sdpa", "documents"])
@pytest.mark.parametrize("qk_norm", [False, True])
@pytest.mark.parametrize("kv_heads", [0, 2])
def test_packed_documents_do_not_see_each_other(kv_heads, qk_norm, kind):
    torch.manual_seed(2)
    decoder = Decoder(ModelConfig(**SHAPE, kv_heads=kv_heads, qk_norm=qk_norm)).eval()
    lengths = [[40, 1, 23], [64], [1, 1, 62]]
    positions = torch.stack([torch.cat([torch.arange(n) for n in row]) for row in lengths])
    ids = torch.randint(0, 256, positions.shape)
    mask = document_mask(positions, kind, torch.device("cpu"))
    with torch.no_grad():
        packed = decoder(ids, positions, mask)
        for row, documents in enumerate(lengths):
            start = 0
            for length in documents:
                alone = decoder(ids[row : row + 1, start : start + length])
                assert torch.allclose(packed[row, start : start + length], alone[0], atol=1e-5)
                start += length
        # and the mask is what does it
        assert not torch.allclose(packed[0, 41:], decoder(ids, positions)[0, 41:], atol=1e-3)


@pytest.mark.parametrize("kind", ["flex", "documents"])
def test_all_kinds_of_mask_allow_the_same_pairs(kind):
    positions = torch.stack([torch.cat([torch.arange(n) for n in row]) for row in [[100, 28], [1, 90, 37]]])
    query, key, value = torch.randn(3, 2, 128, 4, 16).unbind(0)
    cpu = torch.device("cpu")
    expected = document_mask(positions, "sdpa", cpu).attend(query, key, value)
    assert torch.allclose(document_mask(positions, kind, cpu).attend(query, key, value), expected, atol=1e-5)


def test_documents_that_see_each_other_are_one_sequence():
    """attention = "causal" has the logits of a model that knows no documents, transformers' for example."""
    torch.manual_seed(5)
    decoder = Decoder(ModelConfig(**SHAPE)).eval()
    positions = torch.stack([torch.cat([torch.arange(n) for n in row]) for row in [[40, 24], [1, 63]]])
    ids = torch.randint(0, 256, positions.shape)
    mask, seen = document_mask(positions, "causal", torch.device("cpu")), visible_positions(positions, "causal")
    with torch.no_grad():
        assert torch.equal(decoder(ids, seen, mask), decoder(ids))
    assert visible_positions(positions, "sdpa") is positions


def test_varlen_lengths_are_the_documents():
    positions = torch.tensor([[0, 1, 2, 0], [0, 0, 1, 2]])
    lengths = document_mask(positions, "varlen", torch.device("cpu"))
    assert isinstance(lengths, Lengths)
    assert lengths.cumulative.tolist() == [0, 3, 4, 5, 8]
    assert lengths.longest == 4


def test_rows_of_one_document_need_no_mask():
    positions = torch.arange(8).repeat(3, 1)
    assert isinstance(document_mask(positions, "sdpa", torch.device("cpu")), Causal)
    assert isinstance(document_mask(positions, "documents", torch.device("cpu")), Causal)
    assert attention_kind("auto", torch.device("cpu"), torch.bfloat16) == "documents"
    assert attention_kind("auto", torch.device("cuda"), torch.bfloat16) == "varlen"
    assert attention_kind("flex", torch.device("cuda"), torch.bfloat16) == "flex"


@pytest.mark.parametrize("checkpointing", [False, True])
def test_cache_gives_the_same_logits(checkpointing):
    """Checkpointing is for training alone: a block that is computed again would fill the cache twice."""
    torch.manual_seed(3)
    config = ModelConfig(**SHAPE, kv_heads=2)
    decoder = Decoder(config, checkpointing=checkpointing).eval()
    ids = torch.randint(0, 256, (2, 30))
    with torch.no_grad():
        whole = decoder(ids)
        cache = Cache(config, 2, 30, torch.device("cpu"), torch.float32)
        steps = [decoder(ids[:, a:b], cache=cache) for a, b in [(0, 10), (10, 11), (11, 12), (12, 25), (25, 30)]]
    assert torch.allclose(torch.cat(steps, 1), whole, atol=1e-5)


@pytest.mark.parametrize("checkpointing", [False, True])
@pytest.mark.parametrize("training", [False, True])
def test_blocks_are_computed_again_in_training_alone_and_only_if_asked(monkeypatch, checkpointing, training):
    from model.network import decoder as module

    again: list[Any] = []
    monkeypatch.setattr(module, "checkpoint", lambda block, *given, **how: again.append(block) or block(*given))
    decoder = Decoder(ModelConfig(**SHAPE), checkpointing=checkpointing).train(training)
    decoder.hidden(torch.zeros(1, 4, dtype=torch.int64))
    assert again == (list(decoder.blocks) if checkpointing and training else [])


@pytest.mark.parametrize("gqa", [False, True])
def test_varlen_sees_the_documents_before_each_token_and_nothing_else(monkeypatch, gqa):
    """With a stand-in for the GPU's kernel that takes its arguments at their word."""
    from model.network import attention

    def kernel(q, k, v, starts, key_starts, longest, key_longest, window_size=None, is_causal=False, enable_gqa=False):
        assert starts is key_starts
        assert longest == key_longest == 16
        assert window_size == (-1, 0) or is_causal
        assert (q.shape[1] == k.shape[1]) or enable_gqa
        out = []
        for a, b in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
            parts = (x[a:b].transpose(0, 1)[None] for x in (q, k, v))
            found = torch.nn.functional.scaled_dot_product_attention(*parts, is_causal=True, enable_gqa=enable_gqa)
            out.append(found[0].transpose(0, 1))
        return torch.cat(out)

    monkeypatch.setattr(attention, "varlen_attn", kernel)
    monkeypatch.setattr(
        attention, "VARLEN", attention.VARLEN | {"enable_gqa"} if gqa else attention.VARLEN - {"enable_gqa"}
    )
    positions = torch.stack([torch.cat([torch.arange(n) for n in row]) for row in [[10, 6], [1, 15], [16]]])
    query, (key, value) = torch.randn(3, 16, 4, 8), torch.randn(2, 3, 16, 2, 8).unbind(0)
    cpu = torch.device("cpu")
    expected = document_mask(positions, "sdpa", cpu).attend(query, key, value)
    found = document_mask(positions, "varlen", cpu).attend(query, key, value)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_where_a_kind_runs(kind):
    places = [(where, dtype) for where in ("cpu", "cuda") for dtype in (torch.float32, torch.bfloat16, torch.float16)]
    found = [usable(kind, torch.device(where), dtype) for where, dtype in places]
    wanted = {"varlen": [0, 0, 0, 0, 1, 1], "flex": [0, 0, 0, 1, 1, 1], "flash3": [0] * 6}
    assert found == [bool(n) for n in wanted.get(kind, [1] * 6)]
    assert attention_kind("auto", torch.device("cuda"), torch.float32) == "flex"


@pytest.mark.parametrize("installed", [True, False])
@pytest.mark.parametrize("major", [8, 9, 10])
def test_flash_attention_3_is_taken_where_it_is_installed_on_a_hopper(monkeypatch, installed, major):
    monkeypatch.setattr("model.network.attention.find_spec", lambda name: installed or None)
    monkeypatch.setattr(torch.nn.attention, "list_flash_attention_impls", lambda: ["FA3"], raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (major, 0))
    gpu = torch.device("cuda")
    assert attention_kind("auto", gpu, torch.bfloat16) == ("flash3" if installed and major == 9 else "varlen")
    assert not usable("flash3", torch.device("cpu"), torch.bfloat16)
    assert not usable("flash3", gpu, torch.float32)


def test_each_mask_selects_its_release_of_flash_attention(monkeypatch):
    calls: list[str | None] = [None]
    monkeypatch.setattr(torch.nn.attention, "current_flash_attention_impl", lambda: calls[-1], raising=False)
    monkeypatch.setattr(torch.nn.attention, "activate_flash_attention_impl", calls.append, raising=False)
    monkeypatch.setattr(torch.nn.attention, "restore_flash_attention_impl", lambda: calls.append(None), raising=False)
    for kind in ("varlen", "flash3", "flash3", "sdpa", "varlen", "varlen", "flash3"):
        document_mask(torch.arange(4)[None], kind, torch.device("cpu"))
    assert calls == [None, "FA3", None, "FA3"]


def test_activation_checkpointing_changes_no_gradient():
    ids = torch.randint(0, 256, (2, 16))
    gradients = []
    for checkpointing in (False, True):
        torch.manual_seed(4)
        decoder = Decoder(ModelConfig(**SHAPE), checkpointing=checkpointing)
        decoder.training_loss(ids, None, None, ids)[0].backward()
        gradients.append([p.grad for p in decoder.parameters()])
    assert all(torch.equal(a, b) for a, b in zip(*gradients, strict=True))


def test_parameter_counts():
    for kv_heads, tied, qk_norm in [(0, False, False), (2, True, True)]:
        config = ModelConfig(**SHAPE, kv_heads=kv_heads, tied=tied, qk_norm=qk_norm)
        assert parameter_count(config) == sum(p.numel() for p in Decoder(config).parameters())
    stated = {
        ("tiny", 4096): 1_475_200,
        ("mini", 50_304): 162_223_872,
        ("mini", 32_768): 135_288_576,
        ("350m", 50_304): 411_360_256,
        ("1.3b", 50_304): 1_439_270_912,
        ("1.3b-muon", 50_304): 1_439_273_984,
    }
    assert {path.stem for path in CONFIGS.glob("*.toml")} == {name for name, _ in stated}
    for (name, vocabulary), count in stated.items():
        assert parameter_count(resolve(load_config(name), vocabulary, 256).model) == count
        assert f"{count:,}" in (CONFIGS / f"{name}.toml").read_text(encoding="utf-8")
    model = resolve(load_config("1.3b"), 50_304, 4096).model
    assert (model.layers, model.heads, model.dim, model.ffn_dim, model.context) == (24, 32, 2048, 5632, 4096)


@pytest.mark.parametrize("zero_init", [False, True])
@pytest.mark.parametrize("tied", [False, True])
def test_initial_weights(zero_init, tied):
    torch.manual_seed(0)
    shape = ModelConfig(layers=2, heads=4, dim=64, ffn_dim=96, vocab_size=256, context=16, tied=tied)
    model = Decoder(replace(shape, zero_init=zero_init, embedding_std=0.3))
    residual = 0.0 if zero_init else 0.02 / 4**0.5
    wanted = {"embedding": 0.3, "head": 0.0 if zero_init else 0.02, "out": residual, "down": residual}
    for name, parameter in model.named_parameters():
        if parameter.dim() == 1:
            assert torch.equal(parameter, torch.ones_like(parameter)), name
        else:
            part = name.split(".")[-2]
            assert parameter.std().item() == pytest.approx(wanted.get(part, 0.02), rel=0.05), name
    if zero_init:  # each block is the identity
        ids = torch.arange(16)[None]
        torch.testing.assert_close(model.hidden(ids), model.norm(model.embedding(ids)))


def test_the_embedding_begins_like_other_weights():
    shape = ModelConfig(layers=1, heads=4, dim=64, ffn_dim=96, vocab_size=256, context=16)
    assert Decoder(shape).embedding.weight.std().item() == pytest.approx(0.02, rel=0.05)


def test_a_norm_by_hand():
    """3, 4, 0, 0 have a mean square of 6.25; with an epsilon of 2.75 the root is 3."""
    norm = RMSNorm(4, 2.75)
    norm.weight.data = torch.tensor([1.0, 2.0, 3.0, 4.0])
    found = norm(torch.tensor([[3.0, 4.0, 0.0, 0.0]]))
    torch.testing.assert_close(found, torch.tensor([[1.0, 8 / 3, 0.0, 0.0]]))
    assert norm(found.to(torch.bfloat16)).dtype == torch.bfloat16


def test_the_parts_of_stacked_matrices_are_those_of_their_rows():
    config = ModelConfig(**SHAPE, kv_heads=1)  # 4 heads of 16: 64 rows of queries, 16 of keys, 16 of values
    model = Decoder(config)
    parts = model.stacked()
    assert {name.partition(".")[2].partition(".")[2]: rows for name, rows in parts.items()} == {
        "attention.qkv.weight": [64, 16, 16],
        "feed_forward.gate_up.weight": [176, 176],
    }
    assert len(parts) == 2 * config.layers
    assert all(sum(rows) == len(dict(model.named_parameters())[name]) for name, rows in parts.items())


@pytest.mark.parametrize("cached", [0, 1, 5])
@pytest.mark.parametrize("length", [1, 2, 3])
def test_tokens_after_a_cache_see_those_before_them(cached, length):
    """One sees all there is, several see each other as in a sequence."""
    torch.manual_seed(7)
    query, key, value = torch.randn(3, 2, cached + length, 4, 8).unbind(0)
    whole = Causal().attend(query, key, value)[:, cached:]
    found = following(length, cached, torch.device("cpu")).attend(query[:, cached:], key, value)
    torch.testing.assert_close(found, whole, atol=1e-5, rtol=1e-4)


def test_the_kind_that_is_to_be_measured_is_the_one_for_auto_where_nothing_is_measured():
    for device in ("cpu", "cuda"):
        for dtype in (torch.float32, torch.bfloat16):
            kinds = {attention_kind(name, torch.device(device), dtype) for name in ("auto", "fastest")}
            assert len(kinds) == 1
            assert kinds <= set(KINDS)
