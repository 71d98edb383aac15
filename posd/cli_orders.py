"""`posd orders`: what Stripe sells, and orders of it, from preview to the lane.

An order form is a TOML file with the names of Stripe's parameters, so that it can be kept, compared
and used again; posd and Stripe say what is wrong with it.
"""

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias
from urllib.parse import quote, urlencode

import typer
from rich.console import Console
from rich.table import Table

from posd.cli_client import (
    STRIPE_TIMEOUT_S,
    AsJson,
    AskedConfig,
    Socket,
    client_at,
    echo_json,
    everything,
    tell,
    text,
)
from posd.cli_progress import waiting
from posd.errors import ConfigError
from posd.render.locale import Writer

ORDERS: Final = "/v1/terminal/hardware_orders"
FOLLOWED: Final = "/posd/v1/hardware_orders"
SKUS: Final = "/v1/terminal/hardware_skus"
PRODUCTS: Final = "/v1/terminal/hardware_products"
METHODS: Final = "/v1/terminal/hardware_shipping_methods"
PAYMENT_TYPE: Final = "monthly_invoice"
"""The only one that Stripe takes over its API."""
NEXT: Final[Mapping[str, str]] = {
    "wait": "Nothing to do but wait.",
    "receive": "Unpack it: posd orders receive {id}",
    "ask_stripe": "Ask Stripe's support.",
    "order_again": "Nothing was ordered. Order again.",
    "nothing": "Nothing is left to do.",
    "bind": "Bind it to a lane: --lane.",
    "test": "Not on the line yet: plug it in, and run this again.",
    "retire": "Retire the old reader: --replaces.",
    "none": "In use.",
}
"""What to do, by posd's word for it."""

Json: TypeAlias = dict[str, Any]

orders = typer.Typer(help="Hardware: from Stripe's shelf to a lane.", no_args_is_help=True)

Form = Annotated[Path, typer.Argument(help="The order form, a TOML file.", exists=True)]
OrderId = Annotated[str, typer.Argument(help="Its id, Stripe's or posd's own.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask; for scripts.")]


class Counter:
    """A running posd, asked about hardware."""

    def __init__(self, file: Path | None, socket: Path | None) -> None:
        self._client = client_at(file, socket, STRIPE_TIMEOUT_S)
        self._writer: Writer | None = None

    def get(self, path: str, **query: str | int) -> Json:
        """One object."""
        asked = f"{path}?{urlencode(query)}" if query else path
        told: Json = json.loads(self._client.get(asked))
        return told

    def everything(self, path: str, **query: str) -> list[Json]:
        """A whole list, page by page."""
        with waiting("Asking Stripe"):
            return everything(self._client, path, **query)

    def preview(self, form: Mapping[str, str]) -> Json:
        """What an order would be; orders nothing."""
        return self.get(f"{ORDERS}/preview", **form)

    def post(self, path: str, form: Mapping[str, str]) -> Json:
        """The answer to an effect."""
        told: Json = json.loads(self._client.post(path, form))
        return told

    def money(self, amount: int, currency: str) -> str:
        """An amount in minor units as the store's locale writes it."""
        if self._writer is None:
            store = self.get("/posd/v1/status")
            self._writer = Writer(store["locale"], store["time_zone"])
        return self._writer.money(amount, currency)


