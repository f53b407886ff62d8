"""The result of one full run on real servers, as figures with their provenance, so that a fresh checkout has some.

`verdicts.csv` has a row for every race, `predictions.csv` a row for every scenario, `forced.json` every forced
schedule, `killed.json` what a create leaves that is killed at each of its steps, `levels.csv` the anomalies that the
servers' isolation levels forbid, `traced.csv` the predictions from one trace of each request, `provenance.json` the
versions, dates and seeds. `design_races.csv` needs no server: it has the predictions from traces of the designs, beside
the explorer's findings. Only `quota_lab.engines.kept_results` reads and writes these files.
"""
