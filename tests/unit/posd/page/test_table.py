"""Every page and form, held to who may ask for it and from where."""

import re
from pathlib import Path

import pytest

from posd.page.cookies import COOKIE
from posd.page.table import PAGES
from posd.page.visit import Access, Page
from tests.unit.posd.page.desk import Desk

LOOKS = {
    ("GET", "/"),
    ("GET", "/now"),
    ("GET", "/live"),
    ("GET", "/payments"),
    ("GET", "/payments/{intent}"),
    ("GET", "/readers"),
    ("GET", "/readers/{reader}"),
    ("GET", "/lanes"),
    ("GET", "/queue"),
    ("GET", "/events"),
    ("GET", "/orders"),
    ("GET", "/support"),
    ("GET", "/static/{name}"),
    ("GET", "/setup"),
    ("POST", "/setup"),
    ("GET", "/sign-in"),
    ("POST", "/sign-in"),
}
"""All that anybody may ask for; of these only the two forms of the way in change something."""
STREAMS = [page for page in PAGES if page.path == "/live"]
"""What does not end, which this transport cannot read; held to its headers by tests of its own."""
FOREIGN: list[dict[str, str]] = [
    {},
    {"Sec-Fetch-Site": "none"},
    {"Sec-Fetch-Site": "none", "Origin": "http://localhost"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://evil.example"},
    {"Origin": ""},
]
"""What browsers say of forms that no page of ours sent, and callers that are none."""
MANAGERS = [page for page in PAGES if page.access is Access.MANAGER]
FORMS = [page for page in PAGES if page.method == "POST"]
MANAGERS_FORMS = [page for page in FORMS if page.access is Access.MANAGER]


def named(page: Page) -> str:
    return f"{page.method} {page.path}"


def path_of(page: Page) -> str:
    return re.sub(r"\{\w+\}", "x", page.path)


def changed(desk: Desk) -> bool:
    return bool(desk.journal.facts or desk.bench.store.commits)


def test_nobody_but_a_manager_changes_anything() -> None:
    assert {(page.method, page.path) for page in PAGES if page.access is Access.LOOK} == LOOKS
    assert {page.method for page in PAGES} == {"GET", "POST"}


@pytest.mark.parametrize("page", MANAGERS, ids=named)
async def test_who_is_not_signed_in_is_asked_to_first(page: Page) -> None:
    desk = Desk()
    async with desk.browser() as browser:
        browser.cookies.set(COOKIE, "x" * 43)
        answer = await browser.request(page.method, path_of(page))
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?")
    assert not changed(desk)


@pytest.mark.parametrize("page", MANAGERS_FORMS, ids=named)
async def test_a_form_without_the_token_of_its_session_does_nothing(page: Page) -> None:
    desk = Desk()
    browser, _ = desk.manager()
    _, another = desk.sessions.begin()
    async with browser:
        for form in ({}, *({"csrf": csrf} for csrf in ("", "x" * 43, "ä", another.csrf))):
            assert (await browser.post(path_of(page), data=form)).status_code == 403, form
    assert not changed(desk)


@pytest.mark.parametrize("page", FORMS, ids=named)
async def test_a_form_that_no_page_of_ours_sent_does_nothing(page: Page) -> None:
    desk = Desk()
    browser, session = desk.manager()
    del browser.headers["sec-fetch-site"]
    async with browser:
        for headers in FOREIGN:
            form = {"csrf": session.csrf}
            answer = await browser.post(path_of(page), data=form, headers=headers)
            assert answer.status_code == 403, headers
    assert not changed(desk)


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}], ids=str
)
async def test_a_form_of_ours_is_taken_from_old_browsers_too(headers: dict[str, str]) -> None:
    desk = Desk()
    browser, session = desk.manager()
    sign_out = next(page for page in FORMS if page.path == "/sign-out")
    del browser.headers["sec-fetch-site"]
    async with browser:
        answer = await browser.post(sign_out.path, data={"csrf": session.csrf}, headers=headers)
    assert answer.status_code == 303


@pytest.mark.parametrize("page", FORMS, ids=named)
async def test_a_form_is_never_sent_by_a_link(page: Page) -> None:
    is_shown_too = any(one.method == "GET" and one.path == page.path for one in PAGES)
    browser, session = Desk().manager()
    async with browser:
        answer = await browser.get(f"{path_of(page)}?csrf={session.csrf}")
    assert is_shown_too or answer.status_code == 405


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{}", 400),
        ("multipart/form-data; boundary=x", b"--x--", 400),
        ("application/x-www-form-urlencoded", b"a=%ff", 400),
        ("application/x-www-form-urlencoded", b"csrf=1&csrf=2", 400),
        ("application/x-www-form-urlencoded", b"a=" + b"x" * 65_536, 413),
    ],
)
async def test_a_body_that_is_no_form_does_nothing(
    content_type: str, body: bytes, status: int
) -> None:
    desk = Desk()
    async with desk.browser() as browser:
        headers = {"Content-Type": content_type}
        answer = await browser.post("/sign-in", content=body, headers=headers)
    assert answer.status_code == status
    assert not changed(desk)


@pytest.mark.parametrize("page", [page for page in PAGES if page not in STREAMS], ids=named)
async def test_every_answer_is_strict_and_names_no_other_host(page: Page, tmp_path: Path) -> None:
    browser, session = Desk(folder=tmp_path).manager()
    async with browser:
        answer = await browser.request(
            page.method,
            path_of(page).replace("/static/x", "/static/forms.css"),
            data={"csrf": session.csrf} if page.method == "POST" else None,
        )
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert "http://" not in answer.text
    assert "https://" not in answer.text
    assert " style=" not in answer.text
