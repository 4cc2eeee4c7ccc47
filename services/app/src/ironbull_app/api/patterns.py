"""Which texts do the APIs take beside names and amounts, and how is that said to a person?"""

from typing import Final

EMAIL: Final = r"^[^@\s]{1,64}@[^@\s]{1,180}$"
INVITE_CODE: Final = r"^[0-9]{8}$"
KEY_ID: Final = r"^[A-Za-z0-9_]{8,64}$"
WORDS: Final = {
    EMAIL: "must be an e-mail address such as ann@example.org",
    INVITE_CODE: "must be an invite code of 8 digits",
    KEY_ID: "must be a key id of 8–64 letters, digits and underscores",
}
"""What a value must be, by the pattern that tests it."""
