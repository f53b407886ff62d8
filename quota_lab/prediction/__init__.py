"""Which requests race, predicted from the statements of one of each.

In come traces of single requests that ran alone (`sequential_trace`), of a design on the model or of a real engine:
what every statement reads and writes (`access`), between the borders of its transactions. Two traces side by side are
a grid of moves (`orders`); a fault is a cycle that the grid leaves a way for (`races`). `design_races` compares that
with the explorer, which tries every schedule, `engine_races` with what real engines did.
"""
