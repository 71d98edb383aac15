"""The same calls in any order to posd and to Stripe: the same answers, but for what is declared."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, multiple, rule

from posd_simulator.cloud.rules.readers import Device
from tests.conformance.fleet import values
from tests.conformance.fleet.differences import Asked, Exchange, evened
from tests.conformance.fleet.pair import Pair
from tests.conformance.fleet.values import CONFIGURATIONS, LOCATIONS, READERS, TOKENS, Params

STEPS: Final = 30
EXAMPLES_A_PROFILE: Final = 5
"""A machine's run takes as long as so many ordinary examples."""
SERIALS: Final = ("S7-1", "S7-2")


class Fleet(RuleBasedStateMachine):
    """One store's fleet, changed and read through posd and at Stripe."""

    locations: Bundle[str] = Bundle("locations")
    readers: Bundle[str] = Bundle("readers")
    configurations: Bundle[str] = Bundle("configurations")
    done: Bundle[Asked] = Bundle("done")

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        self._pair = Pair(Path(self._folder.name))
        self._keys = 0
        self._codes = 0

    @initialize(target=locations)
    def opens(self) -> str:
        return self._pair.home

    @rule(target=locations, params=values.new_locations)
    def make_location(self, params: Params) -> object:
        return self._made(Asked("POST", LOCATIONS, params))

    @rule(location=locations, params=values.location_changes)
    def change_location(self, location: str, params: Params) -> None:
        self._ask(Asked("POST", f"{LOCATIONS}/{location}", params))

    @rule(location=locations, configuration=configurations)
    def override(self, location: str, configuration: str) -> None:
        overrides = {"configuration_overrides": configuration}
        self._ask(Asked("POST", f"{LOCATIONS}/{location}", overrides))

    @rule(target=readers, location=locations, params=values.registrations)
    def register(self, location: str, params: Params) -> object:
        return self._made(Asked("POST", READERS, {"location": location, **params}))

    @rule(target=readers, location=locations, serial=st.sampled_from(SERIALS))
    def register_a_device_again(self, location: str, serial: str) -> object:
        self._codes += 1
        code = f"sepia-cerulean-{self._codes}"
        self._pair.place(Device(serial, "stripe_s700", code))
        there = {"registration_code": code, "location": location}
        return self._made(Asked("POST", READERS, there))

    @rule(reader=readers, params=values.reader_changes)
    def change_reader(self, reader: str, params: Params) -> None:
        self._ask(Asked("POST", f"{READERS}/{reader}", params))

    @rule(target=configurations, params=values.sections)
    def make_configuration(self, params: Params) -> object:
        return self._made(Asked("POST", CONFIGURATIONS, params))

    @rule(configuration=configurations, params=values.sections)
    def change_configuration(self, configuration: str, params: Params) -> None:
        self._ask(Asked("POST", f"{CONFIGURATIONS}/{configuration}", params))

    @rule(location=st.none() | locations | st.just("tml_nope"), params=values.token_requests)
    def ask_for_a_token(self, location: str | None, params: Params) -> None:
        scope: Params = {} if location is None else {"location": location}
        self._ask(Asked("POST", TOKENS, {**scope, **params}))

    @rule(location=locations | st.just("tml_nope"), method=st.sampled_from(["GET", "DELETE"]))
    def look_at_or_delete_a_location(self, location: str, method: str) -> None:
        self._ask(Asked(method, f"{LOCATIONS}/{location}", {}))

    @rule(
        reader=readers | st.just("tmr_nope"),
        method=st.sampled_from(["GET", "GET", "DELETE"]),
        expand=st.booleans(),
    )
    def look_at_or_delete_a_reader(self, reader: str, method: str, *, expand: bool) -> None:
        params: Params = {"expand": ["location"]} if expand else {}
        self._ask(Asked(method, f"{READERS}/{reader}", params))

    @rule(
        configuration=configurations | st.just("tmc_nope"),
        method=st.sampled_from(["GET", "DELETE"]),
    )
    def look_at_or_delete_a_configuration(self, configuration: str, method: str) -> None:
        self._ask(Asked(method, f"{CONFIGURATIONS}/{configuration}", {}))

    @rule(
        cursor=st.none() | locations | st.just("tml_nope"),
        direction=values.directions,
        page=values.pages,
    )
    def list_locations(self, cursor: str | None, direction: str, page: Params) -> None:
        self._ask(Asked("GET", LOCATIONS, {**_from(cursor, direction), **page}))

    @rule(
        cursor=st.none() | readers | st.just("tmr_nope"),
        direction=values.directions,
        page=values.pages,
        location=st.none() | locations | st.just("tml_nope"),
        filters=values.reader_filters,
    )
    def list_readers(
        self,
        cursor: str | None,
        direction: str,
        page: Params,
        location: str | None,
        filters: Params,
    ) -> None:
        there: Params = {} if location is None else {"location": location}
        asked = {**_from(cursor, direction), **page, **there, **filters}
        self._ask(Asked("GET", READERS, asked))

    @rule(
        cursor=st.none() | configurations | st.just("tmc_nope"),
        direction=values.directions,
        page=values.pages,
        filters=values.configuration_filters,
    )
    def list_configurations(
        self, cursor: str | None, direction: str, page: Params, filters: Params
    ) -> None:
        asked = {**_from(cursor, direction), **page, **filters}
        self._ask(Asked("GET", CONFIGURATIONS, asked))

    @rule(target=done, location=locations, params=values.location_changes)
    def do_once(self, location: str, params: Params) -> object:
        self._keys += 1
        key = f"cart {self._keys}"
        asked = Asked("POST", f"{LOCATIONS}/{location}", params, key)
        return asked if self._ask(asked).posd.status == 200 else multiple()

    @rule(asked=done)
    def do_it_again(self, asked: Asked) -> None:
        self._ask(asked)

    @rule(asked=done)
    def do_something_else_under_the_same_key(self, asked: Asked) -> None:
        other = {**asked.params, "display_name": "Another"}
        if other != asked.params:
            self._ask(Asked(asked.method, asked.path, other, asked.key))

    @rule(reader=readers, method=st.sampled_from(["POST", "DELETE"]))
    def somebody_changes_a_reader_at_the_dashboard(self, reader: str, method: str) -> None:
        params = {"label": "Door"} if method == "POST" else {}
        self._pair.at_the_dashboard(Asked(method, f"{READERS}/{reader}", params))

    @rule()
    def time_passes(self) -> None:
        self._pair.let_pass(60)

    def teardown(self) -> None:
        self._pair.close()
        self._folder.cleanup()

    def _made(self, asked: Asked) -> object:
        """The id of what was made, if anything was."""
        exchange = self._ask(asked)
        return exchange.posd.body["id"] if exchange.posd.status == 200 else multiple()

    def _ask(self, asked: Asked) -> Exchange:
        exchange = self._pair.ask(asked)
        without = evened(exchange)
        assert without.posd == without.stripe, exchange
        return exchange


def _from(cursor: str | None, direction: str) -> Params:
    return {} if cursor is None else {direction: cursor}


Fleet.TestCase.settings = settings(
    max_examples=settings.default.max_examples // EXAMPLES_A_PROFILE,
    stateful_step_count=STEPS,
    deadline=None,
)
TestFleet = pytest.mark.timeout(120)(Fleet.TestCase)
