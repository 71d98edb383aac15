"""The way in: first start, sign-in, the cookie, another PIN, a lost one."""

import asyncio
import logging
import re
from pathlib import Path

import httpx2
import pytest

from posd.errors import Refused
from posd.model.store_facts import ManagerPinReset, ManagerPinSet
from posd.page.pin import Right
from tests.unit.posd.page.desk import Desk

PIN = "271828"
MINUTE_MS = 60_000


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(folder=tmp_path)


async def set_up(desk: Desk, pin: str = PIN) -> None:
    async with desk.browser() as browser:
        form = {"code": desk.code.draw(), "pin": pin, "again": pin}
        assert (await browser.post("/setup", data=form)).status_code == 303


async def sign_in(browser: httpx2.AsyncClient, pin: str = PIN, path: str = "/") -> httpx2.Response:
    return await browser.post("/sign-in", data={"pin": pin, "next": path})


async def test_the_first_start_asks_for_the_code_that_the_log_has(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        await desk.entrance.announce()
    (code,) = re.findall(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}", caplog.text)
    async with desk.browser() as browser:
        assert (await browser.get("/sign-in")).headers["location"] == "/setup"
        assert "Code from the log" in (await browser.get("/setup")).text
        typed = code.lower().replace("-", " ")
        answer = await browser.post("/setup", data={"code": typed, "pin": PIN, "again": PIN})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert (await browser.get("/pin")).status_code == 200
    assert desk.journal.facts == [(ManagerPinSet(), "page:first-start")]
    caplog.clear()
    await desk.entrance.announce()
    assert not caplog.text


@pytest.mark.parametrize(
    ("form", "status", "told"),
    [
        ({"code": "AAAA-AAAA"}, 403, "not the code"),
        ({"code": ""}, 403, "not the code"),
        ({"again": "271829"}, 400, "not alike"),
        ({"pin": "123456", "again": "123456"}, 400, "too easy"),
        ({"pin": "1234", "again": "1234"}, 400, "too short"),
    ],
)
async def test_what_is_wrong_at_the_first_start_sets_nothing(
    desk: Desk, form: dict[str, str], status: int, told: str
) -> None:
    whole = {"code": desk.code.draw(), "pin": PIN, "again": PIN} | form
    async with desk.browser() as browser:
        answer = await browser.post("/setup", data=whole)
    assert answer.status_code == status
    assert told in answer.text
    assert PIN not in answer.text
    assert "set-cookie" not in answer.headers
    assert await desk.entrance.is_first_start()
    assert desk.journal.facts == []


async def test_a_code_is_good_for_one_pin(desk: Desk) -> None:
    code = desk.code.draw()
    form = {"code": code, "pin": PIN, "again": PIN}
    async with desk.browser() as browser, desk.browser() as other:
        assert (await browser.post("/setup", data=form)).status_code == 303
        assert (await other.post("/setup", data=form)).status_code == 409
        assert (await other.get("/setup")).headers["location"] == "/sign-in"
    assert len(desk.journal.facts) == 1
    with pytest.raises(Refused, match="reset-pin"):
        await desk.entrance.new_code()


async def test_a_new_code_voids_the_one_before(desk: Desk) -> None:
    before = await desk.entrance.new_code()
    after = await desk.entrance.new_code()
    assert not desk.code.matches(before)
    assert desk.code.matches(after)


async def test_guessing_codes_locks_like_guessing_pins(desk: Desk) -> None:
    form = {"code": "AAAA-AAAA", "pin": PIN, "again": PIN}
    async with desk.browser() as browser:
        for _ in range(5):
            assert (await browser.post("/setup", data=form)).status_code == 403
        right = form | {"code": desk.code.draw()}
        assert (await browser.post("/setup", data=right)).status_code == 429


async def test_the_right_pin_lets_in_and_leads_on(desk: Desk) -> None:
    await set_up(desk)
    async with desk.browser() as browser:
        assert (await browser.get("/pin")).headers["location"] == "/sign-in?next=/pin"
        assert 'value="/pin"' in (await browser.get("/sign-in?next=/pin")).text
        answer = await sign_in(browser, path="/pin")
        assert (answer.status_code, answer.headers["location"]) == (303, "/pin")
        assert (await browser.get("/pin")).status_code == 200


@pytest.mark.parametrize(
    "path", ["//evil.example", "/\\evil.example", "https://evil.example", "", "/\t/x", "/ä"]
)
async def test_nobody_is_led_elsewhere(desk: Desk, path: str) -> None:
    await set_up(desk)
    async with desk.browser() as browser:
        assert (await sign_in(browser, path=path)).headers["location"] == "/"


@pytest.mark.parametrize(
    ("lan", "cookie"),
    [
        (False, r"posd_session=[\w-]{43}; HttpOnly; Path=/; SameSite=strict"),
        (True, r"__Host-posd_session=[\w-]{43}; HttpOnly; Path=/; SameSite=strict; Secure"),
    ],
)
async def test_the_cookie_is_for_this_host_alone_and_for_no_script(
    desk: Desk, cookie: str, *, lan: bool
) -> None:
    await set_up(desk)
    async with desk.browser(lan=lan) as browser:
        answer = await sign_in(browser)
    assert re.fullmatch(cookie, answer.headers["set-cookie"])


async def test_under_tls_a_cookie_without_the_prefix_opens_nothing(desk: Desk) -> None:
    token, _ = desk.sessions.begin()
    async with desk.browser(lan=True) as browser:
        browser.cookies.set("posd_session", token)
        assert (await browser.get("/pin")).status_code == 303


async def test_who_guesses_on_the_network_keeps_nobody_out_at_the_machine(desk: Desk) -> None:
    await set_up(desk)
    async with desk.browser(lan=True) as stranger, desk.browser() as manager:
        for _ in range(5):
            await sign_in(stranger, "999000")
        assert (await sign_in(stranger)).status_code == 429
        assert (await sign_in(manager)).status_code == 303


async def test_a_wrong_pin_says_so_and_the_sixth_try_says_until_when(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    await set_up(desk)
    async with desk.browser() as browser:
        for _ in range(5):
            answer = await sign_in(browser, "314159")
            assert (answer.status_code, "not the PIN" in answer.text) == (403, True)
        locked = await sign_in(browser)
        assert locked.status_code == 429
        assert "Next try at" in locked.text
        assert "314159" not in caplog.text + locked.text
        desk.clock.now_ms += MINUTE_MS
        assert (await sign_in(browser)).status_code == 303


async def test_signing_out_ends_it_at_this_browser_alone(desk: Desk) -> None:
    browser, session = desk.manager()
    other, _ = desk.manager()
    async with browser, other:
        token = browser.cookies["posd_session"]
        left = await browser.post("/sign-out", data={"csrf": session.csrf})
        assert 'posd_session=""' in left.headers["set-cookie"]
        browser.cookies.set("posd_session", token)
        assert (await browser.get("/pin")).status_code == 303
        assert (await other.get("/pin")).status_code == 200


async def test_another_pin_signs_everybody_else_out(desk: Desk) -> None:
    await set_up(desk)
    browser, session = desk.manager()
    other, _ = desk.manager()
    form = {"csrf": session.csrf, "before": PIN, "pin": "161803", "again": "161803"}
    async with browser, other:
        assert (await browser.post("/pin", data=form | {"before": "1"})).status_code == 403
        assert (await browser.post("/pin", data=form | {"again": "1"})).status_code == 400
        assert (
            await browser.post("/pin", data=form | {"pin": "1", "again": "1"})
        ).status_code == 400
        assert (await other.get("/pin")).status_code == 200
        assert (await browser.post("/pin", data=form)).status_code == 303
        assert (await other.get("/pin")).status_code == 303
        assert (await browser.get("/pin")).status_code == 200
        assert (await sign_in(other)).status_code == 403
        assert (await sign_in(other, "161803")).status_code == 303
    assert [fact for fact, _ in desk.journal.facts] == [ManagerPinSet(), ManagerPinSet()]
    assert desk.journal.facts[1][1] == "page:manager"


async def test_a_lost_pin_is_taken_away_at_the_machine(desk: Desk, tmp_path: Path) -> None:
    await set_up(desk)
    browser, _ = desk.manager()
    async with browser:
        for _ in range(5):
            await sign_in(browser, "314159")
        code = await desk.entrance.reset(actor="operator:0")
        assert (await browser.get("/pin")).status_code == 303
        assert await desk.new_entrance(tmp_path).is_first_start()
        form = {"code": code, "pin": "161803", "again": "161803"}
        assert (await browser.post("/setup", data=form)).status_code == 303
    assert desk.journal.facts[1:] == [
        (ManagerPinReset(), "operator:0"),
        (ManagerPinSet(), "page:first-start"),
    ]


async def test_two_who_have_the_code_set_one_pin(desk: Desk) -> None:
    code = desk.code.draw()
    one, other = await asyncio.gather(
        desk.entrance.set_first(code, PIN), desk.entrance.set_first(code, "161803")
    )
    assert [isinstance(verdict, Right) for verdict, _ in (one, other)].count(True) == 1
    assert desk.journal.facts == [(ManagerPinSet(), "page:first-start")]


async def test_a_front_page_that_is_left_open_keeps_nobody_signed_in(desk: Desk) -> None:
    browser, _ = desk.manager()
    async with browser:
        desk.clock.now_ms += 14 * MINUTE_MS
        assert "Sign out" in (await browser.get("/")).text
        desk.clock.now_ms += 2 * MINUTE_MS
        assert (await browser.get("/pin")).status_code == 303
