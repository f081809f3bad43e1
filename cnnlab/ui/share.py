"""The link for students: this computer's address in the local network, and a QR code of it."""

import socket
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlencode, urlsplit, urlunsplit

import qrcode
import streamlit as st

from cnnlab.ui.language import t

# Addresses of private networks and of documentation (RFC 1918, RFC 5737). Connecting a UDP socket
# sends nothing: it only asks the system which of its own addresses it would send from.
LONGEST = 1000  # characters in a QR code: more could be drawn, but not read off a projector
_ASKED = ("192.0.2.1", "10.255.255.255", "172.31.255.255", "192.168.255.255")


def panel() -> None:
    """The link to this page as it is set, its QR code, and what to do when it does not open."""
    url = for_students(st.context.url or "", st.query_params.to_dict())
    if url is None:
        st.markdown(t("This computer is in no network, so other devices cannot open the page."))
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        if len(url) <= LONGEST:
            st.image(qr_svg(url), width=150, alt=t("QR code of {url}", url=url))
        with st.container(width=460):
            _words(url)


def popover() -> None:
    """The same behind a button; drawn only when it is open."""
    place = st.popover(t("Link for students"), key="share", on_change="rerun", width="stretch")
    if place.open:
        with place:
            panel()


def _words(url: str) -> None:
    st.code(url, language=None, wrap_lines=True, height="content" if len(url) <= LONGEST else 150)
    if is_loopback(st.get_option("server.address") or ""):
        st.markdown(
            t("The app was started for this computer only. Start it without a server address.")
        )
    st.caption(
        t(
            "For devices in the same network. If the page does not open there, allow Python "
            "through this computer's firewall, port {port}; some guest networks keep devices "
            "apart.",
            port=urlsplit(url).port or 80,
        )
    )


def for_students(url: str, settings: Mapping[str, str]) -> str | None:
    """The address of a page with its settings as other devices reach it; None without a network.

    A page that was not opened through ``localhost`` was reached under an address that works.
    """
    parts = urlsplit(url)
    place = parts.netloc
    if not parts.hostname or is_loopback(parts.hostname):
        address = lan_address()
        if address is None:
            return None
        place = f"{address}:{parts.port or st.get_option('server.port')}"
    return urlunsplit((parts.scheme or "http", place, parts.path or "/", urlencode(settings), ""))


def lan_address() -> str | None:
    """This computer's IPv4 address in its network, found without sending anything; else None."""
    for address in (*_sending_addresses(), *_own_addresses()):
        if not (is_loopback(address) or ip_address(address).is_unspecified):
            return address
    return None


def is_loopback(host: str) -> bool:
    """Whether a host name or address means only the machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


@lru_cache(maxsize=64)
def qr_svg(text: str) -> str:
    """A QR code as SVG, black on white with the quiet zone that scanners need."""
    code = qrcode.QRCode(border=4)
    code.add_data(text)
    cells = code.get_matrix()
    size = len(cells)
    squares = "".join(
        f"M{column} {row}h1v1h-1z"
        for row, line in enumerate(cells)
        for column, dark in enumerate(line)
        if dark
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" width="300" '
        f'height="300" shape-rendering="crispEdges"><rect width="{size}" height="{size}" '
        f'fill="#ffffff"/><path d="{squares}" fill="#000000"/></svg>'
    )


def _sending_addresses() -> list[str]:
    """The addresses that this computer would send from, the usual route first."""
    found = []
    for target in _ASKED:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            try:
                asking.connect((target, 9))
            except OSError:  # no route there
                continue
            found.append(asking.getsockname()[0])
    return found


def _own_addresses() -> list[str]:
    """The addresses of this computer's own name: for a network without any route out of it."""
    try:
        return list(socket.gethostbyname_ex(socket.gethostname())[2])
    except OSError:
        return []
