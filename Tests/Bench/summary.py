#!/usr/bin/python3
"""Summarises the figures of scripts/bench.

    summary.py FILE [--check]

FILE has one login a line, separated by tabs: round, state, kind, module, microseconds in PAM, microseconds of
the whole process, peak KiB. Lines that begin with '#' tell what was measured, and are repeated. Ratios are taken
login by login within a round, where the machine was equally busy for both, and then the median of them.

With --check the exit status is 1 where an accepted code costs more than the limits below allow.
"""
import sys
from collections import defaultdict
from statistics import median

PRODUCT = "twostep"
BASELINE = "google-authenticator"
FLOOR = "permit"
LIMITS = {"sshd": 1.0, "fresh": 2.5}
TITLES = {
    "sshd": "as in sshd (libcrypto initialised as its monitor leaves it)",
    "fetched": "in a process that has fetched every algorithm already",
    "fresh": "fresh process, no libcrypto",
}


def percentile(values, percent):
    """The smallest value that at least `percent` of `values` do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def median_interval(values):
    """The order statistics that hold the true median in 95 of 100 measurements (normal approximation)."""
    ordered, n = sorted(values), len(values)
    reach = 0.98 * n**0.5
    return ordered[max(0, int(n / 2 - reach))], ordered[min(n - 1, int(n / 2 + reach))]


def read(path):
    """Facts, and {(state, kind): {module: {round: (pam, whole, peak)}}} in the order in which they were met."""
    facts, tables = [], defaultdict(lambda: defaultdict(dict))
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("#"):
                facts.append(line[1:].strip())
                continue
            number, state, kind, module, *figures = line.rstrip("\n").split("\t")
            tables[state, kind][module][int(number)] = tuple(map(int, figures))
    return facts, tables


def ratios(ours, theirs):
    return [ours[number][0] / theirs[number][0] for number in ours if number in theirs]


def show(state, kind, modules, floors):
    rounds = len(next(iter(modules.values())))
    print(f"\n{TITLES[state]}: code {kind}, {rounds} rounds")
    print(f"{'':22}{'median':>9}{'p99':>10}{'ratio to google-auth.':>26}{'process':>12}{'peak':>10}{'own':>9}")
    floor = median(peak for _, _, peak in floors.values()) if floors else None
    baseline = modules.get(BASELINE)
    for module, runs in sorted(modules.items(), key=lambda item: median(run[0] for run in item[1].values())):
        pam, whole, peak = zip(*runs.values())
        ratio, own = "", ""
        if baseline:
            values = ratios(runs, baseline)
            low, high = median_interval(values)
            ratio = f"{median(values):.2f} ({low:.2f} to {high:.2f})" if module != BASELINE else "1"
        if floor is not None and module != FLOOR:
            own = f"{median(peak) - floor:.0f} KiB"
        print(
            f"{module:22}{median(pam) / 1000:6.2f} ms{percentile(pam, 99) / 1000:7.2f} ms{ratio:>26}"
            f"{median(whole) / 1000:9.2f} ms{max(peak) / 1024:6.1f} MiB{own:>9}"
        )


def check(tables):
    """True where every limit holds. A figure that was not measured holds nothing."""
    held = True
    print()
    for state, limit in LIMITS.items():
        modules = tables.get((state, "accepted"), {})
        if PRODUCT not in modules or BASELINE not in modules:
            print(f"check: {state}: not measured")
            held = False
            continue
        ratio = median(ratios(modules[PRODUCT], modules[BASELINE]))
        verdict = "holds" if ratio <= limit else "FAILS"
        print(f"check: {state}: accepted code {ratio:.3f} of {BASELINE}, limit {limit}: {verdict}")
        held = held and ratio <= limit
    return held


def main(arguments):
    if not arguments or arguments[1:] not in ([], ["--check"]):
        print("usage: summary.py FILE [--check]", file=sys.stderr)
        return 64
    facts, tables = read(arguments[0])
    if not tables:
        print("summary: nothing was measured", file=sys.stderr)
        return 1
    print("\n".join(facts))
    for (state, kind), modules in sorted(tables.items(), key=lambda t: (t[0][1], list(TITLES).index(t[0][0]))):
        show(state, kind, modules, tables.get((state, "accepted"), {}).get(FLOOR))
    print(
        "\nmedian, p99: pam_start_confdir, pam_authenticate and pam_end together, timed inside a process of their own."
        "\nratio: median of the ratios within each round, and the interval that holds it with 95 % confidence."
        "\nprocess: from starting the process to its end, preparation included. peak: largest resident set of all"
        "\nrounds. own: median of the peaks, less that of pam_permit in the same kind of process."
    )
    return 0 if "--check" not in arguments or check(tables) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
