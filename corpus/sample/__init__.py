"""The bundled sample: 400 short original documents, the defects planted among them, and the key to what each should trigger."""
