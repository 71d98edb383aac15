"""A form that a browser sends twice is done once: its page gave it a key, as a till's call has."""

from typing import Final

from posd.queue import EffectRuling
from tests.unit.posd.page.desk import Desk
from tests.unit.posd.page.outline import Outline

EFFECT: Final = "att_1-report"
PARK: Final = f"/queue/{EFFECT}/park"
WHY: Final = "Stripe is asked first."


async def form_of(desk: Desk, action: str) -> dict[str, str]:
    """What the page's own form for `action` carries, filled in."""
    browser, _ = desk.manager()
    async with browser:
        outline = Outline((await browser.get("/actions")).text)
    within = False
    found = {}
    for tag, attributes in outline.tags:
        if tag == "form":
            within = attributes["action"] == action
        elif within and tag == "input" and attributes.get("type") == "hidden":
            found[attributes["name"] or ""] = attributes["value"] or ""
    return {**found, "reason": WHY}


async def send(desk: Desk, form: dict[str, str], action: str = PARK) -> str:
    browser, session = desk.manager()
    async with browser:
        answer = await browser.post(action, data={**form, "csrf": session.csrf})
    return answer.headers.get("location", answer.text)


async def test_the_same_form_claims_the_same_key() -> None:
    desk = Desk()
    form = await form_of(desk, PARK)
    assert [await send(desk, form) for _ in range(2)] == ["/done", "/done"]
    (first, again) = desk.bench.queue.ruled
    assert first == again
    assert first[:2] == (EFFECT, EffectRuling.PARK)
    assert first[-1]


async def test_a_form_that_was_loaded_anew_is_another_wish() -> None:
    desk = Desk()
    for _ in range(2):
        await send(desk, await form_of(desk, PARK))
    (first, later) = desk.bench.queue.ruled
    assert first[-1] != later[-1]
