"""Nova up to 16: usage rows, reservations and a row lock; the limited resource is cores."""

from collections.abc import Mapping

from quota_lab.engines.adapters import Adapter, Foreign, Moving, module, usage_looks

TABLES = ("quotas", "project_user_quotas", "quota_classes", "quota_usages", "reservations", "instances")


class NovaReservations(Adapter):
    """Reserve, insert the instance's row, commit, as nova.compute.api does.

    Nova's own instance_create also inserts rows in a dozen tables that no quota reads; the adapter leaves them out.
    """

    resource = "cores"
    tables = ("reservations", "quota_usages", "quotas", "instances")
    looks = usage_looks(
        "SELECT 'rows' AS what, project_id, SUM(vcpus) AS a, 0 AS b, COUNT(*) AS n FROM instances WHERE deleted = 0"
        " GROUP BY project_id",
        "SELECT 'usages', project_id, SUM(in_use), SUM(reserved), COUNT(*) FROM quota_usages"
        " WHERE resource = 'cores' AND deleted = 0 GROUP BY project_id",
        "SELECT 'open', project_id, SUM(CASE WHEN delta > 0 THEN delta ELSE 0 END), 0, COUNT(*) FROM reservations"
        " WHERE resource = 'cores' AND deleted = 0 GROUP BY project_id",
    )
    held = "SELECT uuid, vcpus FROM instances WHERE deleted = 0"
    can_expire = True

    def __init__(self, urls: Mapping[str, str], options: Mapping[str, object]) -> None:
        super().__init__(urls, options)
        self.conf = module("nova.conf").CONF
        self.conf([], project="nova", default_config_files=[])
        module("osprofiler.opts").set_defaults(self.conf, enabled=False)  # as nova.config.parse_args does
        self.api = module("nova.db.sqlalchemy.api")
        self.conf.set_override("connection", urls["main"], group="database")
        self.api.configure(self.conf)
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
        metadata.create_all(self.api.get_engine(), tables=[metadata.tables[name] for name in TABLES])

    def configure(self, options: Mapping[str, object]) -> None:
        """until_refresh, max_age, reservation_expire."""
        for name, value in options.items():
            self.conf.set_override(name, value, group="quota")

    def set_limit(self, project: int, limit: int) -> None:
        """Only cores are limited."""
        for resource, amount in (("instances", -1), ("ram", -1), ("cores", limit)):
            self.api.quota_create(self._context(project), str(project), resource, amount)

    def create(self, project: int, instance: str, amount: int, moving: Moving) -> bool:
        """Reserve, create, commit, as nova.compute.api.API._provision_instances does."""
        context = self._context(project)
        try:
            reservations = self.quota.QUOTAS.reserve(context, instances=1, cores=amount, ram=amount)
        except self.exception.OverQuota:
            return False
        try:
            with moving(), self.api.main_context_manager.writer.using(context) as session:
                session.add(
                    self.models.Instance(
                        uuid=instance, project_id=str(project), user_id="racer", vcpus=amount, memory_mb=amount
                    )
                )
        except Exception:
            self.quota.QUOTAS.rollback(context, reservations)
            raise
        self.quota.QUOTAS.commit(context, reservations)
        return True

    def delete(self, project: int, instance: str, amount: int, moving: Moving) -> None:
        """Reserve a negative amount, delete the row, commit, as nova.compute does."""
        context = self._context(project)
        reservations = self.quota.QUOTAS.reserve(context, instances=-1, cores=-amount, ram=-amount)
        with moving(), self.api.main_context_manager.writer.using(context):
            self.api.model_query(context, self.models.Instance).filter_by(uuid=instance).soft_delete()
        self.quota.QUOTAS.commit(context, reservations)

    def expire(self) -> None:
        """Run the scheduler's periodic task."""
        self.quota.QUOTAS.expire(self._context(0))

    def expire_at_once(self) -> None:
        """Set the lifetime of reservations to 0 seconds."""
        self.conf.set_override("reservation_expire", 0, group="quota")

    def _context(self, project: int) -> Foreign:
        return self.context.RequestContext("racer", str(project), is_admin=True)
