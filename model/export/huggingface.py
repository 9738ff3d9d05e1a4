"""Decoders as Hugging Face model directories, and back.

    OUT/config.json, generation_config.json, model.safetensors …, tokenizer.json …, README.md (the model card)
    OUT/model.gguf, README.md                  with `gguf`, for llama.cpp (model/export/gguf_file.py)

transformers loads the directory offline as LlamaForCausalLM, or as Qwen3ForCausalLM (model/export/llama_layout.py).
Permuted rotary rows are the most common error of conversions, so every export is loaded with transformers and compared,
logit by logit, before it gets its final name. The rows that pad the vocabulary are kept: without them probabilities
would differ from the trained ones; generation_config.json prevents their tokens from being generated.
"""

import json
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch

from corpus.engine.marker import Maker
from corpus.engine.output import claim, remove
from corpus.engine.task import file_sha256, settings_sha256, write_json
from corpus.errors import UserError
from model.config import Config, ModelConfig, load_config
from model.export.foreign import GENERATION, end_ids, file_hashes
from model.export.gguf_file import GGUF, pre_tokenizer, write_gguf
from model.export.llama_layout import describe, from_huggingface, to_huggingface
from model.export.model_card import Exported, facts, write_card
from model.export.pretrained import require_room
from model.export.quiet import without_bars
from model.network.decoder import Decoder, parameter_count
from model.runs.checkpoint import Checkpoints
from model.runs.run_directory import RUN, RUN_FILES, average_checkpoints, load_decoder, prepare_run, steps_to_average
from tokenizer.encoding.vocabulary import Vocabulary
from tokenizer.files import TOKENIZER, TOKENIZER_FILES, TokenizerFiles

MAKER = Maker("export", "an exported model")
TOLERANCE = 1e-4  # of float32 logits, relative to the largest: two orders of sums differ by about 1e-6
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def export_run(
    run: Path,
    out: Path,
    step: int | None = None,
    dtype: str = "auto",
    overwrite: bool = False,
    bos: bool = True,
    gguf: bool = False,
    average: int = 1,
) -> Exported:
    """Write a checkpoint of a run (the newest sound one by default) as a model directory, or with `gguf` as a GGUF file
    for llama.cpp; nothing is written if `out` is already that export.

    `dtype` auto stores the run's compute dtype; with `bos` the exported tokenizer begins a text with BOS; `average` is
    the number of checkpoints whose mean is exported, the chosen one and those before it. Raises UserError when `out`
    contains something else (corpus/engine/output.py), when transformers' logits differ, or when llama.cpp does not
    support the tokenizer.
    """
    if gguf:
        pre_tokenizer(TokenizerFiles.read(run / "tokenizer"))  # before weights are read
    decoder, config, checkpoint = load_decoder(run, step)
    if dtype == "auto":
        dtype = "bfloat16" if config.train.precision == "bf16" else "float32"
    if dtype not in DTYPES:
        raise UserError(f"--dtype {dtype}: accepted are auto, {', '.join(DTYPES)}.")
    step = int(json.loads((checkpoint / "manifest.json").read_text())["step"])
    files = [
        run / "config.toml",
        *(run / "tokenizer" / name for name in TOKENIZER_FILES),
        checkpoint / "manifest.json",
        run / GENERATION,
    ]
    settings: dict[str, Any] = {
        "step": step,
        "dtype": dtype,
        "bos": bos,
        "run": {path.relative_to(run).as_posix(): file_sha256(path) for path in files if path.is_file()},
        "card": settings_sha256(facts(run, step)),
    }
    if gguf:
        settings["gguf"] = True
    steps = steps_to_average(run, step, average) if average > 1 else []
    if steps:
        settings["average"] = steps
    with claim(out, MAKER, settings, overwrite) as folder:
        if folder.done:
            return Exported(out, **folder.record)
        average_checkpoints(decoder, run, steps[1:])
        staged = folder.staging()
        if gguf:
            _write_gguf(decoder, config.model, run, DTYPES[dtype], staged / GGUF, out.name, bos)
        else:
            _write(decoder, config.model, run, DTYPES[dtype], staged, bos)
        stored = len(Vocabulary(run / "tokenizer").tokens) if gguf else config.model.vocab_size
        parity, rounding = compare(decoder, staged, DTYPES[dtype], stored)
        if parity > TOLERANCE:
            raise UserError(
                f"{run}: transformers' logits on the exported weights differ by {parity:.2g} of the largest logit; at"
                f" most {TOLERANCE} is rounding. Nothing was exported."
            )
        exported = Exported(out, step, parameter_count(config.model), dtype, parity, rounding)
        write_card(staged, run, config, exported, bos, gguf, steps)
        record = {key: value for key, value in asdict(exported).items() if key != "out"}
        folder.publish(staged, GGUF if gguf else "config.json", record=record)
    return exported


