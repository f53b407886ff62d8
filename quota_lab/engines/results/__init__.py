"""The result of one full run on real servers, as figures with their provenance: what a fresh checkout can show.

`verdicts.csv` has a row for every race, `predictions.csv` a row for every scenario, `forced.json` every schedule that
was forced, `levels.csv` what the servers' isolation levels forbid, `traced.csv` what one
trace of each request predicts, `provenance.json` the versions, dates and seeds. `design_races.csv` is of no server: the
same predictions for the designs, beside what the explorer finds. Only `quota_lab.engines.kept` reads and writes them.
"""
