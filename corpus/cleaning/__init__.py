"""The steps before a text is judged: normalisation, language, boilerplate, personal data.

Each step takes an Arrow string column and returns one. Read in this order: normalize (the step, then normalize_kernel
for the plain changes and normalize_repairs for the careful ones, with mojibake), language (with language_model, the
fastText model as a kernel), boilerplate (with boilerplate_lines, its kernels), privacy (with privacy_numbers, the
patterns and check digits). `normalize()` itself is imported from corpus.cleaning.normalize.
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "NormalizeSettings": "normalize",
        "repair_mojibake": "mojibake",
        "LanguageSettings": "language",
        "detect": "language",
        "BoilerplateSettings": "boilerplate",
        "PrivacySettings": "privacy",
        "redact": "privacy",
    },
)
