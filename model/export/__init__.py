"""The model as transformers loads it, and weights read back.

Read in this order: huggingface (a run to a model directory, and back), llama_layout (names and shapes of the weights),
model_card, pretrained (open a run or a model directory).
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "export_run": "huggingface",
        "import_directory": "huggingface",
        "Pretrained": "pretrained",
        "open_pretrained": "pretrained",
        "write_card": "model_card",
    },
)
