"""The certificate for other machines: told early in the log, and to a person when it is time."""

import pytest

from posd.snapshot.certificate_view import CertificateView
from posd.snapshot.concern_views import Concern, ConcernKind
from posd.snapshot.views import Lane, Level
from tests.unit.posd.snapshots import NOW_MS, Shop


def shop_with(certificate: CertificateView | None) -> Shop:
    shop = Shop(certificate=certificate)
    shop.lanes = (Lane("1", shop.add_reader("front")),)
    return shop


@pytest.mark.parametrize("days", [None, 90])
def test_it_is_seen_by_who_looks_and_needs_nobody_yet(days: int | None) -> None:
    certificate = CertificateView(NOW_MS, days)
    snapshot = shop_with(certificate).snapshot()
    assert snapshot.certificate == certificate
    assert snapshot.needs.shown == ()
    assert snapshot.verdict.level is Level.OK


@pytest.mark.parametrize("days", [30, 7, 0])
def test_it_needs_a_person_once_it_is_time(days: int) -> None:
    snapshot = shop_with(CertificateView(NOW_MS, days)).snapshot()
    assert snapshot.needs.shown == (Concern(ConcernKind.CERTIFICATE_ENDS),)
    assert snapshot.verdict.level is Level.ATTENTION
    assert [one.key for one in snapshot.verdict.more] == ["verdict.certificate_ends"]


def test_a_renewed_one_that_cannot_be_used_needs_a_person_at_once() -> None:
    snapshot = shop_with(CertificateView(NOW_MS, None, "key values mismatch")).snapshot()
    told = Concern(ConcernKind.CERTIFICATE_REFUSED, cause="key values mismatch")
    assert snapshot.needs.shown == (told,)


def test_where_nobody_may_call_there_is_none() -> None:
    assert shop_with(None).snapshot().certificate is None
