"""The quota race laboratory: quota designs raced, explored and replayed on real SQL databases.

A design is a generator that yields one SQL statement at a time and receives its answer. The same text is therefore
run three ways: by worker processes against a real database (`race`), by the explorer against a model of that
database (`explorer`), and by the replay, which forces the explorer's schedule on the real server (`replay`).
"""
