"""The same calls in any order to posd and to Stripe: the same answers, but for what is declared."""

from typing import Final

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, MultipleResults, initialize, rule

from posd_simulator.cloud.rules.readers import Device
from tests.conformance.fleet import values
from tests.conformance.fleet.differences import Asked
from tests.conformance.fleet.machine import RUNS, Machine, from_cursor
from tests.conformance.fleet.values import CONFIGURATIONS, LOCATIONS, READERS, TOKENS, Params

SERIALS: Final = ("S7-1", "S7-2")


class Fleet(Machine):
    """One store's fleet, changed and read through posd and at Stripe."""

    locations: Bundle[str] = Bundle("locations")
    readers: Bundle[str] = Bundle("readers")
    configurations: Bundle[str] = Bundle("configurations")
    done: Bundle[Asked] = Bundle("done")

    @initialize(target=locations)
    def opens(self) -> str:
        return self._pair.home

    @rule(target=locations, params=values.new_locations)
    def make_location(self, params: Params) -> str | MultipleResults[str]:
        return self._made(Asked("POST", LOCATIONS, params))

    @rule(location=locations, params=values.location_changes)
    def change_location(self, location: str, params: Params) -> None:
        self._ask(Asked("POST", f"{LOCATIONS}/{location}", params))

    @rule(location=locations, configuration=configurations)
    def override(self, location: str, configuration: str) -> None:
        overrides = {"configuration_overrides": configuration}
        self._ask(Asked("POST", f"{LOCATIONS}/{location}", overrides))

    @rule(target=readers, location=locations, params=values.registrations)
    def register(self, location: str, params: Params) -> str | MultipleResults[str]:
        return self._made(Asked("POST", READERS, {"location": location, **params}))

    @rule(target=readers, location=locations, serial=st.sampled_from(SERIALS))
    def register_a_device_again(self, location: str, serial: str) -> str | MultipleResults[str]:
        code = f"sepia-cerulean-{self._number()}"
        self._pair.place(Device(serial, "stripe_s700", code))
        there = {"registration_code": code, "location": location}
        return self._made(Asked("POST", READERS, there))

    @rule(reader=readers, params=values.reader_changes)
    def change_reader(self, reader: str, params: Params) -> None:
        self._ask(Asked("POST", f"{READERS}/{reader}", params))

    @rule(target=configurations, params=values.sections)
    def make_configuration(self, params: Params) -> str | MultipleResults[str]:
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
        if (method, location) != ("DELETE", self._pair.home):  # posd's tokens are for it
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
        filters=values.location_filters,
    )
    def list_locations(self, cursor: str | None, direction: str, filters: Params) -> None:
        self._ask(Asked("GET", LOCATIONS, {**from_cursor(cursor, direction), **filters}))

    @rule(
        cursor=st.none() | readers | st.just("tmr_nope"),
        direction=values.directions,
        location=st.none() | locations | st.just("tml_nope"),
        filters=values.reader_filters,
    )
    def list_readers(
        self,
        cursor: str | None,
        direction: str,
        location: str | None,
        filters: Params,
    ) -> None:
        there: Params = {} if location is None else {"location": location}
        asked = {**from_cursor(cursor, direction), **there, **filters}
        self._ask(Asked("GET", READERS, asked))

    @rule(
        cursor=st.none() | configurations | st.just("tmc_nope"),
        direction=values.directions,
        filters=values.configuration_filters,
    )
    def list_configurations(self, cursor: str | None, direction: str, filters: Params) -> None:
        self._ask(Asked("GET", CONFIGURATIONS, {**from_cursor(cursor, direction), **filters}))

    @rule(collection=st.sampled_from([LOCATIONS, READERS, CONFIGURATIONS]))
    def list_everything(self, collection: str) -> None:
        self._ask(Asked("GET", collection, {"limit": "100"}))

    @rule(target=done, location=locations, params=values.location_changes)
    def do_once(self, location: str, params: Params) -> Asked | MultipleResults[Asked]:
        return self._done(
            Asked("POST", f"{LOCATIONS}/{location}", params, f"cart {self._number()}")
        )

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


Fleet.TestCase.settings = RUNS
TestFleet = pytest.mark.timeout(120)(Fleet.TestCase)
