"""A store of several tills, as its manager sees it: posd and a terminal at each till.

Everything but the browser is a process of its own. What is asked of posd goes over its API.
"""

import hashlib
import json
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any, Final

import httpx2

from posd.journal.command import Entry
from posd.journal.connection import open_reader
from posd.journal.queries import Queries
from posd.model.attempt import AttemptState
from tests.crash.child import Child, Nursery
from tests.crash.store import KEPT, REQUEST_S, eventually, free_port
from tests.wakeful import wakeful

STORE: Final = "Store 014 Lyon"
TILLS: Final = ("Till 1", "Till 2", "Bistro")
TILL_KEY: Final = "posd_test_till_of_the_browser_tests"
MANAGER_KEY: Final = "posd_test_manager_of_the_browser_tests"
NOBODY: Final = "http://127.0.0.1:9"
"""Where no Stripe answers."""
STRIPE_KEY: Final = "rk_test_browser"
READY_S: Final = 30.0
PAID_S: Final = 20.0
BAUD: Final = 115200
ZONE: Final = "Europe/Paris"
HABITS: Final = ("--tap-after", "0.05", "--host-delay", "0.05", "--storage-rule", "new")
LOOK_S: Final = 0.05


class Terminal:
    """One card terminal on a pty, whose customers tap at once unless they are told otherwise.

    Attributes:
        url: Where posd finds it.
        control: Where the simulator is told what happens.
    """

    def __init__(self, folder: Path, nursery: Nursery, number: int) -> None:
        folder.mkdir()
        self.url = f"zvt+serial://{folder / 'line'}?baud={BAUD}"
        own = ["--tid", str(52500000 + number), "--ledger", str(folder / "ledger")]
        options = ["--pty", "--link", str(folder / "line"), "--baud", str(BAUD), *HABITS, *own]
        self._process = nursery.simulator(["terminal", *options], folder)
        out = folder / "posd-sim.out"
        assert eventually(lambda: _is_line(out), READY_S), out.with_suffix(".log").read_text()
        self.control: str = json.loads(out.read_text())["control"]
        self._panel = httpx2.Client(
            base_url=self.control, timeout=REQUEST_S, verify=False, limits=KEPT
        )

    def next_customer(self, behaviour: str) -> None:
        """`tap`, `decline`, `cancel`, `walk_away` …: what the next one does, or this one."""
        self._panel.post("/script", json={"behaviour": behaviour}).raise_for_status()

    def meets(self, **fields: str | float) -> None:
        """Have something happen to it, in the words of its control port."""
        self._panel.post("/fault", json=fields).raise_for_status()

    def unplug(self) -> None:
        """Pull its cable."""
        self._panel.post("/cable", json={"plugged": False}).raise_for_status()

    def plug(self) -> None:
        """Plug it in."""
        self._panel.post("/cable", json={"plugged": True}).raise_for_status()

    def close(self) -> None:
        """Switch it off."""
        self._panel.close()
        self._process.kill()


