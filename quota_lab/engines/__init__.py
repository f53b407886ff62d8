"""Real quota engines, unmodified from PyPI, raced as the designs are.

In comes an engine's wheel, installed in an environment of its own outside the checkout (`environments`), and a database
that the laboratory starts. A host process (`host`) runs there under the engine's own interpreter: it makes the engine's
schema, forks the workers and lets an adapter (`adapters`) call the engine's public functions. Out come the laboratory's
own journals, so the judge is the same as for the designs (`engine_race`), and the kept result of one full run
(`results`).

`catalogue`, `host` and `adapters` are imported by interpreters that have neither pandas nor anything else of ours:
Python's own library, the engine, and modules of this package that need no more.
"""
