"""Predicts which requests race, from the statements of single requests.

The input is a trace of each request that ran alone (`sequential_trace`), of a design on the model or of a real engine:
the reads and writes of every statement (`access`), between the borders of its transactions. Two traces form a grid of
moves (`orders`); a fault is a cycle for which the grid has a path (`races`). `design_races` compares the predictions
with the explorer, which tries every schedule; `engine_races` makes them for real engines.
"""
