"""Trove: read the usage, add to it in Python, save it; the limited resource is gigabytes of volumes."""

from collections.abc import Mapping

from quota_lab.engines.adapters import Adapter, Moving, module, usage_counter_query


class Trove(Adapter):
    """Insert and delete the row inside `run_with_quotas`, as trove.instance.models does."""

    resource = "volumes"
    tables = ("reservations", "quota_usages", "quotas", "instances")
    counter_query = usage_counter_query(
        "SELECT 'rows' AS what, tenant_id, SUM(volume_size) AS a, 0 AS b, COUNT(*) AS n FROM instances"
        " WHERE NOT deleted GROUP BY tenant_id",
        "SELECT 'usages', tenant_id, SUM(in_use), SUM(reserved), COUNT(*) FROM quota_usages"
        " WHERE resource = 'volumes' GROUP BY tenant_id",
        "SELECT 'open', u.tenant_id, SUM(CASE WHEN r.delta > 0 THEN r.delta ELSE 0 END), 0, COUNT(*)"
        " FROM reservations r JOIN quota_usages u ON u.id = r.usage_id"
        " WHERE u.resource = 'volumes' AND r.status = 'Reserved' GROUP BY u.tenant_id",
    )
    instance_query = "SELECT id, volume_size FROM instances WHERE NOT deleted"
    usage_query = "SELECT in_use, reserved FROM quota_usages WHERE resource = 'volumes'"

    def __init__(self, urls: Mapping[str, str], options: Mapping[str, object]) -> None:
        super().__init__(urls, options)
        self.conf = module("trove.common.cfg").CONF
        self.conf([], project="trove", default_config_files=[])
        self.conf.set_override("connection", urls["main"], group="database")
        self.session = module("trove.db.sqlalchemy.session")
        self.quota = module("trove.quota.quota")
        self.quotas = module("trove.quota.models")
        self.instances = module("trove.instance.models")
        self.tasks = module("trove.instance.tasks").InstanceTasks
        self.exception = module("trove.common.exception")

    def make_schema(self) -> None:
        """Trove's own migrations."""
        module("trove.db.sqlalchemy.api").db_sync(self.conf)

    def configure(self, options: Mapping[str, object]) -> None:
        """Set nothing, but map the models to the database in the process that uses them."""
        self.session.configure_db()

    def set_limit(self, project: int, limit: int) -> None:
        """Only volumes are limited."""
        for resource, amount in (("instances", -1), ("volumes", limit)):
            self.quotas.Quota.create(tenant_id=str(project), resource=resource, hard_limit=amount)

    def create(self, project: int, instance: str, amount: int, moving: Moving) -> bool:
        """Reserve, insert, commit."""

        def insert() -> None:
            with moving():
                self.instances.DBInstance.create(
                    id=instance, name=instance, tenant_id=str(project), volume_size=amount,
                    task_status=self.tasks.NONE,
                )  # fmt: skip

        try:
            self.quota.run_with_quotas(str(project), {"instances": 1, "volumes": amount}, insert)
        except self.exception.QuotaExceeded:
            return False
        return True

    def delete(self, project: int, instance: str, amount: int, moving: Moving) -> None:
        """Reserve a negative amount, mark the row as deleted, commit."""

        def remove() -> None:
            with moving():
                row = self.instances.DBInstance.find_by(id=instance)
                row.set_task_status(self.tasks.NONE)
                row.deleted = True
                row.save()

        self.quota.run_with_quotas(str(project), {"instances": -1, "volumes": -amount}, remove)
