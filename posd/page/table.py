"""Every page and every form: one table, from which the router and the access check are made."""

from typing import Final

from posd.page import assets, front_page
from posd.page.visit import Access, Page

PAGES: Final[tuple[Page, ...]] = (
    Page("GET", "/", Access.LOOK, front_page.show),
    Page("GET", "/static/{name}", Access.LOOK, assets.send),
)
