"""The scores in the 42dot LLM-PLM 1.3B model card, for the tables of evaluate: lm-evaluation-harness, branch polyglot,
zero-shot.

Source: huggingface.co/42dot/42dot_LLM-PLM-1.3B, README. Rows have the names used there.
"""

KOBEST_MODELS = ("KoGPT2 1.2B", "Polyglot-Ko 1.3B", "XGLM 1.7B", "PolyLM 1.7B", "42dot LLM-PLM 1.3B")
KOBEST = {  # macro-F1
    "kobest_boolq": (0.337, 0.355, 0.502, 0.334, 0.369),
    "kobest_copa": (0.67, 0.721, 0.616, 0.513, 0.704),
    "kobest_hellaswag": (0.404, 0.401, 0.374, 0.321, 0.431),
    "kobest_sentineg": (0.606, 0.679, 0.46, 0.382, 0.69),
    "average": (0.504, 0.539, 0.488, 0.388, 0.549),
}
ENGLISH_MODELS = ("MPT 1B", "OPT 1.3B", "XGLM 1.7B", "PolyLM 1.7B", "42dot LLM-PLM 1.3B")
ENGLISH = {  # (task of today's harness, metric) by the card's row
    "anli_r1/acc": ("anli_r1", "acc", (0.309, 0.341, 0.334, 0.336, 0.325)),
    "anli_r2/acc": ("anli_r2", "acc", (0.334, 0.339, 0.331, 0.314, 0.34)),
    "anli_r3/acc": ("anli_r3", "acc", (0.33, 0.336, 0.333, 0.339, 0.333)),
    "arc_challenge/acc": ("arc_challenge", "acc", (0.268, 0.234, 0.21, 0.198, 0.288)),
    "arc_challenge/acc_norm": ("arc_challenge", "acc_norm", (0.291, 0.295, 0.243, 0.256, 0.317)),
    "arc_easy/acc": ("arc_easy", "acc", (0.608, 0.571, 0.537, 0.461, 0.628)),
    "arc_easy/acc_norm": ("arc_easy", "acc_norm", (0.555, 0.51, 0.479, 0.404, 0.564)),
    "boolq/acc": ("boolq", "acc", (0.517, 0.578, 0.585, 0.617, 0.624)),
    "hellaswag/acc": ("hellaswag", "acc", (0.415, 0.415, 0.362, 0.322, 0.422)),
    "hellaswag/acc_norm": ("hellaswag", "acc_norm", (0.532, 0.537, 0.458, 0.372, 0.544)),
    "openbookqa/acc": ("openbookqa", "acc", (0.238, 0.234, 0.17, 0.166, 0.222)),
    "openbookqa/acc_norm": ("openbookqa", "acc_norm", (0.334, 0.334, 0.298, 0.334, 0.34)),
    "piqa/acc": ("piqa", "acc", (0.714, 0.718, 0.697, 0.667, 0.725)),
    "piqa/acc_norm": ("piqa", "acc_norm", (0.72, 0.724, 0.703, 0.649, 0.727)),
    "record/f1": ("record", "f1", (0.84, 0.857, 0.775, 0.681, 0.848)),
    "record/em": ("record", "em", (0.832, 0.849, 0.769, 0.674, 0.839)),
    "rte/acc": ("sglue_rte", "acc", (0.541, 0.523, 0.559, 0.513, 0.542)),
    "truthfulqa_mc/mc1": ("truthfulqa_mc1", "acc", (0.224, 0.237, 0.215, 0.251, 0.236)),
    "truthfulqa_mc/mc2": ("truthfulqa_mc2", "acc", (0.387, 0.386, 0.373, 0.428, 0.387)),
    "wic/acc": ("wic", "acc", (0.498, 0.509, 0.503, 0.5, 0.502)),
    "winogrande/acc": ("winogrande", "acc", (0.574, 0.595, 0.55, 0.519, 0.583)),
}
ENGLISH_AVERAGE = (0.479, 0.482, 0.452, 0.429, 0.492)
