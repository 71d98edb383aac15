"""What comes out of the printer."""

import re

import pytest

from tests.browser.conftest import Open, Situations
from tests.browser.situations import SITUATIONS

pytestmark = pytest.mark.timeout(90)

A_PAGE = re.compile(rb"/Type\s*/Page\b")


@pytest.mark.parametrize(
    "situation", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in SITUATIONS]
)
def test_the_page_is_one_sheet_of_paper(
    situation: str, shop_in: Situations, open_page: Open
) -> None:
    printed = open_page(shop_in(situation)).page.pdf(format="A4")
    assert len(A_PAGE.findall(printed)) == 1
