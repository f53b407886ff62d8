"""An invented quota engine for the tests of the laboratory's engines: one table of rows, one of limits.

The test imports it and, under its own interpreter, so does the host. The variant `unlocked` counts and inserts in two
transactions; the default does both under a lock on the limit's row.
"""

from quota_lab.engines import catalogue
from quota_lab.engines.adapters import Adapter

ENGINE = catalogue.Engine(
    "invented-1.0", "a lock around a count", "none", (), "invented_engine:Invented", "ProjectLock",
    ("hot", "cold", "resize"), variants={"": {"is_locked": True}, "unlocked": {"is_locked": False}},
    databases=("postgresql",),
)  # fmt: skip
for variant, options in ENGINE.variants.items():
    catalogue.VARIANTS[catalogue.title(ENGINE.name, variant)] = (ENGINE, options)


class Invented(Adapter):
    """Connects for every request, which is as slow as a real engine."""

    resource = "cores"
    tables = ("rows", "limits")
    counter_query = "SELECT 'rows', project::text, SUM(amount), 0, COUNT(*) FROM rows GROUP BY project"
    instance_query = "SELECT instance, amount FROM rows"
    has_tally = False
    uses_sqlalchemy = False
    is_locked = True

    def connect(self):
        """A connection within a transaction."""
        import psycopg

        return psycopg.connect(self.urls["main"].replace("+psycopg2", ""))

    def make_schema(self):
        """Create the two tables."""
        with self.connect() as connection:
            connection.execute("CREATE TABLE limits (project BIGINT PRIMARY KEY, hard BIGINT)")
            connection.execute("CREATE TABLE rows (instance TEXT PRIMARY KEY, project BIGINT, amount BIGINT)")

    def configure(self, options):
        """Set whether it locks."""
        self.is_locked = options["is_locked"]

    def set_limit(self, project, limit):
        """Insert the row of the limit."""
        with self.connect() as connection:
            connection.execute("INSERT INTO limits VALUES (%s, %s)", (project, limit))

    def create(self, project, instance, amount, moving):
        """Count, then insert."""
        with self.connect() as connection:
            if self.is_locked:
                connection.execute("SELECT hard FROM limits WHERE project = %s FOR UPDATE", (project,))
            else:
                connection.autocommit = True
            fits = connection.execute(
                "SELECT (SELECT hard FROM limits WHERE project = %s) >= %s + COALESCE(SUM(amount), 0) FROM rows"
                " WHERE project = %s",
                (project, amount, project),
            ).fetchone()[0]
            if not fits:
                return False
            with moving():
                connection.execute("INSERT INTO rows VALUES (%s, %s, %s)", (instance, project, amount))
                if self.is_locked:
                    connection.commit()
        return True

    def delete(self, project, instance, amount, moving):
        """Delete the rows of the instance."""
        with self.connect() as connection, moving():
            connection.execute("DELETE FROM rows WHERE instance = %s", (instance,))
            connection.commit()

    def resize(self, project, instance, delta, moving):
        """Count, then update the amount."""
        with self.connect() as connection:
            connection.execute("SELECT hard FROM limits WHERE project = %s FOR UPDATE", (project,))
            fits = connection.execute(
                "SELECT (SELECT hard FROM limits WHERE project = %s) >= %s + COALESCE(SUM(amount), 0) FROM rows"
                " WHERE project = %s",
                (project, max(delta, 0), project),
            ).fetchone()[0]
            if fits:
                with moving():
                    connection.execute("UPDATE rows SET amount = amount + %s WHERE instance = %s", (delta, instance))
                    connection.commit()
        return bool(fits)
