"""What is in force at a reader, value by value. The shape is posd's own: Stripe tells no such."""

from posd.model.configuration import ReaderConfiguration, Setting
from posd.render import Json


def reader_configuration(known: ReaderConfiguration) -> Json:
    """`GET /posd/v1/readers/{reader}/configuration`."""
    return {
        "object": "posd.reader_configuration",
        "reader": known.reader,
        "location": known.location,
        "mirror_heard_ms": known.heard_ms,
        "configuration_unheard": known.unheard,
        "settings": [_setting(one) for one in known.settings],
    }


def _setting(one: Setting) -> Json:
    return {
        "section": one.section,
        "name": one.name,
        "value": one.value,
        "origin": one.origin.value,
        "configuration": one.configuration,
        "since_ms": one.since_ms,
        "state": one.standing.value,
    }
