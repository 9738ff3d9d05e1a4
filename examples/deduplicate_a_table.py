"""Find near-duplicates in texts of your own, without a corpus folder.

python examples/deduplicate_a_table.py
"""

import pyarrow as pa

from corpus.duplicates import find_duplicates

texts = pa.array(
    [
        "한지는 닥나무 껍질로 만드는 우리 고유의 종이다. 질기고 오래 가며, 습기와 벌레에도 강해 천 년을 간다고 한다.",
        "The ferry left the harbour late that evening, and nobody on the quay seemed to mind the cold wind at all.",
        "한지는 닥나무 껍질로 만드는 우리 고유의 종이다. 질기고 오래가며, 습기와 벌레에도 강해 천년을 간다고 한다.",
        "The ferry left the harbour late that evening, and nobody on the quay seemed to mind the cold wind at all.",
    ]
)
for row in find_duplicates(texts).to_pylist():
    print(f"text {row['row']}: {row['kind']} duplicate of text {row['survivor']}, similarity {row['similarity']:.2f}")