@orders.command("skus")
def show_skus(
    country: Annotated[str, typer.Option(help="Where it goes: two letters, e.g. DE.")],
    *,
    as_json: AsJson = False,
    file: AskedConfig = None,
    socket: Socket = None,
) -> None:
    """What Stripe sells to a country, and how it ships there."""
    counter = Counter(file, socket)
    if as_json:
        found = {"skus": SKUS, "shipping_methods": METHODS}
        echo_json({name: counter.everything(path, country=country) for name, path in found.items()})
        return
    products: dict[str, str] = {one["id"]: one["type"] for one in counter.everything(PRODUCTS)}
    skus = Table("SKU", "Product", "Price", "At most", title="Hardware", title_justify="left")
    for sku in counter.everything(SKUS, country=country):
        price = counter.money(sku["amount"], sku["currency"])
        product = text(products.get(sku["product"]) or sku["product"])
        skus.add_row(text(sku["id"]), product, price, str(sku["orderable"]))
    methods = Table("Shipping method", "", "Arrives, as estimated", title_justify="left")
    for method in counter.everything(METHODS, country=country):
        window = method["estimated_delivery_window"]
        arrives = text(f"{window['minimum_date']} to {window['maximum_date']}")
        methods.add_row(text(method["id"]), text(method["name"]), arrives)
    Console().print(skus, methods)


@orders.command("preview")
def show_preview(
    form: Form, *, as_json: AsJson = False, file: AskedConfig = None, socket: Socket = None
) -> None:
    """What an order form costs today. Orders nothing."""
    counter = Counter(file, socket)
    preview = counter.preview(_read(form))
    if as_json:
        echo_json(preview)
    else:
        _show_price(counter, preview, Console())


@orders.command("create")
def create_order(
    form: Form,
    *,
    yes: Yes = False,
    as_json: AsJson = False,
    file: AskedConfig = None,
    socket: Socket = None,
) -> None:
    """Order what an order form says, after a look at its price, tax and address."""
    if as_json and not yes:
        raise typer.BadParameter("--json shows nobody the price: look at it first, then add --yes")
    counter, asked = Counter(file, socket), _read(form)
    if as_json:
        echo_json(counter.post(ORDERS, asked))
        return
    preview = counter.preview(asked)
    _show_price(counter, preview, Console())
    total = counter.money(preview["amount"], preview["currency"])
    if not yes:
        typer.confirm(f"Order this for {total}?", abort=True)
    placed = counter.post(ORDERS, asked)
    paid = counter.money(placed["amount"], placed["currency"])
    typer.echo(f"{placed['id']}: {placed['status']}, {paid}. posd orders track {placed['id']}")


@orders.command("list")
def list_orders(
    *, as_json: AsJson = False, file: AskedConfig = None, socket: Socket = None
) -> None:
    """Every order that Stripe has told of, newest first."""
    counter = Counter(file, socket)
    found = counter.everything(ORDERS)
    if as_json:
        echo_json(found)
        return
    table = Table("Order", "Status", "Pieces", "Total", "Parcels")
    for order in found:
        pieces = sum(item["quantity"] for item in order["hardware_order_items"])
        parcels = [f"{one['carrier']} {one['tracking_number']}" for one in _parcels(order)]
        table.add_row(
            text(order["id"]),
            text(order["status"]),
            str(pieces),
            counter.money(order["amount"], order["currency"]),
            text(", ".join(parcels)),
        )
    Console().print(table)


@orders.command("track")
def track_order(
    order: OrderId, *, as_json: AsJson = False, file: AskedConfig = None, socket: Socket = None
) -> None:
    """Where an order is, what to do next, and what has been done with its readers."""
    told = Counter(file, socket).get(_path(FOLLOWED, order))
    if as_json:
        echo_json(told)
    else:
        _show_order(told, Console())


@orders.command("receive")
def receive_reader(  # noqa: PLR0913 (one option a step)
    order: OrderId,
    *,
    code: Annotated[str | None, typer.Option(help="Its pairing code, or a reader's URL.")] = None,
    reader: Annotated[str | None, typer.Option(help="Its id, if it is registered.")] = None,
    label: Annotated[str | None, typer.Option(help="What people call it.")] = None,
    location: Annotated[str | None, typer.Option(help="Its location at Stripe.")] = None,
    lane: Annotated[str | None, typer.Option(help="The lane it is to serve.")] = None,
    replaces: Annotated[str | None, typer.Option(help="Id of the reader to retire.")] = None,
    as_json: AsJson = False,
    file: AskedConfig = None,
    socket: Socket = None,
) -> None:
    """Register a reader out of the parcel, bind it to a lane, test it, retire the old one.

    Asks for the pairing code if none is given. Run it again with --reader for what is left.
    """
    if code is None and reader is None:
        code = typer.prompt("Pairing code of the reader", err=True)
    given = {
        "registration_code": code,
        "reader": reader,
        "label": label,
        "location": location,
        "lane": lane,
        "replaces": replaces,
    }
    asked = {name: value for name, value in given.items() if value is not None}
    told = Counter(file, socket).post(f"{_path(FOLLOWED, order)}/receive", asked)
    if as_json:
        echo_json(told)
    else:
        _show_order(told, Console())


