"""What a run shows of itself: before it starts, while it trains, and afterwards.

Read in this order: plan (what it will take), flops (how much of a device's peak is used), log (metrics.jsonl and
TensorBoard), panel (the terminal), report (report.html).
"""

from corpus.lazy import public

__getattr__ = public(
    __name__,
    {
        "Plan": "plan",
        "make_plan": "plan",
        "MetricsLog": "log",
        "Panel": "panel",
        "write_report": "report",
        "flops_per_token": "flops",
    },
)
