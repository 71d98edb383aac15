"""posd with one reader, at rest: memory, and how often it wakes up.

It has made one payment and reported it, so that everything it loads late is loaded. The reader is
on a serial line of 9600 baud; Stripe's stand-in answers; systemd's watchdog is on, as in the unit.
All this has been done by a posd before it, so that every module is compiled, as an installed
program's are: compiling takes megabytes that stay.
"""

from contextlib import ExitStack
from pathlib import Path
from time import sleep

from posd.attachments import IDLE_PROBE_S
from posd.demo.parts import wait_until
from tests.bench.figures import MEMORY, WAKE_UPS, Budget, Figure
from tests.bench.payment import FIELDS
from tests.bench.rig import PROC, READER, Daemon, load, resident_mib, stripe, terminal

QUIET_S = 8.0
"""After the payment, until kept connections are closed."""
IDLE_S = IDLE_PROBE_S
"""In which each reader is asked once whether it is there."""
PAID_S = 20.0


def measure(folder: Path) -> list[Figure]:
    """Resident memory in MiB, and wake-ups a second over all threads."""
    with terminal(folder, "--pty") as device, stripe(folder) as upstream, ExitStack() as opened:
        with Daemon(folder, device.url, stripe=upstream) as compiling:
            _pay_and_report(compiling)
        posd = opened.enter_context(Daemon(folder, device.url, stripe=upstream))
        _pay_and_report(posd)
        posd.till.close()
        return at_rest(posd.process.pid, MEMORY, WAKE_UPS)


def at_rest(pid: int, memory: Budget, wake_ups: Budget, proc: Path = PROC) -> list[Figure]:
    """What a posd costs that has paid and that nobody calls, once its connections are closed."""
    sleep(QUIET_S)
    before = load(pid, proc)
    sleep(IDLE_S)
    after = load(pid, proc)
    cpu = f"{(after.cpu_s - before.cpu_s) / IDLE_S * 1000:.2g} ms of processor time a second"
    return [
        Figure(memory, resident_mib(pid, proc), "VmRSS, after a payment"),
        Figure(
            wake_ups,
            (after.wake_ups - before.wake_ups) / IDLE_S,
            f"over {IDLE_S:.0f} s, all threads; {cpu}",
        ),
    ]


def _pay_and_report(posd: Daemon) -> None:
    posd.wait_for_reader()
    intent = posd.till.post("/v1/payment_intents", FIELDS)["id"]
    posd.till.post(f"{READER}/process_payment_intent", {"payment_intent": intent})

    def settled() -> bool:
        paid = posd.till.get(f"/v1/payment_intents/{intent}")["status"] == "succeeded"
        waiting = posd.till.get("/posd/v1/status")["upstream"]["waiting"]
        return bool(paid and waiting == 0)

    assert wait_until(settled, PAID_S)
