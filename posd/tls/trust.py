"""How each kind of till comes to trust the store's authority: a line for each, and a QR code."""

import io
from typing import Final

LINES: Final = (
    ("curl", "curl --cacert {ca} {url}posd/v1/live"),
    ("Python", 'stripe.ca_bundle_path = "{ca}"'),
    ("Node", "NODE_EXTRA_CA_CERTS={ca} node till.js"),
    ("PHP", '\\Stripe\\Stripe::setCABundlePath("{ca}");'),
    ("Ruby", 'Stripe.ca_bundle_path = "{ca}"'),
    ("Java", "keytool -importcert -cacerts -alias posd -file {ca}"),
    ("Go, .NET", "SSL_CERT_FILE={ca} ./till"),
    ("Debian", "cp {ca} /usr/local/share/ca-certificates/posd.crt && update-ca-certificates"),
    ("iPhone", "open {ca}; Settings, General, About, Certificate Trust Settings"),
    ("Android", "Settings, Security, Install a certificate, CA certificate: {ca}"),
)
"""By what the till is written in, or is. `{ca}` is the authority's file as it was copied there."""
BORDER_MODULES: Final = 2


def trust_lines(ca: str, url: str) -> list[tuple[str, str]]:
    """Who, and the line."""
    return [(who, line.format(ca=ca, url=url)) for who, line in LINES]


def qr_code(url: str) -> str:
    """A QR code of half-block characters, for a dark terminal and a phone's camera."""
    import segno

    drawn = io.StringIO()
    segno.make(url, micro=False).terminal(drawn, compact=True, border=BORDER_MODULES)
    return drawn.getvalue()


def page_url(name: str, port: int) -> str:
    """Where a browser finds the page: at a host name, an IPv4 or an IPv6 address."""
    host = f"[{name}]" if ":" in name else name
    return f"https://{host}:{port}/"
