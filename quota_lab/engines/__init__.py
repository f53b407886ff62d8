"""Real quota engines, unmodified from PyPI, raced like the designs.

The input is an engine's wheel, installed in an environment of its own outside the checkout (`environments`), and a
database that the laboratory starts. A host process (`host`) runs under the engine's own interpreter: it creates the
engine's schema, forks the workers and lets an adapter (`adapters`) call the engine's public functions. The output is
the laboratory's own journals, so the same judge as for the designs reads them (`engine_race`); the result of one full
run is kept in `results`.

Interpreters without pandas or any other dependency of ours import `catalogue`, `host` and `adapters`: these modules
may import only Python's standard library, the engine, and modules of this package with the same limits.
"""
