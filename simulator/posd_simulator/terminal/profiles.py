"""Makes of terminals and their habits, as people found them (zvt.md 15). A row each."""

from dataclasses import dataclass

from posd_simulator.terminal.habits import Habits, Repeats


@dataclass(frozen=True, slots=True)
class Profile:
    """A make.

    Attributes:
        name: What it is called on the command line.
        terminal: Make and acquirer.
        source: Who found it so.
        habits: What it does its own way.
    """

    name: str
    terminal: str
    source: str
    habits: Habits


PROFILES = (
    Profile(
        "cardcomplete",
        "Worldline VALINA, card complete",
        "card complete, SMART ZVT deviations v22",
        Habits(
            intermediate_always=True,
            password_digits=5,
            enquiry_needs_password=True,
            takes_any_currency=True,
            config_logged_off=0xBE,
            charset="latin-1",
            closing_result=0xE0,
            update_aborts=True,
        ),
    ),
    Profile(
        "valina",
        "Worldline VALINA, First Cash",
        "Portalum issue 44",
        Habits(goods_again_at_once=True),
    ),
    Profile(
        "hobex",
        "hobex",
        "Portalum README and test vectors",
        Habits(
            sends_containers=True,
            prints_blocks_only=True,
            columns=27,
            host_result=0x01,
            hides_expiry=True,
            long_trace=True,
        ),
    ),
    Profile(
        "a80",
        "PAX A80, Global Payments",
        "Portalum issues 24 and 26",
        Habits(
            refuses_abort=True,
            reverses_last_only=True,
            repeats=Repeats.IF_LOCKED,
            columns=38,
            charset="iso8859-2",
            host_result=0x01,
        ),
    ),
    Profile(
        "vx820",
        "Verifone VX820",
        "Portalum issue 8",
        Habits(idle_close_s=1.5),
    ),
    Profile(
        "h5000",
        "Verifone H5000",
        "prosoft README and source",
        Habits(errors_as_texts=True, sends_containers=True),
    ),
    Profile(
        "i5310",
        "Ingenico i5310, serial",
        "mathiasfrey issue 2",
        Habits(deaf_after_abort_s=10.0),
    ),
    Profile(
        "ict220",
        "Ingenico iCT220",
        "sonntagd, recording",
        Habits(says_status_byte=False, describes_itself=True, intermediate_minutes=3),
    ),
    Profile(
        "move5000",
        "Ingenico Move/5000 after an update that switched ZVT off",
        "Portalum issue 54",
        Habits(no_payments=True),
    ),
    Profile(
        "im30",
        "CCV IM30",
        "Portalum issue 49",
        Habits(currency_refusal=b"\x7d"),
    ),
    Profile(
        "a920",
        "CCV A920",
        "kotlin-zvt-library README and source",
        Habits(refuses_containers=True, refuses_sale_currency=True, silent_after_error=True),
    ),
    Profile(
        "feig",
        "Feig cVEND",
        "EVerest; Portalum issue 16",
        Habits(charset="latin-1", columns=40, last_line=0xFF, explains_aborts=True),
    ),
)

BY_NAME = {profile.name: profile for profile in PROFILES}
