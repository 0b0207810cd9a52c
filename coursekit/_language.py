"""The language of what coursekit says: verdicts and the words in its figures."""

from typing import Literal, cast, get_args

from coursekit import _require

Language = Literal["en", "zh"]
LANGUAGES: tuple[str, ...] = get_args(Language)

_spoken: Language = "en"


def language(code: str) -> None:
    """Set the language of verdicts and of figures' own words: ``"en"`` (to begin with) or ``"zh"``.

    It is the one setting of the package, made in the open by the notebook: nothing else, the
    system's locale included, has a say.

    Parameters
    ----------
    code
        ``"en"`` for English or ``"zh"`` for Chinese.

    Raises
    ------
    TypeError, ValueError
        If ``code`` is neither; the language stays what it was.

    Examples
    --------
    >>> from coursekit import check
    >>> check.language("zh")
    >>> check.gd_step(lambda theta, grad, lr: theta - lr * grad)
    ✓ gd_step：正确。每次调用的结果都与参考实现一致。
    >>> check.language("en")
    """
    global _spoken
    _spoken = cast(Language, _require.choice("code", code, LANGUAGES))


def current() -> Language:
    """Return the language in force."""
    return _spoken


def spoken(en: str, zh: str) -> str:
    """Return the words of the language in force."""
    return zh if _spoken == "zh" else en
