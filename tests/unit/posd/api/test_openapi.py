"""The OpenAPI document is about every route of posd's own, and says what each takes."""

from posd.api.calls import AnyRoute
from posd.api.openapi.answers import ANSWERS, Json
from posd.api.openapi.document import document
from posd.api.routes import ROUTES
from tests.unit.posd.api.fakes import OBSERVER, Bench

OWN = [route for route in ROUTES if route.path.startswith("/posd/")]
PATHS: Json = document()["paths"]


def operation(route: AnyRoute) -> Json:
    told: Json = PATHS[route.path][route.method.lower()]
    return told


def test_every_route_of_posds_own_is_in_it_and_no_other() -> None:
    told = {(method.upper(), path) for path, methods in PATHS.items() for method in methods}
    assert told == {(route.method, route.path) for route in OWN}
    assert set(ANSWERS) == {route.path for route in OWN}


async def test_whoever_may_look_is_sent_it() -> None:
    async with Bench().client(OBSERVER) as observer:
        told = await observer.get("/posd/v1/openapi.json")
    assert told.json()["paths"].keys() == PATHS.keys()


def test_each_operation_has_an_id_of_its_own() -> None:
    ids = [operation(route)["operationId"] for route in OWN]
    assert len(set(ids)) == len(ids)


def test_a_form_says_what_it_takes_and_needs() -> None:
    told = PATHS["/posd/v1/keys"]["post"]["requestBody"]
    assert told == {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["name", "role"],
                    "properties": {
                        "name": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": 5000,
                            "pattern": r"\S",
                        },
                        "role": {"type": "string", "enum": ["observer", "till", "manager"]},
                        "lane": {"type": "string"},
                        "refund_max": {"type": "integer", "minimum": 0, "maximum": 99_999_999},
                    },
                }
            }
        },
    }


def test_a_query_says_what_it_takes() -> None:
    parameters = PATHS["/posd/v1/payment_intents/{intent}/receipts"]["get"]["parameters"]
    told = {one["name"]: (one["in"], one["required"], one["schema"]) for one in parameters}
    assert told["intent"][:2] == ("path", True)
    formats = {"type": "string", "enum": ["text", "html", "json"]}
    assert told["format"] == ("query", False, formats)
    types = PATHS["/posd/v1/events"]["get"]["parameters"][1]
    assert (types["name"], types["schema"]["type"]) == ("types[]", "array")


def test_who_needs_no_key_is_refused_for_none() -> None:
    live, status = PATHS["/posd/v1/live"]["get"], PATHS["/posd/v1/status"]["get"]
    assert "security" not in live
    assert not {"401", "403"} & set(live["responses"])
    assert status["security"] == [{"key": []}]
    assert {"401", "403"} <= set(status["responses"])
