# a command talks to the person who runs it
"""The command behind `make gate-mutants`: try all changes, and report what the gate noticed.

A survivor that no test could catch has its reason in ``survivors.toml``. A sample whose other
survivors were mended flatters; ``--seed`` draws a fresh one, whose report is not committed.
"""

import argparse
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tools.gate_mutants.mutants import (
    CODE_A_KIND,
    HERE,
    KEPT,
    ROOT,
    SEED,
    Kept,
    Mutant,
    Result,
    run,
)

REPORT = HERE / "mutants.md"
REASONS = HERE / "survivors.toml"
ENOUGH = 0.95

GROUPS = {
    "outputs": "stored outputs and figures",
    "notebooks": "code in the notebooks",
    "coursekit": "coursekit, without `check`",
    "coursekit.check": "`coursekit.check`",
    "control": "within tolerance, to be let pass",
}


def reasons(path: Path = REASONS) -> dict[str, str]:
    """Return why known survivors can't be caught, by what tells the change from others."""
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return {one["change"]: one["why"] for one in tomllib.load(file)["survivor"]}


def named(mutant: Mutant) -> str:
    """Return a survivor's name in the file of reasons: no line numbers, which move."""
    place = f", {mutant.place}" if mutant.file.endswith(".ipynb") else ""
    return f"{mutant.file}{place}: {mutant.before} -> {mutant.after}"


def table(result: Result, known: Mapping[str, str]) -> Iterator[str]:
    """Yield the lines of the report's table: each kind of each group, and each group's sum."""
    yield "| what is changed | tried | caught | by a unit test alone | survived | not to be seen |"
    yield "|---|---:|---:|---:|---:|---:|"
    for group, title in GROUPS.items():
        of_group = [one for one in result.mutants if one.group == group]
        for kind in dict.fromkeys(one.kind for one in of_group):
            of_kind = [one for one in of_group if one.kind == kind]
            yield f"| {kind} | {_counts(of_kind, result, known)} |"
        yield f"| **{title}** | {_counts(of_group, result, known)} |"


def _counts(mutants: Sequence[Mutant], result: Result, known: Mapping[str, str]) -> str:
    alive = [one for one in mutants if not result.verdicts[one.key].caught]
    without = sum(named(one) in known for one in alive)
    unit = sum(result.verdicts[one.key].unit for one in mutants)
    caught = len(mutants) - len(alive)
    return f"{len(mutants)} | {caught} | {unit} | {len(alive)} | {without}"


def share(result: Result, groups: Sequence[str], known: Mapping[str, str]) -> str:
    """Return in words what part of the groups' changes was caught."""
    mutants = [one for one in result.mutants if one.group in groups]
    alive = [one for one in mutants if not result.verdicts[one.key].caught]
    caught, effective = len(mutants) - len(alive), [one for one in alive if named(one) not in known]
    all_of = f"{caught} of {len(mutants)} ({100 * caught / max(1, len(mutants)):.1f} %)"
    rest = caught + len(effective)
    if rest == len(mutants):
        return all_of
    return f"{all_of}; of the {rest} that a test can see, {100 * caught / max(1, rest):.1f} %"


def report(result: Result, known: Mapping[str, str]) -> str:
    """Return the report as Markdown."""
    survivors = [one for one in result.mutants if not result.verdicts[one.key].caught]
    changes = [one for one in survivors if one.group != "control"]
    lines = [
        "# What the gate notices",
        "",
        f"Written by `make gate-mutants`, seed {result.seed}. The changes are drawn at random,",
        "so many of each kind, from all chapters and modules in turn. An assertion, `strict=`",
        "among them, is never changed: it is part of the gate. The last axis, -1, becomes",
        "another axis and does not merely lose its sign; `plt.show()`, without which a notebook",
        "shows its figures too, stays. What no chapter showed, the unit tests of the module were",
        "asked about. That no test can see a change was judged by reading it; its reason stands",
        "below.",
        "",
        f"- Stored outputs and figures: {share(result, ['outputs'], known)} caught.",
        f"- Code of the notebooks: {share(result, ['notebooks'], known)} caught.",
        f"- Code of coursekit without `check`: {share(result, ['coursekit'], known)} caught.",
        f"- Code of `coursekit.check`: {share(result, ['coursekit.check'], known)} caught.",
        f"- Code in all: {share(result, list(CODE_A_KIND), known)} caught.",
        f"- Changes within the tolerance: {share(result, ['control'], {})} caught.",
        "",
        *table(result, known),
        "",
        "Left out, because no notebook runs the line (the unit tests are its gate):",
        *(
            f"{GROUPS[group]}, {number} of {total} possible changes{end}"
            for (group, (number, total)), end in zip(
                [(g, n) for g, n in result.unseen.items() if g != "notebooks"], ";.", strict=True
            )
        ),
        "",
        "## Survivors",
        "",
        *([] if changes else ["None."]),
    ]
    for one in changes:
        why = known.get(named(one), "**not explained**")
        lines += [
            f"- {one.kind}, `{one.file}`, {one.place}: {why}",
            "",
            *(f"      {sign} {text}" for sign, text in (("-", one.before), ("+", one.after))),
            "",
        ]
    return "\n".join(lines).rstrip("\n") + "\n"


def shortfalls(result: Result) -> Iterator[str]:
    """Yield what the gate should have noticed, or should not."""
    caught = {
        group: [result.verdicts[one.key].caught for one in result.mutants if one.group in groups]
        for group, groups in {
            "outputs": ["outputs"],
            "control": ["control"],
            "code": CODE_A_KIND,
        }.items()
    }
    if not all(caught["outputs"]):
        yield "a change of a stored output went unnoticed"
    if any(caught["control"]):
        yield "a change within the tolerance was not let pass"
    if sum(caught["code"]) < ENOUGH * len(caught["code"]):
        yield f"less than {ENOUGH:.0%} of the changes of code were seen"


def main() -> int:
    """Try all changes, write the report; return the exit status."""
    parser = argparse.ArgumentParser(description="Count what the gate notices; see mutants.md.")
    parser.add_argument("--processes", type=int, default=2, help="how many to run at a time")
    parser.add_argument("--seed", type=int, default=SEED, help=f"another sample than {SEED}")
    asked = parser.parse_args()
    written = REPORT if asked.seed == SEED else KEPT / f"seed-{asked.seed}.md"
    try:
        result = run(Kept(), asked.processes, asked.seed)
    except KeyboardInterrupt:
        print("Stopped. `make gate-mutants` goes on from here.")
        return 130
    known = reasons()
    written.write_text(report(result, known), encoding="utf-8")
    print(written.relative_to(ROOT), "is written:")
    print(f"outputs {share(result, ['outputs'], known)}")
    print(f"code {share(result, list(CODE_A_KIND), known)}")
    found = list(shortfalls(result))
    print(*found, sep="\n")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
