"""What an application on PAM is asked and told, in the order in which it expects it."""

from dataclasses import dataclass

import libpam


@dataclass
class Ask:
    """A question that must come, and the answer: bytes, text, or a function giving either.

    An answer may also be a Misbehaviour.
    """
    text: str
    answer: object
    style: int = libpam.PROMPT_ECHO_OFF


@dataclass
class Told:
    """Something that must be shown without asking."""
    text: str
    style: int = libpam.TEXT_INFO


@dataclass
class Set:
    """An item that the application sets anew, in place of a call."""
    item: str
    value: bytes


@dataclass
class Misbehaviour:
    """What a faulty application does instead of answering."""
    returns: int = libpam.SUCCESS
    gives: str = "no array"          # or "null text"


FAILS = Misbehaviour(returns=libpam.CONV_ERR)
ASKS_AGAIN_LATER = Misbehaviour(returns=libpam.CONV_AGAIN)
GIVES_NO_ARRAY = Misbehaviour(gives="no array")
GIVES_NULL_TEXT = Misbehaviour(gives="null text")
