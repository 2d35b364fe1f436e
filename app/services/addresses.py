"""Addresses of clients: one spelling for each, and the network that one holder has."""

from ipaddress import IPv6Address, IPv6Network, ip_address


def canonical(address: str) -> str:
    """The usual spelling of an IP address, an IPv4 address that is mapped into IPv6 as itself; other text as it is."""
    try:
        parsed = ip_address(address.partition("%")[0])  # after it stands an interface of this machine
    except ValueError:
        return address
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return str(mapped or parsed)


def network_of(address: str) -> str:
    """The IPv6 network of 64 bits, which one holder usually has; what is no IPv6 address stands for itself."""
    address = canonical(address)
    try:
        return str(IPv6Network((address, 64), strict=False))
    except ValueError:
        return address
