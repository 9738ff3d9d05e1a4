"""The bundled sample: 400 short original documents, the defects planted among them, and the key to what each should
trigger.

documents/ has the originals, files/ the upstream files made of them, with key.jsonl; the recipe `demo` reads files/.
`python -m tests.helpers.sample.defects` makes files/ again.
"""
