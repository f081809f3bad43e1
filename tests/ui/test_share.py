"""The link for students: the address of this machine in its network, and a QR code of it."""

import re
import socket

import pytest
import qrcode

from cnnlab.ui import share


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "::1", "app.localhost"])
def test_knows_the_names_of_this_machine_alone(host: str) -> None:
    assert share.is_loopback(host)


@pytest.mark.parametrize("host", ["192.168.1.7", "10.0.0.1", "class.example", "fe80::1"])
def test_knows_what_others_can_reach(host: str) -> None:
    assert not share.is_loopback(host)


def test_localhost_becomes_the_address_in_the_network(monkeypatch) -> None:
    monkeypatch.setattr(share, "lan_address", lambda: "192.168.1.7")
    assert share.for_students("http://localhost:8501/", {}) == "http://192.168.1.7:8501/"


def test_the_settings_go_along(monkeypatch) -> None:
    monkeypatch.setattr(share, "lan_address", lambda: "10.0.0.5")
    link = share.for_students("http://127.0.0.1:8501/convolution", {"stride": "2", "values": "1 2"})
    assert link == "http://10.0.0.5:8501/convolution?stride=2&values=1+2"


def test_an_address_that_works_already_is_kept() -> None:
    assert share.for_students("https://class.example/lab/", {}) == "https://class.example/lab/"


def test_without_a_network_there_is_no_link(monkeypatch) -> None:
    monkeypatch.setattr(share, "lan_address", lambda: None)
    assert share.for_students("http://localhost:8501/", {}) is None


def test_a_machine_without_a_route_is_found_by_its_name(monkeypatch) -> None:
    monkeypatch.setattr(share, "_sending_addresses", list)
    monkeypatch.setattr(
        socket, "gethostbyname_ex", lambda _: ("lab", [], ["127.0.1.1", "192.168.1.7"])
    )
    assert share.lan_address() == "192.168.1.7"


def test_nothing_is_sent_to_find_the_address(monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("something was sent")

    for call in ("send", "sendto", "sendall"):
        monkeypatch.setattr(socket.socket, call, refuse, raising=False)
    address = share.lan_address()
    assert address is None or not share.is_loopback(address)


def test_the_qr_code_is_the_text_and_a_quiet_zone() -> None:
    url = "http://192.168.1.7:8501/convolution?stride=2"
    svg = share.qr_svg(url)
    code = qrcode.QRCode(border=0)
    code.add_data(url)
    cells = code.get_matrix()
    drawn = {(int(y) - 4, int(x) - 4) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", svg)}
    assert drawn == {(y, x) for y, row in enumerate(cells) for x, dark in enumerate(row) if dark}
    assert f'viewBox="0 0 {len(cells) + 8} {len(cells) + 8}"' in svg


def test_a_link_too_long_to_read_off_a_screen_has_no_qr_code(show, monkeypatch) -> None:
    def panel() -> None:
        from cnnlab.ui import share

        share.panel()

    monkeypatch.setattr(share, "lan_address", lambda: "10.0.0.5")
    assert not show(panel, values="1 2 " * 5000).exception
    assert show(panel).code[0].value.startswith("http://10.0.0.5:")
