"""Nova up to 16: usage rows, reservations and a row lock; the limited resource is cores."""

from collections.abc import Mapping

from quota_lab.engines.adapters import Foreign, module
from quota_lab.engines.adapters.reserving import ReservingAdapter, live_usage_query, reservation_counter_query

TABLES = ("quotas", "project_user_quotas", "quota_classes", "quota_usages", "reservations", "instances")


class NovaReservations(ReservingAdapter):
    """Reserve, insert the instance's row, commit, as nova.compute.api does.

    Nova's own instance_create also inserts rows in a dozen tables that no quota reads; the adapter leaves them out.
    """

    resource = "cores"
    unlimited = ("instances", "ram")
    tables = ("reservations", "quota_usages", "quotas", "instances")
    counter_query = reservation_counter_query(
        "SELECT 'rows' AS what, project_id, SUM(vcpus) AS a, 0 AS b, COUNT(*) AS n FROM instances WHERE deleted = 0"
        " GROUP BY project_id",
        resource=resource,
        is_live="deleted = 0",
    )
    instance_query = "SELECT uuid, vcpus FROM instances WHERE deleted = 0"
    usage_query = live_usage_query(resource=resource, is_live="deleted = 0")

    def __init__(self, urls: Mapping[str, str], options: Mapping[str, object]) -> None:
        super().__init__(urls, options)
        self.conf = module("nova.conf").CONF
        self.conf([], project="nova", default_config_files=[])
        module("osprofiler.opts").set_defaults(self.conf, enabled=False)  # as nova.config.parse_args does
        self.db = module("nova.db.sqlalchemy.api")
        self.conf.set_override("connection", urls["main"], group="database")
        self.db.configure(self.conf)
        self.models = module("nova.db.sqlalchemy.models")
        self.quota = module("nova.quota")
        self.context = module("nova.context")
        self.exception = module("nova.exception")

    def make_schema(self) -> None:
        """Create Nova's own tables, and name the enumerations without a name, which PostgreSQL refuses."""
        metadata = self.models.BASE.metadata
        for table in metadata.tables.values():
            for column in table.columns:
                if hasattr(column.type, "enums") and not column.type.name:
                    column.type.name = f"{table.name}_{column.name}"
        metadata.create_all(self.db.get_engine(), tables=[metadata.tables[name] for name in TABLES])

    def insert(self, context: Foreign, project: int, instance: str, amount: int) -> None:
        """Insert the row of an instance."""
        with self.db.main_context_manager.writer.using(context) as session:
            session.add(
                self.models.Instance(
                    uuid=instance, project_id=str(project), user_id="racer", vcpus=amount, memory_mb=amount
                )
            )

    def remove(self, context: Foreign, instance: str) -> None:
        """Mark the row of an instance as deleted."""
        with self.db.main_context_manager.writer.using(context):
            self.db.model_query(context, self.models.Instance).filter_by(uuid=instance).soft_delete()

    def change(self, context: Foreign, instance: str, delta: int) -> None:
        """Write the new flavor's amounts into the row of an instance, as the end of a resize does."""
        with self.db.main_context_manager.writer.using(context):
            row = self.db.model_query(context, self.models.Instance).filter_by(uuid=instance).one()
            row.vcpus, row.memory_mb = row.vcpus + delta, row.memory_mb + delta
