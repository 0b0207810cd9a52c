"""How the properties are tried: the same examples in every run, however busy the machine is."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "course",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.differing_executors],  # mutmut calls pytest several times
)
settings.load_profile("course")
