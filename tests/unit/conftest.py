"""How the properties are tried: the same examples in every run, however busy the machine is."""

from hypothesis import settings

settings.register_profile("course", deadline=None, derandomize=True)
settings.load_profile("course")
