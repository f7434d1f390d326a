"""What R must do before anyone is shown it: 20 invented people, N = 200, K = 5, fixed seeds."""

import json
import os
import subprocess
import sys
from random import Random
from statistics import fmean, median

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from sosie.evaluate.measures.likeness import likeness, measure_likeness
from sosie.evaluate.measures.reference import make_reference
from sosie.evaluate.personas import BACKGROUND, BASELINE, SITTERS, replies
from sosie.evaluate.personas.pool import pool
from sosie.style.distance import Pair, distances
from sosie.style.words import count_words, tidy, usable

pytestmark = pytest.mark.slow

N, K = 200, 5

ASSISTANT = (
    "Sure! Here are some **ideas** for your dinner tonight:\n\n1. **Pasta** with tomato sauce\n2. **Grilled "
    "vegetables** with rice\n\nLet me know if you would like a full recipe!",
    "That's a great question. There are several things to consider:\n\n- **Budget**: how much you can spend\n"
    "- **Time**: when you are available\n\nI hope this helps!",
    "I understand how you feel. It can be frustrating when things do not go as planned, but remember that "
    "you are not alone, and that there are many resources available to support you.",
    "Absolutely! To restart your device, please follow these steps:\n\n1. Hold the power button\n2. Wait for "
    "ten seconds\n3. Press it again",
)


def test_1_a_second_sample_of_the_person_is_the_person(bench):
    own = [max(0.0, bench.raw_of_another(number, number)) for number in SITTERS]
    assert fmean(own) >= 90
    assert min(own) >= 60


def test_2_another_person_is_near_zero(bench):
    others = [bench.raw_of_another(a, b) for a in SITTERS for b in SITTERS if a != b]
    assert -15 <= median(others) <= 15
    assert np.mean(np.array(others) < 45) >= 0.85


def test_2_a_crowd_is_nobody(bench):
    for number in SITTERS:
        crowd = [reply for other in SITTERS if other != number for reply in replies(other, 12, 5)]
        assert bench.raw(number, Random(number).sample(crowd, N)) <= 45


def test_3_more_of_the_habits_is_more_of_the_score(bench):
    means = [
        fmean(max(0.0, bench.raw(number, replies(number, N, 3, strength))) for number in SITTERS)
        for strength in (0.25, 0.5, 0.75, 1.0)
    ]
    assert all(more - less >= 10 for less, more in zip(means, means[1:], strict=False)), means
    assert 40 <= means[1] <= 75


def test_4_one_reply_repeated_is_worth_nothing(bench):
    for number in SITTERS:
        reply = next(reply for reply in bench.own[number] if 4 <= count_words(tidy(reply)) <= 9)
        assert bench.raw(number, [reply] * N) <= 0


