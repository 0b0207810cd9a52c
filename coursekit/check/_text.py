"""Every sentence a checker can say, in English and in Chinese side by side."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from coursekit._language import Language, current, language

__all__ = ["Language", "Text", "current", "language"]

BETWEEN_CHINESE = re.compile(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])")


@dataclass(frozen=True)
class Text:
    """One sentence in both languages; neither can be left out.

    Examples
    --------
    >>> Text("step {t}", "第 {t} 步").format(t=2)
    Text(en='step 2', zh='第 2 步')
    """

    en: str
    zh: str

    def __post_init__(self) -> None:
        for name, words in (("en", self.en), ("zh", self.zh)):
            if not words.strip():
                raise ValueError(f"{name} must not be empty, got {words!r}")

    def format(self, **values: object) -> "Text":
        """Fill the braces of both languages; a value that is itself a ``Text`` goes in by half.

        The space around a number or a name closes up around a Chinese word.
        """
        english = {k: v.en if isinstance(v, Text) else v for k, v in values.items()}
        chinese = {k: v.zh if isinstance(v, Text) else v for k, v in values.items()}
        return Text(self.en.format(**english), BETWEEN_CHINESE.sub("", self.zh.format(**chinese)))

    @classmethod
    def listed(cls, words: Sequence[str]) -> "Text":
        """Join words as each language does."""
        return cls(", ".join(words), "、".join(words))

    @classmethod
    def any_of(cls, words: Sequence[str]) -> "Text":
        """Join words as each language does where none is left out: ``a, b or c``."""
        *some, last = words
        return cls(f"{', '.join(some)} or {last}" if some else last, "、".join(words))

    def spoken(self, language: Language) -> str:
        """Return the words of one language."""
        return self.zh if language == "zh" else self.en
