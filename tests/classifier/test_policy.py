"""Policies: what a file may say, what presets come to, what is refused and in which words."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from classifier.policies.cli import policy as command
from classifier.runtime.bundle import BundleLabel, Thresholds
from classifier.runtime.errors import PolicyError
from classifier.runtime.policy import Action, Layer, Level, Policy, Settings, Unfamiliar
from classifier.runtime.policy_file import PRESETS, preset_names, read_policy
from dataset_builder.sources.labels import LABELS

BUNDLED = Thresholds(review_at=0.5, flag_at=0.9)
KNOWN = tuple(BundleLabel(label.name, label.weapon_shaped) for label in LABELS)
GUNS = {"handgun-shaped", "long-gun-shaped"}


@pytest.fixture
def site(tmp_path):
    """Writes a policy file and returns the rules it comes to."""

    def write(text):
        path = tmp_path / "site.toml"
        path.write_text(text, encoding="utf-8")
        return read_policy(path).applied(BUNDLED, KNOWN)

    return write


def thresholds(rule):
    return rule.review_at.at, rule.flag_at.at


def by_label(rules):
    return {rule.label: rule for rule in rules.labels}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ((None, None), (0.5, 0.9)),
        ((0.3, None), (0.3, 0.9)),
        ((None, 0.95), (0.5, 0.95)),
        ((None, 0.4), (0.4, 0.4)),
        ((0.95, None), (0.95, 0.95)),
    ],
)
def test_a_threshold_moved_past_the_other_takes_it_along(said, expected):
    moved = Settings(*(None if at is None else Level(at) for at in said))
    rules = Policy("site", (Layer("site.toml", general=moved),)).applied(BUNDLED, KNOWN)
    assert thresholds(rules.general) == expected
    assert {thresholds(rule) for rule in rules.labels} == {expected}


def test_no_policy_leaves_the_bundle_as_it_is():
    rules = Policy().applied(BUNDLED, KNOWN)
    assert rules.plain
    assert thresholds(rules.general) == BUNDLED
    assert {rule.label for rule in rules.labels} == {k.name for k in KNOWN if k.weapon_shaped}


def test_the_default_preset_says_what_no_policy_says():
    default = read_policy("default").applied(BUNDLED, KNOWN)
    assert default.digest() == Policy().applied(BUNDLED, KNOWN).digest()


def test_a_percentage_is_a_share_of_the_networks_own_threshold(site):
    rules = site('[policy]\nreview_at = "50%"\nflag_at = "80 %"\n')
    assert thresholds(rules.general) == pytest.approx((0.25, 0.72))


def test_a_file_stands_over_its_preset_and_each_figure_knows_where_it_comes_from(site):
    rules = site(
        '[policy]\npreset = "new-york"\nreview_at = 0.3\n'
        '[policy.labels."blade-shaped"]\naction = "review-only"\nreview_at = 0.2\n'
    )
    rows = by_label(rules)
    assert rows["blade-shaped"].action is Action.REVIEW_ONLY
    assert rows["blade-shaped"].review_at == (0.2, "site.toml")
    assert rows["grenade-shaped"].action_origin == "preset firearm-shaped"
    assert rows["handgun-shaped"].review_at == (0.3, "site.toml")
    assert rows["handgun-shaped"].flag_at == (0.9, "the network")


def test_a_label_of_its_own_does_not_move_the_others(site):
    rules = site('[policy.labels."handgun-shaped"]\nreview_at = 0.1\nflag_at = 0.2\n')
    rows = by_label(rules)
    assert thresholds(rows.pop("handgun-shaped")) == (0.1, 0.2)
    assert {thresholds(rule) for rule in rows.values()} == {tuple(BUNDLED)}
    assert not rules.plain


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_can_be_meant_and_says_what_it_is_for(name):
    policy = read_policy(name)
    assert policy.about.endswith(".")
    policy.applied(BUNDLED, KNOWN)
    policy.applied(Thresholds(0.02, 0.98), KNOWN)


@pytest.mark.parametrize("name", ["new-york", "california"])
def test_presets_drawn_up_with_a_law_in_mind_flag_gun_shapes_only_and_claim_nothing(name):
    rules = read_policy(name).applied(BUNDLED, KNOWN)
    assert {rule.label for rule in rules.labels if rule.action is Action.JUDGE} == GUNS
    assert "Not legal advice" in rules.about
    text = " ".join((PRESETS / f"{name}.toml").read_text().replace("#", " ").split())
    assert "claims no conformity with any law" in text


@pytest.mark.parametrize("name", ["advisory", "makerspace"])
def test_presets_that_never_flag_judge_no_label(name):
    rules = read_policy(name).applied(BUNDLED, KNOWN)
    assert {rule.action for rule in rules.labels} == {Action.REVIEW_ONLY}


def test_schools_are_stricter_than_the_network_itself():
    rules = read_policy("schools").applied(BUNDLED, KNOWN)
    assert {rule.action for rule in rules.labels} == {Action.JUDGE}
    assert thresholds(rules.general) < tuple(BUNDLED)
    assert rules.unfamiliar is Unfamiliar.REVIEW


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[policy]\nreview = 0.5", r"site\.toml, \[policy\]: no setting 'review'\. There are: "),
        ("[policy]\nflag_at = 'high'", r"flag_at = 'high' is not a number"),
        ("[policy]\nflag_at = true", "flag_at = True is not a number"),
        ("[policy]\nflag_at = nan", "flag_at = nan is not a score"),
        ("[policy]\nflag_at = 1.5", "flag_at = 1.5 is not a score"),
        ("[policy]\nreview_at = 0", "review_at = 0 is not a score. Give more than 0"),
        ("[policy]\nreview_at = '0%'", "is not a score"),
        ("[policy]\nreview_at = 0.9\nflag_at = 0.5", "Choose 0 < review_at <= flag_at <= 1"),
        ("[policy]\npreset = 'nyc'", "no preset 'nyc'. There are: advisory, california, default"),
        ("[policy]\npreset = 7", "preset = 7 is not text"),
        ("[policy]\nunfamiliar = 'flag'", "unfamiliar = 'flag'. Write one of: review, ignore"),
        ("[policy]\naction = 'judged'", "Write one of: ignore, review-only, judge"),
        ("[policy]\naction = 'ignore'", "ignores every weapon-shaped label"),
        ("[policy]\nlabels = 3", "labels is no table"),
        ("[policy.labels]\n'blade-shaped' = 0.3", r'\[policy\.labels\."blade-shaped"\]: is no tab'),
        ("[policy.labels.'blade-shaped']\nat = 1", r'"blade-shaped"\]: no setting \'at\''),
        ("[policy.labels.'gun-shaped']\nflag_at = 1", "no weapon-shaped label 'gun-shaped'. There"),
        ("[policy.labels.gear]\nflag_at = 0.5", "no weapon-shaped label 'gear'"),
        ("review_at = 0.5", r"site\.toml: has no table \[policy\]"),
        ("[policy", "cannot be read"),
    ],
)
def test_a_policy_with_a_mistake_is_refused(site, text, message):
    with pytest.raises(PolicyError, match=message):
        site(text)


def test_a_name_that_is_neither_preset_nor_file_is_told_the_presets(tmp_path):
    with pytest.raises(PolicyError, match=r"is neither a file nor a preset.*one of: advisory, "):
        read_policy(tmp_path / "absent.toml")


def test_a_digest_stands_for_what_can_change_a_verdict_alone(site):
    plain = site("[policy]\n")
    said_otherwise = site('[policy]\nabout = "Ours."\nreview_at = 0.5\n')
    assert plain.digest() == said_otherwise.digest()
    assert plain.digest() != site("[policy]\nreview_at = 0.49\n").digest()
    assert plain.digest() != site('[policy]\nunfamiliar = "ignore"\n').digest()


def test_the_list_names_every_preset_with_its_sentence():
    lines = CliRunner().invoke(command, ["list"]).stdout.splitlines()
    assert [line.split()[0] for line in lines] == preset_names()
    rows = CliRunner().invoke(command, ["list", "--json"]).stdout.splitlines()
    assert [json.loads(row)["policy"] for row in rows] == preset_names()


def test_a_shown_policy_is_a_table_with_the_origin_of_each_row():
    page = CliRunner().invoke(command, ["show", "new-york"]).stdout
    rows = {line.split()[0]: line for line in page.splitlines() if "-shaped  " in line}
    assert "preset new-york" in rows["blade-shaped"]
    assert "never" in rows["grenade-shaped"]
    assert rows["handgun-shaped"].endswith("the network")


def test_a_shown_policy_as_json_has_every_key_of_the_contract():
    shown = json.loads(CliRunner().invoke(command, ["show", "schools", "--json"]).stdout)
    assert list(shown) == "policy about sha256 general labels unfamiliar".split()
    assert shown["general"]["review_at"]["from"] == "preset schools"
    assert list(shown["labels"][0]) == "label action review_at flag_at".split()


def test_a_policy_that_cannot_be_meant_is_a_usage_error_of_the_command(tmp_path):
    (tmp_path / "site.toml").write_text("[policy]\nflag_from = 1\n")
    call = [sys.executable, "-m", "printwarden", "policy", "show", str(tmp_path / "site.toml")]
    done = subprocess.run(call, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no setting 'flag_from'" in done.stderr
    assert not done.stdout
