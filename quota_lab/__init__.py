"""The quota race laboratory: quota designs raced, explored and replayed on real SQL databases.

A design is a generator that yields one SQL statement at a time and receives its answer. The same code
therefore runs in three ways: worker processes run it on a real database (`race`), the explorer runs it on a model of
that database (`explorer`), and the replay forces a schedule of the explorer on the real server (`replay`).
"""