@orders.command("cancel")
def cancel_order(
    order: OrderId,
    *,
    yes: Yes = False,
    as_json: AsJson = False,
    file: AskedConfig = None,
    socket: Socket = None,
) -> None:
    """Cancel an order that is pending; Stripe refuses any other."""
    if not yes:
        typer.confirm(f"Cancel {order}?", abort=True, err=True)
    told = Counter(file, socket).post(f"{_path(ORDERS, order)}/cancel", {})
    tell(told, f"{told['id']}: {told['status']}.", as_json=as_json)


def _path(collection: str, order: str) -> str:
    return f"{collection}/{quote(order, safe='')}"


def _read(form: Path) -> dict[str, str]:
    """The parameters of an order form. Raises ConfigError if it is no TOML."""
    try:
        told = tomllib.loads(form.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{form}: cannot be read as TOML: {error}") from error
    return dict(_flat("", {"payment_type": PAYMENT_TYPE, **told}))


def _flat(name: str, value: object) -> Iterator[tuple[str, str]]:
    """A value as pairs of Stripe's bracketed names and texts."""
    match value:
        case dict():
            for key, child in value.items():
                yield from _flat(f"{name}[{key}]" if name else str(key), child)
        case list():
            for index, child in enumerate(value):
                yield from _flat(f"{name}[{index}]", child)
        case _:
            yield name, str(value)


def _show_price(counter: Counter, order: Json, console: Console) -> None:
    currency = order["currency"]
    table = Table("", "Pieces", "Amount")
    for item in order["hardware_order_items"]:
        sku = text(item["terminal_hardware_sku"]["id"])
        table.add_row(sku, str(item["quantity"]), counter.money(item["amount"], currency))
    shipping = order["shipping"]
    method = text(f"Shipping, {order['shipping_method']}")
    table.add_row(method, "", counter.money(shipping["amount"], currency))
    table.add_row("Tax", "", counter.money(order["tax"], currency))
    table.add_row("Total", "", counter.money(order["amount"], currency))
    console.print(table)
    address = shipping["address"]
    town = f"{address['postal_code']} {address['city'] or ''}".strip()
    parts = (
        *(shipping["company"], shipping["name"], address["line1"], address["line2"]),
        *(town, address["state"], address["country"], shipping["phone"], shipping["email"]),
    )
    console.print(text("To: " + ", ".join(filter(None, parts))))


def _show_order(order: Json, console: Console) -> None:
    id_ = order["hardware_order"] or order["id"]
    console.print(text(f"{id_}: {order['status'].replace('_', ' ')}"), style="bold")
    for line in (*order["shipment_tracking"], order["refusal"], order.get("problem")):
        if line:
            console.print(text(line))
    if order["readers"]:
        table = Table("Reader", "Lane", "Tested", "Retired", "")
        for reader in order["readers"]:
            table.add_row(
                text(reader["reader"]),
                text(reader["lane"] or ""),
                "yes" if reader["tested"] else "",
                text(reader["retired_reader"] or ""),
                NEXT[reader["next"]],
            )
        console.print(table)
    console.print(text(NEXT[order["next"]].format(id=id_)))


def _parcels(order: Json) -> list[Json]:
    parcels: list[Json] = order["shipment_tracking"]
    return parcels
