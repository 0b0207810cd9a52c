"""How the properties are tried: the same examples in every run, however busy the machine is."""

from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "course",
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.differing_executors],  # mutmut calls pytest several times
)
# A mutant that was noticed needs no smallest example.
settings.register_profile(
    "mutants", settings.get_profile("course"), phases=(Phase.explicit, Phase.generate)
)
settings.load_profile("course")