def _write_gguf(
    decoder: Decoder, config: ModelConfig, run: Path, dtype: torch.dtype, path: Path, name: str, bos: bool
) -> None:
    state = {name: tensor.to(dtype) for name, tensor in to_huggingface(decoder).items()}
    files = TokenizerFiles.read(run / "tokenizer")
    special = special_ids(files)
    given = special.get("eos_token_id")
    ends = end_ids(run) or (() if given is None else (given,))
    write_gguf(path, name, config, state, files, special, ends, bos)


def _write(decoder: Decoder, config: ModelConfig, run: Path, dtype: torch.dtype, folder: Path, bos: bool) -> None:
    from huggingface_hub import save_torch_state_dict

    state = {name: tensor.to(dtype, copy=True) for name, tensor in to_huggingface(decoder).items()}
    save_torch_state_dict(state, folder, max_shard_size="5GB")
    for path in folder.glob("*.safetensors"):
        path.chmod(0o644)  # made readable to their owner only
    files = TokenizerFiles.read(run / "tokenizer")
    vocabulary = Vocabulary(files)
    special: dict[str, Any] = dict(special_ids(files))
    if ends := end_ids(run):
        special["eos_token_id"] = list(ends) if len(ends) > 1 else ends[0]
    write_json(folder / "config.json", describe(config, str(dtype).removeprefix("torch."), special))
    beyond = list(range(len(vocabulary.tokens), config.vocab_size))
    generation: dict[str, Any] = {
        "_from_model_config": False,
        "do_sample": True,
        "temperature": 0.8,
        "top_k": 50,
        **special,
    }
    if beyond:
        generation["suppress_tokens"] = beyond  # rows without a token
    write_json(folder / "generation_config.json", generation)
    files = beginning_with_bos(files) if bos else files
    files.write(folder)
    described = folder / "tokenizer_config.json"
    settings = json.loads(described.read_text(encoding="utf-8")) if described.is_file() else {}
    write_json(described, settings | {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": config.context})


def beginning_with_bos(tokenizer: TokenizerFiles) -> TokenizerFiles:
    """The same tokenizer with a post-processor that puts BOS before a text, as before each document in training.

    A tokenizer without BOS, or with its own post-processor, is unchanged.
    """
    content, name = tokenizer.definition(), tokenizer.special_names().get("bos_token")
    number = special_ids(tokenizer).get("bos_token_id")
    if number is None or content.get("post_processor") is not None:
        return tokenizer
    begin, text = {"SpecialToken": {"id": name, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}
    content["post_processor"] = {
        "type": "TemplateProcessing",
        "single": [begin, text],
        "pair": [begin, text, {"Sequence": {"id": "B", "type_id": 1}}],
        "special_tokens": {name: {"id": name, "ids": [number], "tokens": [name]}},
    }
    written = json.dumps(content, ensure_ascii=False, indent=1).encode()
    return TokenizerFiles(tokenizer.path, tokenizer.contents | {TOKENIZER: written})


def special_ids(tokenizer: Path | TokenizerFiles) -> dict[str, int]:
    """{"bos_token_id": …, "eos_token_id": …, "pad_token_id": …} of a tokenizer; only those that it has."""
    tokenizer = TokenizerFiles.read(tokenizer) if isinstance(tokenizer, Path) else tokenizer
    content = tokenizer.definition()
    ids = content["model"]["vocab"] | {token["content"]: token["id"] for token in content.get("added_tokens", [])}
    return {f"{key}_id": ids[name] for key, name in tokenizer.special_names().items() if name in ids}


@torch.no_grad()
def compare(decoder: Decoder, directory: Path, dtype: torch.dtype, rows: int) -> tuple[float, float]:
    """(parity, rounding): largest differences of logits, relative to the largest logit, on 4 × 64 random tokens in
    float32.

    `rows` of the vocabulary are stored. transformers also reads the weights of GGUF files.

    parity: transformers on the directory against the decoder with its weights rounded to `dtype`; our reader is not
    used, since it could undo an error of our writer. rounding: the rounded decoder against the decoder before rounding.
    Rounds the decoder in place.
    """
    from transformers import AutoConfig, AutoModelForCausalLM

    shape = (4, min(64, decoder.config.context))
    written: dict[str, Any] = {}
    if (
        directory / GGUF
    ).is_file():  # with our configuration: transformers 5.24 takes 128 for the head_dim of any qwen3
        described = describe(replace(decoder.config, vocab_size=rows), "float32", {})
        written = {"gguf_file": GGUF, "config": AutoConfig.for_model(**described)}
    ids = torch.randint(0, rows, shape, generator=torch.Generator().manual_seed(0))
    trained = decoder(ids)
    for parameter in decoder.parameters():
        parameter.copy_(parameter.to(dtype))
    ours = decoder(ids)
    with without_bars():
        model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float32, local_files_only=True, **written)
    theirs = model.eval()(ids).logits
    ours, trained = (logits[..., :rows] for logits in (ours, trained))
    largest = trained.abs().max()
    return float((ours - theirs).abs().max() / largest), float((ours - trained).abs().max() / largest)


def import_directory(directory: Path, run: Path, overwrite: bool = False) -> Config:
    """Make a run from a Llama-architecture directory: configuration, tokenizer, and its weights as a checkpoint at
    step 0.

    Raises UserError when `run` holds anything else, also a finished import of other files unless `overwrite` is set.
    """
    decoder, _ = from_huggingface(directory)
    files, ends = _tokenizer_files(directory), end_ids(directory)
    require_room(files, decoder.config.vocab_size, directory)
    config = replace(load_config("1.3b"), model=decoder.config)
    settings = {"imported": str(directory.resolve()), "files": file_hashes(directory)}
    with claim(run, RUN, settings, overwrite) as folder:
        if folder.done:
            return load_config(run / "config.toml")
        if folder.before == settings or (folder.finished and overwrite):  # interrupted, or to be replaced
            for name in RUN_FILES:
                remove(run / name.rstrip("/"))
        folder.reserve(RUN_FILES)
        prepare_run(run, config, files)
        if ends:
            write_json(run / GENERATION, {"eos_token_id": list(ends)})
        checkpoints = Checkpoints(run / "checkpoints")
        state = {
            "progress": {"step": 0, "tokens": 0},
            "imported": {"config_sha256": file_sha256(directory / "config.json")},
        }
        checkpoints.save(0, {f"model.{name}": p.data for name, p in decoder.named_parameters()}, state)
        checkpoints.wait()
        folder.finish(RUN_FILES)
    return config


def _tokenizer_files(directory: Path) -> TokenizerFiles:
    """The directory's tokenizer, or one made from vocab.json and merges.txt as in GPT-2, with the pattern that
    transformers uses."""
    if (directory / TOKENIZER).is_file():
        return TokenizerFiles.read(directory)
    if not ((directory / "vocab.json").is_file() and (directory / "merges.txt").is_file()):
        raise UserError(
            f"{directory}: neither tokenizer.json nor vocab.json with merges.txt; a run needs the tokenizer of its"
            " model."
        )
    import transformers

    with TemporaryDirectory() as scratch:
        try:
            kind: Any = (
                getattr(transformers, "GPT2TokenizerFast", None) or transformers.GPT2Tokenizer
            )  # transformers 5 has one
            made = kind.from_pretrained(directory, local_files_only=True)
        except Exception as error:  # its libraries may raise anything
            raise UserError(f"{directory}: vocab.json and merges.txt make no tokenizer ({error}).") from error
        made.save_pretrained(scratch)
        return TokenizerFiles.read(Path(scratch))