class Shop:
    """The store. Its state directory and its terminals stay while posd is stopped and started.

    Attributes:
        tills: The names of its lanes; the reader of the first is `lane-1`, and so on.
        url: Where its page is.
        journal: posd's journal, which is a whole file while posd is stopped.
    """

    def __init__(
        self,
        folder: Path,
        nursery: Nursery,
        *,
        tills: Sequence[str] = TILLS,
        locale: str = "en-GB",
        stripe: str | None = NOBODY,
        offline: str = "",
        named: bool = True,
    ) -> None:
        """A store that has not opened yet.

        Args:
            tills: A lane for each, with a reader and a terminal.
            stripe: Stripe's address; None for a store without an account.
            offline: The section of that name.
            named: Whether the file has the names of store and lanes.
        """
        folder.mkdir(parents=True)
        self.tills = tuple(tills)
        self.journal = folder / "state/journal.db"
        self._folder = folder
        self._nursery = nursery
        self._open = ExitStack()
        self._terminals = {
            till: self._open.enter_context(closing(Terminal(folder / f"lane-{at}", nursery, at)))
            for at, till in enumerate(tills, 1)
        }
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.config = folder / "posd.toml"
        name = f'name = "{STORE}"' if named else ""
        lanes = self._lanes() if named else []
        head = self._head(f'{name}\nlocale = "{locale}"')
        parts = [head, self._upstream(stripe), offline, *self._readers(), *lanes, _KEYS]
        self.config.write_text("\n".join(parts))
        self._till = self._caller(TILL_KEY)
        self._manager = self._caller(MANAGER_KEY)
        self.posd: Child | None = None

    def start(self, *, ahead_s: int = 0) -> None:
        """Start posd, by a clock that is so far ahead; return once it answers."""
        self.posd = posd = self._nursery.posd(self.config, ahead_s=ahead_s)
        if not eventually(lambda: self._answers() or not posd.running, READY_S, LOOK_S):
            raise AssertionError(f"posd is not ready:\n{self.log()}")
        assert posd.running, self.log()

    def open(self, *, ahead_s: int = 0) -> None:
        """Start posd; return once each of its readers takes payments."""
        self.start(ahead_s=ahead_s)
        for till in self.tills:
            assert eventually(partial(self.is_online, till), READY_S, LOOK_S), self.log()

    def stop(self) -> None:
        """SIGTERM, and the tidy end of it."""
        assert self.posd is not None
        self.posd.send(signal.SIGTERM)
        assert self.posd.ended() == 0, self.log()

    def terminal_at(self, till: str) -> Terminal:
        """The terminal of a lane."""
        return self._terminals[till]

    def reader_at(self, till: str) -> str:
        """The id of a lane's reader."""
        return f"tmr_posd_lane-{self.tills.index(till) + 1}"

    def is_online(self, till: str) -> bool:
        """Whether the reader of a lane takes payments."""
        return bool(self.status_of(till) == "online")

    def status_of(self, till: str) -> str:
        """`online` or `offline`, as a till reads it."""
        status: str = self.told(f"/v1/terminal/readers/{self.reader_at(till)}")["status"]
        return status

    def hand_over(self, till: str, amount: int, order: str) -> str:
        """Hand a payment to the reader of a lane, of `amount` cents; its id."""
        fields = {"amount": str(amount), "currency": "eur", "metadata[order_id]": order}
        fields["payment_method_types[]"] = "card_present"
        intent: str = self.ask("/v1/payment_intents", **fields)["id"]
        reader = self.reader_at(till)
        self.ask(f"/v1/terminal/readers/{reader}/process_payment_intent", payment_intent=intent)
        return intent

    def pay(self, till: str, amount: int, order: str) -> str:
        """A payment to its good end."""
        return self.ended(self.hand_over(till, amount, order), "succeeded")

    def decline(self, till: str, amount: int, order: str) -> str:
        """A payment that the card's bank declines."""
        self.terminal_at(till).next_customer("decline")
        return self.ended(self.hand_over(till, amount, order), "requires_payment_method")

    def ended(self, intent: str, status: str) -> str:
        """The payment, once a till reads that status of it and its reader is done with it."""

        def over() -> bool:
            state = self.standing(intent)["next"]
            told = self.told(f"/v1/payment_intents/{intent}")["status"]
            return bool(told == status and state != "wait")

        assert eventually(over, PAID_S, LOOK_S), (self.standing(intent), self.log())
        return intent

    def standing(self, intent: str) -> Mapping[str, Any]:
        """How a payment stands, in posd's own words."""
        return self.told(f"/posd/v1/payment_intents/{intent}")

    def close_day(self, till: str) -> None:
        """The end of day of a lane's reader, to its good end."""
        self.begin_to_close_day(till)
        self.waits_for(lambda: self.day_status(till) == "closed")

    def refunded(self, intent: str) -> int:
        """How much of a payment has gone back, in cents."""
        refunds = self.told(f"/v1/refunds?payment_intent={intent}")["data"]
        return sum(refund["amount"] for refund in refunds if refund["status"] == "succeeded")

    def drafts(self) -> int:
        """How many refunds are proposed."""
        count: int = self.told("/posd/v1/status")["refund_drafts"]
        return count

    def begin_to_close_day(self, till: str) -> None:
        """The same; its terminal has taken the command when this returns."""
        self._manager.post(self._day_path(till)).raise_for_status()

    def day_status(self, till: str) -> str:
        """What became of the latest end of day of a lane's reader."""
        status: str = self._manager.get(self._day_path(till)).raise_for_status().json()["status"]
        return status

    def attempt_state(self, intent: str) -> AttemptState | None:
        """How the last attempt of a payment stands in the journal."""
        with closing(open_reader(self.journal, None)) as connection:
            attempt = Queries(connection).latest_attempt(intent)
        return attempt.state if attempt is not None else None

    def attempt_of(self, intent: str) -> str:
        """The id of the last attempt of a payment."""
        with closing(open_reader(self.journal, None)) as connection:
            attempt = Queries(connection).latest_attempt(intent)
        assert attempt is not None, intent
        return attempt.id

    def entries(self, about: str) -> list[Entry]:
        """What the journal holds of an object, oldest first."""
        with closing(open_reader(self.journal, None)) as connection:
            return Queries(connection).entries(about)

    def owed(self) -> Mapping[str, Any]:
        """How posd stands with Stripe: how many reports wait, how many are parked."""
        upstream: Mapping[str, Any] = self.told("/posd/v1/status")["upstream"]
        return upstream

    def is_told_everything(self) -> bool:
        """Whether Stripe knows all that it is owed."""
        return bool(self.owed()["waiting"] == 0)

    def trouble_of(self, till: str) -> str | None:
        """Why the reader of a lane takes no payment, in posd's word for it."""
        lanes = self.told("/posd/v1/status")["lanes"]
        trouble: str | None = lanes[self.tills.index(till)]["reader"]["trouble"]
        return trouble

    def is_free(self, till: str) -> bool:
        """Whether the reader of a lane takes payments and has none in hand."""
        reader = self.told(f"/v1/terminal/readers/{self.reader_at(till)}")
        in_hand = reader["action"] is not None and reader["action"]["status"] == "in_progress"
        return bool(reader["status"] == "online" and not in_hand)

    def waits_for(self, true: Callable[[], bool], within_s: float = PAID_S) -> None:
        """Return once that is so."""
        assert eventually(true, within_s, LOOK_S), self.log()

    def ask(self, path: str, **form: str) -> Mapping[str, Any]:
        """What a till is answered when it posts that form."""
        answer: Mapping[str, Any] = self._till.post(path, data=form).raise_for_status().json()
        return answer

    def told(self, path: str) -> Mapping[str, Any]:
        """What a till reads there."""
        told: Mapping[str, Any] = self._till.get(path).raise_for_status().json()
        return told

    def log(self) -> str:
        """What posd logged."""
        return (self._folder / "posd.log").read_text()

    def close(self) -> None:
        """End what runs."""
        if self.posd is not None:
            self.posd.kill()
        self._till.close()
        self._manager.close()
        self._open.close()

    def _day_path(self, till: str) -> str:
        return f"/posd/v1/readers/{self.reader_at(till)}/end_of_day"

    def _answers(self) -> bool:
        try:
            return self._till.get("/posd/v1/live").is_success
        except httpx2.TransportError:
            return False

    def _caller(self, key: str) -> httpx2.Client:
        headers = {"Authorization": f"Bearer {key}"}
        return httpx2.Client(
            base_url=self.url, headers=headers, timeout=REQUEST_S, verify=False, limits=KEPT
        )

    def _head(self, store: str) -> str:
        return f"""mode = "test"

[store]
{store}
time_zone = "{wakeful(ZONE)}"
currency = "eur"
state_dir = "{self._folder / "state"}"

[listen]
port = {self.port}
socket = "{self._folder / "posd.sock"}"
"""

    def _upstream(self, stripe: str | None) -> str:
        if stripe is None:
            return '[upstream]\nkind = "none"\n'
        key = self._folder / "stripe.key"
        key.write_text(STRIPE_KEY)
        key.chmod(0o600)
        return (
            f'[upstream]\nkind = "stripe"\nbase_url = "{stripe}"\n'
            f'credential_file = "{key}"\nrequests_per_s = 100\n'
        )

    def _readers(self) -> list[str]:
        return [
            f"""[[reader]]
name = "lane-{at}"
url = "{terminal.url}"
control = "{terminal.control}"
label = "{till}"
simulated = true
password = "000000"
receipts = "till"
"""
            for at, (till, terminal) in enumerate(self._terminals.items(), 1)
        ]

    def _lanes(self) -> list[str]:
        return [
            f'[[lane]]\nname = "{till}"\nreader = "lane-{at}"\n'
            for at, till in enumerate(self.tills, 1)
        ]


_KEYS: Final = "\n".join(
    f'[[key]]\nname = "{role}"\nrole = "{role}"\n'
    f'sha256 = "{hashlib.sha256(key.encode()).hexdigest()}"\n'
    for role, key in (("till", TILL_KEY), ("manager", MANAGER_KEY))
)


def _is_line(file: Path) -> bool:
    return file.exists() and file.read_text().endswith("\n")
