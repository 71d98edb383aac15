"""A certificate authority of the store's own, and the certificate that it gives posd.

Who trusts the authority trusts it for the store's own names and private addresses and for nothing
else (name constraints, RFC 5280, 4.2.1.10): its key is worth no more than the store.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from msgspec import Struct
from typing_extensions import override

from posd.errors import PosdError

AUTHORITY_DAYS: Final = 3650
CERTIFICATE_DAYS_MAX: Final = 825
"""What Apple's systems take of an authority that a user added (support.apple.com/103769)."""
EARLY: Final = timedelta(days=1)
"""How far another machine's clock may be behind."""
PRIVATE_NETWORKS: Final = (
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "fc00::/7",
    "127.0.0.0/8",
)
LOCAL_NAMES: Final = ("local", "localhost")
"""Names that only a local network gives (RFC 6762), besides the store's own."""
NAME_CHARACTERS_MAX: Final = 64
"""Of a common name (X.520)."""


class OutsideAuthority(PosdError):
    """The authority may not vouch for a name: it was made for others. Nothing was made."""


class NotAuthority(PosdError):
    """What lies there is no authority that can be used."""


class Issued(Struct, frozen=True):
    """A certificate and its private key, as PEM. The key is a secret."""

    certificate: bytes
    key: bytes

    @override
    def __repr__(self) -> str:
        return "<a certificate and its key>"


def new_authority(store: str, names: Sequence[str], now: datetime) -> Issued:
    """An authority for these host names and addresses, and for private ones."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"posd authority of {store}")
    certificate = (
        _begun(name, name, key.public_key(), now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(_constraints(names), critical=True)
        .sign(key, hashes.SHA256())
    )
    return _issued(certificate, key)


def new_certificate(
    authority: Issued, store: str, names: Sequence[str], now: datetime, days: int
) -> Issued:
    """A certificate for these host names and addresses, with a key of its own.

    Raises OutsideAuthority, NotAuthority.
    """
    issuer, issuer_key = _opened(authority)
    _check(issuer, names)
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _begun(_name(f"posd of {store}"), issuer.subject, key.public_key(), now, days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(_general(names)), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .sign(issuer_key, hashes.SHA256())
    )
    return _issued(certificate, key)


def names_of(certificate: bytes) -> tuple[str, ...]:
    """The host names and addresses that a certificate is for. Raises NotAuthority."""
    told = _parsed(certificate).extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return tuple(str(name.value) for name in told.value)


def fingerprint(certificate: bytes) -> str:
    """SHA-256, in the form in which browsers and phones show it. Raises NotAuthority."""
    return _parsed(certificate).fingerprint(hashes.SHA256()).hex(":").upper()


def _begun(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: datetime,
    days: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLY)
        .not_valid_after(now - EARLY + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _constraints(names: Sequence[str]) -> x509.NameConstraints:
    hosts, addresses = _sorted(names)
    networks = [*map(ip_network, PRIVATE_NETWORKS), *map(ip_network, addresses)]
    return x509.NameConstraints(
        permitted_subtrees=[
            *(x509.DNSName(host) for host in dict.fromkeys((*LOCAL_NAMES, *hosts))),
            *(x509.IPAddress(network) for network in networks),
        ],
        excluded_subtrees=None,
    )


def _check(issuer: x509.Certificate, names: Sequence[str]) -> None:
    """Whether each name lies in what the authority is for. Raises OutsideAuthority."""
    constraints = issuer.extensions.get_extension_for_class(x509.NameConstraints).value
    subtrees = [one.value for one in constraints.permitted_subtrees or ()]
    hosts, addresses = _sorted(names)
    strange = [
        *(host for host in hosts if not any(_is_under(host, one) for one in subtrees)),
        *(str(one) for one in addresses if not any(_is_in(one, net) for net in subtrees)),
    ]
    if strange:
        raise OutsideAuthority(
            f"the authority was not made for {', '.join(strange)}: make another one in another "
            "folder (--directory), and have every machine trust that"
        )


def _is_under(host: str, subtree: object) -> bool:
    return isinstance(subtree, str) and f".{host}".endswith(f".{subtree}")


def _is_in(address: IPv4Address | IPv6Address, subtree: object) -> bool:
    return isinstance(subtree, IPv4Network | IPv6Network) and address in subtree


def _sorted(names: Sequence[str]) -> tuple[list[str], list[IPv4Address | IPv6Address]]:
    """Host names, and addresses."""
    hosts: list[str] = []
    addresses: list[IPv4Address | IPv6Address] = []
    for name in names:
        try:
            addresses.append(ip_address(name))
        except ValueError:
            hosts.append(name)
    return hosts, addresses


def _general(names: Sequence[str]) -> list[x509.GeneralName]:
    hosts, addresses = _sorted(names)
    return [*map(x509.DNSName, hosts), *map(x509.IPAddress, addresses)]


def _name(common: str) -> x509.Name:
    # The space in it keeps libraries from taking it for a host name.
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common[:NAME_CHARACTERS_MAX])])


def _issued(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Issued:
    return Issued(
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


def _opened(authority: Issued) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    certificate = _parsed(authority.certificate)
    try:
        key = serialization.load_pem_private_key(authority.key, None)
    except (ValueError, TypeError) as error:
        raise NotAuthority("the authority's key cannot be read") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or (
        key.public_key() != certificate.public_key()
    ):
        raise NotAuthority("the authority's key is not that of its certificate")
    return certificate, key


def _parsed(certificate: bytes) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(certificate)
    except ValueError as error:
        raise NotAuthority("the certificate cannot be read") from error
