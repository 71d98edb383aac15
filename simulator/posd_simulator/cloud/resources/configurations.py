"""`/v1/terminal/configurations`."""

from dataclasses import replace

from posd.stripe_wire import lists
from posd.stripe_wire.errors import resource_missing
from posd_simulator.cloud import paging, sections
from posd_simulator.cloud.call import Call, Done, Execute
from posd_simulator.cloud.objects.terminal import configuration_object
from posd_simulator.cloud.rules import configurations as rules
from posd_simulator.cloud.rules.configurations import Configuration, Section

NAME_CHARACTERS_MAX = 100

_KIND = "terminal.configuration"


def create(call: Call) -> Execute:
    """POST /v1/terminal/configurations."""
    call.reads(_KIND, "name", *sections.READERS)
    name = call.params.optional_text("name", NAME_CHARACTERS_MAX)
    given = sections.read(call.params)

    def execute() -> Done:
        made = Configuration(call.new_id("tmc"), name, sections=_merged({}, given))
        return _answer(call, made)

    return execute


def retrieve(call: Call) -> Execute:
    """GET /v1/terminal/configurations/{id}, also of a deleted one."""
    call.reads(_KIND)
    return lambda: (configuration_object(_found(call), call.account), None)


def update(call: Call) -> Execute:
    """POST /v1/terminal/configurations/{id}. A section that is given replaces the whole section."""
    call.reads(_KIND, "name", *sections.READERS)
    name = call.params.optional_text("name", NAME_CHARACTERS_MAX)
    given = sections.read(call.params)

    def execute() -> Done:
        configuration = _found(call)
        if configuration.deleted:
            return configuration_object(configuration, call.account), None
        changed = replace(configuration, sections=_merged(configuration.sections, given))
        return _answer(call, replace(changed, name=name or changed.name))

    return execute


def delete(call: Call) -> Execute:
    """DELETE /v1/terminal/configurations/{id}."""
    call.reads(_KIND)

    def execute() -> Done:
        configuration = configured(call, call.ids["id"], "id")
        used = [
            location.id
            for location in call.account.locations.values()
            if location.configuration_overrides == configuration.id and not location.deleted
        ]
        rules.check_may_go(configuration, used)
        return _answer(call, replace(configuration, deleted=True))

    return execute


def list_all(call: Call) -> Execute:
    """GET /v1/terminal/configurations; `is_account_default` finds the default."""
    given = call.params
    call.reads(_KIND, *lists.PARAMS, "is_account_default", in_list=True)
    page = lists.page(given.nodes)
    default = given.boolean("is_account_default") if given.has("is_account_default") else None

    def execute() -> Done:
        newest_first = [
            configuration_object(configuration, call.account)
            for configuration in reversed(call.account.configurations.values())
            if not configuration.deleted and default in (None, configuration.is_account_default)
        ]
        return paging.cut(call.path, newest_first, page, "configuration"), None

    return execute


def configured(call: Call, configuration_id: str, param: str) -> Configuration:
    """The configuration of that id. Raises Rejected, naming the parameter, if there is none."""
    configuration = call.account.configurations.get(configuration_id)
    if configuration is None or configuration.deleted:
        raise resource_missing("configuration", configuration_id, param)
    return configuration


def _merged(current: dict[str, Section], given: dict[str, Section]) -> dict[str, Section]:
    return {name: section for name, section in {**current, **given}.items() if section}


def _found(call: Call) -> Configuration:
    configuration = call.account.configurations.get(call.ids["id"])
    if configuration is None:
        raise resource_missing("configuration", call.ids["id"], "id")
    return configuration


def _answer(call: Call, configuration: Configuration) -> Done:
    answer = configuration_object(configuration, call.account)
    return answer, replace(call.changed(), configuration=configuration)
