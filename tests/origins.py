"""Addresses, and what a browser calls their origins."""

ORIGINS = [
    ("https://tracker.example.org", "https://tracker.example.org"),
    ("https://tracker.example.org/", "https://tracker.example.org"),
    ("HTTPS://Tracker.Example.org:443", "https://tracker.example.org"),
    ("http://tracker.example.org:80/", "http://tracker.example.org"),
    ("http://tracker.example.org:443", "http://tracker.example.org:443"),
    ("https://münchen.example.org", "https://xn--mnchen-3ya.example.org"),
    ("https://MÜNCHEN.example.org:8443", "https://xn--mnchen-3ya.example.org:8443"),
    ("https://straße.example", "https://xn--strae-oqa.example"),
    ("https://例え.テスト", "https://xn--r8jz45g.xn--zckzah"),
    ("http://my_nas:8000", "http://my_nas:8000"),
    ("http://my_nas.home_net", "http://my_nas.home_net"),
    ("http://192.168.1.20:8000", "http://192.168.1.20:8000"),
    ("http://[0:0:0:0:0:0:0:1]:8000", "http://[::1]:8000"),
]
