"""`/v1/terminal/readers`: smart readers, registered, listed, renamed and deleted."""

from dataclasses import replace

from posd.stripe_wire import fields, lists
from posd.stripe_wire.errors import Rejected, invalid_request, resource_missing
from posd_simulator.cloud import paging
from posd_simulator.cloud.call import Call, Done, Execute
from posd_simulator.cloud.objects.terminal import reader_object
from posd_simulator.cloud.resources.locations import located
from posd_simulator.cloud.rules import readers as rules
from posd_simulator.cloud.rules.readers import Device, Reader

_KIND = "terminal.reader"
_FILTERS = ("device_type", "location", "serial_number", "status")


def create(call: Call) -> Execute:
    """POST /v1/terminal/readers. A device that is registered again moves here."""
    given = call.params
    asked = call.reads(_KIND, "registration_code", "location", "label", "metadata")
    code = given.text("registration_code")
    location = given.text("location")
    label = given.optional_text("label")
    metadata = fields.merge_metadata({}, given.metadata())

    def execute() -> Done:
        located(call, location)
        reader_id = call.new_id("tmr")
        device = _device(call, code, reader_id)
        before = _registered(call, device)
        default = rules.default_label(device, code)
        reader = Reader(
            id=reader_id if before is None else before.id,
            created_ms=call.now_ms if before is None else before.created_ms,
            device_type=device.device_type,
            serial_number=device.serial_number,
            default_label=default,
            label=label or default,
            location=location,
            metadata=metadata,
        )
        changed = replace(
            call.changed(), reader=reader, devices=(replace(device, registration_code=None),)
        )
        answer = reader_object(reader, call.account, call.now_ms)
        return call.expanded(answer, asked), changed

    return execute


def retrieve(call: Call) -> Execute:
    """GET /v1/terminal/readers/{id}, also of a deleted one."""
    asked = call.reads(_KIND)

    def execute() -> Done:
        reader = _found(call)
        answer = reader_object(reader, call.account, call.now_ms)
        return answer if reader.deleted else call.expanded(answer, asked), None

    return execute


def update(call: Call) -> Execute:
    """POST /v1/terminal/readers/{id}. A label of '' is the default again."""
    given = call.params
    asked = call.reads(_KIND, "label", "metadata")
    label = given.optional_text("label")
    change = given.metadata()

    def execute() -> Done:
        reader = _found(call)
        if reader.deleted:
            return reader_object(reader, call.account, call.now_ms), None
        changed = replace(reader, metadata=fields.merge_metadata(reader.metadata, change))
        if given.has("label"):
            changed = replace(changed, label=label or reader.default_label)
        answer = reader_object(changed, call.account, call.now_ms)
        return call.expanded(answer, asked), replace(call.changed(), reader=changed)

    return execute


def delete(call: Call) -> Execute:
    """DELETE /v1/terminal/readers/{id}."""
    call.reads(_KIND)

    def execute() -> Done:
        reader = _found(call)
        if reader.deleted:
            raise _missing(call)
        gone = replace(reader, deleted=True)
        answer = reader_object(gone, call.account, call.now_ms)
        return answer, replace(call.changed(), reader=gone)

    return execute


def list_all(call: Call) -> Execute:
    """GET /v1/terminal/readers, by device type, location, serial number and status."""
    given = call.params
    asked = call.reads(_KIND, *lists.PARAMS, *_FILTERS, in_list=True)
    page = lists.page(given.nodes)
    wanted = {
        "device_type": given.optional_choice("device_type", *rules.DEVICE_TYPES),
        "location": given.optional_text("location"),
        "serial_number": given.optional_text("serial_number"),
        "status": given.optional_choice("status", "online", "offline"),
    }

    def execute() -> Done:
        told = [
            reader_object(reader, call.account, call.now_ms)
            for reader in reversed(call.account.readers.values())
            if not reader.deleted
        ]
        newest_first = [
            reader
            for reader in told
            if all(value in (None, reader[name]) for name, value in wanted.items())
        ]
        return call.expanded(paging.cut(call.path, newest_first, page, "reader"), asked), None

    return execute


def _device(call: Call, code: str, reader_id: str) -> Device:
    """What shows that code; a simulated reader is made as it is registered."""
    if code in rules.SIMULATED and not call.account.livemode:
        return Device(rules.simulated_serial(code, reader_id), rules.SIMULATED[code], code)
    for device in call.devices.values():
        if device.registration_code == code:
            return device
    raise invalid_request(
        "The registration code is not valid. It may have been used, or be mistyped.",
        param="registration_code",
    )


def _registered(call: Call, device: Device) -> Reader | None:
    for reader in call.account.readers.values():
        if reader.serial_number == device.serial_number and not reader.deleted:
            return reader
    return None


def _found(call: Call) -> Reader:
    reader = call.account.readers.get(call.ids["id"])
    if reader is None:
        raise _missing(call)
    return reader


def _missing(call: Call) -> Rejected:
    return resource_missing("reader", call.ids["id"], "id")
