"""What the page on connection tokens says of limits, roles and waits is what the code does."""

import re

import pytest

from posd.api.auth import Access
from posd.api.routes import ROUTES
from posd.tokens import TOKEN_EVERY_S, TOKENS_BURST_MAX
from posd.upstream.terminal import CONNECTION_TOKENS
from posd.upstream.uplink import CALL_S, CALLS_LOST_MAX
from tests.tidy.tree import ROOT

DOCS = ROOT / "docs"
PAGE = (DOCS / "connection-tokens.md").read_text(encoding="utf-8")
NUMBERS = {1: "one", 2: "two", 3: "three"}
SECTIONS = ("iOS", "Android", "React Native", "JavaScript")


@pytest.mark.parametrize("name", ["connection-tokens.md", "api.md"])
def test_the_rate_is_the_rate(name: str) -> None:
    text = " ".join((DOCS / name).read_text(encoding="utf-8").split())
    told = re.findall(r"Each key gets (\d+) at once, then one every (\d+) s", text)
    assert told == [(str(TOKENS_BURST_MAX), f"{TOKEN_EVERY_S:g}")]


def test_how_long_an_outage_is_felt_is_how_long_it_is_felt() -> None:
    text = " ".join(PAGE.split())
    assert f"take up to {CALL_S:g} s each. After {NUMBERS[CALLS_LOST_MAX]} without" in text


def test_the_role_is_the_role() -> None:
    (route,) = [route for route in ROUTES if route.path == CONNECTION_TOKENS]
    assert route.access is Access.TILL
    assert not route.repeatable
    assert "--role till`" in PAGE


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_sdk_has_code_that_asks_posd(heading: str) -> None:
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    code = "".join(re.findall(r"```\w+\n(.*?)```", section, re.DOTALL))
    assert CONNECTION_TOKENS in code or "terminal.connectionTokens.create()" in code
