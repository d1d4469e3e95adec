"""The gate ``new_pii``."""

from typing import ClassVar

from tests.conformance.text_gates import TextGateConformance


class TestConformance(TextGateConformance):
    gate = "new_pii"
    planted: ClassVar = {
        "pii_email": [("mail me", "mail me at jo@example.org")],
        "pii_card": [("my card", "my card 4111 1111 1111 1111")],
        "pii_iban": [("my account", "my account DE89 3704 0044 0532 0130 00")],
        "pii_phone": [("call me", "call me at +49 170 1234567")],
        "pii_link": [("see the page", "see https://evil.example/x")],
    }
    fine: ClassVar = [
        ("mail jo@example.org", "please mail jo@example.org"),
        ("on 2025-03-01", "On 2025-03-01 it was"),
    ]
