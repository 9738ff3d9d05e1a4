"""What a run shows of itself: plan, log, panel, report."""
