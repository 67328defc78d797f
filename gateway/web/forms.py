"""What a member filled in: read, checked against the contract that it becomes, and given back with what is missing."""

from collections.abc import Mapping
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile

from libs.errors import Problem

ModelT = TypeVar("ModelT", bound=BaseModel)

FIELDS_MAX = 2_000


class Form:
    """
    A form as it was sent, and what is wrong with it.

    *errors* are sentences by the name of the field, under "" what concerns the whole of it. A form without any is
    empty, for a page that shows it the first time.
    """

    def __init__(self, data: FormData | Mapping[str, str] | None = None) -> None:
        self._data = data if isinstance(data, FormData) else FormData(data or {})
        self.errors: dict[str, str] = {}
        self.refusal: Problem | None = None

    @classmethod
    async def of(cls, request: Request) -> "Form":
        """Return the form in the body of *request*."""
        return cls(await request.form(max_files=4, max_fields=FIELDS_MAX))

    def get(self, name: str, default: str = "") -> str:
        """Return what a field says, without the space round it."""
        value = self._data.get(name, default)
        return default if isinstance(value, UploadFile) else value.strip()

    def all(self, name: str) -> list[str]:
        """Return what every field of this name says, in order; the empty ones are left out."""
        values = (value for value in self._data.getlist(name) if isinstance(value, str))
        return [value.strip() for value in values if value.strip()]

    def file(self, name: str) -> UploadFile | None:
        """Return the file that was chosen, if one was."""
        value = self._data.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None

    def has(self, name: str) -> bool:
        """Return whether the field was sent at all: a box that is ticked."""
        return name in self._data

    def sent(self) -> list[tuple[str, str]]:
        """Return every field as it was sent, but for the token of its session: to send the same again."""
        fields = ((name, value) for name, value in self._data.multi_items() if name != "csrf")
        return [(name, value) for name, value in fields if isinstance(value, str)]

    def fault(self, name: str, sentence: str) -> None:
        """Say what is wrong with a field; the first that is said stands."""
        self.errors.setdefault(name, sentence)

    def refuse(self, problem: Problem) -> None:
        """Say that it was understood, and refused."""
        self.refusal = problem

    @property
    def is_good(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.errors and self.refusal is None

    def make(self, model: type[ModelT], say: "Sentences", /, **values: Any) -> ModelT | None:
        """Return *model* made of *values*, or None with `errors` saying, field by field, why it cannot be made."""
        try:
            return model(**values)
        except ValidationError as invalid:
            for error in invalid.errors():
                field = str(error["loc"][0]) if error["loc"] else ""
                self.fault(field, say(error))
            return None


class Sentences:
    """Says in the reader's language why a field cannot be so."""

    def __init__(self, words: Any) -> None:
        self._words = words

    def __call__(self, error: Any) -> str:
        """Return the sentence for one of pydantic's errors."""
        words, context = self._words, error.get("ctx", {})
        match error["type"]:
            case "missing" | "string_too_short" | "too_short":
                return str(words("Ce champ est nécessaire."))
            case "value_error" if error.get("input") == "":
                return str(words("Ce champ est nécessaire."))
            case "string_too_long" | "too_long":
                most = context.get("max_length", "")
                return str(words("C’est trop long : %(most)s au plus.", most=words.number(most) if most else ""))
            case "greater_than_equal" | "greater_than":
                least = context.get("ge", context.get("gt"))
                return str(words("C’est trop peu : au moins %(least)s.", least=least))
            case "less_than_equal" | "less_than":
                most = context.get("le", context.get("lt"))
                return str(words("C’est trop : %(most)s au plus.", most=most))
            case kind if kind.startswith(("date", "time")):
                return str(words("Cette date ne se lit pas."))
            case kind if kind.startswith(("int", "float", "decimal")):
                return str(words("Il faut un nombre."))
            case kind if kind.startswith("url"):
                return str(words("Il manque quelque chose à cette adresse, par exemple « https:// » au début."))
            case _:
                return str(words("Ceci ne va pas : vérifiez ce champ."))
