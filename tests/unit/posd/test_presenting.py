"""Cards of tests at a simulated reader, through the World's control port, in virtual time."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from posd.clock import utc
from posd.composition import Posd
from posd.config import ReaderConfig
from posd.errors import Refused
from posd.fleet import NewReader
from posd.model.attempt import AttemptState
from posd.model.payment_intent import PaymentIntent
from posd.model.reader import Reader
from posd.presenting import LAST_WORD_S, NUMBER
from posd.render.reader import action
from posd.simulator_control import CardNumber, NoControlPort, Presented
from posd_drivers import catalogue
from posd_drivers.card_reader import CardReader
from posd_drivers.transport import memory
from posd_drivers.zvt.settings import Framing
from posd_simulator.terminal.cardholder import Cardholder
from posd_simulator.terminal.ledger import MemoryLedger
from posd_simulator.terminal.settings import Settings, Wire
from posd_simulator.terminal.terminal import Terminal
from tests.simulation.control import TerminalAtHand
from tests.unit.posd.house import LANE_1, TILL, House, attempt_of, config, ordered
from tests.unit.posd.virtual import virtual

CONTROL = "http://127.0.0.1:4711"
AMOUNT = 1200
INSUFFICIENT_FUNDS = CardNumber("4000000000009995")
ONLINE_PIN = CardNumber("4001000360000005")
UNKNOWN = CardNumber("4000000000009996")
RESULT_51 = 0x33
MINUTE_S = 60.0


def lane(control: str | None = CONTROL) -> ReaderConfig:
    return ReaderConfig("lane-1", "zvt+tcp://10.0.0.7:1", "eur", simulated=True, control=control)


class Counter:
    """A terminal whose cardholders wait for a script, and the house it stands in."""

    def __init__(self, folder: Path, group: asyncio.TaskGroup, host_delay_s: float) -> None:
        self.house = House(folder, file=config(lane()))
        self.terminal = Terminal(
            Settings(wire=Wire.TCP, host_delay_s=host_delay_s),
            MemoryLedger(),
            now=lambda: utc(self.house.clock.wall_ms()),
            cardholder=Cardholder(auto=False),
        )
        self._group = group
        self.house.devices = {LANE_1: self.open}
        self.house.control = TerminalAtHand(self.terminal)

    async def open(self) -> CardReader:
        link = memory.pair()
        self._group.create_task(self.terminal.connect(link.pt), name="line")
        settings = catalogue.ReaderSettings(currency="eur")
        return catalogue.reader_over(link.ecr, Framing.STREAM, settings)


class Untouched:
    """A control port that nobody may use."""

    async def present(self, control: str, card: CardNumber | None) -> Presented:
        raise AssertionError((control, card))


@asynccontextmanager
async def counter(folder: Path, host_delay_s: float = 0.3) -> AsyncIterator[Counter]:
    async with asyncio.TaskGroup() as group:
        on = Counter(folder, group, host_delay_s)
        running = group.create_task(on.terminal.run(), name="terminal")
        yield on
        await on.terminal.pull_cable()
        running.cancel()


async def waiting(posd: Posd, amount: int = AMOUNT) -> PaymentIntent:
    """A payment whose terminal waits for a card."""
    intent = await ordered(posd, amount)
    await posd.payments.process(LANE_1, intent.id, actor=TILL, claim=None)
    return intent


async def present(posd: Posd, card: CardNumber | None = None, reader: str = LANE_1) -> Reader:
    return await posd.services().presenting.present(reader, card)


async def refusal(posd: Posd, card: CardNumber | None = None, reader: str = LANE_1) -> Refused:
    head = posd.journal.head
    with pytest.raises(Refused) as refused:
        await present(posd, card, reader)
    assert posd.journal.head == head, "nothing was journaled"
    return refused.value


def written_in(folder: Path) -> bytes:
    """Every octet that posd has put on its disk."""
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def status_of(posd: Posd, intent: PaymentIntent) -> object:
    told = action(attempt_of(posd, intent))
    return told and told["status"]


@virtual
async def test_the_answer_is_the_payments_end(tmp_path: Path) -> None:
    async with counter(tmp_path) as on, on.house.living() as posd:
        intent = await waiting(posd)
        reader = await present(posd)
        assert reader.id == LANE_1
        approved = attempt_of(posd, intent)
        assert approved.state is AttemptState.APPROVED
        assert status_of(posd, intent) == "succeeded"
        assert on.terminal.ledger.book.stored[-1].card == "visa"


@virtual
async def test_a_card_that_its_issuer_refuses_is_declined_with_the_terminals_code(
    tmp_path: Path,
) -> None:
    async with counter(tmp_path) as on, on.house.living() as posd:
        intent = await waiting(posd)
        await present(posd, INSUFFICIENT_FUNDS)
        declined = attempt_of(posd, intent)
        assert (declined.state, declined.code) == (AttemptState.DECLINED, RESULT_51)
        assert status_of(posd, intent) == "failed"
        await waiting(posd)
        await present(posd)


@pytest.mark.parametrize(
    ("ending", "code"),
    [
        (0, None),
        (1, 0x01),
        (2, None),
        (3, None),
        (5, 0x05),
        (55, 0x37),
        (65, 0x41),
        (75, 0x4B),
    ],
)
@virtual
async def test_the_amounts_ending_decides_about_a_good_card(
    tmp_path: Path, ending: int, code: int | None
) -> None:
    async with counter(tmp_path) as on, on.house.living() as posd:
        intent = await waiting(posd, AMOUNT + ending)
        await present(posd)
        attempt = attempt_of(posd, intent)
        assert attempt.code == code
        assert (attempt.state is AttemptState.APPROVED) is (code is None)
        entered_pin = [sale.verification for sale in on.terminal.ledger.book.stored]
        assert entered_pin == ([] if code else ["online_pin" if ending else "none"])


@virtual
async def test_a_pin_is_entered_before_the_answer(tmp_path: Path) -> None:
    async with counter(tmp_path) as on, on.house.living() as posd:
        intent = await waiting(posd)
        await present(posd, ONLINE_PIN)
        assert attempt_of(posd, intent).state is AttemptState.APPROVED


@virtual
async def test_without_a_payment_that_waits_for_a_card_there_is_nothing_to_present_it_to(
    tmp_path: Path,
) -> None:
    async with counter(tmp_path) as on, on.house.living() as posd:
        idle = await refusal(posd)
        assert (idle.code, idle.param) == ("parameter_invalid", "reader")
        assert "waits for a card" in idle.message
        await waiting(posd)
        await present(posd)
        assert (await refusal(posd)).param == "reader"
        assert len(on.terminal.ledger.book.stored) == 1


@virtual
async def test_a_terminal_whose_payment_has_ended_is_not_even_asked(tmp_path: Path) -> None:
    async with counter(tmp_path) as on:
        on.house.control = Untouched()
        on.terminal.cardholder.auto = True
        async with on.house.living() as posd:
            assert (await refusal(posd)).param == "reader"
            intent = await waiting(posd)
            await asyncio.sleep(MINUTE_S)
            assert status_of(posd, intent) == "succeeded"
            assert (await refusal(posd)).param == "reader"


@virtual
async def test_a_number_that_no_card_has_is_named_and_not_repeated(tmp_path: Path) -> None:
    async with counter(tmp_path) as on, on.house.living() as posd:
        intent = await waiting(posd)
        unknown = await refusal(posd, UNKNOWN)
        assert (unknown.code, unknown.param) == ("parameter_invalid", NUMBER)
        assert UNKNOWN.digits not in unknown.message
        assert attempt_of(posd, intent).state is AttemptState.STARTED, "the card is still awaited"


@pytest.mark.parametrize("control", [None, CONTROL])
@virtual
async def test_a_terminal_that_takes_no_cards_from_posd_says_so(
    tmp_path: Path, control: str | None
) -> None:
    async with counter(tmp_path) as on:
        on.house.file = config(lane(control))
        on.house.control = NoControlPort()
        async with on.house.living() as posd:
            await waiting(posd)
            refused = await refusal(posd)
            assert refused.code == ("terminal_reader_offline" if control else "parameter_invalid")
            assert "control port" in refused.message


@virtual
async def test_a_live_posd_presents_nothing(tmp_path: Path) -> None:
    house = House(tmp_path, file=config(mode="live"))
    async with house.living() as posd:
        assert (await refusal(posd)).code == "livemode_mismatch"


@virtual
async def test_an_unknown_reader_is_missing(tmp_path: Path) -> None:
    async with House(tmp_path).living() as posd:
        assert (await refusal(posd, reader="tmr_nope")).status == 404


@virtual
async def test_a_payment_that_takes_longer_is_answered_as_it_stands(tmp_path: Path) -> None:
    async with counter(tmp_path, host_delay_s=MINUTE_S) as on, on.house.living() as posd:
        intent = await waiting(posd)
        began = asyncio.get_running_loop().time()
        await present(posd)
        assert asyncio.get_running_loop().time() - began == pytest.approx(LAST_WORD_S, abs=0.1)
        assert status_of(posd, intent) == "in_progress"
        assert (await refusal(posd)).param == "reader", "the card has been presented"
        await asyncio.sleep(MINUTE_S)
        assert status_of(posd, intent) == "succeeded"


@virtual
async def test_a_reader_of_the_api_names_its_control_port_at_registration(tmp_path: Path) -> None:
    async with counter(tmp_path) as on:
        on.house.file = config()
        code = f"zvt+tcp://10.0.0.9:20007?simulated=true&control={CONTROL}"
        async with on.house.living() as posd:
            new = NewReader(code, "Counter 9")
            reader = (await posd.fleet.register(new, actor="key", claim=None)).record
            assert (reader.address, reader.control) == ("zvt+tcp://10.0.0.9:20007", CONTROL)
            on.house.devices = {reader.id: on.open}
        async with on.house.living() as posd:
            intent = await ordered(posd, AMOUNT)
            await posd.payments.process(reader.id, intent.id, actor=TILL, claim=None)
            await present(posd, reader=reader.id)
            assert attempt_of(posd, intent).state is AttemptState.APPROVED


@virtual
async def test_no_card_number_is_kept_or_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.NOTSET)
    async with counter(tmp_path) as on, on.house.living() as posd:
        intent = await waiting(posd)
        await present(posd, INSUFFICIENT_FUNDS)
        await asyncio.sleep(1)
        assert attempt_of(posd, intent).state is AttemptState.DECLINED
        kept = written_in(tmp_path)
    assert intent.id.encode() in kept
    assert INSUFFICIENT_FUNDS.digits.encode() not in kept
    assert "attempt finished" in caplog.text
    assert INSUFFICIENT_FUNDS.digits not in caplog.text + repr(INSUFFICIENT_FUNDS)
