"""The example of docs/packed-data.md runs as it stands, and its collator keeps documents apart."""

import re
from pathlib import Path

import pytest
import torch
import transformers

from tests.model.small_corpus import write_packed

PAGE = Path(__file__).resolve().parents[3] / "docs" / "packed-data.md"


@pytest.fixture
def example(tmp_path):
    """The code block with its paths and sizes made small."""
    from corpus.shards import describe_split
    from model.data.packed import PackedData
    from model.packing.packer import row_schema

    rows = [[[1, 5, 6, 2], [1, 7, 8, 9, 2]], [[1, 9, 8, 7, 6, 5, 4, 3, 2]]] * 4
    packed = write_packed(tmp_path / "packed", {"encyclopedia-ko": rows, "news-ko": rows}, 12)
    data = PackedData(packed)
    for source in data.sources:
        names = [Path(file["path"]).name for file in source.files]
        describe_split(packed / "train" / source.name, row_schema(12, data.dtype), names, "0" * 16, "train")
    code = PAGE.read_text(encoding="utf-8").split("<!-- tested: trainer -->")[1].split("```python\n")[1].split("```")[0]
    code = code.replace("runs/packed", str(packed)).replace("runs/trainer", str(tmp_path / "trainer"))
    small = {
        "vocab_size=50304": "vocab_size=32",
        "hidden_size=256": "hidden_size=32",
        "intermediate_size=704": "intermediate_size=64",
    }
    small |= {
        "num_hidden_layers=4": "num_hidden_layers=2, num_attention_heads=2",
        "max_steps=100": "max_steps=3, use_cpu=True",
    }
    for old, new in small.items():
        code, count = re.subn(re.escape(old), new, code)
        assert count == 1
    return code


def test_the_example_trains_and_documents_do_not_see_one_another(example, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(example, names)  # the page's own code
    batch = names["collate"]([names["dataset"][0]])
    assert batch["input_ids"].tolist() == [[1, 5, 6, 2, 1, 7, 8, 9, 2]]
    assert batch["labels"].tolist() == [[-100, 5, 6, 2, -100, 7, 8, 9, 2]]
    assert batch["position_ids"].tolist() == [[0, 1, 2, 3, 0, 1, 2, 3, 4]]
    # A model that no Trainer has touched, of the page's own configuration: the Trainer sets use_cache by itself.
    torch.manual_seed(0)
    config = names["model"].config
    model = transformers.LlamaForCausalLM(transformers.LlamaConfig(**{**config.to_dict(), "use_cache": False})).eval()
    assert "use_cache=False" in example
    with torch.no_grad():
        together = model(input_ids=batch["input_ids"], position_ids=batch["position_ids"]).logits[0]
        for begin, end in ((0, 4), (4, 9)):
            alone = model(input_ids=batch["input_ids"][:, begin:end]).logits[0]
            torch.testing.assert_close(together[begin:end], alone)
