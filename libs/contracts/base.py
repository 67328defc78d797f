"""
What every contract stands on.

An event class is the published contract and what the log keeps, at once; a command, a query and a view cross the
house over NATS. All are frozen and refuse unknown fields, so a misspelt name is an error and never silence.
"""

from typing import Any, ClassVar, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Contract(BaseModel):
    """A value that crosses a border: frozen, and closed to fields that nobody declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null", allow_inf_nan=False)


class Event(Contract):
    """
    A fact in a log, named in the past tense.

    *service* is the log's owner, *aggregate* the kind of thing that it happened to, *revision* the number of the
    contract: it rises by one with every change that is not a new field with a default. Where not everybody may read it,
    the data of one that *is_sealable* is sealed in the log, and read as `Sealed` by who lacks the key.
    """

    service: ClassVar[str]
    aggregate: ClassVar[str]
    revision: ClassVar[int] = 1
    is_sealable: ClassVar[bool] = False


class Sealed(Event):
    """
    A fact that the reader has no key for: who did what kind of thing to what is known, and no more.

    *name* is the event's, *key_id* says which key would open *sealed* (base64; `libs/eventlog/sealing.py` has the
    form).
    """

    name: str
    key_id: UUID
    sealed: str


class Command(Contract):
    """
    What somebody wants to become true, named in the imperative; *service* decides it.

    A member who has not approved the current manifesto may do only what does not *needs_approval*: approve it or leave.
    Where a decision rests on what other logs say at this moment, all of it *hears_first*.
    """

    service: ClassVar[str]
    needs_approval: ClassVar[bool] = True
    hears_first: ClassVar[bool] = False


class View(Contract):
    """An answer."""


ViewT = TypeVar("ViewT", bound=View)


class Query(Contract, Generic[ViewT]):
    """A question to a service's read models, named for what is asked; *answer* is the view's class."""

    service: ClassVar[str]
    answer: ClassVar[type[View]]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Take *answer* from the type parameter, so that it is written once."""
        super().__pydantic_init_subclass__(**kwargs)
        for base in cls.__mro__:
            arguments = getattr(base, "__pydantic_generic_metadata__", {}).get("args")
            if arguments and isinstance(arguments[0], type):
                cls.answer = arguments[0]
                return


class Receipt(View):
    """
    Proof to the client that a command's outcome is kept.

    *log* and *position* are the coordinate of the last entry that it made (`governance:1705`); *origin* is the log's
    name among all nodes; *id* is the thing that was founded or changed.
    """

    log: str
    position: int
    id: UUID
    origin: str


class Refusal(View):
    """Why a service did not do it: an HTTP *status*, a stable *type* and one sentence for a person."""

    status: int
    type: str
    detail: str
