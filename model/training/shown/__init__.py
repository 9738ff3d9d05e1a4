"""The display of a run: before it starts, while it trains, and afterwards.

Read in this order: plan (its cost), flops (the used share of a device's peak), log (metrics.jsonl and TensorBoard),
panel (the terminal), report (report.html), charts and notable (its curves and the steps to look at), machine.
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
