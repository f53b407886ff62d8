"""Placement: allocations against an inventory; a write fails if the generation has changed since it was read."""

import uuid
from collections.abc import Mapping

from quota_lab.engines.adapters import Adapter, Foreign, Moving, module

PROVIDER = 2**64  # a project's resource provider is the UUID of this number and the project's


class Placement(Adapter):
    """A project is a resource provider whose inventory of VCPU is the limit; an instance is a consumer."""

    resource = "VCPU"
    tables = ("allocations", "inventories", "resource_providers", "consumers", "projects", "users")
    counter_query = (
        "SELECT 'rows' AS what, p.name, SUM(a.used) AS a, 0 AS b, COUNT(*) AS n"
        " FROM allocations a JOIN resource_providers p ON p.id = a.resource_provider_id GROUP BY p.name"
    )
    instance_query = "SELECT consumer_id, used FROM allocations"
    has_tally = False

    def __init__(self, urls: Mapping[str, str], options: Mapping[str, object]) -> None:
        super().__init__(urls, options)
        self.conf = module("oslo_config.cfg").ConfigOpts()
        module("placement.conf").register_opts(self.conf)
        self.conf.set_override("connection", urls["main"], group="placement_database")
        self.conf([], project="placement", default_config_files=[])
        module("placement.db_api").configure(self.conf)
        self.context = module("placement.context")
        self.allocation = module("placement.objects.allocation")
        self.consumer = module("placement.objects.consumer")
        self.inventory = module("placement.objects.inventory")
        self.owner = module("placement.objects.project")
        self.provider = module("placement.objects.resource_provider")
        self.user = module("placement.objects.user")
        self.exception = module("placement.exception")

    def make_schema(self) -> None:
        """Create Placement's own tables and resource classes."""
        engine = module("placement.db_api").get_placement_engine()
        module("placement.db.sqlalchemy.models").BASE.metadata.create_all(engine)
        module("placement.deploy").update_database(self.conf)

    def configure(self, options: Mapping[str, object]) -> None:
        """Nothing to set."""

    def set_limit(self, project: int, limit: int) -> None:
        """Create a provider with that many VCPUs, and the owner and user of all consumers."""
        context = self._context()
        provider = self.provider.ResourceProvider(context, name=str(project), uuid=self._provider(project))
        provider.create()
        provider.set_inventory(
            [self.inventory.Inventory(resource_provider=provider, resource_class="VCPU", total=limit, max_unit=limit)]
        )
        if project == 1:
            self.owner.Project(context, external_id="owner").create()
            self.user.User(context, external_id="racer").create()

    def create(self, project: int, instance: str, amount: int, moving: Moving) -> bool:
        """Create the consumer, then its allocation: PUT /allocations/{consumer}."""
        context = self._context()
        consumer = self._consumer(context, instance)
        provider = self.provider.ResourceProvider.get_by_uuid(context, self._provider(project))
        wanted = self.allocation.Allocation(
            consumer=consumer, resource_provider=provider, resource_class="VCPU", used=amount
        )
        try:
            with moving():
                self.allocation.replace_all(context, [wanted])
        except self.exception.InvalidAllocationCapacityExceeded:
            self.consumer.delete_consumers_if_no_allocations(context, [instance])
            return False
        return True

    def resize(self, project: int, instance: str, delta: int, moving: Moving) -> bool:
        """Replace the allocation of the consumer: PUT /allocations/{consumer} once more."""
        context = self._context()
        (held,) = self.allocation.get_all_by_consumer_id(context, instance)
        held.used += delta
        try:
            with moving():
                self.allocation.replace_all(context, [held])
        except self.exception.InvalidAllocationCapacityExceeded:
            return False
        return True

    def delete(self, project: int, instance: str, amount: int, moving: Moving) -> None:
        """DELETE /allocations/{consumer}."""
        context = self._context()
        with moving():
            self.allocation.delete_all(context, self.allocation.get_all_by_consumer_id(context, instance))

    def _consumer(self, context: Foreign, instance: str) -> Foreign:
        consumer = self.consumer.Consumer(
            context, uuid=instance, project=self.owner.Project.get_by_external_id(context, "owner"),
            user=self.user.User.get_by_external_id(context, "racer"),
        )  # fmt: skip
        consumer.create()
        return consumer

    def _context(self) -> Foreign:
        return self.context.RequestContext(config=self.conf)

    @staticmethod
    def _provider(project: int) -> str:
        return str(uuid.UUID(int=PROVIDER + project))