def test_4_a_caricature_loses_instead_of_winning(bench):
    """The quarter that a classifier finds most typical of the person, four times."""
    strangers = bench.place([reply for other in BACKGROUND for reply in replies(other, 20, 6)])
    scores = []
    for number in SITTERS:
        own, placed = usable(bench.own[number]), bench.placed[number]
        learnt = bench.place(replies(number, 2 * N, 11))
        table = np.vstack([np.hstack([side.habits, side.texture]) for side in (learnt, strangers)])
        verifier = LogisticRegression(C=0.1, max_iter=1000).fit(
            table, [1] * len(learnt) + [0] * len(strangers)
        )
        typical = np.argsort(-verifier.decision_function(np.hstack([placed.habits, placed.texture])))
        scores.append(bench.raw(number, [own[place] for place in typical[: len(own) // 4]] * 4))
    assert fmean(scores) <= 20
    assert max(scores) <= 45


def test_4_an_english_assistant_is_nobody_either(bench):
    assert fmean(bench.raw(number, ASSISTANT * (N // len(ASSISTANT))) for number in SITTERS) <= 10


def test_5_the_interval_covers_a_known_truth_and_is_narrow_enough(bench):
    """The truth: the same quantity with 600 replies of each."""
    others = [bench.place(replies(number, 600)) for number in BASELINE[:K]]
    covered = []
    for number in SITTERS:
        measured = measure_likeness(bench.references[number], replies(number, N, 7, strength=0.5))
        assert (measured.raw_high - measured.raw_low) / 2 <= 20
        person, imitator = (bench.place(replies(number, 600, *how)) for how in ((9,), (8, 0.5)))
        within = distances(person, person)
        floor = median(Pair.of(other, person, within).energy() for other in others)
        truth = 100 * (1 - (max(0, Pair.of(imitator, person, within).energy()) / floor) ** 0.5)
        covered.append(measured.raw_low <= truth <= measured.raw_high)
    assert fmean(covered) >= 0.88


def test_6_the_order_of_the_replies_changes_nothing(bench):
    truth, given = replies(30, N, 1), replies(30, N, 3, strength=0.5)
    straight = likeness(given, truth, bench.others)
    mixed = likeness(Random(1).sample(given, N), Random(2).sample(truth, N), bench.others)
    assert abs(straight.raw - mixed.raw) < 0.001
    assert (straight.low, straight.high) == pytest.approx((mixed.low, mixed.high))


@pytest.mark.parametrize("placeholder", ["[PRÉNOM_1] ", "[NOM], ", "<PRENOM> "])
def test_6_a_name_placeholder_everywhere_changes_less_than_a_point(bench, placeholder):
    truth, given = replies(30, N, 1), replies(30, N, 3, strength=0.5)
    plain = likeness(given, truth, bench.others)
    named = [[placeholder + text for text in side] for side in (given, truth, *bench.others)]
    assert abs(plain.raw - likeness(named[0], named[1], named[2:]).raw) < 1


def test_7_style_counts_and_topic_does_not(bench):
    """Topics in two clusters by their words: the same person on other topics is still nearer than another."""
    topics = pool().topics
    words = TfidfVectorizer().fit_transform([" ".join(topic.clauses) for topic in topics])
    cluster = KMeans(2, n_init=10, random_state=0).fit_predict(words)
    here, there = ([topic for topic, c in zip(topics, cluster, strict=True) if c == k] for k in (0, 1))
    others = [replies(number, N, topics=here) for number in BASELINE[:K]]
    gaps = []
    for number in SITTERS:
        reference = make_reference(replies(number, N, 1, topics=here), others)
        neighbour = SITTERS[(number + 1) % len(SITTERS)]
        away = bench.raw(number, replies(number, N, 2, topics=there), reference)
        gaps.append(away - bench.raw(number, replies(neighbour, N, 2, topics=here), reference))
    assert fmean(gaps) >= 30


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder with what `sosie likeness` reads."""
    folder = tmp_path_factory.mktemp("likeness")
    sets = {"given": replies(30, N, 3, strength=0.5), "truth": replies(30, N, 1)}
    sets |= {f"other{number}": replies(number, N) for number in BASELINE[:K]}
    for name, texts in sets.items():
        lines = (json.dumps({"text": text}, ensure_ascii=False) for text in texts)
        (folder / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


# A child's ru_maxrss begins with what its parent had: its own peak is told from inside.
TELLING = """
import atexit, re, sys, time
from sosie.cli.main import run

def tell():
    peak = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]
    print(time.process_time(), peak, file=sys.stderr)

atexit.register(tell)
run()
"""


def run_likeness(folder, hash_seed: str) -> tuple[bytes, float, int]:
    """The verb in its own process: what it prints, its processor seconds, its largest memory in kilobytes."""
    others = [str(path) for path in sorted(folder.glob("other*.jsonl"))]
    words = [
        "--given",
        str(folder / "given.jsonl"),
        "--truth",
        str(folder / "truth.jsonl"),
        "--others",
        *others,
    ]
    done = subprocess.run(
        [sys.executable, "-c", TELLING, "likeness", *words, "--json"],
        capture_output=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
    )
    seconds, peak = done.stderr.split()[-2:]
    return done.stdout, float(seconds), int(peak)


def test_6_and_8_the_same_input_gives_the_same_bytes_in_five_seconds_and_a_gigabyte(files):
    first, seconds, peak = run_likeness(files, "1")
    second, again, _ = run_likeness(files, "2")
    assert first == second
    assert min(seconds, again) < 5
    assert peak < 1e6
    assert json.loads(first)["n"] > 190
