"""Items of evaluation sets that occur in the corpus: found, counted and cut."""
